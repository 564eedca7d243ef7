#include "verdict/reconsider.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "auth/dkim/errc.hpp"
#include "auth/dmarc/public_suffix.hpp"
#include "base/ip_address.hpp"
#include "base/unix_time.hpp"
#include "verdict/reason.hpp"

namespace mekiki::verdict {
namespace {

using auth::result;
using dkim::signature_result;

// As many as are verified of a mail, unless set otherwise.
constexpr std::size_t most_signatures = 10;
constexpr std::size_t most_passed = 16;
constexpr std::size_t most_signature_octets = 8192;
constexpr std::size_t most_key_octets = 2048;  // longer than any key's
constexpr std::size_t most_hash_octets = 64;
constexpr std::size_t most_helo = 255;
constexpr std::size_t most_local_part = 64;  // RFC 5321 4.5.3.1.1

/// A check of it may speak for one of the authors, whatever their records say.
bool concerns_author(const std::string& domain, const facts& f) {
  if (domain.empty() || dmarc::is_public_suffix(domain))
    return false;
  const std::string whose = dmarc::registered_domain(domain);
  return std::ranges::any_of(f.header.author_domains,
                             [&](const std::string& author) {
                               return dmarc::registered_domain(author) == whose;
                             });
}

template <class MayProve>
excuse excuse_of(const std::string& domain, const facts& f,
                 MayProve may_prove) {
  const auto& authors = f.header.author_domains;
  excuse out;
  out.first_author = may_prove(f.header.author_domain);
  out.own_domain =
      std::ranges::find(authors, domain) != authors.end() && may_prove(domain);
  return out;
}

/// It verifies at most, and does not pass.
bool is_objection(dkim::errc code) {
  return code == dkim::errc::in_future || code == dkim::errc::malformed_header;
}

/// Cuts tags that are not needed to verify it, which strangers can make long:
/// they prove nothing, or were used when the answers were made.
dkim::pending_signature shorten(dkim::pending_signature p) {
  if (dkim::format(p).size() > most_signature_octets) {
    dkim::signature& c = p.claims;
    c.fields = {"from"};
    c.octets.resize(std::min(c.octets.size(), most_key_octets));
    c.body_hash.resize(std::min(c.body_hash.size(), most_hash_octets));
  }
  return p;
}

spf::request shorten(spf::request r) {
  r.helo.resize(std::min(r.helo.size(), most_helo));
  const std::size_t at = r.mail_from.rfind('@');
  if (at != std::string::npos && at > most_local_part)
    r.mail_from.erase(most_local_part, at - most_local_part);
  return r;
}

// ------------------------------------------ the combinations, in their order

std::size_t count_signature_outcomes(const open_checks& o) {
  return o.signatures.empty() ? 1 : o.signatures.size() + 2;
}
std::size_t count_spf_outcomes(const open_checks& o) { return o.spf ? 2 : 1; }
std::size_t count_chain_outcomes(const open_checks& o) {
  return o.chain ? 2 : 1;
}
std::size_t count_policy_outcomes(const open_checks& o) {
  return o.policy ? policy_count : 1;
}

/// What the results of DMARC mean for an answer. Of those behind `no_record`
/// each stands for four, by how DKIM and SPF are aligned with the first author.
enum class meaning : std::uint8_t {
  no_record,
  passes,
  fails,  // and accuses nobody
  accuses_first,
  accuses_other,  // whatever the first author's is
};
constexpr std::size_t alignments = 4;

/// The strictest result that accuses one of the others.
const dmarc::outcome* accused_other(const std::vector<dmarc::outcome>& policies,
                                    const open_policy& p) {
  const dmarc::outcome* out = nullptr;
  for (const dmarc::outcome& said : policies) {
    if (said.author_domain != p.first &&
        said.accuses > (out == nullptr ? dmarc::policy::none : out->accuses))
      out = &said;
  }
  return out;
}

std::size_t policy_index(const std::vector<dmarc::outcome>& policies,
                         const open_policy& p) {
  const auto at =
      std::ranges::find(policies, p.first, &dmarc::outcome::author_domain);
  const dmarc::outcome first = at == policies.end() ? dmarc::outcome() : *at;
  meaning what = meaning::passes;
  if (first.status == result::fail)
    what = meaning::fails;
  if (first.accuses != dmarc::policy::none)
    what = meaning::accuses_first;
  if (accused_other(policies, p) != nullptr)
    what = meaning::accuses_other;
  else if (!first.asked)
    return 0;
  const bool strict_dkim = first.adkim == dmarc::alignment::strict;
  const bool strict_spf = first.aspf == dmarc::alignment::strict;
  return 1 + (static_cast<std::size_t>(what) - 1) * alignments +
         (strict_dkim ? 2 : 0) + (strict_spf ? 1 : 0);
}

meaning meaning_at(std::size_t index) {
  return index == 0 ? meaning::no_record
                    : static_cast<meaning>(1 + (index - 1) / alignments);
}

dmarc::outcome fail_of(const std::string& author) {
  dmarc::outcome out;
  out.author_domain = out.policy_domain = author;
  out.status = result::fail;
  out.code = dmarc::errc::unaligned;
  out.asked = out.accuses = dmarc::policy::reject;
  return out;
}

/// That of the first author.
dmarc::outcome policy_at(std::size_t index, const std::string& author,
                         bool passes) {
  dmarc::outcome out;
  out.author_domain = out.policy_domain = author;
  const meaning what = meaning_at(index);
  if (what == meaning::no_record)
    return out;
  if (passes || what == meaning::passes) {
    out.status = result::pass;
    out.code = dmarc::errc::aligned;
  } else if (what != meaning::accuses_other) {
    out = fail_of(author);
    if (what == meaning::fails)
      out.accuses = dmarc::policy::none;
  }
  out.asked = out.accuses;
  const std::size_t aligned = (index - 1) % alignments;
  using dmarc::alignment;
  out.adkim = aligned / 2 != 0 ? alignment::strict : alignment::relaxed;
  out.aspf = aligned % 2 != 0 ? alignment::strict : alignment::relaxed;
  return out;
}
static_assert(1 + 4 * alignments == policy_count);

/// The first author's very own domain passed: aligned, whatever its record
/// says.
bool passes_by_any_record(const facts& f) {
  const std::string& author = f.header.author_domain;
  if (author.empty())
    return false;
  const bool by_path =
      f.spf.source != spf_source::left_out && f.spf.path_known &&
      f.spf.outcome.status == result::pass && f.spf.outcome.domain == author;
  return by_path || std::ranges::any_of(f.dkim, [&](const signature_result& r) {
           return r.status == result::pass && !r.testing && r.domain == author;
         });
}

}  // namespace

// ------------------------------------------------------------- what is kept

namespace {

std::string format(const excuse& e) {
  std::string out;
  if (e.first_author)
    out += 'f';
  if (e.own_domain)
    out += 'o';
  if (e.all)
    out += 'a';
  return out;
}

excuse parse_excuse(std::string_view text) {
  return {.first_author = text.find('f') != text.npos,
          .own_domain = text.find('o') != text.npos,
          .all = text.find('a') != text.npos};
}

template <class Number>
Number parse_number(std::string_view text) {
  Number out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

std::vector<dkim::pending_signature> open_checks::kept() const {
  std::vector<dkim::pending_signature> out;
  out.reserve(signatures.size());
  for (const open_signature& s : signatures) out.push_back(s.kept);
  if (chain)
    out.insert(out.end(), chain->kept.begin(), chain->kept.end());
  return out;
}

std::string encode(const open_checks& o) {
  reason out("open");
  for (const open_signature& s : o.signatures)
    out.with("signature", format(s.excuses));
  if (o.spf) {
    out.with("ip", format(o.spf->asked.ip))
        .with("at", std::to_string(unix_seconds(o.spf->asked.at)))
        .with("helo", o.spf->asked.helo)
        .with("from", o.spf->asked.mail_from)
        .with("path", format(o.spf->excuses));
  }
  if (o.chain) {
    out.with("chain", format(o.chain->excuses))
        .with("sealed", o.chain->kept.size());
  }
  if (o.policy) {
    out.with("first", o.policy->first)
        .with("sample", std::to_string(o.policy->sample))
        .with("spf", o.policy->spf_left_out ? "left-out" : "checked")
        .with("spf-passed", o.policy->spf_passed);
    for (const std::string& author : o.policy->authors)
      out.with("author", author);
    for (const std::string& signer : o.policy->passed)
      out.with("passed", signer);
  }
  return encode(out);
}

expected<open_checks, std::string> parse_open_checks(
    std::string_view text, std::vector<dkim::pending_signature> kept) {
  const reason read = parse_reason(text);
  if (read.code != "open")
    return unexpected(std::string("what is open"));
  open_checks out;
  std::vector<excuse> excuses;
  std::size_t sealed = 0;
  const auto spf = [&out]() -> open_spf& {
    return out.spf ? *out.spf : out.spf.emplace();
  };
  const auto policy = [&out]() -> open_policy& {
    return out.policy ? *out.policy : out.policy.emplace();
  };
  for (const auto& [name, value] : read.facts) {
    if (name == "signature") {
      excuses.push_back(parse_excuse(value));
    } else if (name == "ip") {
      const auto address = parse_ip_address(value);
      if (!address)
        return unexpected(std::string("the client's address"));
      spf().asked.ip = *address;
    } else if (name == "at") {
      spf().asked.at = at_unix_seconds(parse_number<std::int64_t>(value));
    } else if (name == "helo") {
      spf().asked.helo = value;
    } else if (name == "from") {
      spf().asked.mail_from = value;
    } else if (name == "path") {
      spf().excuses = parse_excuse(value);
    } else if (name == "chain") {
      out.chain.emplace().excuses = parse_excuse(value);
    } else if (name == "sealed") {
      sealed = parse_number<std::size_t>(value);
    } else if (name == "first") {
      policy().first = value;
    } else if (name == "sample") {
      policy().sample = parse_number<unsigned>(value);
    } else if (name == "spf") {
      policy().spf_left_out = value == "left-out";
    } else if (name == "spf-passed") {
      policy().spf_passed = value;
    } else if (name == "author") {
      policy().authors.push_back(value);
    } else if (name == "passed") {
      policy().passed.push_back(value);
    }
  }
  if (sealed > kept.size() || kept.size() - sealed != excuses.size() ||
      out.chain.has_value() != (sealed > 0))
    return unexpected(std::string("a signature"));
  for (std::size_t i = 0; i < excuses.size(); ++i)
    out.signatures.push_back({std::move(kept[i]), excuses[i]});
  if (out.chain) {
    kept.erase(kept.begin(),
               kept.begin() + static_cast<std::ptrdiff_t>(excuses.size()));
    out.chain->kept = std::move(kept);
  }
  return out;
}

// -------------------------------------------------------- the combinations

std::size_t count_combinations(const open_checks& o) {
  return count_signature_outcomes(o) * count_spf_outcomes(o) *
         count_chain_outcomes(o) * count_policy_outcomes(o);
}

std::size_t index_of(const outcome_combination& t, const open_checks& o) {
  std::size_t at = t.signature;
  at = at * count_spf_outcomes(o) + (o.spf && t.spf_passes ? 1 : 0);
  at = at * count_chain_outcomes(o) + (o.chain && t.chain_passes ? 1 : 0);
  return at * count_policy_outcomes(o) + (o.policy ? t.policy : 0);
}

outcome_combination combination_at(std::size_t index, const open_checks& o) {
  const auto take = [&index](std::size_t outcomes) {
    return std::exchange(index, index / outcomes) % outcomes;
  };
  outcome_combination out;
  out.policy = take(count_policy_outcomes(o));
  out.chain_passes = take(count_chain_outcomes(o)) == 1;
  out.spf_passes = take(count_spf_outcomes(o)) == 1;
  out.signature = index;
  return out;
}

open_facts::open_facts(const facts& f,
                       const std::vector<dkim::pending_signature>& pending) {
  struct found {
    std::size_t at = 0;
    open_signature signature;
  };
  std::vector<found> all;
  std::size_t next = 0;
  for (std::size_t i = 0; i < f.dkim.size() && next < pending.size(); ++i) {
    const signature_result& r = f.dkim[i];
    if (r.status != result::temperror)
      continue;
    const dkim::pending_signature& p = pending[next++];
    const bool explains = may_explain(r, f);
    if (!explains && !concerns_author(r.domain, f))
      continue;
    const auto proves = [&](const std::string& author) {
      return may_prove(r, author, f);
    };
    all.push_back({i, {p, excuse_of(r.domain, f, proves)}});
    all.back().signature.excuses.all = explains;
  }
  // The first that passes speaks for all of them, so what proves most comes
  // first; made-up selectors do not take its place.
  const auto rank = [](const excuse& e) {
    return e.own_domain ? 0 : e.any() ? 1 : 2;
  };
  for (int turn = 0; turn < 3; ++turn) {
    for (found& it : all) {
      if (rank(it.signature.excuses) != turn)
        continue;
      if (checks_.signatures.size() == most_signatures) {
        given_up_.push_back(it.at);
        continue;
      }
      it.signature.kept = shorten(std::move(it.signature.kept));
      checks_.signatures.push_back(std::move(it.signature));
      at_.push_back(it.at);
    }
  }

  if (f.spf.outcome.status == result::temperror && is_spf_usable(f) &&
      (spf_may_explain(f) || may_mediate(f.spf.outcome.domain, f) ||
       concerns_author(f.spf.outcome.domain, f))) {
    const auto proves = [&](const std::string& author) {
      return spf_may_prove(author, f);
    };
    checks_.spf = open_spf{shorten(f.spf.asked),
                           excuse_of(f.spf.outcome.domain, f, proves)};
    checks_.spf->excuses.all = spf_may_explain(f);
  }

  if (may_be_sealed(f)) {
    open_chain& chain = checks_.chain.emplace();
    chain.excuses.all = seal_may_explain(f);
    for (const dkim::pending_signature& p : f.arc.pending)
      chain.kept.push_back(shorten(p));
  }
}

void open_facts::add_policy(const evidence& e, unsigned sample) {
  const facts& f = e.all;
  policies_ = f.policies;
  open_policy& p = checks_.policy.emplace();
  p.first = f.header.author_domain;
  for (const std::string& author : f.header.author_domains) {
    if (author == p.first ||
        (!verifies_for(author, f) && !may_be_broken_inside(author, f) &&
         !explain(author, e)))
      p.authors.push_back(author);
  }
  p.sample = sample;
  p.spf_left_out = f.spf.source == spf_source::left_out || !f.spf.path_known;
  if (!checks_.spf && f.spf.outcome.status == result::pass &&
      concerns_author(f.spf.outcome.domain, f))
    p.spf_passed = f.spf.outcome.domain;
  for (std::size_t i = 0; i < f.dkim.size(); ++i) {
    const signature_result& r = f.dkim[i];
    if (r.status == result::pass && !r.testing &&
        std::ranges::find(at_, i) == at_.end() &&
        concerns_author(r.domain, f) &&
        std::ranges::find(p.passed, r.domain) == p.passed.end() &&
        p.passed.size() < most_passed)
      p.passed.push_back(r.domain);
  }
}

void open_facts::apply(const outcome_combination& t, facts& f) const {
  const auto fail = [&f](std::size_t at, dkim::errc code) {
    f.dkim[at].status = result::fail;
    f.dkim[at].code = code;
    f.dkim[at].testing = false;
  };
  for (const std::size_t at : given_up_) fail(at, dkim::errc::signature);
  const std::size_t none = at_.size();
  for (std::size_t i = 0; i < none; ++i) {
    signature_result& r = f.dkim[at_[i]];
    const bool by_test_key = t.signature > none && i == 0;
    const dkim::errc body = checks_.signatures[i].kept.body;
    if (t.signature == i && is_objection(body)) {
      fail(at_[i], body);
      r.status = dkim::to_result(body);
      r.verifies = true;
    } else if (t.signature == i || by_test_key) {
      r.status = result::pass;
      r.code = dkim::errc::ok;
      r.testing = by_test_key;
    } else {
      r.verifies = false;
      fail(at_[i], body == dkim::errc::ok ? dkim::errc::signature : body);
    }
  }
  if (checks_.spf)
    f.spf.outcome.status = t.spf_passes ? result::pass : result::fail;
  if (checks_.chain)
    f.arc.status = t.chain_passes ? result::pass : result::fail;
}

std::vector<dmarc::outcome> open_facts::policies_of(
    const outcome_combination& t, const facts& f) const {
  const open_policy& p = *checks_.policy;
  std::vector<dmarc::outcome> out = policies_;
  bool accuses = meaning_at(t.policy) == meaning::accuses_other;
  for (dmarc::outcome& said : out) {
    const std::string author = said.author_domain;
    if (author == p.first) {
      said = policy_at(t.policy, author, passes_by_any_record(f));
    } else if (accuses &&
               std::ranges::find(p.authors, author) != p.authors.end()) {
      said = fail_of(author);
      accuses = false;  // one is enough
    } else {
      // What was not known of him may be that he is aligned.
      if (said.status == result::temperror)
        said.asked = dmarc::policy::none;
      said.status = result::none;
      said.accuses = dmarc::policy::none;
    }
  }
  return out;
}

std::size_t open_facts::first_equivalent(std::size_t index,
                                         const facts& f) const {
  outcome_combination t = combination_at(index, checks_);
  if (!checks_.policy || t.policy == 0)
    return index;
  const std::string& author = f.header.author_domain;
  // Only of such names it matters how they are aligned.
  const auto is_beside = [&](const std::string& domain) {
    return domain != author &&
           dmarc::registered_domain(domain) == dmarc::registered_domain(author);
  };
  const bool dkim_matters =
      !f.provider.empty() ||
      std::ranges::any_of(f.dkim, [&](const signature_result& r) {
        return is_beside(r.domain);
      });
  meaning what = meaning_at(t.policy);
  std::size_t aligned = (t.policy - 1) % alignments;
  if (!dkim_matters)
    aligned &= 1U;
  if (!is_beside(f.spf.outcome.domain))
    aligned &= 2U;
  if (what == meaning::accuses_other && checks_.policy->authors.size() < 2)
    what = meaning::fails;
  if (what != meaning::accuses_other && passes_by_any_record(f))
    what = meaning::passes;
  t.policy = 1 + (static_cast<std::size_t>(what) - 1) * alignments + aligned;
  return index_of(t, checks_);
}

void add_case(later_answers& p, const facts& f, const policy& by) {
  const evidence seen(f, by);
  possible_answer made{.said = decide(seen),
                       .dkim_check = summarize(f.dkim),
                       .dmarc = f.dmarc.status,
                       .proven = seen.proven()};
  const auto same = [&](const possible_answer& a) {
    return a.said.what == made.said.what &&
           encode(a.said.why) == encode(made.said.why) &&
           a.dkim_check == made.dkim_check && a.dmarc == made.dmarc &&
           a.proven.signed_by_author == made.proven.signed_by_author &&
           a.proven.lookup_may_prove == made.proven.lookup_may_prove &&
           a.proven.signers == made.proven.signers;
  };
  const auto at = std::ranges::find_if(p.answers, same);
  p.cases.push_back(static_cast<std::size_t>(at - p.answers.begin()));
  if (at == p.answers.end())
    p.answers.push_back(std::move(made));
}

// ------------------------------------------------------------- asking again

boost::asio::awaitable<policy_result> evaluate_policies(
    std::vector<dmarc::identifiers> of, dns::resolver& resolver,
    dmarc::options how) {
  policy_result out;
  const auto note = [&out](result status, dmarc::errc code) {
    if (status == result::temperror) {
      out.is_unavailable = true;
      out.is_open = out.is_open || code != dmarc::errc::check_unavailable;
    }
  };
  for (const dmarc::identifiers& author : of) {
    dmarc::outcome one = co_await dmarc::evaluate(author, resolver, how);
    note(one.status, one.code);
    // It keeps a mail that fails from being accused.
    if (one.other && one.status == result::fail)
      note(one.other->status, one.other->code);
    out.policies.push_back(std::move(one));
  }
  co_return out;
}

namespace {

/// How the open checks may still come out.
struct possibilities {
  std::vector<std::size_t> signatures;
  std::vector<bool> spf = {false};
  std::vector<bool> chain = {false};
  std::vector<std::size_t> policies = {0};

  bool have(const outcome_combination& t) const {
    const auto has = [](const auto& all, auto one) {
      return std::ranges::find(all, one) != all.end();
    };
    return has(signatures, t.signature) && has(spf, t.spf_passes) &&
           has(chain, t.chain_passes) && has(policies, t.policy);
  }
};

/// The first combination of `p`, if all have the same answer.
std::optional<std::size_t> common_combination(
    const possibilities& p, const open_checks& o,
    const std::vector<std::size_t>& answers) {
  std::optional<std::size_t> first;
  for (std::size_t at = 0; at < count_combinations(o); ++at) {
    if (!p.have(combination_at(at, o)))
      continue;
    if (!first)
      first = at;
    if (answers.at(at) != answers.at(*first))
      return std::nullopt;
  }
  return first;
}

/// Passes if all do; fails as soon as one does.
boost::asio::awaitable<result> judge_chain_again(
    const open_chain& chain, const reconsider_services& with) {
  result out = result::pass;
  for (const dkim::pending_signature& p : chain.kept) {
    const signature_result r = co_await dkim::judge_again(
        p, with.chain_resolver, with.keys, with.dkim);
    if (r.status == result::temperror)
      out = result::temperror;
    else if (r.status != result::pass)
      co_return result::fail;
  }
  co_return out;
}

struct asked_again {
  std::vector<signature_result> signatures;  // as the open ones
  result spf = result::none;
};

dmarc::identifiers identifiers_of(const std::string& author,
                                  const open_checks& o, const asked_again& a) {
  const open_policy& p = *o.policy;
  dmarc::identifiers out;
  out.authors = {author};
  for (const std::string& signer : p.passed)
    out.dkim.push_back({signer, result::pass});
  for (std::size_t i = 0; i < a.signatures.size(); ++i) {
    const signature_result& r = a.signatures[i];
    if (!r.testing &&
        (r.status != result::temperror ||
         o.signatures[i].excuses.holds(r.domain, author, p.first)))
      out.dkim.push_back({r.domain, r.status});
  }
  out.spf_left_out = p.spf_left_out;
  if (!p.spf_passed.empty())
    out.spf = {p.spf_passed, result::pass};
  return out;
}

}  // namespace

boost::asio::awaitable<reconsidered> reconsider(
    const open_checks& o, const std::vector<std::size_t>& answers,
    reconsider_services with) {
  // `now` has what excuses, `later` all that is not known.
  possibilities now;
  possibilities later;
  bool is_more_open = false;

  asked_again known;
  const std::size_t none = o.signatures.size();
  std::optional<std::size_t> passed;
  bool by_test_key = false;
  for (std::size_t i = 0; i < none; ++i) {
    signature_result r = co_await dkim::judge_again(
        o.signatures[i].kept, with.resolver, with.keys, with.dkim);
    if (r.status == result::pass && r.testing)
      by_test_key = true;
    if (((r.status == result::pass && !r.testing) || r.verifies) && !passed)
      passed = i;
    known.signatures.push_back(std::move(r));
  }
  now.signatures = {passed.value_or(by_test_key ? none + 1 : none)};
  later.signatures = now.signatures;
  for (std::size_t i = 0; i < none && !passed; ++i) {
    if (known.signatures[i].status != result::temperror)
      continue;
    later.signatures.push_back(i);
    if (o.signatures[i].excuses.any()) {
      now.signatures.push_back(i);
    } else {
      is_more_open = true;
    }
  }

  std::string spf_domain;
  if (o.spf) {
    const spf::options how;
    spf::check_result r =
        co_await spf::check_host(o.spf->asked, with.resolver, how);
    known.spf = r.status;
    spf_domain = std::move(r.domain);
    if (r.status == result::pass) {
      now.spf = later.spf = {true};
    } else if (r.status == result::temperror) {
      later.spf.push_back(true);
      if (o.spf->excuses.any() && !r.by_senders_words) {
        now.spf.push_back(true);
      } else {
        is_more_open = true;
      }
    }
  }

  if (o.chain) {
    const result chain = co_await judge_chain_again(*o.chain, with);
    if (chain == result::pass) {
      now.chain = later.chain = {true};
    } else if (chain == result::temperror) {
      later.chain.push_back(true);
      if (o.chain->excuses.any())
        now.chain.push_back(true);
    }
  }

  reconsidered out;
  std::vector<std::size_t> all_policies(policy_count);
  std::iota(all_policies.begin(), all_policies.end(), std::size_t{0});
  if (o.policy) {
    const open_policy& p = *o.policy;
    std::vector<dmarc::identifiers> of;
    of.reserve(p.authors.size());
    for (const std::string& author : p.authors) {
      dmarc::identifiers one = identifiers_of(author, o, known);
      if (o.spf) {
        const bool counts = known.spf != result::temperror ||
                            (now.spf.size() > 1 &&
                             o.spf->excuses.holds(spf_domain, author, p.first));
        one.spf = {spf_domain, counts ? known.spf : result::none};
      }
      of.push_back(std::move(one));
    }
    dmarc::options how = with.dmarc;
    how.sample = p.sample;
    how.confirm = true;
    policy_result found =
        co_await evaluate_policies(std::move(of), with.policy_resolver, how);
    if (found.is_unavailable) {
      now.policies = all_policies;
    } else {
      now.policies = {policy_index(found.policies, p)};
      const dmarc::outcome* other = accused_other(found.policies, p);
      out.policy = other != nullptr ? *other : dmarc::strictest(found.policies);
    }
    // What may still pass decides about the policy, too.
    later.policies = is_more_open ? all_policies : now.policies;
  }

  const auto found = common_combination(now, o, answers);
  if (!found)
    co_return out;
  out.combination = *found;
  out.status = common_combination(later, o, answers)
                   ? reconsidered::state::decided
                   : reconsidered::state::so_far;
  co_return out;
}

}  // namespace mekiki::verdict
