// Our own certificate authority, and the server certificate it issues.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "base/file_remedy.hpp"
#include "base/ip_address.hpp"
#include "net/tls.hpp"

namespace mekiki::net {
namespace {

namespace fs = std::filesystem;

using std::chrono::hours;

// Clients refuse server certificates of 398 days and more; clocks of clients
// may be a day behind ours.
constexpr hours clock_skew{24};
constexpr hours server_lifetime{24 * 395};
constexpr hours authority_lifetime{24 * 3650};
constexpr hours renewal_time{24 * 30};

template <auto Free>
struct deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using owned = std::unique_ptr<T, deleter<Free>>;

using certificate = owned<X509, X509_free>;
using private_key = owned<EVP_PKEY, EVP_PKEY_free>;
using memory_bio = owned<BIO, BIO_free>;
using file = owned<std::FILE, std::fclose>;

struct identity {
  certificate cert;
  private_key key;
};

using problem = unexpected<std::string>;

problem openssl_problem(std::string_view what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return problem(
      fmt::format("{}: {}", what, reason != nullptr ? reason : "OpenSSL"));
}

problem file_problem(const fs::path& path, std::string_view what) {
  const int failure = errno;
  return problem(fmt::format("{}: cannot be {}: {}{}", path.string(), what,
                             std::generic_category().message(failure),
                             file_remedy(path, failure)));
}

// ---- files

/// Before a file that may not be read is taken for one that holds nothing.
expected<void, std::string> may_read(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && errno != ENOENT)
    return file_problem(path, "read");
  if (fd >= 0)
    ::close(fd);
  return {};
}

certificate read_certificate(const fs::path& path) {
  const file in(std::fopen(path.c_str(), "re"));
  if (!in)
    return nullptr;
  certificate out(PEM_read_X509(in.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return out;
}

private_key read_key(const fs::path& path) {
  const file in(std::fopen(path.c_str(), "re"));
  if (!in)
    return nullptr;
  private_key out(PEM_read_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return out;
}

std::string_view contents(const memory_bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

// In one step: readers see the old file or the new one.
expected<void, std::string> write_file(const fs::path& path,
                                       std::string_view text, mode_t mode) {
  fs::path temporary = path;
  temporary += ".new";
  ::unlink(temporary.c_str());
  const int fd =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0)
    return file_problem(temporary, "made");
  // Whatever the umask is. Later on that is not allowed (daemon/sandbox.hpp):
  // then the file is more private than it need be.
  bool good = ::fchmod(fd, mode) == 0 || errno == EPERM;
  while (good && !text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n > 0)
      text.remove_prefix(static_cast<std::size_t>(n));
    good = n > 0 || (n < 0 && errno == EINTR);
  }
  good = good && ::fsync(fd) == 0;
  good = ::close(fd) == 0 && good;
  if (!good || ::rename(temporary.c_str(), path.c_str()) != 0) {
    return file_problem(path, "written");
  }
  return {};
}

expected<void, std::string> write_identity(const fs::path& chain_path,
                                           const fs::path& key_path,
                                           const identity& subject,
                                           const X509* issuer) {
  const memory_bio key(BIO_new(BIO_s_secmem()));
  const memory_bio chain(BIO_new(BIO_s_mem()));
  if (!key || !chain ||
      PEM_write_bio_PrivateKey(key.get(), subject.key.get(), nullptr, nullptr,
                               0, nullptr, nullptr) != 1 ||
      PEM_write_bio_X509(chain.get(), subject.cert.get()) != 1 ||
      (issuer != nullptr && PEM_write_bio_X509(chain.get(), issuer) != 1)) {
    return openssl_problem("the certificate cannot be written");
  }
  // The key first: a certificate without its key would be taken for ours.
  expected<void, std::string> written =
      write_file(key_path, contents(key), 0600);
  if (written)
    written = write_file(chain_path, contents(chain), 0644);
  return written;
}

// ---- certificates

bool add_extension(X509* cert, X509* issuer, int nid,
                   const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  const owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension != nullptr && X509_add_ext(cert, extension.get(), -1) == 1;
}

using general_name = owned<GENERAL_NAME, GENERAL_NAME_free>;

// Built from values, not from OpenSSL's text form, in which a name with a comma
// would be two. An address of a constraint has its mask behind it: of all bits.
enum class address_form : std::uint8_t { alone, with_mask };
general_name make_name(const std::string& text, address_form form) {
  const auto address = parse_ip_address(text);
  general_name name(GENERAL_NAME_new());
  owned<ASN1_STRING, ASN1_STRING_free> value(
      ASN1_STRING_type_new(address ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING));
  if (!name || !value)
    return nullptr;
  std::string octets = text;
  if (address) {
    const std::size_t size = address->is_v4() ? 4 : 16;
    octets.assign(reinterpret_cast<const char*>(address->octets().data()),
                  size);
    if (form == address_form::with_mask)
      octets.append(size, '\xff');
  }
  if (ASN1_STRING_set(value.get(), octets.data(),
                      static_cast<int>(octets.size())) != 1)
    return nullptr;
  GENERAL_NAME_set0_value(name.get(), address ? GEN_IPADD : GEN_DNS,
                          value.release());
  return name;
}

// The subjectAltName.
bool add_names(X509* cert, const std::vector<std::string>& names) {
  const owned<GENERAL_NAMES, GENERAL_NAMES_free> list(GENERAL_NAMES_new());
  for (const std::string& text : names) {
    general_name name = make_name(text, address_form::alone);
    if (!list || !name || sk_GENERAL_NAME_push(list.get(), name.get()) <= 0)
      return false;
    name.release();  // NOLINT(bugprone-unused-return-value): the list's now
  }
  return X509_add1_ext_i2d(cert, NID_subject_alt_name, list.get(), 0, 0) == 1;
}

// RFC 5280 4.2.1.10: for these and, of names, what is below them.
bool add_constraints(X509* cert, const std::vector<std::string>& names) {
  const owned<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free> bounds(
      NAME_CONSTRAINTS_new());
  if (!bounds)
    return false;
  bounds->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
  for (const std::string& text : names) {
    owned<GENERAL_SUBTREE, GENERAL_SUBTREE_free> subtree(GENERAL_SUBTREE_new());
    general_name name = make_name(text, address_form::with_mask);
    if (!subtree || !name)
      return false;
    GENERAL_NAME_free(subtree->base);
    subtree->base = name.release();
    if (sk_GENERAL_SUBTREE_push(bounds->permittedSubtrees, subtree.get()) <= 0)
      return false;
    subtree.release();  // NOLINT(bugprone-unused-return-value): the list's now
  }
  return X509_add1_ext_i2d(cert, NID_name_constraints, bounds.get(), 1, 0) == 1;
}

// A positive number of 127 random bits.
bool set_serial(X509* cert) {
  std::array<unsigned char, 16> octets{};
  if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) != 1) {
    return false;
  }
  octets[0] = (octets[0] & 0x3f) | 0x40;
  const owned<BIGNUM, BN_free> number(
      BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr));
  return number != nullptr &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(cert)) !=
             nullptr;
}

