#include "crypto/digest.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/base64.hpp"

namespace mekiki::crypto {
namespace {

struct example {
  hash_algorithm algorithm;
  std::string_view octets;
  std::string_view base64;
};
// RFC 6376 3.4.3 and 3.4.4: the hashes of empty bodies.
constexpr example examples[] = {
    {hash_algorithm::sha1, "\r\n", "uoq1oCgLlTqpdDX/iUbLy7J1Wic="},
    {hash_algorithm::sha256, "\r\n",
     "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="},
    {hash_algorithm::sha1, "", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="},
    {hash_algorithm::sha256, "",
     "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
};

TEST(digest, known_values) {
  for (const example& e : examples) {
    EXPECT_EQ(base64_encode(hash(e.algorithm, e.octets).octets()), e.base64);
    hasher h(e.algorithm);
    for (const char c : e.octets) h.update({&c, 1});
    EXPECT_EQ(base64_encode(h.peek().octets()), e.base64);
    EXPECT_EQ(base64_encode(h.finish().octets()), e.base64);
  }
}

TEST(digest, a_hasher_starts_afresh_after_finish_and_goes_on_after_peek) {
  const auto sha256 = [](std::string_view octets) {
    return std::string(hash(hash_algorithm::sha256, octets).octets());
  };
  hasher h(hash_algorithm::sha256);
  h.update("ab");
  EXPECT_EQ(h.peek().octets(), sha256("ab"));
  h.update("c");
  hasher moved = std::move(h);
  EXPECT_EQ(moved.finish().octets(), sha256("abc"));
  EXPECT_EQ(moved.finish().octets(), sha256(""));
}

}  // namespace
}  // namespace mekiki::crypto
