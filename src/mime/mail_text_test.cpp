#include "mime/mail_text.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::mime {
namespace {

mail_text read(std::string_view mail, std::size_t piece,
               std::size_t most = 64 << 10) {
  const auto header = message::parse_header(mail);
  mail_text_reader reader(header);
  std::string_view body = mail.substr(header.body);
  while (!body.empty()) {
    reader.write(body.substr(0, piece));
    body.remove_prefix(std::min(piece, body.size()));
  }
  return reader.finish(most);
}

std::string files(const mail_text& t) {
  std::string out;
  for (const attached_file& f : t.files)
    out += f.name + " " + f.type + " " + std::to_string(f.size) + "\n";
  return out;
}

struct row {
  std::string_view name, mail, text;
  std::string_view files = "";
  bool is_encrypted = false;
};

constexpr row rows[] = {
    {"plain", "\r\nHi\r\n", "Hi\r\n"},
    {"quoted-printable",
     "Content-Transfer-Encoding: quoted-printable\r\n\r\n=E3=81=82 a=\r\nb "
     "=Z=\r\n",
     "あ ab =Z"},
    {"base64 with dirt",
     "Content-Transfer-Encoding: base64\r\n\r\n4 4GC!\r\nQQ=\r\n", "あA"},
    {"mixed",
     "Content-Type: multipart/mixed; boundary=\"b c\"\r\n\r\npre\r\n--b c\r\n"
     "\r\none\r\n--b c  \r\nContent-Type: text/html\r\n\r\n<p>two\r\n--b "
     "c--\r\n"
     "post\r\n",
     "one\ntwo"},
    {"alternatives",
     "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\none\r\n"
     "--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n--c\r\n"
     "Content-Type: text/html\r\n\r\nhtml\r\n--c\r\nContent-Type: image/gif\r\n"
     "Content-Disposition: inline; "
     "filename=\"a\\\"b.gif\"\r\n\r\nGIF\r\n--c--\r\n"
     "--b--\r\n",
     "one", "a\"b.gif image/gif 3\n"},
    {"alternatives without plain text",
     "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n \r\n"
     "--b\r\nContent-Type: text/html\r\n\r\nhtml\r\n--b--\r\n",
     " \nhtml"},
    {"no end",
     "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none", "one"},
    {"a delimiter of the outer one ends the inner one",
     "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
     "Content-Type: multipart/mixed; "
     "boundary=c\r\n\r\n--c\r\n\r\none\r\n--b\r\n"
     "\r\ntwo\r\n--c\r\n\r\nstill two\r\n--b--\r\n",
     "one\ntwo\r\n--c\r\n\r\nstill two"},
    {"text as a file",
     "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
     "Content-Disposition: attachment; filename*0*=utf-8''%E3%81;\r\n"
     " filename*1*=%82; filename*2=\".txt\"\r\n\r\none\r\n--b--\r\n",
     "", "あ.txt text/plain 3\n"},
    {"base64 file",
     "Content-Type: image/png; name==?UTF-8?B?44GC?=\r\n"
     "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\nAAA=\r\n",
     "", "あ image/png 5\n"},
    {"multipart without boundary",
     "Content-Type: multipart/mixed\r\n\r\none\r\n", "one\r\n"},
    {"encrypted", "Content-Type: application/pkcs7-mime\r\n\r\nx", "",
     " application/pkcs7-mime 1\n", true},
    {"attached mail",
     "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\none", "",
     " message/rfc822 17\n"},
};

TEST(mail_text_reader, finds_text_and_files_wherever_the_input_is_cut) {
  for (const row& r : rows) {
    for (std::size_t piece = 1; piece <= r.mail.size(); ++piece) {
      const mail_text got = read(r.mail, piece);
      ASSERT_EQ(got.text, r.text) << r.name << ' ' << piece;
      ASSERT_EQ(files(got), r.files) << r.name << ' ' << piece;
      ASSERT_EQ(got.is_encrypted, r.is_encrypted) << r.name;
      ASSERT_FALSE(got.is_cut) << r.name;
    }
  }
}

TEST(mail_text_reader, has_limits) {
  std::string long_text = "\r\n";
  for (int i = 0; i < 100'000; ++i) long_text += "あいうえ\r\n";
  const mail_text cut = read(long_text, 1000, 1000);
  EXPECT_TRUE(cut.is_cut);
  EXPECT_LE(cut.text.size(), 1000);
  EXPECT_GE(cut.text.size(), 998);

  std::string deep;
  for (int i = 0; i < 1000; ++i) {
    deep += "Content-Type: multipart/mixed; boundary=" + std::to_string(i) +
            "\r\n\r\n--" + std::to_string(i) + "\r\n";
  }
  EXPECT_EQ(files(read(deep + "\r\nx", 1000)).substr(0, 17),
            " multipart/mixed ");

  std::string many = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 1000; ++i)
    many += "--b\r\nContent-Type: a/b\r\n\r\nx\r\n";
  const mail_text files = read(many, 1000);
  EXPECT_EQ(files.files.size() + files.more_files, 1000);
  EXPECT_EQ(files.files.size(), 50);
}

// Whatever a line is made of, only a little of it is kept.
TEST(mail_text_reader, keeps_no_line_without_end) {
  for (const std::string_view what : {"\r", "x", "x\r", "\rx", "-", "--b\r"}) {
    mail_text_reader reader(message::parse_header("\r\n"));
    std::string piece;
    while (piece.size() < 1000) piece += what;
    for (int i = 0; i < 1000; ++i) {
      reader.write(piece);
      ASSERT_LE(reader.held(), 8U << 10) << what;
    }
    EXPECT_LE(reader.finish(100).text.size(), 100U);
  }
}

TEST(mail_text_reader, finds_the_end_of_a_long_line) {
  const std::string begin =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n";
  for (const std::string_view what : {"\r", "x"}) {
    for (const std::size_t size : {4095, 4096, 4097, 20'000}) {
      std::string line;
      while (line.size() < size) line += what;
      const std::string mail = begin + line + "\r\n--b--\r\nnot shown\r\n";
      const std::string whole = read(mail, mail.size()).text;
      EXPECT_EQ(whole.find("not shown"), whole.npos) << size;
      for (const std::size_t piece : {1, 2, 4096, 5000})
        EXPECT_EQ(read(mail, piece).text, whole) << size << " " << piece;
    }
  }
}

}  // namespace
}  // namespace mekiki::mime