bool set_validity(X509* cert, time_point from, time_point to) {
  return ASN1_TIME_set(X509_getm_notBefore(cert),
                       std::chrono::system_clock::to_time_t(from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(cert),
                       std::chrono::system_clock::to_time_t(to)) != nullptr;
}

bool set_subject(X509* cert, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(cert);
  const auto* octets =
      reinterpret_cast<const unsigned char*>(common_name.data());
  return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, octets,
                                    static_cast<int>(common_name.size()), -1,
                                    0) == 1;
}

// A new P-256 key and what all certificates have. X.509 version 3 is "2".
std::optional<identity> begin_certificate(const std::string& common_name,
                                          time_point from, time_point to) {
  identity out{certificate(X509_new()), private_key(EVP_EC_gen("P-256"))};
  X509* cert = out.cert.get();
  if (!out.key || cert == nullptr || X509_set_version(cert, 2) != 1 ||
      !set_serial(cert) || !set_validity(cert, from, to) ||
      !set_subject(cert, common_name) ||
      X509_set_pubkey(cert, out.key.get()) != 1) {
    return std::nullopt;
  }
  return out;
}

std::string random_suffix() {
  std::array<unsigned char, 3> octets{};
  RAND_bytes(octets.data(), static_cast<int>(octets.size()));
  return fmt::format("{:02x}{:02x}{:02x}", octets[0], octets[1], octets[2]);
}

