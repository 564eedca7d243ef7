#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace mekiki {
namespace {

TEST(base64, rfc4648_section_10) {
  const struct {
    const char* octets;
    const char* text;
  } cases[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(base64_encode(c.octets), c.text);
    EXPECT_EQ(base64_decode(c.text), c.octets);
  }
}

TEST(base64, ignores_folding_and_missing_padding) {
  EXPECT_EQ(base64_decode("Zm9v\r\n\tYm Fy"), "foobar");
  EXPECT_EQ(base64_decode("Zg"), "f");
  EXPECT_EQ(base64_decode("Zg=\r\n ="), "f");
}

TEST(base64, refuses) {
  for (const char* text : {"Z", "Zg===", "=", "Zg==Zg==", "Zm9vZ", "Zm9v!",
                           "Zm9v=", "Zm8==", "-_"}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

TEST(base64, keeps_every_octet) {
  std::string octets;
  for (int i = 0; i < 256; ++i) octets += static_cast<char>(i);
  for (std::size_t n = 0; n <= octets.size(); ++n) {
    const auto part = octets.substr(0, n);
    EXPECT_EQ(base64_decode(base64_encode(part)), part);
  }
}

}  // namespace
}  // namespace mekiki
