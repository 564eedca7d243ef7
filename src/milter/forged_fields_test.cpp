#include "milter/forged_fields.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::milter {
namespace {

struct written {
  std::string_view name;
  std::string_view value;
};

/// "n Name=value" of each change, from the bottom.
std::string changes_of(std::initializer_list<written> header) {
  forged_fields f("mx.test");
  for (const written& field : header) f.add(field.name, field.value);
  std::string out;
  for (const forged_fields::change& c : f.changes())
    out += std::to_string(c.n) + " " + c.name + "=" + c.value + ";";
  return out;
}

TEST(forged_fields, are_ours_in_any_spelling) {
  EXPECT_EQ(changes_of({{"Subject", " x"}, {"From", " a@example.jp"}}), "");
  EXPECT_EQ(changes_of({{"X-DKIM-Check", " pass"}}), "1 X-DKIM-Check=;");
  EXPECT_EQ(changes_of({{"x-mekiki-VERDICT", "\n genuine"}}),
            "1 x-mekiki-VERDICT=;");
  EXPECT_EQ(changes_of({{"X-DKIM-Check ", " pass"}}), "1 X-DKIM-Check =;");
  EXPECT_EQ(changes_of({{"X-DKIM\x01-Check", " pass"}}),
            "1 X-DKIM\x01-Check=;");
  EXPECT_EQ(changes_of({{"Authentication-Results", " mx.test; dkim=pass"}}),
            "1 Authentication-Results=;");
  EXPECT_EQ(changes_of({{"Authentication-Results", " other.test; dkim=pass"}}),
            "");
}

TEST(forged_fields, are_counted_among_those_of_their_name) {
  EXPECT_EQ(changes_of({{"Authentication-Results", " other.test; x"},
                        {"authentication-results", " mx.test; x"},
                        {"Subject", " x"},
                        {"Authentication-Results", " other.test; x"},
                        {"Authentication-Results", " mx.test; x"},
                        {"X-DKIM-Check", " fail"}}),
            "1 X-DKIM-Check=;4 Authentication-Results=;"
            "2 authentication-results=;");
}

TEST(forged_fields, behind_a_line_end_that_some_readers_see) {
  EXPECT_EQ(changes_of({{"Comments", " a\rX-DKIM-Check: pass"}}),
            "1 Comments= a;");
  EXPECT_EQ(changes_of({{"Comments", " a\nX-DKIM-Check: pass"}}),
            "1 Comments= a;");
  EXPECT_EQ(changes_of({{"Comments", " a\rharmless: pass"}}), "");
}

TEST(forged_fields, requests_for_receipts_are_the_readers_affair) {
  EXPECT_EQ(changes_of({{"Disposition-Notification-To", " a@example.jp"},
                        {"Return-Receipt-To", " a@example.jp"}}),
            "");
}

}  // namespace
}  // namespace mekiki::milter