expected<identity, std::string> make_authority(
    const std::vector<std::string>& names, time_point now) {
  // The suffix tells authorities of different installations apart in the
  // clients' lists.
  auto made = begin_certificate("Mekiki CA " + random_suffix(),
                                now - clock_skew, now + authority_lifetime);
  if (made) {
    X509* cert = made->cert.get();
    if (X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
        add_extension(cert, cert, NID_basic_constraints,
                      "critical,CA:TRUE,pathlen:0") &&
        add_extension(cert, cert, NID_key_usage,
                      "critical,keyCertSign,cRLSign") &&
        add_extension(cert, cert, NID_ext_key_usage, "serverAuth") &&
        add_constraints(cert, names) &&
        add_extension(cert, cert, NID_subject_key_identifier, "hash") &&
        X509_sign(cert, made->key.get(), EVP_sha256()) != 0) {
      return std::move(*made);
    }
  }
  return openssl_problem("the certificate authority cannot be made");
}

expected<identity, std::string> make_server(
    const identity& authority, const std::vector<std::string>& names,
    time_point now) {
  auto made =
      begin_certificate("Mekiki", now - clock_skew, now + server_lifetime);
  if (made) {
    X509* cert = made->cert.get();
    X509* issuer = authority.cert.get();
    if (X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1 &&
        add_extension(cert, issuer, NID_basic_constraints,
                      "critical,CA:FALSE") &&
        add_extension(cert, issuer, NID_key_usage,
                      "critical,digitalSignature") &&
        add_extension(cert, issuer, NID_ext_key_usage, "serverAuth") &&
        add_extension(cert, issuer, NID_subject_key_identifier, "hash") &&
        add_extension(cert, issuer, NID_authority_key_identifier, "keyid") &&
        add_names(cert, names) &&
        X509_sign(cert, authority.key.get(), EVP_sha256()) != 0) {
      return std::move(*made);
    }
  }
  return openssl_problem("the server certificate cannot be made");
}

bool expires_before(const X509* cert, time_point when) {
  std::time_t t = std::chrono::system_clock::to_time_t(when);
  return X509_cmp_time(X509_get0_notAfter(cert), &t) <= 0;
}

bool carries(X509* cert, const std::string& name) {
  if (parse_ip_address(name)) {
    return X509_check_ip_asc(cert, name.c_str(), 0) == 1;
  }
  return X509_check_host(cert, name.data(), name.size(), 0, nullptr) == 1;
}

bool is_still_good(const identity& server, X509* issuer,
                   const std::vector<std::string>& names, time_point now) {
  if (!server.cert || !server.key)
    return false;
  const bool ours =
      X509_check_private_key(server.cert.get(), server.key.get()) == 1 &&
      X509_verify(server.cert.get(), X509_get0_pubkey(issuer)) == 1;
  ERR_clear_error();
  return ours && !expires_before(server.cert.get(), now + renewal_time) &&
         std::all_of(names.begin(), names.end(), [&](const std::string& name) {
           return carries(server.cert.get(), name);
         });
}

using constraints = owned<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;

// Null: it has none.
constraints constraints_of(const X509* authority) {
  return constraints(static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(authority, NID_name_constraints, nullptr, nullptr)));
}

// Asked as clients ask, with a certificate that nobody signs.
bool may_vouch_for(NAME_CONSTRAINTS* bounds, const std::string& name) {
  if (bounds == nullptr)
    return true;
  const certificate cert(X509_new());
  if (!cert || X509_set_version(cert.get(), 2) != 1 ||
      !add_names(cert.get(), {name}))
    return false;
  X509_check_purpose(cert.get(), -1, 0);  // makes OpenSSL read its extensions
  const bool good = NAME_CONSTRAINTS_check(cert.get(), bounds) == X509_V_OK;
  ERR_clear_error();
  return good;
}

