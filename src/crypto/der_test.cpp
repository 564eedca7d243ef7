#include "crypto/der.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace mekiki::crypto {
namespace {

std::string element(char tag, std::string_view content) {
  std::string out(1, tag);
  if (content.size() >= 0x80)
    out += '\x81';
  out += static_cast<char>(content.size());
  out += content;
  return out;
}
std::string sequence(std::string_view content) {
  return element(0x30, content);
}
std::string integer(std::string_view content) { return element(0x02, content); }

const std::string rsa_oid("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 11);
const std::string null("\x05\x00", 2);
const std::string modulus(150, '\x71');
const std::string exponent("\x01\x00\x01", 3);
const std::string bare = sequence(integer(modulus) + integer(exponent));

std::string wrap(const std::string& algorithm, const std::string& key) {
  const std::string bits = element(0x03, std::string(1, '\0') + key);
  const std::string content = sequence(algorithm) + bits;
  return "\x30\x81" + std::string(1, static_cast<char>(content.size())) +
         content;
}

TEST(der, bare_and_wrapped_keys) {
  for (const std::string& key :
       {bare, wrap(rsa_oid + null, bare), wrap(rsa_oid, bare)}) {
    const auto numbers = read_rsa_public_key(key);
    ASSERT_TRUE(numbers);
    EXPECT_EQ(numbers->modulus, modulus);
    EXPECT_EQ(numbers->exponent, exponent);
  }
}

TEST(der, the_zero_before_a_high_bit_is_not_part_of_the_number) {
  const std::string zero(1, '\0');
  const std::string key = sequence(integer(zero + "\x80") + integer("\x03"));
  const auto numbers = read_rsa_public_key(key);
  ASSERT_TRUE(numbers);
  EXPECT_EQ(numbers->modulus, "\x80");
}

TEST(der, every_cut_and_every_excess_is_refused) {
  const std::string whole = wrap(rsa_oid + null, bare);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(read_rsa_public_key(whole.substr(0, i))) << i;
  }
  EXPECT_FALSE(read_rsa_public_key(whole + "x"));
}

TEST(der, refused) {
  const std::string zero(1, '\0');
  const struct {
    const char* name;
    std::string der;
  } cases[] = {
      {"nothing", ""},
      {"another algorithm", wrap("\x06\x03\x2b\x65\x70", bare)},
      {"three numbers", sequence(integer("a") + integer("b") + integer("c"))},
      {"one number", sequence(integer("a"))},
      {"a negative number", sequence(integer("\xff") + integer("\x03"))},
      {"an empty number", sequence(integer("") + integer("\x03"))},
      {"a zero too many", sequence(integer(zero + "\x01") + integer("\x03"))},
      {"a length not in its shortest form",
       sequence("\x02\x81\x01\x61" + integer("\x03"))},
      {"an indefinite length", "\x30\x80" + integer("a") + integer("\x03")},
      {"a length of 2^32",
       std::string("\x30\x85\x01\x00\x00\x00\x00", 7) + "abc"},
      {"unused bits", sequence(sequence(rsa_oid + null) +
                               element(0x03, "\x01" + sequence("a")))},
  };
  for (const auto& c : cases) {
    EXPECT_FALSE(read_rsa_public_key(c.der)) << c.name;
  }
}

}  // namespace
}  // namespace mekiki::crypto
