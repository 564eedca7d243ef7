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
    const auto made = ensure_certificates(state, names, clock);
    EXPECT_TRUE(made) << made.error();
    return made ? *made : own_certificates{};
  }

  std::string failure() {
    const auto made = ensure_certificates(state, {"localhost"}, clock);
    return made ? "" : made.error();
  }

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

}  // namespace
}  // namespace mekiki::net
