#include "auth/dmarc/evaluate.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "auth/dmarc/public_suffix.hpp"
#include "dns/name.hpp"

namespace mekiki::dmarc {
namespace {

using auth::result;

constexpr std::size_t max_undecided = 16;

bool may_count(const identifier& i) {
  return (i.status == result::pass || i.status == result::temperror) &&
         !i.domain.empty();
}

enum class aligned : std::uint8_t { no, yes, unknown };

/// Under different top-level domains: whatever their records say.
bool are_apart(std::string_view a, std::string_view b) {
  return a.substr(a.rfind('.') + 1) != b.substr(b.rfind('.') + 1);
}

/// RFC 9989 4.4 and 4.10.2.
aligned align(const std::string& domain, const std::string& author,
              alignment mode, const discovery& policy,
              const organizations& known) {
  if (domain == author)
    return aligned::yes;
  if (mode == alignment::strict)
    return aligned::no;
  if (policy.org_domain.empty())
    return are_apart(domain, author) ? aligned::no : aligned::unknown;
  const auto at = known.find(domain);
  if (at == known.end())
    return aligned::no;
  if (at->second.empty())
    return aligned::unknown;
  return at->second == policy.org_domain ? aligned::yes : aligned::no;
}

/// What the identifiers of one check say together.
struct finding {
  std::string passed;              // an aligned domain that passed
  bool check_unavailable = false;  // an aligned one might have
  bool alignment_unknown = false;  // one that passed might be aligned
};

void weigh(finding& f, const identifier& i, aligned is) {
  if (is == aligned::no)
    return;
  if (i.status == result::temperror) {
    f.check_unavailable = true;
  } else if (is == aligned::unknown) {
    f.alignment_unknown = true;
  } else if (f.passed.empty()) {
    f.passed = i.domain;
  }
}

policy weaker(policy p) {
  return p == policy::reject ? policy::quarantine : policy::none;
}

/// RFC 9989 4.10.1: p= for the domain that publishes, else sp= or np=.
void choose(const record& r, const discovery& d, const std::string& author,
            outcome& out) {
  const bool is_below = d.policy_domain != author;
  policy chosen = *r.p;
  if (is_below && out.rules == spec::rfc9989 && d.exists == false && r.np) {
    out.asked_by = policy_tag::np;
    chosen = *r.np;
  } else if (is_below && r.sp) {
    out.asked_by = policy_tag::sp;
    chosen = *r.sp;
  }
  out.under_test =
      out.rules == spec::rfc9989 && r.testing && chosen != policy::none;
  out.asked = out.under_test ? weaker(chosen) : chosen;
}

std::string word(errc code, const std::string& detail) {
  std::string out(describe(code));
  if (!detail.empty())
    out += fmt::format(" ({})", detail);
  return out;
}

/// RFC 9989 5.3.4 and 5.3.5: the code, and the facts of its reason.
std::pair<errc, std::string> conclude(const finding& dkim, const finding& spf,
                                      const identifiers& of,
                                      const discovery& policy) {
  if (!dkim.passed.empty())
    return {errc::aligned, "DKIM: " + dkim.passed};
  if (!spf.passed.empty())
    return {errc::aligned, "SPF: " + spf.passed};
  if (dkim.check_unavailable || spf.check_unavailable)
    return {errc::check_unavailable, ""};
  if (dkim.alignment_unknown || spf.alignment_unknown)
    return {policy.problem.value_or(errc::dns_unavailable), policy.detail};
  if (of.spf_left_out)
    return {errc::spf_left_out, ""};
  // Whether np= or sp= applies could not be found out. Nothing else that is
  // missing matters any more.
  if (policy.problem && !policy.org_domain.empty())
    return {*policy.problem, policy.detail};
  return {errc::unaligned, ""};
}

}  // namespace

identifiers normalize(const identifiers& of) {
  identifiers out = of;
  for (std::string& a : out.authors) a = dns::domain_name(a);
  std::sort(out.authors.begin(), out.authors.end());
  out.authors.erase(std::unique(out.authors.begin(), out.authors.end()),
                    out.authors.end());
  for (identifier& i : out.dkim) i.domain = dns::domain_name(i.domain);
  out.spf.domain = dns::domain_name(out.spf.domain);
  return out;
}

std::vector<std::string> undecided_domains(const identifiers& of,
                                           const discovery& policy) {
  std::vector<std::string> out;
  if (!policy.found || policy.org_domain.empty() || of.authors.size() != 1)
    return out;
  const auto add = [&](const identifier& i, alignment mode) {
    // An organizational domain is the domain itself or one above it.
    if (mode == alignment::relaxed && may_count(i) &&
        i.domain != of.authors.front() &&
        dns::is_subdomain_of(i.domain, policy.org_domain) &&
        std::find(out.begin(), out.end(), i.domain) == out.end() &&
        out.size() < max_undecided) {
      out.push_back(i.domain);
    }
  };
  if (!of.spf_left_out)
    add(of.spf, policy.found->spf);
  for (const identifier& i : of.dkim) add(i, policy.found->dkim);
  return out;
}

outcome outcome_of(const identifiers& of, const discovery& policy,
                   const organizations& known, const options& how) {
  outcome out;
  out.rules = how.rules;
  const auto end = [&out](errc code, const std::string& detail) {
    out.code = code;
    out.status = to_result(code);
    out.reason = word(code, detail);
    return out;
  };
  if (of.authors.size() != 1)
    return end(of.authors.empty() ? errc::no_author : errc::several_authors,
               "");
  const std::string& author = of.authors.front();
  if (author.empty())
    return end(errc::author_domain, "");
  out.author_domain = author;
  out.policy_domain = policy.policy_domain;
  out.org_domain = policy.org_domain;
  if (!policy.found) {
    return end(policy.problem.value_or(errc::no_record), policy.detail);
  }
  const record& r = *policy.found;
  out.record = r.text;
  out.adkim = r.dkim;
  out.aspf = r.spf;
  if (!r.p)
    return end(errc::no_policy, "");
  choose(r, policy, author, out);

  finding dkim;
  finding spf;
  for (const identifier& i : of.dkim) {
    if (may_count(i))
      weigh(dkim, i, align(i.domain, author, r.dkim, policy, known));
  }
  if (!of.spf_left_out && may_count(of.spf))
    weigh(spf, of.spf, align(of.spf.domain, author, r.spf, policy, known));
  out.dkim_aligned = !dkim.passed.empty();
  out.spf_aligned = !spf.passed.empty();

  out.sampled_out = how.rules == spec::rfc7489 && how.sample >= r.percent;
  const auto [code, detail] = conclude(dkim, spf, of, policy);
  if (code == errc::unaligned) {
    out.disposition = out.sampled_out ? weaker(*out.asked) : *out.asked;
    out.accuses = *out.asked;
  }
  return end(code, detail);
}

std::string describe_policy(const outcome& o) {
  if (!o.asked)
    return {};
  std::string_view whose;
  if (o.asked_by == policy_tag::sp)
    whose = " for its sub-domains";
  else if (o.asked_by == policy_tag::np)
    whose = " for names that do not exist";
  return fmt::format("the policy of {}{}{} is {}", o.policy_domain,
                     o.under_test ? ", under test," : "", whose,
                     to_string(*o.asked));
}

outcome strictest(std::vector<outcome> of_authors) {
  if (of_authors.size() == 1)
    return std::move(of_authors.front());
  const auto rank = [](const outcome& o) {
    return std::tuple(o.status == result::fail, o.accuses, o.disposition);
  };
  const auto worst = std::max_element(
      of_authors.begin(), of_authors.end(),
      [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  if (worst != of_authors.end() && worst->status == result::fail)
    return std::move(*worst);
  outcome out;
  out.code = of_authors.empty() ? errc::no_author : errc::several_authors;
  out.status = to_result(out.code);
  out.reason = word(out.code, "");
  if (!of_authors.empty())
    out.rules = of_authors.front().rules;
  return out;
}

namespace {

boost::asio::awaitable<outcome> evaluate_by(const identifiers& of,
                                            dns::resolver& resolver,
                                            const options& how) {
  discovery policy;
  organizations known;
  if (of.authors.size() == 1 && !of.authors.front().empty()) {
    policy = co_await discover(of.authors.front(), resolver, how.rules);
    const auto undecided = undecided_domains(of, policy);
    for (const std::string& domain : undecided) {
      std::string& org = known[domain];
      if (how.rules == spec::rfc7489) {
        org = registered_domain(domain);
      } else {
        org = co_await find_organizational_domain(domain, resolver);
      }
    }
  }
  co_return outcome_of(of, policy, known, how);
}

}  // namespace

boost::asio::awaitable<outcome> evaluate(const identifiers& of,
                                         dns::resolver& resolver,
                                         const options& how) {
  const identifiers known = normalize(of);
  outcome out = co_await evaluate_by(known, resolver, how);
  if (how.compare || (how.confirm && out.status == result::fail)) {
    options others = how;
    others.rules = how.rules == spec::rfc9989 ? spec::rfc7489 : spec::rfc9989;
    const outcome other = co_await evaluate_by(known, resolver, others);
    const bool both_fail =
        out.status == result::fail && other.status == result::fail;
    const policy before = std::exchange(out.accuses, policy::none);
    if (both_fail)
      out.accuses = how.rules == spec::rfc9989 ? before : other.accuses;
    if ((how.compare || out.accuses < before) &&
        (other.status != out.status || other.asked != out.asked))
      out.other = dissent{other.rules, other.status, other.code, other.asked};
  }
  co_return out;
}

}  // namespace mekiki::dmarc
