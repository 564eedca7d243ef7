#include "reports/read.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "mime/transfer.hpp"
#include "reports/test_packed.hpp"
#include "reports/test_read.hpp"

namespace mekiki::reports {
namespace {

const std::string good =
    "aggregate Reporter 1 example.com 1767225600 1767311999: 1 records, 2 "
    "mails\n";

std::string xml() { return aggregate_xml(record_xml("192.0.2.1", "2")); }

std::string attached(std::string_view type, std::string_view name,
                     std::string_view octets) {
  return fmt::format(
      "--b\r\nContent-Type: {}\r\nContent-Disposition: attachment; "
      "filename=\"{}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
      type, name, mime::encode_base64(octets));
}

std::string mail(std::string_view parts) {
  return fmt::format(
      "From: dmarc@reporter.example\r\nSubject: Report Domain: example.com\r\n"
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
      "{}\r\n--b--\r\n",
      parts);
}

TEST(read, finds_reports_in_whatever_they_come) {
  const struct {
    std::string_view name;
    std::string octets, expected;
  } rows[] = {
      {"as it is", xml(), good},
      {"after white space", "\r\n  " + xml(), good},
      {"gzip", gzip(xml()), good},
      {"zip", zip({{"a.xml", xml()}}), "(a.xml) " + good},
      {"gzip in zip", zip({{"a.xml.gz", gzip(xml())}}), "(a.xml.gz) " + good},
      {"zip in gzip", gzip(zip({{"a.xml", xml()}})), "(a.xml) " + good},
      {"zip of two",
       zip({{"a.xml", xml()}, {"readme.txt", "words"}, {"c.xml", xml()}}),
       "(a.xml) " + good + "(c.xml) " + good},
      {"zip of macOS", zip({{"__MACOSX/._a.xml", "\0x"}, {"a.xml", xml()}}),
       "(a.xml) " + good},
      {"mail", mail(attached("application/gzip", "a.xml.gz", gzip(xml()))),
       "(a.xml.gz) " + good},
      {"mail with zip",
       mail("--b\r\n\r\nSee below.\r\n" +
            attached("application/zip", "a.zip", zip({{"a.xml", xml()}}))),
       "(a.zip/a.xml) " + good},
      {"mail of nothing else",
       "From: a@b.example\r\nContent-Type: application/zip; name=\"a.zip\"\r\n"
       "Content-Transfer-Encoding: base64\r\n\r\n" +
           mime::encode_base64(zip({{"a.xml", xml()}})),
       "(a.zip/a.xml) " + good},
      {"mail with LF",
       [] {
         std::string m = mail(attached("application/gzip", "a", gzip(xml())));
         std::erase(m, '\r');
         return m;
       }(),
       "(a) " + good},
      {"mail without its end",
       "Content-Type: multipart/mixed; boundary=b\r\n\r\n" +
           attached("text/xml", "a.xml", xml()),
       "(a.xml) " + good},
      {"TLS, as RFC 8460 5.3 has it",
       "Subject: Report\r\nContent-Type: multipart/report; "
       "report-type=\"tlsrpt\"; boundary=b\r\n\r\n--b\r\n\r\nwords\r\n" +
           attached("application/tlsrpt+gzip", "a.json.gz",
                    gzip("{\"organization-name\":\"C\",\"report-id\":\"1\","
                         "\"date-range\":{\"start-datetime\":\"2016-04-01T00:"
                         "00:00Z\",\"end-datetime\":\"2016-04-01T23:59:59Z\"}"
                         ",\"policies\":[{\"policy\":{\"policy-domain\":"
                         "\"a.example\"}}]}")) +
           "--b--\r\n",
       "(a.json.gz) tls C 1 a.example 1459468800 1459555199: 0 records, 0 "
       "mails\n"},
      {"any type", mail(attached("application/octet-stream", "a", gzip(xml()))),
       "(a) " + good},
      {"wrong type", mail(attached("application/zip", "a.zip", gzip(xml()))),
       "(a.zip) " + good.substr(0, good.size() - 1) + " [content-type]\n"},
      {"text", mail("--b\r\n\r\n" + xml()), good},
      {"forwarded",
       mail("--b\r\nContent-Type: message/rfc822\r\n\r\n" +
            std::string("Subject: x\r\nContent-Type: application/gzip\r\n"
                        "Content-Transfer-Encoding: base64\r\n\r\n") +
            mime::encode_base64(gzip(xml()))),
       good},
      {"mail in gzip", gzip(mail(attached("text/xml", "a.xml", xml()))),
       "(a.xml) " + good},
      {"two",
       mail(attached("text/xml", "a.xml", xml()) +
            attached("text/xml", "b.xml", xml())),
       "(a.xml) " + good + "(b.xml) " + good},
  };
  for (const auto& row : rows)
    EXPECT_EQ(shown(read_all(row.octets)), row.expected) << row.name;
}

TEST(read, says_what_is_no_report) {
  const std::string none = "there is no report in it\n";
  const struct {
    std::string_view name;
    std::string octets, expected;
  } rows[] = {
      {"nothing", "", "it is empty\n"},
      {"white space", " \r\n", none},
      {"words", "Dear diary, today", none},
      {"zeros", std::string(5000, '\0'), none},
      {"a mail", "Subject: hello\r\n\r\nHi\r\n", none},
      {"a mail with HTML",
       "Subject: hello\r\nContent-Type: text/html\r\n\r\n<html></html>", none},
      {"a mail with a picture", mail(attached("image/png", "a.png", "\x89PNG")),
       none},
      {"HTML", "<html><body>", "it is XML, but no DMARC report\n"},
      {"JSON", "{\"a\":1}", "it is JSON, but no TLS report\n"},
      {"no JSON",
       "{\"a\":", "it is no JSON that can be read: incomplete JSON\n"},
      {"words called a report", mail(attached("text/xml", "a.xml", "words")),
       "(a.xml) it is called a report, and is none\n"},
      {"nothing called a report", mail(attached("text/xml", "a.xml", "")),
       "(a.xml) it is empty\n"},
      {"words in gzip", gzip("words"), "there is no report in the archive\n"},
      {"an empty zip", zip({}), "there is no report in the archive\n"},
      {"a zip of words", zip({{"a.txt", "words"}}),
       "there is no report in the archive\n"},
      {"a document in a zip, as word processors make it",
       mail(attached("application/vnd.oasis.opendocument.text", "a.odt",
                     zip({{"content.xml", "<office:document/>"},
                          {"a.json", "{}"},
                          {"empty", ""}}))),
       "(a.odt) there is no report in the archive\n"},
      {"an encrypted zip", encrypted_zip({{"a.xml", xml()}}),
       "the archive is encrypted\n"},
      {"a broken zip", "PK\x03\x04" + std::string(100, 'x'),
       "the archive is damaged: "},
      {"a broken gzip", "\x1f\x8b" + std::string(100, 'x'),
       "the archive is damaged: "},
  };
  for (const auto& row : rows) {
    const std::string text = shown(read_all(row.octets));
    if (row.expected.ends_with('\n'))
      EXPECT_EQ(text, row.expected) << row.name;
    else
      EXPECT_TRUE(text.starts_with(row.expected)) << row.name << ": " << text;
  }
}

TEST(read, reads_what_is_left_of_a_damaged_archive) {
  std::string records;
  for (int i = 0; i < 5000; ++i) {
    records +=
        record_xml(fmt::format("192.0.{}.{}", i / 250, 1 + i * 7919 % 250),
                   std::to_string(i * 104'729 % 9973));
  }
  const std::string packed = gzip(aggregate_xml(records));
  const auto half =
      read_all(std::string_view(packed).substr(0, packed.size() / 2));
  ASSERT_EQ(half.size(), 1U);
  ASSERT_TRUE(half[0].what) << half[0].what.error();
  const auto& r = std::get<aggregate_report>(half[0].what->what);
  EXPECT_EQ(r.report_id, "1");
  EXPECT_GT(r.records.size(), 1000U);
  EXPECT_LT(r.records.size(), 4000U);
  std::string text = shown(half);
  EXPECT_NE(text.find("[cut, archive-damaged]"), std::string::npos) << text;
  text = shown(read_all(std::string_view(packed).substr(0, 30)));
  EXPECT_TRUE(text.starts_with("the archive is damaged: ")) << text;
}

/// So many octets, of which nothing is kept.
class endless final : public octet_source {
 public:
  endless(std::string first, std::string again, std::size_t times)
      : piece_(std::move(first)), again_(std::move(again)), left_(times) {}
  expected<std::string_view, std::string> read() override {
    if (!std::exchange(begun_, true))
      return std::string_view(piece_);
    if (left_ == 0)
      return std::string_view();
    --left_;
    ++given;
    return std::string_view(again_);
  }
  std::size_t given = 0;

 private:
  std::string piece_;
  std::string again_;
  std::size_t left_;
  bool begun_ = false;
};

std::string shown_of(octet_source& from, const options& how = {}) {
  std::vector<finding> found;
  read(from, how, [&](finding f) { found.push_back(std::move(f)); });
  return shown(found);
}

TEST(read, ends_early_at_what_cannot_be_a_report) {
  const std::string megabyte(1 << 20, ' ');
  // A gigabyte of each.
  endless spaces("<feedback> ", megabyte, 1024);
  EXPECT_EQ(shown_of(spaces), "it has more than 268435456 octets\n");
  EXPECT_LT(spaces.given, 260U);
  endless words("<feedback>", std::string(1 << 20, 'a'), 1024);
  EXPECT_EQ(shown_of(words),
            "more than 1048576 octets of it are no records, so it is no DMARC "
            "report\n");
  EXPECT_LT(words.given, 3U);
  endless comment("<feedback><!--", megabyte, 1024);
  EXPECT_EQ(shown_of(comment), "it has more than 268435456 octets\n");
  endless record("<feedback><record>", megabyte, 1024);
  EXPECT_EQ(shown_of(record), "it has more than 268435456 octets\n");
  endless html("<html>", megabyte, 1024);
  EXPECT_EQ(shown_of(html), "it is XML, but no DMARC report\n");
  EXPECT_LT(html.given, 2U);
  endless json("{", megabyte, 1024);
  EXPECT_EQ(shown_of(json), "it is JSON of more than 16777216 octets\n");
  EXPECT_LT(json.given, 18U);
  endless letter("Subject: a\r\n\r\n", megabyte, 1024);
  EXPECT_EQ(shown_of(letter), "it is a mail of more than 67108864 octets\n");
  EXPECT_LT(letter.given, 66U);
  endless packed("PK\x03\x04", megabyte, 1024);
  EXPECT_EQ(shown_of(packed),
            "it is an archive of more than 67108864 octets\n");
  EXPECT_LT(packed.given, 66U);
}

/// Counts what is taken of it.
class counted final : public octet_source {
 public:
  explicit counted(std::string_view octets) : rest_(octets) {}
  expected<std::string_view, std::string> read() override {
    const std::string_view piece = rest_.substr(0, 4096);
    rest_.remove_prefix(piece.size());
    return piece;
  }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

TEST(read, unpacks_no_more_than_it_needs) {
  std::string text = "<html>";
  text.resize(100 << 20, ' ');
  const std::string packed = gzip(text);
  counted html(packed);
  EXPECT_EQ(shown_of(html), "there is no report in the archive\n");
  EXPECT_GT(html.left(), packed.size() * 8 / 10);
  text.replace(0, xml().size(), xml());
  const std::string begun = gzip(text);
  counted whole(begun);
  EXPECT_EQ(shown_of(whole), good);
  EXPECT_GT(whole.left(), begun.size() * 8 / 10);
}

TEST(read, does_not_unpack_bombs) {
  // 300 MB, which become 300 KB.
  std::string bomb = "<feedback>";
  bomb.resize(300 << 20, ' ');
  const std::string packed = gzip(bomb);
  bomb.clear();
  bomb.shrink_to_fit();
  EXPECT_LT(packed.size(), 1U << 20);
  const std::string why =
      "each of its octets becomes more than 500, as in an archive that is to "
      "fill the memory\n";
  EXPECT_EQ(shown(read_all(packed)), why);
  options how;
  how.limit.ratio = 5000;
  EXPECT_EQ(shown(read_all(packed, how)),
            "more than 268435456 octets would come out of it\n");
  // A report above a limit is not one that is cut.
  std::string large = aggregate_xml(record_xml("192.0.2.1", "2"));
  large.insert(large.find("</feedback>"), std::string(100 << 20, ' '));
  EXPECT_EQ(shown(read_all(gzip(large))), why);
  how = {};
  how.limit.octets = xml().size() - 20;
  EXPECT_EQ(shown(read_all(gzip(xml()), how)),
            fmt::format("more than {} octets would come out of it\n",
                        how.limit.octets));
  // Zeros do not begin a report, and are not even unpacked.
  EXPECT_EQ(shown(read_all(gzip(std::string(64 << 20, '\0')))),
            "there is no report in the archive\n");
  // The rest of a mail is read.
  EXPECT_EQ(shown(read_all(mail(attached("application/gzip", "a.gz", packed) +
                                attached("text/xml", "b.xml", xml())))),
            "(a.gz) " + why + "(b.xml) " + good);
}

TEST(read, shares_one_budget_among_all_files) {
  options how;
  how.limit.octets = 3 * xml().size();
  named_files files;
  for (int i = 0; i < 5; ++i) files.emplace_back(std::to_string(i), xml());
  EXPECT_EQ(shown(read_all(zip(files), how)),
            "(0) " + good + "(1) " + good + "(2) " + good +
                fmt::format("(3) more than {} octets would come out of it\n",
                            how.limit.octets));
  how = {};
  how.limit.files = 2;
  EXPECT_EQ(shown(read_all(zip(files), how)),
            "(0) " + good + "(1) " + good + "it has more than 2 files\n");
}

TEST(read, reads_twenty_attachments_and_no_more_than_the_limit) {
  const auto with = [](int number) {
    std::string parts;
    for (int i = 0; i < number; ++i) {
      parts +=
          attached("application/gzip", std::to_string(i) + ".gz", gzip(xml()));
    }
    return read_all(mail(parts));
  };
  const auto twenty = with(20);
  EXPECT_EQ(twenty.size(), 20U);
  EXPECT_TRUE(std::ranges::all_of(
      twenty, [](const finding& f) { return f.what.has_value(); }));
  // Each is a file, and has one in it.
  const auto many = with(60);
  EXPECT_EQ(many.size(), 60U);
  EXPECT_EQ(std::ranges::count_if(
                many, [](const finding& f) { return f.what.has_value(); }),
            50);
  EXPECT_EQ(many.back().what.error(), "it comes behind 100 others");
}

TEST(read, tells_whose_mail_a_report_is_in) {
  const auto of = [](std::string_view octets) {
    const auto found = read_all(octets);
    EXPECT_EQ(found.size(), 1U) << shown(found);
    return std::pair(found[0].is_in_mail, found[0].is_forwarded);
  };
  const std::string sent = mail(attached("text/xml", "a.xml", xml()));
  EXPECT_EQ(of(xml()), std::pair(false, false));
  EXPECT_EQ(of(gzip(sent)), std::pair(false, true));
  EXPECT_EQ(of(sent), std::pair(true, false));
  EXPECT_EQ(of(mail(attached("application/gzip", "a", gzip(xml())))),
            std::pair(true, false));
  EXPECT_EQ(of(mail("--b\r\nContent-Type: message/rfc822\r\n\r\n"
                    "Content-Type: text/xml\r\n\r\n" +
                    xml())),
            std::pair(true, true));
  EXPECT_EQ(of(mail(attached("application/gzip", "a", gzip(sent)))),
            std::pair(true, true));
}

TEST(read, tells_copies_by_reporter_id_and_domain) {
  const auto of = [](std::string_view what, std::string_view by) {
    std::string text = xml();
    const std::size_t at = text.find(what);
    text.replace(at, what.size(), by);
    return identity(*read_all(text)[0].what);
  };
  const std::string same = identity(*read_all(xml())[0].what);
  EXPECT_NE(same, "");
  EXPECT_EQ(of("Reporter", "REPORTER"), same);
  EXPECT_EQ(of(">1<", ">&lt;1&gt;<"), same);
  EXPECT_EQ(of("1767225600", "1767225601"), same);
  EXPECT_NE(of("Reporter", "Reporters"), same);
  EXPECT_NE(of(">1<", ">2<"), same);
  EXPECT_NE(of("<domain>example.com", "<domain>example.net"), same);
  EXPECT_EQ(of("Reporter", ""), "");
  EXPECT_EQ(of(">1<", "><"), "");
}

TEST(read, goes_to_a_depth) {
  const auto deeper = [](const std::string& octets) { return gzip(octets); };
  const std::string third = deeper(deeper(deeper(xml())));
  EXPECT_EQ(shown(read_all(third)), good);
  EXPECT_EQ(shown(read_all(deeper(third))),
            "archives and mails within each other are read to a depth of 2\n");
  std::string multiparts = mail(attached("text/xml", "a.xml", xml()));
  for (int i = 0; i < 30; ++i) {
    multiparts = fmt::format(
        "Content-Type: multipart/mixed; boundary=b{}\r\n\r\n--b{}\r\n{}\r\n"
        "--b{}--\r\n",
        i, i, multiparts, i);
  }
  EXPECT_EQ(shown(read_all("Subject: a\r\n" + multiparts)),
            "there is no report in it\n");
}

TEST(read, reads_a_hundred_thousand_records) {
  constexpr std::uint64_t number = 100'000;
  std::string records;
  for (std::uint64_t i = 0; i < number; ++i) {
    records += record_xml(
        fmt::format("10.{}.{}.{}", i >> 16, (i >> 8) & 255, i & 255), "3");
  }
  const std::string packed = zip({{"a.xml", aggregate_xml(records)}});
  EXPECT_EQ(shown(read_all(packed)),
            "(a.xml) aggregate Reporter 1 example.com 1767225600 1767311999: "
            "100000 records, 300000 mails\n");
}

}  // namespace
}  // namespace mekiki::reports
