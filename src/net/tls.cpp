#include "net/tls.hpp"

#include <cstdlib>
#include <ctime>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace mekiki::net {
namespace {

class tls_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }
  std::string message(int value) const override {
    switch (static_cast<tls_errc>(value)) {
      case tls_errc::certificate:
        return "the certificate does not verify";
      case tls_errc::refused:
        return "our certificate was not accepted";
      case tls_errc::protocol:
        return "TLS failed";
      case tls_errc::truncated:
        return "the connection was broken off";
    }
    return "TLS failed";
  }
};

std::string last_error() {
  const unsigned long first = ERR_peek_error();
  if (ERR_SYSTEM_ERROR(first)) {  // a file that is missing or closed to us
    ERR_clear_error();
    return std::generic_category().message(ERR_GET_REASON(first));
  }
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason != nullptr ? reason : "no reason given";
}

// What both sides want.
SSL_CTX* make_context(const SSL_METHOD* method) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(method);
  if (context == nullptr)
    return nullptr;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Idle sessions give their buffers back; a write may take a part, and the
  // rest from another place.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS |
                                SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                   SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  return context;
}

}  // namespace

std::error_code make_error_code(tls_errc e) {
  static const tls_category category;
  return {static_cast<int>(e), category};
}

expected<std::unique_ptr<tls_context>, std::string> tls_context::make_server(
    const std::filesystem::path& chain, const std::filesystem::path& key) {
  std::unique_ptr<tls_context> out(
      new tls_context(make_context(TLS_server_method()), side::server));
  if (out->context_ == nullptr)
    return unexpected(last_error());
  // Clients send passwords.
  SSL_CTX_set_options(out->context_, SSL_OP_CLEANSE_PLAINTEXT);
  if (SSL_CTX_use_certificate_chain_file(out->context_, chain.c_str()) != 1) {
    return unexpected(fmt::format("{}: the certificate cannot be read: {}",
                                  chain.string(), last_error()));
  }
  if (SSL_CTX_use_PrivateKey_file(out->context_, key.c_str(),
                                  SSL_FILETYPE_PEM) != 1) {
    return unexpected(fmt::format("{}: the key cannot be used: {}",
                                  key.string(), last_error()));
  }
  return out;
}

expected<std::unique_ptr<tls_context>, std::string> tls_context::make_client(
    const std::filesystem::path& extra_ca) {
  std::unique_ptr<tls_context> out(
      new tls_context(make_context(TLS_client_method()), side::client));
  if (out->context_ == nullptr)
    return unexpected(last_error());
  SSL_CTX_set_verify(out->context_, SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_set_default_verify_paths(out->context_) != 1) {
    return unexpected("the system's certificate authorities cannot be read: " +
                      last_error());
  }
  if (!extra_ca.empty() &&
      SSL_CTX_load_verify_file(out->context_, extra_ca.c_str()) != 1) {
    return unexpected(
        fmt::format("{}: the certificate authorities cannot be read: {}",
                    extra_ca.string(), last_error()));
  }
  ERR_clear_error();
  return out;
}

std::optional<std::int64_t> tls_context::valid_until() const {
  const X509* own = SSL_CTX_get0_certificate(context_);
  tm end{};
  if (own == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(own), &end) != 1)
    return std::nullopt;
  return timegm(&end);
}

bool tls_context::has_certificate_of(const tls_context& other) const {
  const X509* own = SSL_CTX_get0_certificate(context_);
  const X509* its = SSL_CTX_get0_certificate(other.context_);
  return own != nullptr && its != nullptr && X509_cmp(own, its) == 0;
}

std::vector<std::filesystem::path> system_authorities() {
  const auto either = [](const char* variable, const char* standard) {
    const char* value = std::getenv(variable);
    return value != nullptr ? value : standard;
  };
  return {
      either(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
      either(X509_get_default_cert_dir_env(), X509_get_default_cert_dir())};
}

tls_context::~tls_context() { SSL_CTX_free(context_); }

}  // namespace mekiki::net
