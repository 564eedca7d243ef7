#include "verdict/sender_class.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mekiki::verdict {
namespace {

using auth::result;

constexpr const char* author = "example.jp";
constexpr const char* mailer = "mailer.example.net";

struct row {
  const char* about;
  result dkim;  // none: not signed
  const char* signer;
  spf_source source;
  result spf;
  const char* envelope;
  const char* google_bulk;
  const char* google;
  const char* strict_bulk;
};

class_result check(const row& r, sender_class senders, bool is_bulk) {
  facts f;
  f.header.author = "taro@news.example.jp";
  f.header.author_domain = "news.example.jp";
  if (r.dkim != result::none) {
    dkim::signature_result& s = f.dkim.emplace_back();
    s.status = r.dkim;
    s.domain = r.signer;
  }
  f.spf.source = r.source;
  f.spf.outcome.status = r.spf;
  f.spf.outcome.domain = r.envelope;
  policy p;
  p.senders = senders;
  if (is_bulk)
    p.bulk_senders = {"other.example", "example.jp"};
  return check_sender_class(f, p);
}

std::string said(const class_result& r) {
  static constexpr const char* words[] = {"fail", "unknown", "pass"};
  return std::string(words[static_cast<int>(r.status)]) + " " +
         std::string(r.rule);
}

TEST(sender_class, table) {
  constexpr auto given = spf_source::given;
  constexpr auto left_out = spf_source::left_out;
  constexpr auto reported = spf_source::reported;
  const row rows[] = {
      {"all well", result::pass, author, given, result::pass, author,
       "pass google-bulk-spf-and-dkim", "pass google-spf-or-dkim",
       "pass strict-bulk-spf-and-dkim"},
      {"the provider reports SPF", result::pass, author, reported, result::pass,
       author, "pass google-bulk-spf-and-dkim", "pass google-spf-or-dkim",
       "pass strict-bulk-spf-and-dkim"},
      {"DKIM alone", result::pass, author, given, result::fail, author,
       "fail google-bulk-spf-and-dkim", "pass google-spf-or-dkim",
       "fail strict-bulk-spf-and-dkim"},
      {"SPF alone", result::none, author, given, result::pass, author,
       "fail google-bulk-spf-and-dkim", "pass google-spf-or-dkim",
       "fail strict-bulk-spf-and-dkim"},
      {"neither", result::fail, author, given, result::softfail, author,
       "fail google-bulk-spf-and-dkim", "fail google-spf-or-dkim",
       "fail strict-bulk-spf-and-dkim"},
      {"SPF of the mailer", result::pass, author, given, result::pass, mailer,
       "pass google-bulk-spf-and-dkim", "pass google-spf-or-dkim",
       "fail strict-bulk-both-aligned"},
      {"DKIM of the mailer", result::pass, mailer, given, result::pass, author,
       "pass google-bulk-spf-and-dkim", "pass google-spf-or-dkim",
       "fail strict-bulk-both-aligned"},
      {"both of the mailer", result::pass, mailer, given, result::pass, mailer,
       "fail google-bulk-one-aligned", "pass google-spf-or-dkim",
       "fail strict-bulk-both-aligned"},
      {"SPF left out", result::pass, author, left_out, result::none, "",
       "unknown google-bulk-spf-and-dkim", "pass google-spf-or-dkim",
       "unknown strict-bulk-spf-and-dkim"},
      {"SPF left out, not signed", result::none, "", left_out, result::none, "",
       "fail google-bulk-spf-and-dkim", "unknown google-spf-or-dkim",
       "fail strict-bulk-spf-and-dkim"},
      {"SPF not decided", result::pass, author, given, result::temperror,
       author, "unknown google-bulk-spf-and-dkim", "pass google-spf-or-dkim",
       "unknown strict-bulk-spf-and-dkim"},
      {"DKIM not decided", result::temperror, author, given, result::pass,
       author, "unknown google-bulk-spf-and-dkim", "pass google-spf-or-dkim",
       "unknown strict-bulk-spf-and-dkim"},
      {"nothing decided", result::temperror, author, given, result::temperror,
       author, "unknown google-bulk-spf-and-dkim", "unknown google-spf-or-dkim",
       "unknown strict-bulk-spf-and-dkim"},
      {"DKIM of the mailer, SPF not decided", result::pass, mailer, given,
       result::temperror, author, "unknown google-bulk-spf-and-dkim",
       "pass google-spf-or-dkim", "fail strict-bulk-both-aligned"},
  };
  for (const row& r : rows) {
    SCOPED_TRACE(r.about);
    EXPECT_EQ(said(check(r, sender_class::google, true)), r.google_bulk);
    EXPECT_EQ(said(check(r, sender_class::google, false)), r.google);
    EXPECT_EQ(said(check(r, sender_class::strict, true)), r.strict_bulk);
    // Who is no bulk sender is asked the same by both.
    EXPECT_EQ(check(r, sender_class::strict, false).status,
              check(r, sender_class::google, false).status);
    EXPECT_EQ(check(r, sender_class::off, true).status, conformity::pass);
  }
}

TEST(sender_class, an_uncertain_border_is_not_known) {
  facts f;
  f.header.author_domain = author;
  f.found_border.emplace().status = border_status::found;
  f.found_border->time = 1;
  f.found_border->by_domain_only = true;
  f.spf.source = spf_source::border;
  f.spf.outcome.status = result::fail;
  policy p;
  p.senders = sender_class::google;
  EXPECT_EQ(check_sender_class(f, p).status, conformity::unknown);
  f.found_border->by_domain_only = false;
  EXPECT_EQ(check_sender_class(f, p).status, conformity::fail);
}

}  // namespace
}  // namespace mekiki::verdict
