#include "reports/aggregate.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "reports/test_packed.hpp"
#include "reports/test_read.hpp"

namespace mekiki::reports {
namespace {

const std::string good =
    "aggregate Reporter 1 example.com 1767225600 "
    "1767311999: 1 records, 2 mails";

std::string one() { return aggregate_xml(record_xml("192.0.2.1", "2")); }

std::string replaced(std::string text, std::string_view what,
                     std::string_view by) {
  const std::size_t at = text.find(what);
  if (at == std::string::npos)
    ADD_FAILURE() << what << " is not in the report";
  else
    text.replace(at, what.size(), by);
  return text;
}

aggregate_report read_one(const std::string& xml) {
  const auto found = read_all(xml);
  if (found.size() != 1 || !found.front().what) {
    ADD_FAILURE() << shown(found);
    return {};
  }
  return std::get<aggregate_report>(found.front().what->what);
}

// RFC 9990 appendix B.
constexpr std::string_view rfc9990_sample = R"(<?xml version="1.0"?>
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
  <version>1.0</version>
  <report_metadata>
    <org_name>Sample Reporter</org_name>
    <email>report_sender@example-reporter.com</email>
    <extra_contact_info>...</extra_contact_info>
    <report_id>3v98abbp8ya9n3va8yr8oa3ya</report_id>
    <date_range><begin>302832000</begin><end>302918399</end></date_range>
    <generator>Example DMARC Aggregate Reporter v1.2</generator>
  </report_metadata>
  <policy_published>
    <domain>example.com</domain><p>quarantine</p><sp>none</sp><np>none</np>
    <testing>n</testing><discovery_method>treewalk</discovery_method>
  </policy_published>
  <record>
    <row>
      <source_ip>192.0.2.123</source_ip><count>123</count>
      <policy_evaluated>
        <disposition>pass</disposition><dkim>pass</dkim><spf>fail</spf>
        <reason><type>local_policy</type><comment>a &lt; b</comment></reason>
      </policy_evaluated>
    </row>
    <identifiers>
      <envelope_from>example.com</envelope_from>
      <header_from>example.com</header_from>
    </identifiers>
    <auth_results>
      <dkim><domain>example.com</domain><result>pass</result>
        <selector>abc123</selector></dkim>
      <spf><domain>example.com</domain><result>fail</result></spf>
    </auth_results>
  </record>
</feedback>
)";

TEST(aggregate, reads_the_sample_of_the_rfc) {
  const auto found = read_all(rfc9990_sample);
  ASSERT_EQ(shown(found),
            "aggregate Sample Reporter 3v98abbp8ya9n3va8yr8oa3ya example.com "
            "302832000 302918399: 1 records, 123 mails\n");
  const auto& r = std::get<aggregate_report>(found.front().what->what);
  EXPECT_EQ(r.version, "1.0");
  EXPECT_EQ(r.email, "report_sender@example-reporter.com");
  EXPECT_EQ(r.extra_contact_info, "...");
  EXPECT_EQ(r.generator, "Example DMARC Aggregate Reporter v1.2");
  EXPECT_EQ(r.policy.p, "quarantine");
  EXPECT_EQ(r.policy.sp, "none");
  EXPECT_EQ(r.policy.np, "none");
  EXPECT_EQ(r.policy.testing, "n");
  EXPECT_EQ(r.policy.discovery_method, "treewalk");
  EXPECT_EQ(r.policy.adkim, "r");
  EXPECT_EQ(r.policy.aspf, "r");
  EXPECT_EQ(r.policy.pct, "");
  const aggregate_record& record = r.records.front();
  EXPECT_EQ(record.source_ip, "192.0.2.123");
  EXPECT_EQ(record.disposition, "pass");
  EXPECT_EQ(record.dkim, "pass");
  EXPECT_EQ(record.spf, "fail");
  ASSERT_EQ(record.reasons.size(), 1U);
  EXPECT_EQ(record.reasons[0].type, "local_policy");
  EXPECT_EQ(record.reasons[0].comment, "a < b");
  EXPECT_EQ(record.header_from, "example.com");
  EXPECT_EQ(record.envelope_from, "example.com");
  EXPECT_EQ(record.envelope_to, "");
  ASSERT_EQ(record.dkim_results.size(), 1U);
  EXPECT_EQ(record.dkim_results[0].domain, "example.com");
  EXPECT_EQ(record.dkim_results[0].selector, "abc123");
  EXPECT_EQ(record.dkim_results[0].result, "pass");
  ASSERT_EQ(record.spf_results.size(), 1U);
  EXPECT_EQ(record.spf_results[0].domain, "example.com");
  EXPECT_EQ(record.spf_results[0].result, "fail");
}

TEST(aggregate, tells_what_is_wrong) {
  const struct {
    std::string_view name, what, by, expected;
  } rows[] = {
      {"nothing", "<p>", "<p>", ""},
      {"upper case", "<dkim>pass</dkim>", "<dkim> Pass </dkim>", ""},
      {"an ampersand", "Reporter<", "Rep & orter<", ""},
      {"a comment", "<p>", "<!-- <record> --><p>", ""},
      {"an instruction", "<p>", "<?x <record> ?><p>", ""},
      {"CDATA", "<report_id>1<", "<report_id><![CDATA[1]]><", ""},
      {"CDATA with a record", "</report_metadata>",
       "<x><![CDATA[ a ]] ]> <b> ]]></x></report_metadata>", ""},
      {"an extension", "</report_metadata>",
       "<extension a=\"<\"><records/></extension></report_metadata>", ""},
      {"a doctype", "<feedback>",
       "<!DOCTYPE feedback SYSTEM \"x>y\"><feedback>", " [doctype]"},
      {"entities", "<feedback>",
       "<!DOCTYPE a [<!ENTITY b \"]>\"><!ENTITY c SYSTEM \"file:///etc/passwd\""
       ">]><feedback>",
       " [doctype]"},
      {"a reference to one", "<email>dmarc@", "<email>&dmarc;&amp;@",
       " [entity]"},
      {"no name", "<org_name>Reporter</org_name>", "", " [no-org-name]"},
      {"no id", "<report_id>1</report_id>", "", " [no-report-id]"},
      {"no domain", "<domain>example.com</domain><p>", "<p>", " [no-domain]"},
      {"no policy", "<p>none</p>", "", " [no-policy]"},
      {"another policy", "<p>none</p>", "<p>monitor</p>", " [word]"},
      {"another result", "<dkim>pass</dkim>", "<dkim>maybe</dkim>", " [word]"},
      {"no begin", "<begin>1767225600</begin>", "", " [no-date]"},
      {"milliseconds", "1767225600", "1767225600000", " [date-form]"},
      {"a fraction", "1767225600", "1767225600.0", " [date-form]"},
      {"a date", "1767225600", "2026-01-01T00:00:00Z", " [date-form]"},
      {"a time of Japan", "1767225600", "2026-01-01 09:00:00+09:00",
       " [date-form]"},
      {"words for a date", "1767225600", "yesterday", " [no-date]"},
      {"an end before the begin", "1767311999", "1767225599", " [date-order]"},
      {"no address", "192.0.2.1", "mail.example.com", " [address]"},
      {"a mapped address", "192.0.2.1", "::ffff:192.0.2.1", ""},
      {"an open element", "</row>", "", " [xml-mended]"},
      {"an open record", "</record>", "", " [xml-mended]"},
      {"a bare <", "<dkim>pass</dkim>", "<dkim>pass</dkim><x>a < b <c@d> </x>",
       " [xml-mended]"},
      {"no end", "</feedback>", "", " [cut]"},
      {"a cut end", "</feedback>", "</feed", " [cut]"},
      {"octets behind the end", "</feedback>", "</feedback>\n<html>garbage",
       ""},
      {"windows-1252", "Reporter<", "R\xe9porter<", " [not-utf8]"},
  };
  for (const auto& row : rows) {
    const auto found = read_all(replaced(one(), row.what, row.by));
    ASSERT_EQ(found.size(), 1U) << row.name;
    ASSERT_TRUE(found[0].what) << row.name << ": " << found[0].what.error();
    const std::string text = shown(found);
    const std::size_t at = text.find('[');
    const std::string faults =
        at == std::string::npos ? "" : text.substr(at - 1);
    EXPECT_EQ(faults,
              row.expected.empty() ? "" : std::string(row.expected) + "\n")
        << row.name;
    EXPECT_EQ(messages(*found[0].what), 2U) << row.name;
  }
}

TEST(aggregate, reads_dates_in_whatever_form) {
  for (const std::string_view date :
       {"1767225600000", "1767225600.0", "2026-01-01T00:00:00Z",
        "2026-01-01 09:00:00+09:00", "2025-12-31T19:00-0500", "2026/01/01",
        "2026-01-01T00:00:00.123Z"}) {
    EXPECT_EQ(read_one(replaced(one(), "1767225600", date)).begin, 1767225600)
        << date;
  }
  for (const std::string_view date :
       {"", "-1", "99999999999999999", "2026-13-01", "2026-01-01T25:00:00Z",
        "1969-01-01", "20260101"}) {
    const auto r = read_one(replaced(one(), "1767225600", date));
    EXPECT_TRUE(date == "20260101" ? r.begin == 20260101 : !r.begin) << date;
  }
}

TEST(aggregate, writes_addresses_in_one_form) {
  for (const auto& [written, expected] :
       {std::pair("::ffff:192.0.2.1", "192.0.2.1"),
        std::pair("2001:DB8:0:0::1", "2001:db8::1"),
        std::pair(" 192.0.2.1 ", "192.0.2.1"), std::pair("a", "a")}) {
    EXPECT_EQ(read_one(aggregate_xml(record_xml(written, "1")))
                  .records.at(0)
                  .source_ip,
              expected);
  }
}

TEST(aggregate, goes_on_behind_a_record_that_does_not_end) {
  const std::string open =
      replaced(record_xml("192.0.2.1", "2"), "</auth_results></record>", "");
  EXPECT_EQ(shown(read_all(aggregate_xml(open + open))),
            "aggregate Reporter 1 example.com 1767225600 1767311999: 2 "
            "records, 4 mails [xml-mended 2]\n");
}

TEST(aggregate, tells_reports_of_the_future) {
  const auto at = [](std::int64_t now) {
    return shown(read_all(one(), {.limit = {}, .now = now}));
  };
  EXPECT_EQ(at(1767225600 - 3600), good + "\n");
  EXPECT_EQ(at(1767225600 - 3601), good + " [date-future]\n");
}

TEST(aggregate, counts_a_record_without_a_number_as_one_mail) {
  for (const std::string_view count : {"", "many", "-1", "1.5"}) {
    EXPECT_EQ(shown(read_all(aggregate_xml(record_xml("192.0.2.1", count)))),
              "aggregate Reporter 1 example.com 1767225600 1767311999: 1 "
              "records, 1 mails [count]\n")
        << count;
  }
  const std::string most = "18446744073709551615";
  EXPECT_EQ(shown(read_all(aggregate_xml(record_xml("192.0.2.1", most) +
                                         record_xml("192.0.2.2", "7")))),
            "aggregate Reporter 1 example.com 1767225600 1767311999: 2 "
            "records, " +
                most + " mails\n");
}

/// Whatever the pieces in which the octets come.
void expect_name_in_pieces(std::string_view octets, std::string_view name) {
  for (const std::size_t step : {1, 2, 3, 5, 7, 601}) {
    aggregate_reader reader({});
    for (std::size_t at = 0; at < octets.size(); at += step)
      reader.write(octets.substr(at, step));
    const auto r = reader.finish();
    ASSERT_TRUE(r) << r.error();
    EXPECT_EQ(org_name(*r), name) << step;
    EXPECT_TRUE(r->warnings.empty()) << step;
  }
}

TEST(aggregate, reads_the_encoding_that_it_declares) {
  // The name comes behind what is looked at to find the encoding.
  const std::string far = replaced(
      one(), "<feedback>", "<feedback><!--" + std::string(1000, ' ') + "-->");
  const std::string declared = replaced(far, "<?xml version=\"1.0\"?>",
                                        "<?xml version='1.0' encoding='?'?>");
  const auto in = [&](std::string_view encoding, std::string_view name) {
    return replaced(replaced(declared, "?'?>", std::string(encoding) + "'?>"),
                    "Reporter<", std::string(name) + "<");
  };
  EXPECT_EQ(read_one(in("ISO-8859-1", "R\xe9p")).org_name, "R\xc3\xa9p");
  EXPECT_EQ(read_one(in("windows-1252", "R\xe9p")).org_name, "R\xc3\xa9p");
  EXPECT_EQ(read_one(in("UTF-8", "R\xc3\xa9p")).org_name, "R\xc3\xa9p");
  // 表: its second octet is a backslash in ASCII.
  EXPECT_EQ(read_one(in("Shift_JIS", "\x95\x5c")).org_name, "\xe8\xa1\xa8");
  EXPECT_EQ(read_one(in("EUC-JP", "\xc9\xbd")).org_name, "\xe8\xa1\xa8");
  EXPECT_EQ(read_one(in("ISO-2022-JP", "\x1b$BI=\x1b(B")).org_name,
            "\xe8\xa1\xa8");
  expect_name_in_pieces(in("ISO-8859-1", "R\xe9p"), "R\xc3\xa9p");
  expect_name_in_pieces(in("Shift_JIS", "\x95\x5c"), "\xe8\xa1\xa8");
  expect_name_in_pieces(in("ISO-2022-JP", "\x1b$BI=\x1b(B"), "\xe8\xa1\xa8");
  // The octets overrule what is said of them.
  const auto lie = read_all(in("UTF-16", "R\xc3\xa9p"));
  EXPECT_EQ(org_name(*lie[0].what), "R\xc3\xa9p");
  EXPECT_NE(shown(lie).find("[encoding]"), std::string::npos);
  for (const std::string_view encoding :
       {"x-unknown", "UTF-7", "windows-31j"}) {
    const auto other = read_all(in(encoding, "R\xc3\xa9p"));
    EXPECT_EQ(org_name(*other[0].what), "R\xc3\xa9p") << encoding;
    EXPECT_NE(shown(other).find("[encoding]"), std::string::npos) << encoding;
  }
  EXPECT_EQ(read_one(in("windows-31j", "\x95\x5c\x8e\xa6")).org_name,
            "\xe8\xa1\xa8\xe7\xa4\xba");

  for (const bool big : {false, true}) {
    for (const bool mark : {false, true}) {
      std::string octets;
      const auto add = [&](unsigned unit) {
        const char high = static_cast<char>(unit >> 8);
        const char low = static_cast<char>(unit & 0xff);
        octets += big ? std::string{high, low} : std::string{low, high};
      };
      if (mark)
        add(0xfeff);
      for (const char c : replaced(far, "Reporter<", "R#$<")) {
        if (c == '#') {
          add(0xe9);
        } else if (c == '$') {
          add(0xd83d);
          add(0xde00);
        } else {
          add(static_cast<unsigned char>(c));
        }
      }
      EXPECT_EQ(read_one(octets).org_name, "R\xc3\xa9\xf0\x9f\x98\x80");
      expect_name_in_pieces(octets, "R\xc3\xa9\xf0\x9f\x98\x80");
    }
  }
  EXPECT_EQ(shown(read_all("\xef\xbb\xbf" + one())), good + "\n");
}

TEST(aggregate, reads_prefixed_and_old_elements) {
  std::string prefixed = one();
  for (std::size_t at = 0;
       (at = prefixed.find('<', at)) != std::string::npos;) {
    ++at;
    if (prefixed[at] == '?')
      continue;
    if (prefixed[at] == '/')
      ++at;
    prefixed.insert(at, "d:");
  }
  EXPECT_EQ(shown(read_all(replaced(prefixed, "<d:feedback>",
                                    "<d:feedback xmlns:d='urn:x'>"))),
            good + "\n");
  EXPECT_EQ(read_one(replaced(replaced(one(), "<identifiers>", "<identities>"),
                              "</identifiers>", "</identities>"))
                .records.at(0)
                .header_from,
            "example.com");
}

TEST(aggregate, is_no_other_xml) {
  for (const std::string_view text :
       {"<html><feedback></feedback></html>", "<record></record>", "<",
        "<?xml version='1.0'?>", "<feedback/>", "<feedback></feedback>",
        "<feedback><x>", "<!-- <feedback> "}) {
    const auto found = read_all(text);
    ASSERT_EQ(found.size(), 1U) << text;
    EXPECT_FALSE(found[0].what) << text;
  }
}

TEST(aggregate, is_the_same_however_it_is_cut) {
  const std::string text = replaced(
      replaced(aggregate_xml(record_xml("192.0.2.1", "2") +
                             record_xml("192.0.2.2", "3")),
               "<feedback>", "<!DOCTYPE a [<!ENTITY b ']'>]><feedback>"),
      "<report_id>1<", "<!-- </feedback> --><report_id><![CDATA[1]]><");
  for (std::size_t step = 1; step < 100; ++step) {
    aggregate_reader reader({});
    for (std::size_t at = 0; at < text.size(); at += step) {
      ASSERT_EQ(reader.write(std::string_view(text).substr(at, step)),
                at + step < text.size() - 1);
    }
    const auto r = reader.finish();
    ASSERT_TRUE(r) << r.error();
    EXPECT_EQ(messages(*r), 5U) << step;
    EXPECT_EQ(report_id(*r), "1") << step;
    ASSERT_EQ(r->warnings.size(), 1U) << step;
    EXPECT_EQ(r->warnings[0].what, fault::doctype) << step;
  }
}

TEST(aggregate, has_limits) {
  options how;
  how.limit.records = 2;
  const std::string record = record_xml("192.0.2.1", "2");
  EXPECT_TRUE(read_all(aggregate_xml(record + record), how)[0].what);
  EXPECT_EQ(shown(read_all(aggregate_xml(record + record + record), how)),
            "it has more than 2 records, or 1000000 results of checks in "
            "them\n");
  how = {};
  how.limit.results = 2;
  EXPECT_TRUE(read_all(aggregate_xml(record + record), how)[0].what);
  EXPECT_FALSE(read_all(aggregate_xml(record + record + record), how)[0].what);
  how = {};
  how.limit.record = record.size() - 1;  // without its line end
  EXPECT_EQ(shown(read_all(aggregate_xml(record), how)), good + "\n");
  --how.limit.record;
  EXPECT_EQ(shown(read_all(aggregate_xml(record), how)),
            "aggregate Reporter 1 example.com 1767225600 1767311999: 0 "
            "records, 0 mails [record-too-large, no-records]\n");
  how = {};
  how.limit.head = 200;
  EXPECT_EQ(shown(read_all(aggregate_xml(record), how)),
            "more than 200 octets of it are no records, so it is no DMARC "
            "report\n");
  how = {};
  how.limit.octets = 200;
  EXPECT_EQ(shown(read_all(aggregate_xml(record), how)),
            "it has more than 200 octets\n");

  std::string results;
  for (int i = 0; i < 101; ++i) results += "<dkim><result>pass</result></dkim>";
  const std::string many = replaced(aggregate_xml(record), "<auth_results>",
                                    "<auth_results>" + results);
  EXPECT_EQ(shown(read_all(many)), good + " [more-results]\n");
  EXPECT_EQ(read_one(many).records[0].dkim_results.size(), 100U);
  EXPECT_EQ(read_one(many).records[0].spf_results.size(), 1U);
  EXPECT_EQ(read_one(replaced(one(), "Reporter", std::string(5000, 'a')))
                .org_name.size(),
            1000U);
}

TEST(aggregate, is_mended_only_where_it_has_to_be) {
  const struct {
    std::string_view text, expected;
  } rows[] = {
      {"<a>b</a>", "<a>b</a>"},
      {"<a b='c'>d</a>", "<a>d</a>"},
      {"<a><b/></a>", "<a><b/></a>"},
      {"<a>b & c &amp; &#65; &#x41; &#x; &d;</a>",
       "<a>b &amp; c &amp; &#65; &#x41; &amp;#x; &amp;d;</a>"},
      {"<a>b < c</a>", "<a>b &lt; c</a>"},
      {"<a><b@c></a>", "<a>&lt;b@c></a>"},
      {"<a>b<c.d</a>", "<a>b&lt;c.d</a>"},
      {"<a><b>c</a>", "<a><b>c</b></a>"},
      {"<a>b</c></a>", "<a>b</a>"},
      {"<a><b>", "<a><b></b></a>"},
      {"<a><![CDATA[<&]]></a>", "<a><![CDATA[<&]]></a>"},
      {"<a><![CDATA[<&", "<a>&lt;![CDATA[&lt;&amp;</a>"},
      {"<a b=c>d</a>", "&lt;a b=c>d"},
      {"", ""},
      {"<", "&lt;"},
      {"</a>", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(mend(row.text), row.expected);
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  const std::string mended = mend(deep);
  EXPECT_EQ(mended.size(), 64U * 7);
  EXPECT_EQ(mend(mended), mended);
}

}  // namespace
}  // namespace mekiki::reports
