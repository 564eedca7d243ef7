#include "verdict/lookalike.hpp"

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "auth/dmarc/public_suffix.hpp"
#include "dns/name.hpp"

namespace mekiki::verdict {
namespace {

using kind = finding::kind;
constexpr std::optional<kind> nothing = std::nullopt;

domain_shape shape(const std::string& domain) {
  const auto name = dns::to_a_labels(domain);
  EXPECT_TRUE(name) << domain;
  return shape_of(name.value_or(""));
}

struct pair_of_domains {
  const char* what;
  const char* seen;
  const char* known;
  std::optional<kind> expected;
};

std::ostream& operator<<(std::ostream& out, const pair_of_domains& p) {
  return out << p.what << ": " << p.seen << " for " << p.known;
}

// What the Unicode tables say stands in confusables.txt of UTS 39: 0 and O, 1
// and l, m and rn, а (U+0430) and a, ...
const pair_of_domains attacks[] = {
    {"Cyrillic а", "exаmple.test", "example.test", kind::confusable},
    {"Cyrillic throughout", "еxаmрlе.test", "example.test", kind::confusable},
    {"Greek omicron", "cοntoso.test", "contoso.test", kind::confusable},
    {"dotless i", "exıt-trade.test", "exit-trade.test", kind::confusable},
    {"short, other letters", "nес.test", "nec.test", kind::confusable},
    {"digit 1", "examp1e.test", "example.test", kind::confusable},
    {"digit 0", "c0nt0s0.test", "contoso.test", kind::confusable},
    {"rn", "exarnple.test", "example.test", kind::confusable},
    {"m for rn", "modem-works.test", "modern-works.test", kind::confusable},
    {"vv", "vvingtip.test", "wingtip.test", kind::confusable},
    {"five letters", "gmai1.test", "gmail.test", kind::confusable},
    {"kanji for katakana", "力メラ.test", "カメラ.test", kind::confusable},
    {"katakana for kanji", "ロ座.test", "口座.test", kind::confusable},
    {"accent", "exámple.test", "example.test", kind::confusable},
    {"two dots below", "ẹxamplẹ.test", "example.test", kind::confusable},
    {"stroke", "exampłe.test", "example.test", kind::confusable},
    {"below a checked suffix", "examp1e.co.jp", "example.co.jp",
     kind::confusable},
    {"other suffix too", "exаmple.com", "example.jp", kind::confusable},
    {"the suffix", "example.corn", "example.com", kind::confusable},
    {"below a subdomain", "mail.examp1e.test", "example.test",
     kind::confusable},
    {"of a subdomain", "examp1e.test", "mail.example.test", kind::confusable},

    {"letter left out", "exmple.test", "example.test", kind::one_edit},
    {"letter more", "exawmple.test", "example.test", kind::one_edit},
    {"last letter more", "examples.test", "example.test", kind::one_edit},
    {"other letter", "exemple.test", "example.test", kind::one_edit},
    {"neighbours exchanged", "exmaple.test", "example.test", kind::one_edit},
    {"first letter doubled", "eexample.test", "example.test", kind::one_edit},
    {"five letters, doubled", "gmaill.test", "gmail.test", kind::one_edit},
    {"five letters, exchanged", "gmial.test", "gmail.test", kind::one_edit},
    {"digit for a letter", "c3nturion.test", "centurion.test", kind::one_edit},
    {"accented letter", "exåmqle.test", "exåmple.test", kind::one_edit},
    {"hyphen more", "exam-ple.test", "example.test", kind::one_edit},
    {"hyphen left out", "examplebank.test", "example-bank.test",
     kind::one_edit},
    {"eight letters, other suffix", "wingtibs.com", "wingtips.jp",
     kind::one_edit},
    {"below co.jp", "exmaple.co.jp", "example.co.jp", kind::one_edit},

    {"whole name in front", "example.jp.attacker.test", "example.jp",
     kind::contained},
    {"whole name behind", "login.example.co.jp.attacker.test", "example.co.jp",
     kind::contained},
    {"whole name, a registered jp.test", "example.jp.test", "example.jp",
     kind::contained},
    {"short whole name", "nec.com.attacker.test", "nec.com", kind::contained},
    {"whole name with a tail", "example.co.jp-account.attacker.test",
     "example.co.jp", kind::contained},
    {"dots as hyphens", "example-co-jp.test", "example.co.jp", kind::contained},
    {"dots as hyphens, com", "example-com.test", "example.com",
     kind::contained},
    {"among other words", "www-example-co-jp-id.test", "example.co.jp",
     kind::contained},
    {"with a bait", "example-login.test", "example.jp", kind::contained},
    {"bait in front", "secure-example.com", "example.com", kind::contained},
    {"bait among words", "example-card-security.com", "example.co.jp",
     kind::contained},
    {"bait without a hyphen", "exampleverify.test", "example.jp",
     kind::contained},
    {"bait and a digit for a letter", "examp1e-login.test", "example.jp",
     kind::contained},
    {"hyphen in the known", "contoso-card-login.test", "contoso-card.jp",
     kind::contained},
    {"Japanese bait", "example-kakunin.test", "example.co.jp", kind::contained},

    {"com for jp", "example.com", "example.jp", kind::other_suffix},
    {"com for co.jp", "example.com", "example.co.jp", kind::other_suffix},
    {"co for com", "contoso.co", "contoso.com", kind::other_suffix},
    {"hosting suffix", "example.github.io", "example.jp", kind::other_suffix},
    {"four kanji", "山田商事.com", "山田商事.jp", kind::other_suffix},
};

const pair_of_domains neighbours[] = {
    {"the same", "example.test", "example.test", nothing},
    {"its subdomain", "mail.example.test", "example.test", nothing},
    {"its parent", "example.test", "mail.example.test", nothing},
    {"nothing in common", "fabrikam.test", "example.test", nothing},
    {"one word of five letters for another", "email.test", "gmail.test",
     nothing},
    {"short names", "ntt.test", "nht.test", nothing},
    {"short, 1 and l", "m1.test", "ml.test", nothing},
    {"short, rn and m", "torn.test", "tom.test", nothing},
    {"five letters, one left out", "docmo.test", "docomo.test", nothing},
    {"another first letter", "kissan.test", "nissan.test", nothing},
    {"no first letter", "example.test", "texample.test", nothing},
    {"first letter more", "iexample.test", "example.test", nothing},
    {"first letters exchanged", "xeample.test", "example.test", nothing},
    {"numbered siblings", "example1.test", "example2.test", nothing},
    {"a number more", "example2.test", "example.test", nothing},
    {"number at the front", "1example.test", "example.test", nothing},
    {"numbers exchanged", "studio12.test", "studio21.test", nothing},
    {"longer number", "route666.test", "route66.test", nothing},
    {"two edits", "exmapel.test", "example.test", nothing},
    {"two letters more", "exampleab.test", "example.test", nothing},
    {"an edit and a suffix", "exemple.com", "example.jp", nothing},
    {"another kanji", "株式会社山田商店.test", "株式会社山本商店.test",
     nothing},
    {"another kanji, short", "山田.test", "山本.test", nothing},
    {"another kana", "ヤマダデンキ.test", "ヤマガデンキ.test", nothing},
    {"voiced kana", "かいとう.test", "がいとう.test", nothing},
    {"Japanese and Latin", "東京.test", "tokyo.test", nothing},
    {"Cyrillic word", "пример.test", "primer.test", nothing},
    {"Cyrillic word of a Latin look, other suffix", "сор.test", "cop.com",
     nothing},
    {"accent, short name", "rené.test", "rene.test", nothing},

    {"company of the group", "example-card.co.jp", "example.co.jp", nothing},
    {"company of the group, com", "example-card.com", "example.co.jp", nothing},
    {"bank of the group", "examplebank.co.jp", "example.co.jp", nothing},
    {"holding", "example-holdings.test", "example.test", nothing},
    {"group and company", "example.co.jp", "example-group.co.jp", nothing},
    {"branch in a town", "example-tokyo.test", "example.test", nothing},
    {"branch in a country", "example-jp.com", "example.jp", nothing},
    {"help desk below a checked suffix", "example-support.co.jp",
     "example.co.jp", nothing},
    {"short name within a word", "connect.test", "nec.test", nothing},
    {"name within a word", "counterexample.test", "example.test", nothing},
    {"short name beside a bait", "nec-support.test", "nec.test", nothing},
    {"bait within a word", "example-newsletter.test", "example.test", nothing},
    {"customer of a service", "example.helpdesk.test", "example.jp", nothing},
    {"customer of a service, deep", "mail.example.eu.crm.test", "example.jp",
     nothing},
    {"another customer", "fabrikam.helpdesk.test", "example.helpdesk.test",
     nothing},
    {"short whole name, hyphens", "jr-net.test", "jr.net", nothing},
    {"whole name with no joint", "myexample.com.test", "example.com", nothing},
    {"whole name cut", "example.company.test", "example.com", nothing},
    {"office of a town", "metro.tokyo.lg.jp", "metro.tokyo", nothing},

    {"short, other suffix", "sony.com", "sony.jp", nothing},
    {"six letters, other suffix", "sakura.com", "sakura.jp", nothing},
    {"two kanji, other suffix", "山田.com", "山田.jp", nothing},
    {"company suffix", "example.co.jp", "example.com", nothing},
    {"university", "contoso.ac.jp", "contoso.com", nothing},
    {"government", "example.go.jp", "example.jp", nothing},
    {"other customers of a host", "example-a.github.io", "fabrikam.github.io",
     nothing},
    {"public suffixes", "co.jp", "ne.jp", nothing},
};

class pairs : public testing::TestWithParam<pair_of_domains> {};

TEST_P(pairs, are_told_apart) {
  const pair_of_domains& p = GetParam();
  const auto found = compare(shape(p.seen), shape(p.known));
  EXPECT_EQ(found, p.expected) << (found ? to_string(*found) : "nothing");
}

INSTANTIATE_TEST_SUITE_P(attacks, pairs, testing::ValuesIn(attacks));
INSTANTIATE_TEST_SUITE_P(neighbours, pairs, testing::ValuesIn(neighbours));

std::vector<std::string> all_domains() {
  std::vector<std::string> out;
  for (const auto& p : attacks) {
    out.emplace_back(p.seen);
    out.emplace_back(p.known);
  }
  for (const auto& p : neighbours) {
    out.emplace_back(p.seen);
    out.emplace_back(p.known);
  }
  return out;
}

TEST(compare, finds_nothing_in_the_same_organization) {
  for (const std::string& d : all_domains()) {
    EXPECT_EQ(compare(shape(d), shape(d)), nothing) << d;
    EXPECT_EQ(compare(shape("mail.of." + d), shape(d)), nothing) << d;
  }
}

// Whoever is known, the other one looks the same: but for what only the seen
// name can be: longer, or below a checked suffix.
TEST(compare, is_symmetric_for_edits_and_skeletons) {
  const std::vector<std::string> domains = all_domains();
  std::size_t found = 0;
  for (const std::string& a : domains) {
    for (const std::string& b : domains) {
      const auto one = compare(shape(a), shape(b));
      if (one == kind::one_edit || one == kind::confusable) {
        EXPECT_EQ(compare(shape(b), shape(a)), one) << a << ' ' << b;
        ++found;
      }
    }
  }
  EXPECT_GT(found, 60u);
}

// Every single edit of a name, by a second way to say what an edit is.
TEST(compare, finds_every_edit_of_a_letter) {
  const std::string name = "wingtips";
  for (std::size_t i = 1; i < name.size(); ++i) {
    std::string less = name;
    less.erase(i, 1);
    EXPECT_EQ(compare(shape(less + ".test"), shape(name + ".test")),
              kind::one_edit)
        << less;
    for (const char c : std::string("bdfqxz")) {
      std::string other = name;
      other[i] = c;
      EXPECT_EQ(compare(shape(other + ".test"), shape(name + ".test")),
                kind::one_edit)
          << other;
      std::string more = name;
      more.insert(i, 1, c);
      EXPECT_EQ(compare(shape(more + ".test"), shape(name + ".test")),
                kind::one_edit)
          << more;
    }
    if (i + 1 < name.size()) {
      std::string turned = name;
      std::swap(turned[i], turned[i + 1]);
      EXPECT_EQ(compare(shape(turned + ".test"), shape(name + ".test")),
                kind::one_edit)
          << turned;
    }
  }
}

TEST(keys, meet_wherever_something_is_found) {
  const std::vector<std::string> domains = all_domains();
  for (const std::string& a : domains) {
    std::vector<std::uint32_t> of_a = keys_of_seen(shape(a));
    std::sort(of_a.begin(), of_a.end());
    for (const std::string& b : domains) {
      if (!compare(shape(a), shape(b)))
        continue;
      const std::vector<std::uint32_t> of_b = keys_of_known(shape(b));
      EXPECT_TRUE(std::any_of(of_b.begin(), of_b.end(),
                              [&](std::uint32_t k) {
                                return std::binary_search(of_a.begin(),
                                                          of_a.end(), k);
                              }))
          << a << " for " << b;
    }
  }
}

TEST(keys, are_bounded_by_the_length_of_the_name) {
  std::string name = "a";
  while (name.size() < 251) name += name.size() % 2 == 1 ? ".a" : "a";
  std::string hyphens = "a";
  while (hyphens.size() < 200) hyphens += "-a";
  for (const std::string& n : {name, hyphens + ".test"})
    EXPECT_LT(keys_of_seen(shape_of(n)).size(), 2200u);
}

TEST(shape_of, takes_any_octets) {
  for (const char* name :
       {"", ".", "..", "a", "xn--", "xn--.test", "xn--\xff.test", "_.test",
        "xn--99999999999.test", "-.-", "a..b"}) {
    const domain_shape s = shape_of(name);
    EXPECT_EQ(compare(s, s), nothing) << name;
    keys_of_seen(s);
    keys_of_known(s);
  }
}

}  // namespace
}  // namespace mekiki::verdict
