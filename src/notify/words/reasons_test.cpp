#include "notify/words/reasons.hpp"

#include <set>

#include <gtest/gtest.h>

#include "auth/arc/errc.hpp"
#include "auth/dkim/errc.hpp"
#include "auth/dmarc/errc.hpp"
#include "auth/historic/adsp.hpp"
#include "auth/spf/errc.hpp"
#include "dns/resolver.hpp"
#include "notify/words/test_phrases.hpp"

namespace mekiki::notify {
namespace {

template <class Code>
void expect_translated(Code last) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const std::string_view english = describe(static_cast<Code>(i));
    EXPECT_NE(find_phrase(reason_phrases(), english), "") << english;
  }
}

TEST(reasons, are_known_for_every_code) {
  expect_translated(arc::errc::key_unavailable);
  expect_translated(dkim::errc::signature);
  expect_translated(dmarc::errc::record_syntax);
  expect_translated(spf::errc::redirect_target);
  expect_translated(historic::adsp_result::permerror);
  expect_translated(dns::status::malformed);
}

TEST(reasons, have_the_same_values_in_both_languages) {
  expect_same_values(reason_phrases());
}

TEST(reasons, are_translated_with_what_they_tell_of_the_mail) {
  const struct {
    std::string_view english;
    std::string_view japanese;
  } rows[] = {
      {"the key is too short to be accepted: 512 bits",
       "鍵が短すぎて認められません：512 ビット"},
      {"the signature is good, but covers only 10 of 12 octets of the body "
       "(the "
       "signer says it is only testing)",
       "署名は正しいものですが、対象は本文 12 オクテットのうち先頭の 10 "
       "オクテットだけです（署名者によれば試験用）"},
      {"the domain allows this address to send its mail: 192.0.2.1 matches "
       "\"ip4:192.0.2.0/24\" in the record of example.jp, through "
       "\"include:x.example\" in the record of example.org; client address "
       "from the Received field of mx.example.jp",
       "このドメインのメールを送ってよいアドレスです：192.0.2.1 は example.jp "
       "のレコードの「ip4:192.0.2.0/24」（example.org "
       "のレコードの「include:x.example」を経て）に一致。接続元のアドレスは "
       "mx.example.jp の Received から"},
      {"a seal of the ARC chain does not verify (instance 2): the key is of an "
       "unknown type",
       "ARC シールが正しくありません（ARC セット "
       "2）：鍵の種類が未知のものです"},
      {"a domain that passed is aligned with the author's (DKIM: "
       "example.jp); the policy of example.jp is reject",
       "差出人のドメインとアライメントのあるドメインが pass しました（DKIM: "
       "example.jp）。example.jp のポリシーは reject"},
      {"the mail has more signatures than are looked at: 3 more",
       "署名が多すぎるため、すべては調べていません：ほか 3 件"},
      {"SPF fits the author's domain, but rests on a field that a program on "
       "the provider's host could have written; the policy of example.jp is "
       "reject",
       "SPF は差出人のドメインに合いますが、根拠のフィールドはプロバイダーの"
       "ホスト上のプログラムでも書けるものです。example.jp "
       "のポリシーは reject"},
      {"client address from the Received field of mx.example.jp, which a "
       "program on the provider's host could have written",
       "接続元のアドレスは mx.example.jp の Received "
       "から（プロバイダーのホスト上のプログラムでも書けるもの）"},
      {"something else: x; y (z)", "something else: x; y (z)"},
      {"no such name: x", "名前が存在しません：x"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(check_reason(row.english, language::japanese), row.japanese);
    EXPECT_EQ(check_reason(row.english, language::english), row.english);
  }
}

}  // namespace
}  // namespace mekiki::notify
