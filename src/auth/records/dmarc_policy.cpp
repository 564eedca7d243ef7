#include "auth/records/dmarc_policy.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "auth/dmarc/evaluate.hpp"
#include "base/ascii.hpp"
#include "base/split.hpp"
#include "dns/name.hpp"

namespace mekiki::records {
namespace {

using boost::asio::awaitable;
using dns::record_type;

constexpr std::size_t max_addresses = 10;  // of one tag

/// What is asked for where a mail of `author` fails.
std::optional<dmarc::policy> asked(const dmarc::discovery& of,
                                   std::string author, dmarc::spec rules) {
  const dmarc::identifiers mail{
      .authors = {std::move(author)}, .dkim = {}, .spf = {}};
  return dmarc::outcome_of(mail, of, {}, {.rules = rules}).asked;
}

/// The same for a domain below the one that was looked at.
std::optional<dmarc::policy> asked_below(dmarc::discovery of,
                                         const std::string& domain,
                                         bool exists) {
  of.exists = exists;
  return asked(of, "sub-domain." + domain, dmarc::spec::rfc9989);
}

//   dmarc-uri = URI [ "!" 1*DIGIT [ "k" / "m" / "g" / "t" ] ]
report_address read_address(std::string_view tag, std::string_view written,
                            const std::vector<std::string>& valid) {
  report_address out;
  out.tag = ascii::to_lower(tag);
  out.uri = written;
  out.is_uri = std::ranges::find(valid, out.uri) != valid.end();
  out.has_size = written.find('!') != std::string_view::npos;
  constexpr std::string_view scheme = "mailto:";
  if (!out.is_uri || !ascii::istarts_with(written, scheme))
    return out;
  std::string_view address = written.substr(scheme.size());
  address = address.substr(0, address.find_first_of("!?"));
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos || at == 0) {
    out.is_uri = false;
    return out;
  }
  out.host = dns::domain_name(address.substr(at + 1));
  out.is_uri = !out.host.empty();
  return out;
}

std::vector<report_address> read_addresses(const dmarc::record& record) {
  std::vector<report_address> out;
  std::string_view rest = record.text;
  bool seen_rua = false;
  bool seen_ruf = false;
  while (const auto element = dmarc::take_element(rest)) {
    const bool is_rua = ascii::iequals(element->name, "rua");
    const bool is_ruf = ascii::iequals(element->name, "ruf");
    bool& seen = is_rua ? seen_rua : seen_ruf;
    if ((!is_rua && !is_ruf) || seen)
      continue;
    seen = true;
    const auto& valid = is_rua ? record.aggregate_uris : record.failure_uris;
    std::size_t number = 0;
    for (const std::string_view uri : split(element->value, ',')) {
      if (++number > max_addresses)
        break;
      out.push_back(read_address(element->name, ascii::trim(uri), valid));
    }
  }
  return out;
}

/// RFC 9990 4 (RFC 7489 7.1): "v=DMARC1" at DOMAIN._report._dmarc.HOST.
awaitable<std::optional<bool>> agrees(std::string policy_domain,
                                      std::string host,
                                      dns::resolver& resolver) {
  auto name =
      dns::normalize(fmt::format("{}._report._dmarc.{}", policy_domain, host));
  if (!name)
    co_return false;
  const dns::question q{std::move(*name), record_type::txt};
  const dns::answer_ptr answer = co_await resolver.resolve(q);
  if (dns::is_temporary(answer->status))
    co_return std::nullopt;
  co_return std::ranges::any_of(answer->texts, [](const std::string& text) {
    return dmarc::parse_record(text, dmarc::spec::rfc9989).has_value();
  });
}

/// RFC 5321 5.1, RFC 7505
awaitable<std::optional<bool>> takes_mail(std::string host,
                                          dns::resolver& resolver) {
  dns::question q{host, record_type::mx};
  const dns::answer_ptr mx = co_await resolver.resolve(q);
  if (dns::is_temporary(mx->status))
    co_return std::nullopt;
  if (mx->status == dns::status::success) {
    co_return std::ranges::any_of(mx->exchanges,
                                  [](const dns::mail_exchange& e) {
                                    return !e.host.empty() && e.host != ".";
                                  });
  }
  for (const record_type type : {record_type::a, record_type::aaaa}) {
    q.type = type;
    const dns::answer_ptr answer = co_await resolver.resolve(q);
    if (dns::is_temporary(answer->status))
      co_return std::nullopt;
    if (answer->status == dns::status::success)
      co_return true;
  }
  co_return false;
}

awaitable<void> check_address(report_address& address,
                              const dmarc::discovery& policy,
                              dns::resolver& resolver) {
  if (address.host.empty())
    co_return;
  address.reachable = co_await takes_mail(address.host, resolver);
  if (dns::is_subdomain_of(address.host, policy.policy_domain))
    co_return;
  const std::string organization =
      co_await dmarc::find_organizational_domain(address.host, resolver);
  if (organization.empty() || organization == policy.org_domain)
    co_return;
  address.external = true;
  address.agreed =
      co_await agrees(policy.policy_domain, address.host, resolver);
}

}  // namespace

awaitable<dmarc_facts> read_dmarc(std::string domain, dns::resolver& resolver) {
  dmarc_facts out;
  out.domain = domain;
  for (const dmarc::spec rules : {dmarc::spec::rfc9989, dmarc::spec::rfc7489}) {
    for (const dns::question& q : dmarc::questions(domain, rules))
      resolver.prefetch(q);
  }
  const dns::question q{"_dmarc." + domain, record_type::txt};
  const dns::answer_ptr here = co_await resolver.resolve(q);
  out.status = here->status;
  out.texts = here->texts;
  const dns::question at_domain{domain, record_type::txt};
  const dns::answer_ptr own = co_await resolver.resolve(at_domain);
  for (const std::string& text : own->texts) {
    if (dmarc::parse_record(text, dmarc::spec::rfc9989))
      out.misplaced.push_back(text);
  }
  out.found = co_await dmarc::discover(domain, resolver, dmarc::spec::rfc9989);
  out.older = co_await dmarc::discover(domain, resolver, dmarc::spec::rfc7489);
  out.older_policy = asked(out.older, domain, dmarc::spec::rfc7489);
  if (!out.found.found)
    co_return out;
  out.policy = asked(out.found, domain, dmarc::spec::rfc9989);
  out.subdomains = asked_below(out.found, domain, true);
  out.nonexistent = asked_below(out.found, domain, false);
  out.reports = read_addresses(*out.found.found);
  for (report_address& each : out.reports)
    co_await check_address(each, out.found, resolver);
  co_return out;
}

}  // namespace mekiki::records
