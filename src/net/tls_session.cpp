#include "net/tls_session.hpp"

#include <ctime>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/ip_address.hpp"
#include "net/printable.hpp"

namespace mekiki::net {
namespace {

constexpr std::size_t max_shown_names = 3;
constexpr std::size_t max_shown_name = 100;  // octets

// The issuer of the certificate may have put anything there.
std::string shown_name(std::string_view text) {
  return printable(text, max_shown_name);
}

std::string_view view(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0)
    return "no name";
  const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, at);
  return shown_name(view(X509_NAME_ENTRY_get_data(entry)));
}

std::string address_text(std::string_view octets) {
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(octets.begin(), std::min(octets.size(), bytes.size()),
              bytes.begin());
  if (octets.size() == 16)
    return format(ip_address::v6(bytes));
  return format(ip_address::v4({bytes[0], bytes[1], bytes[2], bytes[3]}));
}

// The names and addresses that a certificate is for.
std::string subjects(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(
          certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  std::string out;
  std::size_t count = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD)
      continue;
    if (++count > max_shown_names)
      continue;
    if (count > 1)
      out += ", ";
    out += name->type == GEN_DNS ? shown_name(view(name->d.dNSName))
                                 : address_text(view(name->d.iPAddress));
  }
  if (count > max_shown_names) {
    out += fmt::format(" and {} more", count - max_shown_names);
  }
  return count > 0 ? out : common_name(X509_get_subject_name(certificate));
}

std::string date(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1)
    return "an unreadable date";
  return fmt::format("{:%Y-%m-%d}", parts);
}

}  // namespace

std::string explain_certificate(const stack_st_X509* chain, long verify_result,
                                const std::string& host) {
  const X509* leaf = sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : nullptr;
  if (leaf == nullptr)
    return "the server showed no certificate";
  switch (verify_result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("the certificate is for {}, not {}", subjects(leaf),
                         host);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      for (int i = 0; i < sk_X509_num(chain); ++i) {
        const ASN1_TIME* end = X509_get0_notAfter(sk_X509_value(chain, i));
        if (X509_cmp_current_time(end) < 0) {
          return fmt::format("the certificate {}expired on {}",
                             i == 0 ? "" : "of its authority ", date(end));
        }
      }
      return "the certificate of its authority has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("the certificate is valid only from {}",
                         date(X509_get0_notBefore(leaf)));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "the certificate is signed by itself, not by an authority";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: {
      const X509* last = sk_X509_value(chain, sk_X509_num(chain) - 1);
      return fmt::format(
          "the certificate was issued by an authority that this machine does "
          "not know ({})",
          common_name(X509_get_issuer_name(last)));
    }
    default:
      return fmt::format("the certificate does not verify: {}",
                         X509_verify_cert_error_string(verify_result));
  }
}

ssl_st* new_tls_session(const tls_context& context, int fd,
                        const std::string& host) {
  std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.native()), SSL_free);
  if (!ssl || SSL_set_fd(ssl.get(), fd) != 1)
    return nullptr;
  if (context.which() == tls_context::side::server) {
    SSL_set_accept_state(ssl.get());
    return ssl.release();
  }
  SSL_set_connect_state(ssl.get());
  if (host.empty())
    return nullptr;  // to OpenSSL it would mean any name
  if (parse_ip_address(host)) {
    X509_VERIFY_PARAM* rules = SSL_get0_param(ssl.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) != 1)
      return nullptr;
  } else {
    SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (SSL_set1_host(ssl.get(), host.c_str()) != 1 ||
        SSL_set_tlsext_host_name(ssl.get(), host.c_str()) != 1) {
      return nullptr;
    }
  }
  return ssl.release();
}

tls_failure explain_tls_failure(const ssl_st* ssl, const std::string& host) {
  const long verify_result = SSL_get_verify_result(ssl);
  if (SSL_is_server(ssl) == 0 && verify_result != X509_V_OK) {
    return {
        tls_errc::certificate,
        explain_certificate(SSL_get_peer_cert_chain(ssl), verify_result, host)};
  }
  const unsigned long error = ERR_peek_last_error();
  switch (ERR_GET_REASON(error)) {
    case 0:
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return {tls_errc::truncated, "the other side broke the connection off"};
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return {tls_errc::refused,
              "the other side does not accept our certificate"};
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_UNKNOWN_PROTOCOL:
      return {tls_errc::protocol, "the other side does not speak TLS here"};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
      return {tls_errc::protocol,
              "the other side only speaks TLS older than 1.2"};
    default: {
      const char* reason = ERR_reason_error_string(error);
      return {tls_errc::protocol,
              fmt::format("TLS failed: {}",
                          reason != nullptr ? reason : "no reason given")};
    }
  }
}

}  // namespace mekiki::net
