#include "reports/tls.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "reports/test_packed.hpp"
#include "reports/test_read.hpp"

namespace mekiki::reports {
namespace {

// RFC 8460 appendix B.
constexpr std::string_view rfc8460_example = R"({
  "organization-name": "Company-X",
  "date-range": {
    "start-datetime": "2016-04-01T00:00:00Z",
    "end-datetime": "2016-04-01T23:59:59Z"
  },
  "contact-info": "sts-reporting@company-x.example",
  "report-id": "5065427c-23d3-47ca-b6e0-946ea0e8c4be",
  "policies": [{
    "policy": {
      "policy-type": "sts",
      "policy-string": ["version: STSv1", "mode: testing",
                        "mx: *.mail.company-y.example", "max_age: 86400"],
      "policy-domain": "company-y.example",
      "mx-host": ["*.mail.company-y.example"]
    },
    "summary": {
      "total-successful-session-count": 5326,
      "total-failure-session-count": 303
    },
    "failure-details": [{
      "result-type": "certificate-expired",
      "sending-mta-ip": "2001:db8:abcd:0012::1",
      "receiving-mx-hostname": "mx1.mail.company-y.example",
      "failed-session-count": 100
    }, {
      "result-type": "starttls-not-supported",
      "sending-mta-ip": "2001:db8:abcd:0013::1",
      "receiving-mx-hostname": "mx2.mail.company-y.example",
      "receiving-ip": "203.0.113.56",
      "failed-session-count": 200,
      "additional-information": "https://reports.company-x.example/report_info?id=5065427c-23d3#StarttlsNotSupported"
    }, {
      "result-type": "validation-failure",
      "sending-mta-ip": "198.51.100.62",
      "receiving-ip": "203.0.113.58",
      "receiving-mx-hostname": "mx-backup.mail.company-y.example",
      "failed-session-count": 3,
      "failure-reason-code": "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"
    }]
  }]
})";

const std::string read_so =
    "tls Company-X 5065427c-23d3-47ca-b6e0-946ea0e8c4be company-y.example "
    "1459468800 1459555199: 3 records, 5629 mails";

std::string replaced(std::string_view what, std::string_view by) {
  std::string text(rfc8460_example);
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

TEST(tls, reads_the_example_of_the_rfc) {
  const auto found = read_all(rfc8460_example);
  ASSERT_EQ(shown(found), read_so + "\n");
  const auto& r = std::get<tls_report>(found[0].what->what);
  EXPECT_EQ(r.contact_info, "sts-reporting@company-x.example");
  const tls_policy& p = r.policies.at(0);
  EXPECT_EQ(p.type, "sts");
  EXPECT_EQ(p.text.size(), 4U);
  EXPECT_EQ(p.mx_hosts.at(0), "*.mail.company-y.example");
  EXPECT_EQ(p.successful, 5326U);
  EXPECT_EQ(p.failed, 303U);
  const tls_failure& f = p.failures.at(2);
  EXPECT_EQ(f.result_type, "validation-failure");
  EXPECT_EQ(f.sending_mta_ip, "198.51.100.62");
  EXPECT_EQ(f.receiving_mx_hostname, "mx-backup.mail.company-y.example");
  EXPECT_EQ(f.receiving_ip, "203.0.113.58");
  EXPECT_EQ(f.count, 3U);
  EXPECT_EQ(f.failure_reason_code, "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED");
  EXPECT_EQ(shown(read_all(gzip(rfc8460_example))), read_so + "\n");
}

TEST(tls, tells_what_is_wrong) {
  const struct {
    std::string_view what, by, expected;
  } rows[] = {
      {"Company-X", "Company-X", ""},
      {"\"report-id\"", "/* a */ \"report-id\"", ""},
      {"\"max_age: 86400\"]", "\"max_age: 86400\",]", ""},
      {"[\"*.mail.company-y.example\"]", "\"*.mail.company-y.example\"", ""},
      {"5326", "\"5326\"", ""},
      {"Company-X", "Compan\xe9", " [not-utf8]"},
      {"2016-04-01T00:00:00Z", "1459468800", " [date-form]"},
      {"\"2016-04-01T00:00:00Z\"", "1459468800", " [date-form]"},
      {"2016-04-01T00:00:00Z", "2016-04-02T00:00:00Z", " [date-order]"},
      {"2016-04-01T00:00:00Z", "soon", " [no-date]"},
      {"\"report-id\"", "\"x\"", " [no-report-id]"},
      {"\"organization-name\"", "\"x\"", " [no-org-name]"},
      {"\"policy-domain\"", "\"x\"", " [no-domain]"},
      {"\"policies\"", "\"x\"", " [no-records]"},
      {"303", "301", " [sums]"},
      {"\"failed-session-count\": 3", "\"failed-session-count\": -3",
       " [count]"},
  };
  for (const auto& row : rows) {
    const auto found = read_all(replaced(row.what, row.by));
    ASSERT_EQ(found.size(), 1U);
    ASSERT_TRUE(found[0].what) << row.by << ": " << found[0].what.error();
    const std::string text = shown(found);
    const std::size_t at = text.find('[');
    EXPECT_EQ(at == std::string::npos ? "" : text.substr(at - 1),
              row.expected.empty() ? "" : std::string(row.expected) + "\n")
        << row.by;
  }
}

TEST(tls, has_limits) {
  const std::string deep =
      "{\"policies\":" + std::string(1000, '[') + std::string(1000, ']') + "}";
  EXPECT_FALSE(read_all(deep)[0].what);
  options how;
  how.limit.json = rfc8460_example.size();
  EXPECT_TRUE(read_all(rfc8460_example, how)[0].what);
  --how.limit.json;
  EXPECT_FALSE(read_all(rfc8460_example, how)[0].what);
  how = {};
  how.limit.records = 2;
  EXPECT_EQ(shown(read_all(rfc8460_example, how)),
            "it has details of more than 2 failures\n");
}

}  // namespace
}  // namespace mekiki::reports
