#include "auth/records/make.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "auth/dmarc/public_suffix.hpp"
#include "auth/spf/record.hpp"
#include "base/ascii.hpp"
#include "dns/name.hpp"

namespace mekiki::records {
namespace {

using dns::record_type;

constexpr std::array<sending_service, 16> services{{
    {"amazonses", "amazonses.com"},
    {"brevo", "spf.brevo.com"},
    {"fastmail", "spf.messagingengine.com"},
    {"google", "_spf.google.com"},
    {"icloud", "icloud.com"},
    {"mailchimp", "servers.mcsv.net"},
    {"mailgun", "mailgun.org"},
    {"mailjet", "spf.mailjet.com"},
    {"mandrill", "spf.mandrillapp.com"},
    {"microsoft365", "spf.protection.outlook.com"},
    {"postmark", "spf.mtasv.net"},
    {"proton", "_spf.protonmail.ch"},
    {"salesforce", "_spf.salesforce.com"},
    {"sendgrid", "sendgrid.net"},
    {"yandex", "_spf.yandex.net"},
    {"zendesk", "mail.zendesk.com"},
}};

bool is_sender_term(std::string_view text) {
  const auto read = spf::parse_terms(text);
  if (!read || read->directives.size() != 1 || !read->redirect.empty() ||
      text.find(' ') != std::string_view::npos)
    return false;
  const spf::directive& d = read->directives.front();
  return d.meaning == spf::errc::allowed && d.kind != spf::mechanism::all &&
         d.kind != spf::mechanism::ptr;
}

zone_line txt(std::string name, std::string data) {
  return {std::move(name), record_type::txt, std::move(data)};
}

std::string dmarc_record(std::string_view policy, const std::string& address) {
  std::string out = fmt::format("v=DMARC1; p={}", policy);
  if (!address.empty())
    out += "; rua=mailto:" + address;
  return out;
}

/// RFC 9990 4: the record with which another organization agrees.
void add_agreement(const make_request& of, std::vector<zone_line>& out) {
  const std::size_t at = of.report_address.rfind('@');
  if (at == std::string::npos)
    return;
  const std::string host = dns::domain_name(of.report_address.substr(at + 1));
  if (host.empty() ||
      dmarc::registered_domain(host) == dmarc::registered_domain(of.domain))
    return;
  out.push_back(
      txt(fmt::format("{}._report._dmarc.{}", of.domain, host), "v=DMARC1"));
}

std::string text_of(const ip_network& n) {
  const int whole = n.address.is_v4() ? 32 : 128;
  std::string out = n.address.is_v4() ? "ip4:" : "ip6:";
  out += format(n.address);
  if (n.prefix_length != whole)
    out += fmt::format("/{}", n.prefix_length);
  return out;
}

/// False if something below it depends on the mail, on names that come and go,
/// or on the order of the terms.
bool can_be_flat(const spf_term& t) {
  if (t.what == spf_term::state::ignored)
    return true;
  const bool fits = t.what == spf_term::state::plain &&
                    t.kind != spf::mechanism::exists &&
                    t.kind != spf::mechanism::ptr;
  if (t.is_redirect || !fits)
    return t.is_redirect && fits && t.below &&
           std::ranges::all_of(t.below->terms, can_be_flat);
  if (t.kind == spf::mechanism::all)
    return !ascii::iequals(t.text, "all") && t.text.front() != '+';
  if (!ascii::is_alpha(t.text.front()) && t.text.front() != '+')
    return false;
  return t.kind != spf::mechanism::include ||
         (t.below && t.below->code == spf::errc::allowed &&
          std::ranges::all_of(t.below->terms, can_be_flat));
}

/// Every name in it was answered.
bool is_whole(const spf_record& record) {
  using state = spf_term::state;
  return record.code == spf::errc::allowed &&
         std::ranges::all_of(record.terms, [](const spf_term& t) {
           return t.what == state::ignored || t.what == state::per_mail ||
                  (t.what == state::plain && (!t.below || is_whole(*t.below)));
         });
}

void collect(const spf_term& t, std::vector<ip_network>& out) {
  if (t.what == spf_term::state::ignored)
    return;
  out.insert(out.end(), t.networks.begin(), t.networks.end());
  if (t.below) {
    for (const spf_term& inner : t.below->terms) collect(inner, out);
  }
}

/// Each once, and none within another.
void tidy(std::vector<ip_network>& networks) {
  std::ranges::sort(networks, [](const ip_network& a, const ip_network& b) {
    return std::pair(a.prefix_length, a.address) <
           std::pair(b.prefix_length, b.address);
  });
  std::vector<ip_network> out;
  for (const ip_network& n : networks) {
    const bool covered = std::ranges::any_of(out, [&](const ip_network& o) {
      return o.address.is_v4() == n.address.is_v4() && o.contains(n.address);
    });
    if (!covered)
      out.push_back(n);
  }
  std::ranges::sort(out, [](const ip_network& a, const ip_network& b) {
    return std::pair(a.address.is_v6(), a.address) <
           std::pair(b.address.is_v6(), b.address);
  });
  networks = std::move(out);
}

}  // namespace

std::span<const sending_service> sending_services() { return services; }

expected<std::string, std::string> sender_term(std::string_view sender) {
  if (ascii::iequals(sender, "mx") || ascii::iequals(sender, "a"))
    return ascii::to_lower(sender);
  if (const auto network = parse_ip_network(sender))
    return text_of(*network);
  const auto service =
      std::ranges::find_if(services, [sender](const sending_service& s) {
        return ascii::iequals(s.name, sender);
      });
  if (service != services.end())
    return "include:" + std::string(service->record);
  if (sender.find(':') != std::string_view::npos) {
    if (is_sender_term(sender))
      return std::string(sender);
  } else if (const std::string host = dns::domain_name(sender);
             host.find('.') != std::string::npos && dns::is_hostname(host)) {
    return "a:" + host;
  }
  return unexpected(
      fmt::format("expected mx, a, an address or network, the name of a host, "
                  "a known service or an SPF term such as include:NAME, got "
                  "\"{}\"",
                  shown(sender)));
}

std::vector<zone_line> make_records(const make_request& of) {
  std::vector<zone_line> out;
  std::string record = "v=spf1";
  for (const std::string& term : of.terms) record += " " + term;
  out.push_back(txt(of.domain, record + " ~all"));
  if (!of.selector.empty()) {
    out.push_back(txt(fmt::format("{}._domainkey.{}", of.selector, of.domain),
                      of.key_record));
  }
  out.push_back(txt("_dmarc." + of.domain,
                    dmarc_record(to_string(of.policy), of.report_address)));
  add_agreement(of, out);
  return out;
}

std::vector<zone_line> make_parked_records(const make_request& of) {
  std::vector<zone_line> out{
      {of.domain, record_type::mx, "0 ."},
      txt(of.domain, "v=spf1 -all"),
      txt("*._domainkey." + of.domain, "v=DKIM1; p="),
      txt("_dmarc." + of.domain, dmarc_record("reject", of.report_address))};
  add_agreement(of, out);
  return out;
}

std::optional<flat_spf> flatten(const spf_tree& tree) {
  if (!is_whole(tree.root) || !tree.complete)
    return std::nullopt;
  flat_spf out;
  for (const spf_term& t : tree.root.terms) {
    if (t.kind == spf::mechanism::all && !t.is_redirect)
      continue;
    if (can_be_flat(t))
      collect(t, out.networks);
    else
      out.kept.push_back(t.text);
  }
  tidy(out.networks);
  return out;
}

std::vector<zone_line> flat_lines(const std::string& domain,
                                  const flat_spf& flat) {
  constexpr std::size_t most = 450;  // RFC 7208 3.4
  constexpr std::size_t end = 6;     // " ~all", and one to spare
  const auto length = [](const std::vector<std::string>& terms) {
    std::size_t out = std::string_view("v=spf1").size() + end;
    for (const std::string& t : terms) out += t.size() + 1;
    return out;
  };
  const auto record = [](const std::vector<std::string>& terms) {
    std::string out = "v=spf1";
    for (const std::string& t : terms) out += " " + t;
    return out + " ~all";
  };
  std::vector<std::string> terms;
  terms.reserve(flat.networks.size());
  for (const ip_network& n : flat.networks) terms.push_back(text_of(n));
  std::vector<std::string> own = terms;
  own.insert(own.end(), flat.kept.begin(), flat.kept.end());
  if (length(own) <= most)
    return {txt(domain, record(own))};
  std::vector<zone_line> out;
  own.clear();
  std::vector<std::string> part;
  const auto close = [&] {
    const std::string name = fmt::format("_spf{}.{}", out.size() + 1, domain);
    own.push_back("include:" + name);
    out.push_back(txt(name, record(part)));
    part.clear();
  };
  for (std::string& term : terms) {
    part.push_back(std::move(term));
    if (length(part) > most) {
      std::string next = std::move(part.back());
      part.pop_back();
      close();
      part.push_back(std::move(next));
    }
  }
  close();
  own.insert(own.end(), flat.kept.begin(), flat.kept.end());
  out.insert(out.begin(), txt(domain, record(own)));
  return out;
}

}  // namespace mekiki::records
