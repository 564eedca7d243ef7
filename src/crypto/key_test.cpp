// Private and public keys together.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "base/test_paths.hpp"
#include "crypto/private_key.hpp"
#include "crypto/public_key.hpp"

namespace mekiki::crypto {
namespace {

std::string read(const std::string& name) {
  std::ifstream in(std::filesystem::path(test_paths::testdata) / "dkim" / name,
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

expected<public_key, key_errc> public_of(const private_key& key) {
  return key.type() == key_type::rsa ? public_key::rsa(key.public_octets())
                                     : public_key::ed25519(key.public_octets());
}

/// A DER RSAPublicKey of these numbers, each below 128 octets.
std::string rsa_der(const std::string& n, const std::string& e) {
  const auto integer = [](const std::string& number) {
    return std::string{'\x02', static_cast<char>(number.size())} + number;
  };
  const std::string content = integer(n) + integer(e);
  std::string out = content.size() < 0x80 ? "\x30" : "\x30\x81";
  out += static_cast<char>(content.size());
  return out + content;
}

TEST(key, files) {
  const struct {
    const char* file;
    key_type type;
    int bits;
  } cases[] = {
      {"rsa768.pem", key_type::rsa, 768},
      {"rsa1024-pkcs1.pem", key_type::rsa, 1024},
      {"rsa1024-pkcs8.pem", key_type::rsa, 1024},
      {"ed25519.pem", key_type::ed25519, 256},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.file);
    const auto key = private_key::parse(read(c.file));
    ASSERT_TRUE(key);
    EXPECT_EQ(key->type(), c.type);
    const auto other = public_of(*key);
    ASSERT_TRUE(other);
    EXPECT_EQ(other->bits(), c.bits);
    const auto again = private_key::parse(key->to_pem().reveal());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->public_octets(), key->public_octets());
  }
}

TEST(key, files_that_are_refused) {
  EXPECT_EQ(private_key::parse(read("p256.pem")).error(),
            key_errc::unsupported);
  EXPECT_EQ(private_key::parse(read("rsa1024-encrypted.pem")).error(),
            key_errc::malformed);
  for (const std::string_view text :
       {"", "AAAA", "-----BEGIN PRIVATE KEY-----\n"}) {
    EXPECT_EQ(private_key::parse(text).error(), key_errc::malformed) << text;
  }
  EXPECT_EQ(private_key::parse(std::string(1 << 20, 'A')).error(),
            key_errc::malformed);
  EXPECT_EQ(private_key::generate(key_type::rsa, 512).error(),
            key_errc::bad_numbers);
}

// RFC 8463 A.1 and A.2
TEST(key, ed25519_seed) {
  const auto key =
      private_key::parse("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n");
  ASSERT_TRUE(key);
  EXPECT_EQ(base64_encode(key->public_octets()),
            "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
}

TEST(key, what_is_signed_verifies_and_nothing_else) {
  for (const key_type type : {key_type::rsa, key_type::ed25519}) {
    const auto key = private_key::generate(type);
    ASSERT_TRUE(key);
    auto verifier = public_of(*key);
    ASSERT_TRUE(verifier);
    for (const auto algorithm : {hash_algorithm::sha256, hash_algorithm::sha1,
                                 hash_algorithm::sha256}) {
      const digest good = hash(algorithm, "octets");
      auto signature = key->sign(algorithm, good);
      ASSERT_TRUE(signature);
      EXPECT_TRUE(verifier->verify(algorithm, good, *signature));
      EXPECT_FALSE(
          verifier->verify(algorithm, hash(algorithm, "other"), *signature));
      EXPECT_FALSE(verifier->verify(algorithm, good, ""));
      EXPECT_FALSE(verifier->verify(algorithm, good, *signature + "x"));
      for (std::size_t i = 0; i < signature->size(); i += 7) {
        std::string changed = *signature;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(verifier->verify(algorithm, good, changed)) << i;
      }
    }
    public_key moved = std::move(*verifier);
    const digest good = hash(hash_algorithm::sha256, "octets");
    EXPECT_TRUE(moved.verify(hash_algorithm::sha256, good,
                             *key->sign(hash_algorithm::sha256, good)));
  }
}

TEST(key, numbers_that_no_rsa_key_has) {
  const std::string n(126, '\x7b');  // odd
  EXPECT_TRUE(public_key::rsa(rsa_der(n, "\x03")));
  EXPECT_TRUE(
      public_key::rsa(rsa_der(n, "\x01" + std::string(6, '\0') + "\x01")));
  const struct {
    const char* name;
    std::string n;
    std::string e;
  } cases[] = {
      {"even modulus", std::string(126, '\x7a'), "\x03"},
      {"even exponent", n, "\x04"},
      {"exponent 1", n, "\x01"},
      {"exponent 0", n, std::string(1, '\0')},
      {"exponent of 65 bits", n, "\x01" + std::string(7, '\0') + "\x01"},
      {"modulus 0", std::string(1, '\0'), "\x03"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(public_key::rsa(rsa_der(c.n, c.e)).error(), key_errc::bad_numbers)
        << c.name;
  }
  EXPECT_EQ(public_key::rsa("junk").error(), key_errc::malformed);
  std::string huge("\x30\x82\x08\x0a\x02\x82\x08\x03", 8);
  huge += std::string(0x803, '\x7b') + std::string("\x02\x01\x03", 3);
  EXPECT_EQ(public_key::rsa(huge).error(), key_errc::too_long);
}

TEST(key, ed25519_keys_of_another_length) {
  EXPECT_EQ(public_key::ed25519(std::string(31, 'x')).error(),
            key_errc::malformed);
  EXPECT_EQ(public_key::ed25519(std::string(33, 'x')).error(),
            key_errc::malformed);
}

}  // namespace
}  // namespace mekiki::crypto
