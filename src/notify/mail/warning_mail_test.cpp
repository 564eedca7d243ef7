#include "notify/mail/warning_mail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::notify {
namespace {

using store::warning;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using verdict::level;

warning forged(const std::string& subject = "Your account") {
  warning w;
  w.account = "taro%pop.example.jp";
  w.noted = 880127706;  // 1997-11-21T15:55:06Z
  w.result = {level::forged, verdict::reason("dmarc-fail")
                                 .with("author", "bank.example")
                                 .with("policy", "reject")};
  w.author = "info@bank.example";
  w.author_name = "Bank";
  w.subject = subject;
  return w;
}

store::waiting_warnings waiting(std::vector<warning> all) {
  store::waiting_warnings w;
  w.count = all.size();
  w.first = std::move(all);
  return w;
}

const warning_recipient taro{.secret_word = "hanami",
                             .account = "taro%pop.example.jp",
                             .east_of_utc = std::chrono::hours(9)};

TEST(warning_mail, of_one_mail) {
  const own_mail m = warning_mail(waiting({forged()}), taro, texts());
  EXPECT_EQ(m.subject, "[Mekiki] Forged: “Your account”");
  EXPECT_EQ(
      m.text,
      "Your secret word, by which you know a real notice: hanami\n"
      "\n"
      "1. Forged: It says that it comes from bank[.]example, which asks not to "
      "trust unproven mails in its name, and this one is not proven.\n"
      "   Subject: Your account\n"
      "   From: Bank <info[at]bank[.]example>\n"
      "   Fetched: 1997-11-22 00:55 +0900\n"
      "\n"
      "What to do:\n"
      "- Do not follow the links of a forged mail, do not answer it, and "
      "do not\n"
      "  enter passwords or card numbers because of it.\n"
      "- If it seems to matter, ask the person or company in another way, "
      "such as a\n"
      "  telephone number that you know already.\n"
      "\n"
      "Mekiki wrote this; it checks the mail of taro%pop.example.jp.\n"
      "Nobody reads answers to it.\n");
  EXPECT_THAT(m.files, IsEmpty());
}

// With `--when new` harmless mail is told of as well.
TEST(warning_mail, names_what_is_forged_first) {
  warning harmless = forged("Hello");
  harmless.result = {
      level::new_,
      verdict::reason("aligned-dkim").with("author", "friend.example")};
  const store::waiting_warnings all =
      waiting({harmless, forged("A"), harmless, forged("B")});
  const std::string text = warning_mail(all, taro, texts()).text;
  EXPECT_THAT(text, HasSubstr("1. Forged: It says"));
  // What is said of several is said once.
  EXPECT_THAT(text, HasSubstr("2. Forged: for the same reason.\n"));
  EXPECT_THAT(text, HasSubstr("3. New sender: It is proven"));
  EXPECT_THAT(text, HasSubstr("4. New sender: for the same reason.\n"));
  EXPECT_LT(text.find("Subject: A"), text.find("Subject: B"));
  EXPECT_LT(text.find("Subject: B"), text.find("Subject: Hello"));
  warning_recipient reader = taro;
  reader.in = language::japanese;
  EXPECT_THAT(warning_mail(all, reader, texts()).text,
              HasSubstr("1. なりすまし：bank[.]example からのメールだと"));
}

TEST(warning_mail, of_a_flood_in_japanese) {
  store::waiting_warnings w = waiting({forged("一"), forged("二")});
  w.count = 1234;
  warning_recipient reader = taro;
  reader.in = language::japanese;
  const own_mail m = warning_mail(w, reader, texts());
  EXPECT_EQ(m.subject,
            "[Mekiki] 警告：注意が必要なメールが 1234 通届いています");
  EXPECT_THAT(m.text, HasSubstr("　　件名：一\n"));
  EXPECT_THAT(m.text, HasSubstr("2. "));
  EXPECT_THAT(m.text,
              HasSubstr("このほかに 1232 通あります（一覧は省略しました）。"));
  EXPECT_THAT(m.text, HasSubstr("あなたの合言葉：hanami"));
}

TEST(warning_mail, nothing_of_a_mail_is_alive_in_it) {
  warning w = forged("http://evil.example/\r\nWhat to do:\r\n<b>\u202eclick");
  w.author_name = std::string(1000, 'x') + "https://evil.example";
  const own_mail m = warning_mail(waiting({w}), taro, texts());
  EXPECT_THAT(m.text, HasSubstr("   Subject: hxxp[:]//evil[.]example/  What to "
                                "do:  <b>click\n"));
  EXPECT_THAT(m.text, Not(HasSubstr("https://")));
  EXPECT_LT(m.text.size(), 1500U);
  EXPECT_THAT(m.subject, HasSubstr("hxxp[:]//evil[.]example/  What to do"));
  EXPECT_THAT(m.subject, Not(HasSubstr("\r")));
  EXPECT_THAT(m.subject, Not(HasSubstr("\u202e")));
}

TEST(warning_mail, its_subject_is_bounded_and_in_the_readers_language) {
  warning_recipient reader = taro;
  reader.in = language::japanese;
  std::string letters;
  for (int i = 0; i < 100; ++i) letters += "口";
  const std::string subject =
      warning_mail(waiting({forged(letters)}), reader, texts()).subject;
  EXPECT_TRUE(subject.starts_with("[Mekiki] なりすまし：「口口"));
  EXPECT_TRUE(subject.ends_with("口…」"));
  EXPECT_LT(subject.size(), 150U);
  EXPECT_EQ(warning_mail(waiting({forged(" ")}), taro, texts()).subject,
            "[Mekiki] Forged: “(no subject)”");
}

TEST(warning_mail, names_whom_to_ask) {
  texts t;
  t.set_contact("help@example.jp");
  EXPECT_THAT(warning_mail(waiting({forged()}), taro, t).text,
              HasSubstr("that you know already.\n"
                        "- Questions? Ask help@example.jp.\n\nMekiki wrote"));
}

TEST(warning_mail, leads_to_the_page_of_each_mail) {
  warning w = forged();
  w.digest = "0123abcd";
  texts known;
  known.set_dashboard("https://mekiki.example.jp:8110");
  EXPECT_THAT(warning_mail(waiting({w}), taro, known).text,
              HasSubstr("   More about it: https://mekiki.example.jp:8110/#/"
                        "mail/digest/0123abcd\n"));
  EXPECT_THAT(warning_mail(waiting({w}), taro, texts()).text,
              Not(HasSubstr("More about it")));
  w.digest = "day 17";  // no mail's
  EXPECT_THAT(warning_mail(waiting({w}), taro, known).text,
              Not(HasSubstr("https:")));
}

TEST(warning_mail, of_a_second_judgement) {
  warning w = forged();
  w.what = warning::kind::second;
  w.before = level::forged;
  w.result = {level::new_,
              verdict::reason("aligned-dkim").with("author", "bank.example")};
  const own_mail m = warning_mail(waiting({w}), taro, texts());
  EXPECT_EQ(m.subject, "[Mekiki] What is known of a mail has changed");
  EXPECT_THAT(m.text, HasSubstr("1. When it came it was called \"forged\". By "
                                "what is known now it is \"new sender\". It is "
                                "proven to come from bank[.]example"));
  EXPECT_THAT(m.text, Not(HasSubstr("What to do")));
}

// Methods A and B pause; the mail must not look as if it told of all.
TEST(warning_mail, says_how_many_mails_came_unmarked) {
  warning budget;
  budget.what = warning::kind::budget;
  budget.reader = budget.account = "taro%pop.example.jp";
  budget.subject = "1234";
  const warning_recipient reader{.account = "taro%pop.example.jp"};
  const own_mail alone = warning_mail(waiting({budget}), reader, texts());
  EXPECT_EQ(alone.subject, "[Mekiki] Some mails came without a warning");
  EXPECT_THAT(alone.text, HasSubstr("1. Mails that came without a warning "
                                    "though they looked forged: 1234."));
  const own_mail both =
      warning_mail(waiting({forged(), budget}),
                   {.in = language::japanese, .account = "a%b"}, texts());
  EXPECT_THAT(both.text, HasSubstr("警告を付けずにお渡ししたメール：1234 通"));
}

TEST(warning_mail, for_administrators) {
  warning with_header = forged();
  with_header.header = "From: Bank <info@bank.example>\r\n\r\n";
  warning budget;
  budget.what = warning::kind::budget;
  budget.account = "jiro%pop.example.jp";
  const own_mail m = warning_mail(waiting({budget, with_header}), {}, texts());
  EXPECT_EQ(m.subject, "[Mekiki] 2 mails to be careful with");
  EXPECT_THAT(m.text, HasSubstr("1. So many mails of the mailbox "
                                "jiro%pop.example.jp would be warned about"));
  EXPECT_THAT(m.text, HasSubstr("   Mailbox: taro%pop.example.jp\n"));
  EXPECT_THAT(m.text, Not(HasSubstr("secret word")));
  ASSERT_EQ(m.files.size(), 1U);
  EXPECT_EQ(m.files[0].name, "header-2.txt");
  EXPECT_EQ(m.files[0].type, "text/rfc822-headers");
  EXPECT_EQ(m.files[0].octets, with_header.header);
}

}  // namespace
}  // namespace mekiki::notify
