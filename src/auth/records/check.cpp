#include "auth/records/check.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace mekiki::records {
namespace {

using boost::asio::awaitable;
using dns::record_type;

/// Whether the record can make a mail pass, and not every mail.
std::optional<bool> spf_works(const domain_report& report) {
  switch (report.spf.root.code) {
    case spf::errc::dns_unavailable:
    case spf::errc::dns_bogus:
      return std::nullopt;
    case spf::errc::allowed:
      break;
    default:
      return false;
  }
  using enum finding_id;
  constexpr finding_id fatal[] = {
      spf_too_many_lookups, spf_too_many_voids, spf_include_missing,
      spf_include_broken,   spf_loop,           spf_redirect_missing,
      spf_too_many_mx,      spf_allows_all};
  return std::ranges::none_of(report.findings, [&](const finding& f) {
    return std::ranges::find(fatal, f.id) != std::end(fatal);
  });
}

std::optional<bool> dkim_works(const domain_report& report) {
  if (report.dkim.empty())
    return std::nullopt;
  if (std::ranges::any_of(report.dkim, &dkim_key::is_usable))
    return true;
  const bool silent = std::ranges::any_of(report.dkim, [](const dkim_key& key) {
    return key.code == dkim::errc::key_unavailable ||
           key.code == dkim::errc::key_bogus;
  });
  return silent ? std::nullopt : std::optional(false);
}

std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
  if (a == false || b == false)
    return false;
  return a && b ? std::optional(true) : std::nullopt;
}

std::optional<bool> either(std::optional<bool> a, std::optional<bool> b) {
  if (a == true || b == true)
    return true;
  return a && b ? std::optional(false) : std::nullopt;
}

std::optional<bool> reverse_names_hold(const mx_facts& mx) {
  std::optional<bool> out;
  for (const mx_host& host : mx.hosts) {
    for (const reverse_name_facts& r : host.addresses) {
      if (!r.confirmed)
        return std::nullopt;
      out = out.value_or(true) && *r.confirmed;
    }
  }
  return out;
}

std::optional<bool> dmarc_is_published(const dmarc_facts& dmarc) {
  if (dmarc.record() != nullptr)
    return dmarc.policy.has_value();
  if (dmarc.found.problem == dmarc::errc::dns_unavailable ||
      dmarc.found.problem == dmarc::errc::dns_bogus)
    return std::nullopt;
  return false;
}

/// A single mail that is unproven may be the domain's own, or a forgery: then
/// nobody knows.
std::optional<bool> is_aligned(const std::optional<arrived_mails>& arrived) {
  if (arrived && arrived->unproven == 0 && arrived->proven >= least_arrived)
    return true;
  return std::nullopt;
}

std::vector<rule_result> google_rules(const domain_report& report) {
  const auto spf = spf_works(report);
  const auto dkim = dkim_works(report);
  return {{sender_rule::spf_or_dkim, either(spf, dkim)},
          {sender_rule::reverse_names, reverse_names_hold(report.mx)},
          {sender_rule::tls, std::nullopt},
          {sender_rule::spam_rate, std::nullopt},
          {sender_rule::spf_and_dkim, both(spf, dkim)},
          {sender_rule::dmarc_published, dmarc_is_published(report.dmarc)},
          {sender_rule::aligned, is_aligned(report.arrived)},
          {sender_rule::one_click_unsubscribe, std::nullopt}};
}

/// What two parts say alike is told once.
void add(std::vector<finding> more, std::vector<finding>& to) {
  for (finding& f : more) {
    const bool told = std::ranges::any_of(to, [&](const finding& o) {
      return o.id == f.id && o.record == f.record && o.facts == f.facts;
    });
    if (!told)
      to.push_back(std::move(f));
  }
}

}  // namespace

std::string_view to_string(sender_rule r) {
  switch (r) {
    case sender_rule::spf_or_dkim:
      break;
    case sender_rule::reverse_names:
      return "reverse-names";
    case sender_rule::tls:
      return "tls";
    case sender_rule::spam_rate:
      return "spam-rate";
    case sender_rule::spf_and_dkim:
      return "spf-and-dkim";
    case sender_rule::dmarc_published:
      return "dmarc-published";
    case sender_rule::aligned:
      return "aligned";
    case sender_rule::one_click_unsubscribe:
      return "one-click-unsubscribe";
  }
  return "spf-or-dkim";
}

bool is_parked(const domain_report& report) {
  const std::vector<spf_term>& terms = report.spf.root.terms;
  return !report.mx.receives() && terms.size() == 1 &&
         terms.front().text == "-all" &&
         report.dmarc.policy == dmarc::policy::reject;
}

awaitable<domain_report> check_domain(std::string domain, known_facts known,
                                      dns::resolver& resolver) {
  const std::int64_t now = known.keys.now;
  domain_report out;
  out.domain = domain;
  out.arrived = known.arrived;
  const dns::question own{domain, record_type::txt};
  for (const record_type type : {record_type::mx, record_type::txt})
    resolver.prefetch({domain, type});
  const dns::answer_ptr answer = co_await resolver.resolve(own);
  out.exists = answer->status != dns::status::nxdomain;
  if (!out.exists) {
    out.findings.push_back({finding_id::domain_missing,
                            record_name(domain, record_type::txt),
                            {shown(domain)},
                            {}});
    out.google = google_rules(out);
    co_return out;
  }
  // The domain's own records first: whoever holds a zone that SPF leads to may
  // use up the time.
  out.mx = co_await read_mx(domain, resolver);
  out.dmarc = co_await read_dmarc(domain, resolver);
  out.dmarc.report_address = std::move(known.report_address);
  out.dkim = co_await read_dkim_keys(domain, std::move(known.keys), resolver);
  out.spf = co_await read_spf_tree(domain, resolver);
  out.others = co_await read_other_records(domain, resolver);
  add(judge_mx(domain, out.mx), out.findings);
  add(judge_spf(out.spf, out.mx.receives()), out.findings);
  add(judge_dkim(out.dkim, now), out.findings);
  add(judge_dmarc(out.dmarc), out.findings);
  if (is_parked(out)) {
    // Nobody is there to read replies or reports.
    std::erase_if(out.findings, [](const finding& f) {
      return f.id == finding_id::mx_missing ||
             f.id == finding_id::dmarc_no_reports;
    });
  }
  add(judge_other(out.others, out.dmarc.policy), out.findings);
  out.google = google_rules(out);
  co_return out;
}

}  // namespace mekiki::records
