#include "auth/dmarc/record.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mekiki::dmarc {
namespace {

/// The record in a form that is short to write.
std::string show(const expected<record, errc>& read) {
  if (!read)
    return std::string(to_string(read.error()));
  const record& r = *read;
  const auto word = [](const std::optional<policy>& p) {
    return p ? std::string(to_string(*p)) : "-";
  };
  std::string out = word(r.p) + " " + word(r.sp) + " " + word(r.np);
  if (r.dkim == alignment::strict)
    out += " adkim";
  if (r.spf == alignment::strict)
    out += " aspf";
  if (r.psd != suffix_flag::unstated)
    out += r.psd == suffix_flag::yes ? " psd=y" : " psd=n";
  if (r.testing)
    out += " t";
  if (r.percent != 100)
    out += " pct=" + std::to_string(r.percent);
  for (const std::string& uri : r.aggregate_uris) out += " rua:" + uri;
  for (const std::string& uri : r.failure_uris) out += " ruf:" + uri;
  return out;
}

struct row {
  std::string text;
  std::string newer;  // by RFC 9989
  std::string older;  // by RFC 7489; empty: the same
};

void check(const std::vector<row>& rows) {
  for (const row& r : rows) {
    EXPECT_EQ(show(parse_record(r.text, spec::rfc9989)), r.newer) << r.text;
    EXPECT_EQ(show(parse_record(r.text, spec::rfc7489)),
              r.older.empty() ? r.newer : r.older)
        << r.text;
  }
}

// RFC 7489 B.2 and RFC 9989 B.2
TEST(record, of_the_examples) {
  check({
      {"v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com",
       "none - - rua:mailto:dmarc-feedback@example.com", ""},
      {"v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com; "
       "ruf=mailto:auth-reports@example.com",
       "none - - rua:mailto:dmarc-feedback@example.com "
       "ruf:mailto:auth-reports@example.com",
       ""},
      {"v=DMARC1; p=quarantine; rua=mailto:dmarc-feedback@example.com,"
       "mailto:tld-test@thirdparty.example.net!10m; pct=25",
       "quarantine - - pct=25 rua:mailto:dmarc-feedback@example.com "
       "rua:mailto:tld-test@thirdparty.example.net!10m",
       ""},
      {"v=DMARC1; p=quarantine; rua=mailto:a@example.com,mailto:b@example.net; "
       "t=y",
       "quarantine - - t rua:mailto:a@example.com rua:mailto:b@example.net",
       ""},
  });
}

TEST(record, begins_with_its_version) {
  check({
      {"v=DMARC1", "- - -", ""},
      {"v=DMARC1;", "- - -", ""},
      {"v \t= DMARC1 \t; p=none", "none - -", ""},
      {"V=DMARC1;p=none;", "none - -", ""},
      {"", "no_record", ""},
      {"v", "no_record", ""},
      {"v=", "no_record", ""},
      {"=DMARC1", "no_record", ""},
      {";v=DMARC1", "no_record", ""},
      {"v=dmarc1; p=none", "no_record", ""},
      {"v=DMARC12; p=none", "no_record", ""},
      {"v=DMARC1 p=none", "no_record", ""},
      {" v=DMARC1; p=none", "no_record", ""},
      {"p=none; v=DMARC1", "no_record", ""},
      {"v=spf1 -all", "no_record", ""},
  });
}

// RFC 9989 4.7: case, order, and what is not known.
TEST(record, has_tags) {
  check({
      {"v=DMARC1; p=Reject; SP=NONE; AdKim=S; aspf=s",
       "reject none - adkim aspf", ""},
      {"v=DMARC1; p=reject; np=quarantine; psd=Y; t=Y",
       "reject - quarantine psd=y t", ""},
      {"v=DMARC1; p=reject; psd=n; t=n", "reject - - psd=n", ""},
      {"v=DMARC1; p=reject; psd=u; adkim=r; aspf=x; t=maybe", "reject - -", ""},
      {"v=DMARC1; p=none; pct=0", "none - - pct=0", ""},
      {"v=DMARC1; p=none; pct=101", "none - -", ""},
      {"v=DMARC1; p=none; pct=-1", "none - -", ""},
      {"v=DMARC1; p=none; pct=9999999999", "none - -", ""},
      {"v=DMARC1; p=none; x_y-1=z; p2=reject", "none - -", ""},
      {"v=DMARC1; p=none; fo=1:d; rf=afrf; ri=3600", "none - -", ""},
      // What cannot be read: passed over, or an error of the older RFC.
      {"v=DMARC1; p=none; bogus", "none - -", "record_syntax"},
      {"v=DMARC1; p=none;; t=y", "none - - t", "record_syntax"},
      {"v=DMARC1; p=none; =x", "none - -", "record_syntax"},
      {"v=DMARC1; p=none; x=\x80", "none - -", "record_syntax"},
      {"v=DMARC1; bogus; p=none", "none - -", "record_syntax"},
      {"v=DMARC1; sp=none; p=reject", "reject none -", "record_syntax"},
      {"v=DMARC1; x=y; p=reject", "reject - -", "record_syntax"},
      {"v=DMARC1; p=none; p=reject", "none - -", "record_syntax"},
      {"v=DMARC1; p=none; v=DMARC1", "none - -", "record_syntax"},
      {"v=DMARC1; p=none; aspf=r; ASPF=s", "none - -", "record_syntax"},
  });
}

// RFC 9989 4.10.1: no valid policy, with and without an address for reports.
TEST(record, without_a_policy) {
  check({
      {"v=DMARC1; adkim=s", "- - - adkim", ""},
      {"v=DMARC1; p=monitor; sp=reject", "- - -", ""},
      {"v=DMARC1; p=; sp=reject", "- - -", ""},
      {"v=DMARC1; p=reject; sp=none none", "- - -", ""},
      {"v=DMARC1; p=reject; np=none!", "- - -", "reject - -"},
      {"v=DMARC1; p=reject; sp=x; rua=mailto:a@b", "none - - rua:mailto:a@b",
       ""},
      {"v=DMARC1; p=reject; np=x; rua=mailto:a@b", "none - - rua:mailto:a@b",
       "reject - - rua:mailto:a@b"},
      {"v=DMARC1; rua=mailto:a@b; sp=reject", "none - - rua:mailto:a@b", ""},
      {"v=DMARC1; ruf=mailto:a@b", "- - - ruf:mailto:a@b", ""},
      {"v=DMARC1; rua=bogus", "- - -", ""},
  });
}

TEST(record, has_addresses_for_reports) {
  const struct {
    const char* value;
    std::vector<std::string> expected;
  } rows[] = {
      {"mailto:a@b.example", {"mailto:a@b.example"}},
      {"https://h/p?q=1#f", {"https://h/p?q=1#f"}},
      {"x+y.z-1:y", {"x+y.z-1:y"}},
      {"mailto:a@b \t,\t mailto:c@d", {"mailto:a@b", "mailto:c@d"}},
      {"bad,mailto:a@b,,", {"mailto:a@b"}},
      {"mailto:a@b!5,mailto:a@b!5K,mailto:a@b!1t",
       {"mailto:a@b!5", "mailto:a@b!5K", "mailto:a@b!1t"}},
      {"mailto:a@b!", {}},
      {"mailto:a@b!k", {}},
      {"mailto:a@b!10p", {}},
      {"mailto:a@b!9999999999", {}},
      {"mailto:a@b!1!1", {}},
      {"mailto:", {}},
      {":a@b", {}},
      {"1a:b", {}},
      {"m_o:a", {}},
      {"mailto:a b@c", {}},
      {"mailto:<a@b>", {}},
  };
  for (const auto& r : rows) {
    const auto read = parse_record(
        std::string("v=DMARC1; p=none; rua=") + r.value, spec::rfc9989);
    ASSERT_TRUE(read) << r.value;
    EXPECT_EQ(read->aggregate_uris, r.expected) << r.value;
  }
}

TEST(take_element, gives_what_stands_between_semicolons) {
  std::string_view rest = "v=DMARC1; P = none;oops;; rua=mailto:a@b.jp ; ";
  const struct {
    std::string_view text, name, value;
  } expected[] = {
      {"v=DMARC1", "v", "DMARC1"},
      {" P = none", "P", "none"},
      {"oops", "", ""},
      {"", "", ""},
      {" rua=mailto:a@b.jp ", "rua", "mailto:a@b.jp"},
  };
  for (const auto& e : expected) {
    const auto element = take_element(rest);
    ASSERT_TRUE(element);
    EXPECT_EQ(element->text, e.text);
    EXPECT_EQ(element->name, e.name);
    EXPECT_EQ(element->value, e.value);
  }
  EXPECT_FALSE(take_element(rest));
  EXPECT_FALSE(take_element(rest));
}

}  // namespace
}  // namespace mekiki::dmarc
