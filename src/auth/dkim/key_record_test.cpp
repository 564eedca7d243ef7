#include "auth/dkim/key_record.hpp"

#include <string>

#include <gtest/gtest.h>

#include "auth/dkim/key_cache.hpp"

namespace mekiki::dkim {
namespace {

errc code(std::string_view text) {
  const auto record = parse_key_record(text);
  return record ? errc::ok : record.error().code;
}

TEST(key_record, read) {
  const struct {
    const char* text;
    errc expected;
  } cases[] = {
      {"v=DKIM1; p=AAAA", errc::ok},
      {"p=AAAA", errc::ok},
      {"p=", errc::ok},
      {"v=DKIM1; k=RSA; p=AAAA", errc::ok},
      {" v = DKIM1 ; p = AA AA ; ;", errc::ok},
      {"k=rsa; t=y; g=*; n=some=20words; p=AAAA; x=1", errc::ok},
      {"p=AAAA; v=DKIM1", errc::key_version_place},
      {"v=DKIM2; p=AAAA", errc::key_version},
      {"v=dkim1; p=AAAA", errc::key_version},
      {"v=spf1 -all", errc::key_version},
      {"v=DKIM1", errc::key_syntax},
      {"google-site-verification=x", errc::key_syntax},
      {"", errc::key_syntax},
      {"p=A; p=B", errc::key_syntax},
      {"k=dsa; p=AAAA", errc::key_type_unknown},
      {"p=A*AA", errc::key_unusable},
  };
  for (const auto& c : cases) EXPECT_EQ(code(c.text), c.expected) << c.text;
}

TEST(key_record, long_texts_are_not_read) {
  const std::string filler(max_key_record_octets - 4, 'x');
  EXPECT_EQ(code("p=;n=" + filler.substr(1)), errc::ok);
  EXPECT_EQ(code("p=;n=" + filler), errc::key_syntax);
  key_cache keys;
  EXPECT_EQ(keys.get("p=;n=" + filler + filler).problem, errc::key_syntax);
}

TEST(key_record, restrictions) {
  const auto plain = parse_key_record("p=AAAA");
  EXPECT_TRUE(plain->sha1 && plain->sha256 && plain->email);
  EXPECT_FALSE(plain->testing || plain->same_domain || plain->is_revoked());
  const auto record =
      parse_key_record("h=x : SHA256; s=tlsrpt:y; t=s:q : y; k=ed25519; p=");
  EXPECT_FALSE(record->sha1);
  EXPECT_TRUE(record->sha256);
  EXPECT_FALSE(record->email);
  EXPECT_TRUE(record->testing);
  EXPECT_TRUE(record->same_domain);
  EXPECT_TRUE(record->is_revoked());
  EXPECT_EQ(record->type, crypto::key_type::ed25519);
  EXPECT_TRUE(parse_key_record("s=x:email; p=")->email);
  EXPECT_TRUE(parse_key_record("s=*; p=")->email);
}

// RFC 8463 A.2
const std::string good =
    "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

TEST(key_cache, keeps_the_keys_used_last) {
  key_cache keys(2);
  const auto* first = &keys.get(good);
  EXPECT_TRUE(first->key.has_value());
  EXPECT_EQ(keys.get("p=").problem, errc::key_revoked);
  EXPECT_EQ(&keys.get(good), first);
  EXPECT_EQ(keys.get("p=AAAA").problem, errc::key_unusable);  // "p=" goes
  EXPECT_EQ(keys.size(), 2);
  EXPECT_EQ(&keys.get(good), first);
  EXPECT_EQ(keys.get("junk").problem, errc::key_syntax);
  EXPECT_EQ(keys.get("p=AAAA").problem, errc::key_unusable);
  EXPECT_EQ(keys.size(), 2);
}

}  // namespace
}  // namespace mekiki::dkim
