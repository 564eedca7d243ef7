#include "net/tls.hpp"

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <utility>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
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

template <auto Free>
struct with {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using pem = std::unique_ptr<BIO, with<BIO_free_all>>;
using certificate = std::unique_ptr<X509, with<X509_free>>;

pem open(const pem_source& source) {
  return pem(source.text
                 ? BIO_new_mem_buf(source.text->data(),
                                   static_cast<int>(std::min<std::size_t>(
                                       source.text->size(), INT_MAX)))
                 : BIO_new_file(source.file.c_str(), "r"));
}

/// The end of a PEM text, behind what was read of it, is no error.
bool is_at_end() {
  const unsigned long last = ERR_peek_last_error();
  if (ERR_GET_LIB(last) != ERR_LIB_PEM ||
      ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
    return false;
  ERR_clear_error();
  return true;
}

/// The server's certificate, and those that lead from it to an authority.
bool use_chain(SSL_CTX* context, BIO* from) {
  if (from == nullptr)
    return false;
  const certificate own(PEM_read_bio_X509_AUX(from, nullptr, nullptr, nullptr));
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1)
    return false;
  SSL_CTX_clear_chain_certs(context);
  for (;;) {
    certificate next(PEM_read_bio_X509(from, nullptr, nullptr, nullptr));
    if (!next)
      return is_at_end();
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1)
      return false;
    next.release();  // NOLINT(bugprone-unused-return-value): the context's now
  }
}

bool use_key(SSL_CTX* context, BIO* from) {
  if (from == nullptr)
    return false;
  const std::unique_ptr<EVP_PKEY, with<EVP_PKEY_free>> key(
      PEM_read_bio_PrivateKey(from, nullptr, nullptr, nullptr));
  return key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1;
}

/// At least one, and all that are there.
bool trust(SSL_CTX* context, BIO* from) {
  if (from == nullptr)
    return false;
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (std::size_t count = 0;; ++count) {
    const certificate one(
        PEM_read_bio_X509_AUX(from, nullptr, nullptr, nullptr));
    if (!one)
      return count > 0 && is_at_end();
    if (X509_STORE_add_cert(store, one.get()) != 1)
      return false;
  }
}

}  // namespace

std::error_code make_error_code(tls_errc e) {
  static const tls_category category;
  return {static_cast<int>(e), category};
}

expected<std::unique_ptr<tls_context>, std::string> tls_context::make_server(
    const pem_source& chain, const pem_source& key) {
  std::unique_ptr<tls_context> out(
      new tls_context(make_context(TLS_server_method()), side::server));
  if (out->context_ == nullptr)
    return unexpected(last_error());
  // Clients send passwords.
  SSL_CTX_set_options(out->context_, SSL_OP_CLEANSE_PLAINTEXT);
  if (!use_chain(out->context_, open(chain).get())) {
    return unexpected(fmt::format("{}: the certificate cannot be read: {}",
                                  chain.file.string(), last_error()));
  }
  if (!use_key(out->context_, open(key).get())) {
    return unexpected(fmt::format("{}: the key cannot be used: {}",
                                  key.file.string(), last_error()));
  }
  return out;
}

expected<std::unique_ptr<tls_context>, std::string>
tls_context::make_client_with(const std::vector<pem_source>& authorities) {
  std::unique_ptr<tls_context> out(
      new tls_context(make_context(TLS_client_method()), side::client));
  if (out->context_ == nullptr)
    return unexpected(last_error());
  SSL_CTX_set_verify(out->context_, SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_set_default_verify_paths(out->context_) != 1) {
    return unexpected("the system's certificate authorities cannot be read: " +
                      last_error());
  }
  ERR_clear_error();  // a file of authorities that is missing, say
  for (const pem_source& more : authorities) {
    if (!trust(out->context_, open(more).get())) {
      return unexpected(
          fmt::format("{}: the certificate authorities cannot be read: {}",
                      more.file.string(), last_error()));
    }
  }
  ERR_clear_error();
  return out;
}

expected<std::unique_ptr<tls_context>, std::string> tls_context::make_client(
    const std::filesystem::path& extra_ca) {
  std::vector<pem_source> all;
  if (!extra_ca.empty())
    all.emplace_back(extra_ca);
  return make_client_with(all);
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