std::string fingerprint(const X509* cert) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (X509_digest(cert, EVP_sha256(), digest.data(), &size) != 1)
    return "";
  std::string out;
  for (unsigned int i = 0; i < size; ++i) {
    out += fmt::format("{}{:02X}", i == 0 ? "" : ":", digest[i]);
  }
  return out;
}

}  // namespace

expected<own_certificates, std::string> ensure_certificates(
    const fs::path& directory, const std::vector<std::string>& names,
    const clock& clock, const host_names& host) {
  const time_point now = clock.now();
  const fs::path ca_key = directory / "ca-key.pem";
  own_certificates out{.ca = directory / "ca.pem",
                       .chain = directory / "server.pem",
                       .key = directory / "server-key.pem",
                       .ca_sha256 = "",
                       .is_bounded = false,
                       .left_out = {}};

  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return file_problem(directory, "made");
  }

  for (const fs::path& path : {out.ca, ca_key, out.chain, out.key}) {
    if (const auto may = may_read(path); !may)
      return problem(may.error());
  }
  identity authority{read_certificate(out.ca), read_key(ca_key)};
  std::error_code error;
  if (!authority.cert && fs::exists(out.ca, error)) {
    return problem(
        fmt::format("{}: not a certificate; put back a copy of it, or remove "
                    "it to have a new authority made, which all clients have "
                    "to import",
                    out.ca.string()));
  }
  if (!authority.cert ||
      expires_before(authority.cert.get(), now + server_lifetime)) {
    // Without any address in it, it would vouch for all of them.
    std::vector<std::string> all{"localhost", "127.0.0.1", "::1"};
    for (const auto* more : {&names, &host.own, &host.possible}) {
      for (const std::string& name : *more) {
        if (std::ranges::find(all, name) == all.end())
          all.push_back(name);
      }
    }
    expected<identity, std::string> made = make_authority(all, now);
    if (!made)
      return problem(made.error());
    authority = std::move(*made);
    const auto written = write_identity(out.ca, ca_key, authority, nullptr);
    if (!written)
      return problem(written.error());
  }
  out.ca_sha256 = fingerprint(authority.cert.get());
  const constraints bounds = constraints_of(authority.cert.get());
  out.is_bounded = bounds != nullptr;

  std::vector<std::string> wanted;
  for (const std::string& name : host.own) {
    const bool is_possible = may_vouch_for(bounds.get(), name);
    (is_possible ? wanted : out.left_out).push_back(name);
  }
  for (const std::string& name : names) {
    if (!may_vouch_for(bounds.get(), name)) {
      return problem(fmt::format(
          "{} is none of the names that our certificate authority {} may vouch "
          "for, which are those that were known when it was made; leave it "
          "out, or make a new authority with `mekiki cert --renew` and import "
          "that in all clients",
          name, out.ca.string()));
    }
    wanted.push_back(name);
  }

  const identity server{read_certificate(out.chain), read_key(out.key)};
  if (is_still_good(server, authority.cert.get(), wanted, now))
    return out;

  if (!authority.key ||
      X509_check_private_key(authority.cert.get(), authority.key.get()) != 1) {
    ERR_clear_error();
    return problem(fmt::format(
        "{}: not the key of {}, and a server certificate is needed; put back a "
        "copy of it, or remove both to have a new authority made, which all "
        "clients have to import",
        ca_key.string(), out.ca.string()));
  }
  const expected<identity, std::string> made =
      make_server(authority, wanted, now);
  if (!made)
    return problem(made.error());
  const auto written =
      write_identity(out.chain, out.key, *made, authority.cert.get());
  if (!written)
    return problem(written.error());
  return out;
}

expected<void, std::string> forget_certificates(const fs::path& directory) {
  for (const char* name :
       {"ca.pem", "ca-key.pem", "server.pem", "server-key.pem"}) {
    const fs::path file = directory / name;
    if (::unlink(file.c_str()) != 0 && errno != ENOENT)
      return file_problem(file, "removed");
  }
  return {};
}

}  // namespace mekiki::net
