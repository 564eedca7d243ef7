// Ten thousand made-up reports in twenty shapes: whatever the shape, what is
// read is what was written.
#include <array>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/replace_all.hpp"
#include "mime/transfer.hpp"
#include "reports/test_packed.hpp"
#include "reports/test_read.hpp"

namespace mekiki::reports {
namespace {

using generator = std::mt19937;

std::size_t below(generator& random, std::size_t end) {
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

template <class Words>
std::string one_of(generator& random, const Words& words) {
  return std::string(words.at(below(random, words.size())));
}

constexpr std::array<std::string_view, 3> policies{"none", "quarantine",
                                                   "reject"};
constexpr std::array<std::string_view, 2> results{"pass", "fail"};
constexpr std::array<std::string_view, 3> modes{"", "r", "s"};

aggregate_report make_up(generator& random, int number) {
  aggregate_report r;
  r.org_name = fmt::format("Reporter {}", below(random, 50));
  r.report_id = fmt::format("id-{}", number);
  r.email = fmt::format("dmarc@reporter{}.example", below(random, 50));
  r.begin = 1'700'000'000 + static_cast<std::int64_t>(below(random, 1 << 26));
  r.end = *r.begin + 86'399;
  r.policy.domain = fmt::format("d{}.example", below(random, 40));
  r.policy.p = one_of(random, policies);
  r.policy.adkim = one_of(random, modes);
  for (std::size_t i = below(random, 6) + 1; i > 0; --i) {
    aggregate_record record;
    record.source_ip =
        below(random, 3) == 0
            ? fmt::format("2001:db8::{:x}", below(random, 65535) + 1)
            : fmt::format("198.51.{}.{}", below(random, 256),
                          below(random, 256));
    record.count = below(random, 100'000);
    record.disposition = one_of(random, policies);
    record.dkim = one_of(random, results);
    record.spf = one_of(random, results);
    record.header_from = r.policy.domain;
    record.envelope_from = "bounce." + r.policy.domain;
    for (std::size_t k = below(random, 3); k > 0; --k) {
      record.dkim_results.push_back({.domain = r.policy.domain,
                                     .selector = fmt::format("s{}", k),
                                     .result = one_of(random, results),
                                     .human_result = ""});
    }
    record.spf_results.push_back({.domain = record.envelope_from,
                                  .scope = "mfrom",
                                  .result = one_of(random, results),
                                  .human_result = ""});
    r.records.push_back(std::move(record));
  }
  return r;
}

std::string element(std::string_view name, std::string_view text) {
  return text.empty() ? "" : fmt::format("<{}>{}</{}>", name, text, name);
}

std::string write(const aggregate_report& r) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feedback>\n";
  out += element("version", "1.0") + "<report_metadata>\n" +
         element("org_name", r.org_name) + element("email", r.email) +
         element("report_id", r.report_id) + "<date_range>" +
         element("begin", std::to_string(*r.begin)) +
         element("end", std::to_string(*r.end)) +
         "</date_range></report_metadata>\n<policy_published>" +
         element("domain", r.policy.domain) + element("p", r.policy.p) +
         element("adkim", r.policy.adkim) + "</policy_published>\n";
  for (const aggregate_record& record : r.records) {
    out += "<record>\n  <row>" + element("source_ip", record.source_ip) +
           element("count", std::to_string(record.count)) +
           "<policy_evaluated>" + element("disposition", record.disposition) +
           element("dkim", record.dkim) + element("spf", record.spf) +
           "</policy_evaluated></row>\n  <identifiers>" +
           element("header_from", record.header_from) +
           element("envelope_from", record.envelope_from) +
           "</identifiers>\n  <auth_results>";
    for (const dkim_result& d : record.dkim_results) {
      out += "<dkim>" + element("domain", d.domain) +
             element("selector", d.selector) + element("result", d.result) +
             "</dkim>";
    }
    for (const spf_result& s : record.spf_results) {
      out += "<spf>" + element("domain", s.domain) + element("scope", s.scope) +
             element("result", s.result) + "</spf>";
    }
    out += "</auth_results>\n</record>\n";
  }
  return out + "</feedback>\n";
}

std::string replaced(std::string text, std::string_view what,
                     std::string_view by) {
  const std::size_t at = text.find(what);
  if (at == std::string::npos)
    ADD_FAILURE() << what << " is not in the report";
  else
    text.replace(at, what.size(), by);
  return text;
}

std::string all_replaced(std::string text, std::string_view what,
                         std::string_view by) {
  replace_all(text, what, by);
  return text;
}

std::string in_utf16(std::string_view ascii) {
  std::string out = "\xff\xfe";
  for (const char c : ascii) out += {c, '\0'};
  return out;
}

std::string in_mail(std::string_view type, std::string_view octets) {
  return fmt::format(
      "From: dmarc@reporter.example\r\nSubject: Report\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n--=_b\r\n"
      "Content-Type: text/plain\r\n\r\nA report.\r\n--=_b\r\nContent-Type: {}\r"
      "\nContent-Disposition: attachment; filename=a\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n{}--=_b--\r\n",
      type, mime::encode_base64(octets));
}

struct shape {
  std::string_view name;
  std::function<std::string(const aggregate_report&)> write;
  std::string_view faults;
  /// What another shape makes of the reporter's name.
  std::string_view more_name = {};
};

std::vector<shape> shapes() {
  const auto dates = [](const aggregate_report& r, std::string_view form) {
    return replaced(write(r), fmt::format(">{}<", *r.begin),
                    fmt::format(fmt::runtime(form), *r.begin));
  };
  return {
      {"as it is", write, ""},
      {"gzip", [](const auto& r) { return gzip(write(r)); }, ""},
      {"zip",
       [](const auto& r) {
         return zip({{"a.xml", write(r)}});
       },
       ""},
      {"zip in a mail",
       [](const auto& r) {
         return in_mail("application/zip", zip({{"a.xml", write(r)}}));
       },
       ""},
      {"gzip in a mail, wrong type",
       [](const auto& r) {
         return in_mail("application/octet-stream", gzip(write(r)));
       },
       ""},
      {"mail that is a zip",
       [](const auto& r) {
         return "Subject: Report\r\nContent-Type: application/zip\r\n"
                "Content-Transfer-Encoding: base64\r\n\r\n" +
                mime::encode_base64(zip({{"a.xml", write(r)}}));
       },
       ""},
      {"mail in quoted-printable",
       [](const auto& r) {
         return "Subject: Report\r\nContent-Type: text/xml\r\n"
                "Content-Transfer-Encoding: quoted-printable\r\n\r\n" +
                mime::encode_quoted_printable(mime::to_crlf(write(r)));
       },
       ""},
      {"prefixes",
       [](const auto& r) {
         std::string xml = all_replaced(write(r), "</", "\x01");
         xml = all_replaced(std::move(xml), "<", "<ns:");
         xml = all_replaced(std::move(xml), "<ns:?", "<?");
         return all_replaced(std::move(xml), "\x01", "</ns:");
       },
       ""},
      {"RFC 9990's namespace",
       [](const auto& r) {
         return replaced(
             write(r), "<feedback>",
             "<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">");
       },
       ""},
      {"CRLF and tabs",
       [](const auto& r) { return all_replaced(write(r), "\n", "\r\n\t\t"); },
       ""},
      {"UTF-16", [](const auto& r) { return in_utf16(write(r)); }, ""},
      {"Shift_JIS",
       [](const auto& r) {
         return replaced(replaced(write(r), "UTF-8", "Shift_JIS"), "Reporter",
                         "\x95\x5c\x8e\xa6 Reporter");
       },
       "", "\xe8\xa1\xa8\xe7\xa4\xba "},
      {"ISO-8859-1",
       [](const auto& r) {
         return replaced(replaced(write(r), "UTF-8", "ISO-8859-1"), "Reporter",
                         "\xe9 Reporter");
       },
       "", "\xc3\xa9 "},
      {"comments and CDATA",
       [](const auto& r) {
         return all_replaced(
             replaced(write(r), r.org_name, "<![CDATA[" + r.org_name + "]]>"),
             "</row>", "</row><!-- </record><record> -->");
       },
       ""},
      {"a document type",
       [](const auto& r) {
         return replaced(
             write(r), "<feedback>",
             "<!DOCTYPE feedback [<!ENTITY a \"]>\">]>\n<feedback>");
       },
       "doctype"},
      {"a bare ampersand",
       [](const auto& r) {
         return replaced(write(r), "Reporter", "A & B Reporter");
       },
       "", "A & B "},
      {"words in upper case",
       [](const auto& r) {
         return all_replaced(all_replaced(write(r), ">pass<", ">PASS<"),
                             ">fail<", ">Fail<");
       },
       ""},
      {"milliseconds", [dates](const auto& r) { return dates(r, ">{}000<"); },
       "date-form"},
      {"an address without quotes of XML",
       [](const auto& r) {
         return replaced(write(r), ">" + r.email + "<", "><" + r.email + "><");
       },
       "xml-mended"},
      {"no end",
       [](const auto& r) { return replaced(write(r), "</feedback>\n", ""); },
       "cut"},
  };
}

TEST(shapes, are_all_read_as_they_were_written) {
  const std::vector<shape> all = shapes();
  ASSERT_EQ(all.size(), 20U);
  generator random(9990);
  for (int i = 0; i < 10'000; ++i) {
    const shape& how = all[static_cast<std::size_t>(i) % all.size()];
    const aggregate_report written = make_up(random, i);
    const auto found = read_all(how.write(written));
    ASSERT_EQ(found.size(), 1U) << how.name << '\n' << shown(found);
    ASSERT_TRUE(found[0].what) << how.name << ": " << found[0].what.error();
    std::string faults;
    for (const warning& w : found[0].what->warnings)
      faults += to_string(w.what);
    ASSERT_EQ(faults, how.faults) << how.name;
    const auto& r = std::get<aggregate_report>(found[0].what->what);
    ASSERT_EQ(r.org_name, std::string(how.more_name) + written.org_name)
        << how.name;
    ASSERT_EQ(r.report_id, written.report_id) << how.name;
    ASSERT_EQ(r.begin, written.begin) << how.name;
    ASSERT_EQ(r.end, written.end) << how.name;
    ASSERT_EQ(r.policy.domain, written.policy.domain) << how.name;
    ASSERT_EQ(r.policy.p, written.policy.p) << how.name;
    ASSERT_EQ(r.policy.adkim,
              written.policy.adkim.empty() ? "r" : written.policy.adkim)
        << how.name;
    ASSERT_EQ(r.records.size(), written.records.size()) << how.name;
    for (std::size_t k = 0; k < r.records.size(); ++k) {
      const aggregate_record& a = r.records[k];
      const aggregate_record& b = written.records[k];
      ASSERT_EQ(a.source_ip, b.source_ip) << how.name;
      ASSERT_EQ(a.count, b.count) << how.name;
      ASSERT_EQ(a.disposition, b.disposition) << how.name;
      ASSERT_EQ(a.dkim, b.dkim) << how.name;
      ASSERT_EQ(a.spf, b.spf) << how.name;
      ASSERT_EQ(a.header_from, b.header_from) << how.name;
      ASSERT_EQ(a.envelope_from, b.envelope_from) << how.name;
      ASSERT_EQ(a.dkim_results.size(), b.dkim_results.size()) << how.name;
      for (std::size_t n = 0; n < a.dkim_results.size(); ++n) {
        ASSERT_EQ(a.dkim_results[n].selector, b.dkim_results[n].selector);
        ASSERT_EQ(a.dkim_results[n].result, b.dkim_results[n].result);
      }
      ASSERT_EQ(a.spf_results.size(), 1U) << how.name;
      ASSERT_EQ(a.spf_results[0].domain, b.spf_results[0].domain);
      ASSERT_EQ(a.spf_results[0].result, b.spf_results[0].result);
    }
  }
}

}  // namespace
}  // namespace mekiki::reports
