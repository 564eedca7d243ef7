#include "notify/mail/own_mail.hpp"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mekiki::notify {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// Another number each time.
class counting final : public random_source {
 public:
  void fill(char* out, std::size_t size) override {
    std::memset(out, ++count_, size);
  }

 private:
  int count_ = 0;
};

own_mail simple() {
  return {.from = "mekiki@pc.example",
          .to = "taro@example.jp",
          .subject = "Forged mail",
          .date = 880127706,
          .east_of_utc = std::chrono::hours(9),
          .text = "One.\n.\n"};
}

TEST(own_mail, a_text) {
  counting random;
  EXPECT_EQ(format(simple(), random),
            "From: Mekiki <mekiki@pc.example>\r\n"
            "To: <taro@example.jp>\r\n"
            "Subject: Forged mail\r\n"
            "Date: Sat, 22 Nov 1997 00:55:06 +0900\r\n"
            "Message-ID: <01010101010101010101010101010101@pc.example>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n"
            "Content-Transfer-Encoding: base64\r\n"
            "\r\n"
            "T25lLg0KLg0K\r\n");
}

// RFC 2046 5.1
TEST(own_mail, html_and_files_are_nested) {
  counting random;
  own_mail m = simple();
  m.html = "<p>One.</p>";
  m.files.push_back({"text/rfc822-headers", "header-1.txt", "A: b\r\n\xff"});
  m.labels = {"warning-0123", "warning-4567"};
  const std::string inner = "=_mekiki_01010101010101010101010101010101";
  const std::string outer = "=_mekiki_02020202020202020202020202020202";
  const std::string out = format(m, random);
  EXPECT_THAT(out, HasSubstr("X-Mekiki-Label: warning-0123\r\n"
                             "X-Mekiki-Label: warning-4567\r\n"));
  const std::string body = out.substr(out.find("MIME-Version"));
  EXPECT_EQ(
      body,
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed;\r\n boundary=\"" +
          outer +
          "\"\r\n\r\n"
          "--" +
          outer +
          "\r\n"
          "Content-Type: multipart/alternative;\r\n boundary=\"" +
          inner +
          "\"\r\n\r\n"
          "--" +
          inner +
          "\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: base64\r\n\r\n"
          "T25lLg0KLg0K\r\n"
          "--" +
          inner +
          "\r\n"
          "Content-Type: text/html; charset=utf-8\r\n"
          "Content-Transfer-Encoding: base64\r\n\r\n"
          "PHA+T25lLjwvcD4=\r\n"
          "--" +
          inner +
          "--\r\n"
          "--" +
          outer +
          "\r\n"
          "Content-Type: text/rfc822-headers\r\n"
          "Content-Transfer-Encoding: base64\r\n"
          "Content-Disposition: attachment; filename=\"header-1.txt\"\r\n\r\n"
          "QTogYg0K/w==\r\n"
          "--" +
          outer + "--\r\n");
}

TEST(own_mail, subjects) {
  const struct {
    const char* subject = "";
    const char* field = "";
  } rows[] = {
      {"=?utf-8?q?x?=", "Subject: =?UTF-8?B?PT91dGYtOD9xP3g/PQ==?=\r\nDate:"},
      {"a\r\nBcc: x@y", "Subject: a  Bcc: x@y\r\nDate:"},
      {"\xe3\x81\xaa", "Subject: =?UTF-8?B?44Gq?=\r\nDate:"},
  };
  for (const auto& row : rows) {
    counting random;
    own_mail m = simple();
    m.subject = row.subject;
    EXPECT_THAT(format(m, random), HasSubstr(row.field)) << row.subject;
  }
}

TEST(own_mail, plain_addresses) {
  for (const char* good : {"taro@example.jp", "a.b+c%d!e@x", "a@localhost"})
    EXPECT_TRUE(is_plain_address(good)) << good;
  for (const char* bad :
       {"", "taro", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\r\nX: y", "<a@b>",
        "\"a\"@b", "a@[192.0.2.1]", "\xe5@b", "a,b@c", "a@b;"})
    EXPECT_FALSE(is_plain_address(bad)) << bad;
  EXPECT_FALSE(is_plain_address(std::string(253, 'a') + "@b"));
}

TEST(own_mail, knows_itself_when_it_comes_back) {
  system_random random;
  own_mail m{.from = "mekiki@a.example",
             .to = "Taro@b.example",
             .subject = "x",
             .date = 1'790'000'000,
             .east_of_utc = std::chrono::hours(9),
             .text = "y",
             .key = "key"};
  const std::string ours = format(m, random);
  const auto is_ours = [](const std::string& mail, const char* key = "key") {
    return is_own_mail(message::parse_header(mail), key);
  };
  EXPECT_TRUE(is_ours(ours));
  EXPECT_TRUE(is_ours("Received: from c\r\nX-Spam: no\r\n" + ours));
  EXPECT_FALSE(is_ours(ours, "other"));
  EXPECT_FALSE(is_ours(ours, ""));
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{
           {"Taro@", "Jiro@"},
           {"To: ", "X-To: "},
           {"To: ", "To: <z@z.example>, "},
           {"To: ", "To: z@z.example\r\nTo: "},
           {"Message-ID: <", "Message-ID: <0"},
           {"Message-ID: <", "Message-ID: "},
           {"Message-ID: <", "Message-ID: <a.b@c>\r\nMessage-ID: <"},
           {"Date: ", "Date: Mon, 1 Jan 2001 00:00:00 +0900\r\nX: "},
           {"Date: ",
            "A: b\rDate: Mon, 1 Jan 2001 00:00:00 +0900\r\nDate: "}}) {
    std::string changed = ours;
    const std::size_t at = changed.find(from);
    ASSERT_NE(at, changed.npos) << from;
    changed.replace(at, from.size(), to);
    EXPECT_FALSE(is_ours(changed)) << changed;
  }
  m.key.clear();
  EXPECT_FALSE(is_ours(format(m, random), ""));
}

}  // namespace
}  // namespace mekiki::notify
