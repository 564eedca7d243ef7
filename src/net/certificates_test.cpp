#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/test_folder.hpp"
#include "net/tls.hpp"

namespace mekiki::net {
namespace {

namespace fs = std::filesystem;

using std::chrono::hours;
using testing::HasSubstr;

constexpr hours day{24};

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

using certificate = std::unique_ptr<X509, void (*)(X509*)>;

certificate load(const fs::path& file) {
  std::FILE* in = std::fopen(file.c_str(), "r");
  if (in == nullptr)
    return {nullptr, X509_free};
  certificate out(PEM_read_X509(in, nullptr, nullptr, nullptr), X509_free);
  std::fclose(in);
  return out;
}

int days_of_life(const X509* cert) {
  int days = 0;
  int seconds = 0;
  ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(cert),
                 X509_get0_notAfter(cert));
  return days;
}

class certificates : public testing::Test {
 protected:
  own_certificates ensure(const std::vector<std::string>& names) {
    const auto made = ensure_certificates(state, names, clock, host);
    EXPECT_TRUE(made) << made.error();
    return made ? *made : own_certificates{};
  }

  std::string failure() {
    const auto made = ensure_certificates(state, {"localhost"}, clock);
    return made ? "" : made.error();
  }

  host_names host;
  mekiki::test::folder dir;
  fs::path state = dir.path() / "state";
  manual_clock clock{std::chrono::system_clock::now()};
};

TEST_F(certificates, are_as_clients_want_them) {
  const own_certificates own = ensure({"pop.example.jp", "127.0.0.1", "::1"});
  const certificate ca = load(own.ca);
  const certificate server = load(own.chain);
  ASSERT_TRUE(ca && server);

  EXPECT_EQ(X509_check_ca(ca.get()), 1);
  EXPECT_EQ(X509_get_pathlen(ca.get()), 0);
  EXPECT_EQ(X509_get_key_usage(ca.get()), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
  EXPECT_GE(days_of_life(ca.get()), 3650);

  EXPECT_EQ(X509_check_ca(server.get()), 0);
  EXPECT_EQ(X509_get_key_usage(server.get()), KU_DIGITAL_SIGNATURE);
  EXPECT_EQ(X509_get_extended_key_usage(server.get()), XKU_SSL_SERVER);
  EXPECT_LT(days_of_life(server.get()), 398);
  EXPECT_EQ(X509_check_issued(ca.get(), server.get()), X509_V_OK);
  EXPECT_EQ(X509_verify(server.get(), X509_get0_pubkey(ca.get())), 1);
  EXPECT_EQ(X509_check_host(server.get(), "pop.example.jp", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(server.get(), "other.example", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(server.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(server.get(), "::1", 0), 1);
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(ca.get()),
                             X509_get0_serialNumber(server.get())),
            0);

  EXPECT_THAT(own.ca_sha256,
              testing::MatchesRegex("([0-9A-F][0-9A-F]:){31}[0-9A-F][0-9A-F]"));
}

using signing_key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

signing_key load_key(const fs::path& file) {
  std::FILE* in = std::fopen(file.c_str(), "r");
  signing_key out(PEM_read_PrivateKey(in, nullptr, nullptr, nullptr),
                  EVP_PKEY_free);
  std::fclose(in);
  return out;
}

/// A certificate with that extension, by whoever has the authority's key.
certificate issue(const X509* ca, EVP_PKEY* key, int extension,
                  const std::string& value) {
  certificate out(X509_new(), X509_free);
  X509_set_version(out.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 7);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), 3600);
  X509_set_issuer_name(out.get(), X509_get_subject_name(ca));
  X509_set_pubkey(out.get(), key);
  for (const auto& [nid, text] :
       {std::pair<int, std::string>(extension, value),
        {NID_ext_key_usage, "serverAuth,clientAuth,emailProtection"}}) {
    X509_EXTENSION* e =
        X509V3_EXT_conf_nid(nullptr, nullptr, nid, text.c_str());
    X509_add_ext(out.get(), e, -1);
    X509_EXTENSION_free(e);
  }
  X509_sign(out.get(), key, EVP_sha256());
  return out;
}

/// As one who trusts `ca` would judge `cert`: X509_V_OK or an error.
int judged(X509* ca, X509* cert, int purpose = X509_PURPOSE_SSL_SERVER) {
  const std::unique_ptr<X509_STORE, void (*)(X509_STORE*)> trusted(
      X509_STORE_new(), X509_STORE_free);
  X509_STORE_add_cert(trusted.get(), ca);
  const std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> judging(
      X509_STORE_CTX_new(), X509_STORE_CTX_free);
  X509_STORE_CTX_init(judging.get(), trusted.get(), cert, nullptr);
  X509_STORE_CTX_set_purpose(judging.get(), purpose);
  return X509_verify_cert(judging.get()) == 1
             ? X509_V_OK
             : X509_STORE_CTX_get_error(judging.get());
}

TEST_F(certificates, whoever_has_the_authoritys_key_is_no_other_host) {
  host = {.own = {"pc1"}, .possible = {"pc1.local", "192.0.2.9"}};
  const own_certificates own =
      ensure({"localhost", "127.0.0.1", "::1", "pop.example.jp"});
  EXPECT_TRUE(own.is_bounded);
  EXPECT_THAT(own.left_out, testing::IsEmpty());
  const certificate ca = load(own.ca);
  const certificate server = load(own.chain);
  const signing_key key = load_key(state / "ca-key.pem");
  EXPECT_EQ(X509_get_extended_key_usage(ca.get()), XKU_SSL_SERVER);
  const int at = X509_get_ext_by_NID(ca.get(), NID_name_constraints, -1);
  ASSERT_GE(at, 0);
  EXPECT_EQ(X509_EXTENSION_get_critical(X509_get_ext(ca.get(), at)), 1);

  EXPECT_EQ(judged(ca.get(), server.get()), X509_V_OK);
  EXPECT_EQ(X509_check_host(server.get(), "pc1", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(server.get(), "pc1.local", 0, 0, nullptr), 0);
  for (const char* possible :
       {"DNS:localhost", "DNS:pc1", "DNS:pc1.local", "DNS:pop.example.jp",
        "IP:127.0.0.1", "IP:::1", "IP:192.0.2.9"}) {
    const certificate made =
        issue(ca.get(), key.get(), NID_subject_alt_name, possible);
    EXPECT_EQ(judged(ca.get(), made.get()), X509_V_OK) << possible;
  }
  for (const char* refused :
       {"DNS:www.example.com", "DNS:example.jp", "DNS:pc2", "DNS:*.example.jp",
        "IP:192.0.2.10", "IP:127.0.0.2", "IP:2001:db8::1"}) {
    const certificate made =
        issue(ca.get(), key.get(), NID_subject_alt_name, refused);
    EXPECT_EQ(judged(ca.get(), made.get()), X509_V_ERR_PERMITTED_VIOLATION)
        << refused;
  }
  // For servers only.
  const certificate person =
      issue(ca.get(), key.get(), NID_subject_alt_name, "DNS:localhost");
  EXPECT_EQ(judged(ca.get(), person.get(), X509_PURPOSE_SSL_CLIENT),
            X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(judged(ca.get(), person.get(), X509_PURPOSE_SMIME_SIGN),
            X509_V_ERR_INVALID_PURPOSE);
}

TEST_F(certificates, a_name_that_came_later_needs_a_new_authority) {
  host = {.own = {"pc1"}, .possible = {}};
  ensure({"localhost"});
  // What somebody asks for is refused, what the host is called now is not.
  host.own = {"pc2"};
  const own_certificates own = ensure({"localhost"});
  EXPECT_THAT(own.left_out, testing::ElementsAre("pc2"));
  EXPECT_EQ(judged(load(own.ca).get(), load(own.chain).get()), X509_V_OK);
  for (const char* name : {"mail.example.jp", "192.0.2.1"}) {
    const auto made =
        ensure_certificates(state, {"localhost", name}, clock, host);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error(),
                testing::StartsWith(std::string(name) + " is none"));
    EXPECT_THAT(made.error(), HasSubstr("`mekiki cert --renew`"));
  }
  ASSERT_TRUE(forget_certificates(state));
  const own_certificates other = ensure({"localhost", "mail.example.jp"});
  EXPECT_THAT(other.left_out, testing::IsEmpty());
  EXPECT_EQ(judged(load(other.ca).get(), load(other.chain).get()), X509_V_OK);
}

TEST_F(certificates, an_authority_without_bounds_goes_on_working) {
  // As earlier versions made it.
  const own_certificates own = ensure({"localhost"});
  const signing_key key = load_key(state / "ca-key.pem");
  const certificate bounded = load(own.ca);
  certificate ca(X509_dup(bounded.get()), X509_free);
  for (const int nid : {NID_name_constraints, NID_ext_key_usage}) {
    X509_EXTENSION_free(
        X509_delete_ext(ca.get(), X509_get_ext_by_NID(ca.get(), nid, -1)));
  }
  X509_sign(ca.get(), key.get(), EVP_sha256());
  std::FILE* out = std::fopen(own.ca.c_str(), "w");
  PEM_write_X509(out, ca.get());
  std::fclose(out);
  const std::string before = contents(own.ca);

  const own_certificates again = ensure({"localhost", "mail.example.jp"});
  EXPECT_FALSE(again.is_bounded);
  EXPECT_EQ(contents(again.ca), before);
  EXPECT_EQ(judged(load(again.ca).get(), load(again.chain).get()), X509_V_OK);
}

TEST_F(certificates, keys_are_private) {
  const own_certificates own = ensure({"localhost"});
  const auto mode = [](const fs::path& p) {
    return static_cast<unsigned>(fs::status(p).permissions());
  };
  EXPECT_EQ(mode(state), 0700U);
  EXPECT_EQ(mode(own.key), 0600U);
  EXPECT_EQ(mode(state / "ca-key.pem"), 0600U);
  EXPECT_EQ(mode(own.chain), 0644U);
  EXPECT_EQ(mode(own.ca), 0644U);
  EXPECT_EQ(std::distance(fs::directory_iterator(state), {}), 4);
}

TEST_F(certificates, stay_until_they_have_to_be_renewed) {
  host.possible = {"pop.example.jp"};
  const own_certificates own = ensure({"localhost", "127.0.0.1"});
  const std::string ca = contents(own.ca);
  std::string chain = contents(own.chain);

  const auto is_renewed = [&] {
    EXPECT_EQ(contents(own.ca), ca);
    const std::string before = std::exchange(chain, contents(own.chain));
    return chain != before;
  };

  ensure({"localhost", "127.0.0.1"});
  EXPECT_FALSE(is_renewed());
  ensure({"localhost"});
  EXPECT_FALSE(is_renewed());
  ensure({"localhost", "127.0.0.1", "pop.example.jp"});
  EXPECT_TRUE(is_renewed());

  clock.advance(day * (395 - 31));
  ensure({"localhost"});
  EXPECT_FALSE(is_renewed());
  clock.advance(day * 2);
  ensure({"localhost"});
  EXPECT_TRUE(is_renewed());

  // A key that does not belong to the certificate, as after a power cut.
  fs::copy_file(state / "ca-key.pem", own.key,
                fs::copy_options::overwrite_existing);
  ensure({"localhost"});
  EXPECT_TRUE(is_renewed());
  fs::remove(own.key);
  ensure({"localhost"});
  EXPECT_TRUE(is_renewed());
  EXPECT_TRUE(tls_context::make_server(own.chain, own.key));
}

TEST_F(certificates, a_new_authority_comes_before_the_old_one_expires) {
  const own_certificates own = ensure({"localhost"});
  const std::string ca = contents(own.ca);
  clock.advance(day * 3650 - day * 396);
  ensure({"localhost"});
  EXPECT_EQ(contents(own.ca), ca);
  clock.advance(day * 2);
  ensure({"localhost"});
  EXPECT_NE(contents(own.ca), ca);
  EXPECT_TRUE(tls_context::make_server(own.chain, own.key));
}

TEST_F(certificates, the_authority_is_never_replaced_silently) {
  const own_certificates own = ensure({"localhost"});
  // Whoever put the authority's key into safety still has a server.
  const fs::path ca_key = state / "ca-key.pem";
  fs::rename(ca_key, state / "elsewhere.pem");
  EXPECT_EQ(failure(), "");
  fs::remove(own.chain);
  EXPECT_THAT(failure(), HasSubstr("ca-key.pem: not the key of "));
  fs::rename(state / "elsewhere.pem", ca_key);
  EXPECT_EQ(failure(), "");
  std::ofstream(own.ca) << "junk";
  EXPECT_THAT(failure(), HasSubstr("ca.pem: not a certificate"));
}

TEST_F(certificates, a_folder_that_cannot_be_made_is_named) {
  state = dir.path() / "absent" / "state";
  EXPECT_THAT(failure(), HasSubstr("absent/state: cannot be made: "));
  state = dir.path() / "file";
  std::ofstream(state) << "x";
  EXPECT_THAT(failure(), HasSubstr("file"));
}

// As of another owner: to remove it would end the trust of all clients.
TEST_F(certificates, what_cannot_be_read_is_not_to_be_removed) {
  for (const char* name :
       {"ca.pem", "ca-key.pem", "server.pem", "server-key.pem"}) {
    const own_certificates own = ensure({"localhost"});
    const fs::path file = state / name;
    const std::string before = contents(own.ca);
    fs::rename(file, dir.path() / "kept");
    fs::create_symlink(file, file);
    const std::string why = failure();
    EXPECT_THAT(why,
                HasSubstr(std::string(name) + ": cannot be read: Too many"));
    EXPECT_THAT(why, testing::Not(HasSubstr("remove")));
    fs::remove(file);
    fs::rename(dir.path() / "kept", file);
    EXPECT_EQ(failure(), "");
    EXPECT_EQ(contents(own.ca), before);
  }
}

}  // namespace
}  // namespace mekiki::net
