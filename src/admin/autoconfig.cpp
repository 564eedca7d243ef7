#include "admin/autoconfig.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "admin/api_request.hpp"
#include "base/ascii.hpp"
#include "mime/html.hpp"
#include "notify/mail/own_mail.hpp"

namespace mekiki::admin {

namespace {

/// The login name at `s.incoming` of who has that address.
std::string login(const client_setup& s, std::string_view address) {
  const bool is_v6 = s.server.find(':') != std::string::npos;
  return s.server.empty() ? std::string(address)
                          : fmt::format("{}%{}{}{}", address, is_v6 ? "[" : "",
                                        s.server, is_v6 ? "]" : "");
}

std::string_view mozilla_socket(net::submit_tls t) {
  switch (t) {
    case net::submit_tls::tls:
      return "SSL";
    case net::submit_tls::starttls:
      return "STARTTLS";
    case net::submit_tls::clear:
      break;
  }
  return "plain";
}

std::string_view microsoft_encryption(net::submit_tls t) {
  switch (t) {
    case net::submit_tls::tls:
      return "SSL";
    case net::submit_tls::starttls:
      return "TLS";
    case net::submit_tls::clear:
      break;
  }
  return "None";
}

net::submit_tls way_of(const incoming_door& in) {
  return in.is_tls ? net::submit_tls::tls : net::submit_tls::starttls;
}

response file(std::string text) {
  return {
      .type = "text/xml; charset=utf-8", .body = std::move(text), .fields = {}};
}

std::optional<incoming_door> door_of(const client_setup& s,
                                     const setup_sources& from) {
  if (s.port)
    return incoming_door{.port = *s.port, .is_tls = true};
  return from.door();
}

response mozilla_file(const request& r, const setup_sources& from) {
  const auto query = parameters::parse(r.query);
  if (!query)
    return make_error(400);
  const client_setup* s = find_setup(from.setups(), query->text("emailaddress"),
                                     r.host.value_or(""));
  const auto in = s == nullptr ? std::nullopt : door_of(*s, from);
  return in ? file(autoconfig(*s, *in)) : make_error(404);
}

response microsoft_file(const request& r, const setup_sources& from) {
  const auto address = find_asked_address(r.body);
  if (!address)
    return make_error(400);
  const client_setup* s = find_setup(from.setups(), *address, "");
  const auto in = s == nullptr ? std::nullopt : door_of(*s, from);
  return in ? file(autodiscover(*s, *in, *address)) : make_error(404);
}

}  // namespace

// https://wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat
std::string autoconfig(const client_setup& s, const incoming_door& in) {
  const auto server = [](std::string_view kind, std::string_view type,
                         std::string_view host, std::uint16_t port,
                         net::submit_tls way, std::string_view user) {
    return fmt::format(
        "    <{0} type=\"{1}\">\n"
        "      <hostname>{2}</hostname>\n"
        "      <port>{3}</port>\n"
        "      <socketType>{4}</socketType>\n"
        "      <username>{5}</username>\n"
        "      <authentication>password-cleartext</authentication>\n"
        "    </{0}>\n",
        kind, type, mime::escape_markup(host), port, mozilla_socket(way),
        mime::escape_markup(user));
  };
  const std::string domain = mime::escape_markup(s.domain);
  return fmt::format(
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<clientConfig version=\"1.1\">\n"
             "  <emailProvider id=\"{0}\">\n"
             "    <domain>{0}</domain>\n"
             "    <displayName>{0}</displayName>\n"
             "    <displayShortName>{0}</displayShortName>\n",
             domain) +
         server("incomingServer", "pop3", s.incoming, in.port, way_of(in),
                login(s, "%EMAILADDRESS%")) +
         server("outgoingServer", "smtp", s.outgoing, s.outgoing_port,
                s.outgoing_tls,
                s.outgoing_local_part ? "%EMAILLOCALPART%" : "%EMAILADDRESS%") +
         "  </emailProvider>\n</clientConfig>\n";
}

std::string autodiscover(const client_setup& s, const incoming_door& in,
                         std::string_view address) {
  const auto protocol = [](std::string_view type, std::string_view host,
                           std::uint16_t port, net::submit_tls way,
                           std::string_view user, std::string_view more) {
    // Encryption counts where it is known, and SSL elsewhere.
    return fmt::format(
        "      <Protocol>\n"
        "        <Type>{}</Type>\n"
        "        <Server>{}</Server>\n"
        "        <Port>{}</Port>\n"
        "        <LoginName>{}</LoginName>\n"
        "        <DomainRequired>off</DomainRequired>\n"
        "        <SPA>off</SPA>\n"
        "        <SSL>{}</SSL>\n"
        "        <Encryption>{}</Encryption>\n"
        "        <AuthRequired>on</AuthRequired>\n"
        "{}"
        "      </Protocol>\n",
        type, mime::escape_markup(host), port, mime::escape_markup(user),
        way == net::submit_tls::clear ? "off" : "on", microsoft_encryption(way),
        more);
  };
  const std::string_view outgoing_user =
      s.outgoing_local_part ? address.substr(0, address.rfind('@')) : address;
  return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
         "<Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/"
         "autodiscover/responseschema/2006\">\n"
         "  <Response xmlns=\"http://schemas.microsoft.com/exchange/"
         "autodiscover/outlook/responseschema/2006a\">\n"
         "    <Account>\n"
         "      <AccountType>email</AccountType>\n"
         "      <Action>settings</Action>\n" +
         protocol("POP3", s.incoming, in.port, way_of(in), login(s, address),
                  "") +
         protocol("SMTP", s.outgoing, s.outgoing_port, s.outgoing_tls,
                  outgoing_user,
                  "        <UsePOPAuth>off</UsePOPAuth>\n"
                  "        <SMTPLast>off</SMTPLast>\n") +
         "    </Account>\n  </Response>\n</Autodiscover>\n";
}

std::optional<std::string> find_asked_address(std::string_view request_body) {
  constexpr std::string_view open = "<EMailAddress>";
  const std::size_t at = request_body.find(open);
  if (at == std::string_view::npos)
    return std::nullopt;
  const std::string_view rest = request_body.substr(at + open.size());
  const std::size_t end = rest.find("</EMailAddress>");
  if (end == std::string_view::npos)
    return std::nullopt;
  const std::string_view address = ascii::trim(rest.substr(0, end));
  // One with an escape is not plain.
  return notify::is_plain_address(address) ? std::optional(std::string(address))
                                           : std::nullopt;
}

const client_setup* find_setup(std::span<const client_setup> all,
                               std::string_view address,
                               std::string_view host) {
  const auto of = [&](std::string_view domain) -> const client_setup* {
    const auto found = std::ranges::find_if(all, [&](const client_setup& s) {
      return ascii::iequals(s.domain, domain);
    });
    return found == all.end() ? nullptr : &*found;
  };
  if (!address.empty()) {
    const std::size_t at = address.rfind('@');
    return at == std::string_view::npos ? nullptr : of(address.substr(at + 1));
  }
  constexpr std::string_view prefix = "autoconfig.";
  if (const client_setup* s =
          of(host.starts_with(prefix) ? host.substr(prefix.size()) : host))
    return s;
  return all.size() == 1 ? &all.front() : nullptr;
}

void add_setup_files(router& to, const setup_sources& from) {
  for (const char* path : {"/mail/config-v1.1.xml",
                           "/.well-known/autoconfig/mail/config-v1.1.xml"}) {
    to.add(path,
           at_once([from](const request& r) { return mozilla_file(r, from); }));
  }
  for (const char* path :
       {"/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml",
        "/AutoDiscover/AutoDiscover.xml"}) {
    to.add_post(path, at_once([from](const request& r) {
                  return microsoft_file(r, from);
                }));
  }
}

}  // namespace mekiki::admin
