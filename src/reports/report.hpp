// What other hosts report about a domain: how its mails fared in a day (DMARC
// aggregate reports: RFC 7489 appendix C, RFC 9990), one mail that failed or
// was complained of (ARF: RFC 5965, 6591, 9991), how their TLS sessions with
// its MX hosts went (RFC 8460).
//
// All texts are UTF-8, at most 1,000 octets each, as the reporter wrote them
// but for white space around them. Nothing in them is certain: a report is as
// true as its sender is honest.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mekiki::reports {

/// Something in a report that is not as it should be. It was read all the same.
enum class fault : std::uint8_t {
  /// The octets are not in the encoding that is declared, or it is not read.
  encoding,
  /// Octets that are not UTF-8, where nothing else is declared.
  not_utf8,
  /// "<" or "&" that begin no markup, or elements that do not end where they
  /// should: they were mended.
  xml_mended,
  /// XML that could not be mended: of that record, or of what stands outside
  /// of the records, only the part before it was read.
  xml_broken,
  /// It ends before its end: records may be missing.
  cut,
  /// The archive is damaged behind what was read.
  archive_damaged,
  /// A document type declaration, which was not read.
  doctype,
  /// References to entities that XML does not define: they stay as written.
  entity,
  /// A record above the limit, which was left out.
  record_too_large,
  /// Members without which a report cannot be told from others or be placed.
  no_org_name,
  no_report_id,
  no_domain,
  no_policy,
  no_date,
  /// Not in Unix seconds (RFC 8460: not RFC 3339), but readable.
  date_form,
  /// The end is before the begin.
  date_order,
  /// After the time of reading.
  date_future,
  no_records,
  /// A record without a number of mails, or with one that cannot be: it counts
  /// as one mail.
  count,
  /// A record whose source is no IP address.
  address,
  /// A result, disposition or policy that no RFC has.
  word,
  /// Results of a record behind the first hundred of a method.
  more_results,
  /// The sums of a TLS report are not those of its details.
  sums,
  /// The Content-Type names another kind of file.
  content_type,
  /// The arrival of a failure report's mail is not told; the date of the report
  /// stands for it.
  no_arrival,
};

/// By these records are missing that it had, or once had.
constexpr std::array<fault, 4> losses{fault::xml_broken, fault::cut,
                                      fault::archive_damaged,
                                      fault::record_too_large};

/// As it stands in JSON: "no-org-name".
std::string_view to_string(fault f);

struct warning {
  fault what;
  std::uint64_t times = 1;
  std::string example;  // the first one; may be empty
};

/// Why a receiver did not do what the policy asks.
struct override_reason {
  std::string type;
  std::string comment;
};

struct dkim_result {
  std::string domain;
  std::string selector;
  std::string result;  // lower case
  std::string human_result;
};

struct spf_result {
  std::string domain;
  std::string scope;   // lower case
  std::string result;  // lower case
  std::string human_result;
};

/// Mails that a receiver got from one address with the same results.
struct aggregate_record {
  std::string source_ip;
  std::uint64_t count = 1;
  std::string disposition;  // lower case, as the next two
  std::string dkim;         // whether it passed with alignment
  std::string spf;
  std::vector<override_reason> reasons;
  std::string header_from;
  std::string envelope_from;
  std::string envelope_to;
  std::vector<dkim_result> dkim_results;
  std::vector<spf_result> spf_results;
};

/// As the receiver found it. Empty: not told; but adkim and aspf are then "r",
/// which is what holds.
struct published_policy {
  std::string domain;
  std::string p, sp, np;  // lower case, as the next three
  std::string adkim, aspf;
  std::string testing;
  std::string discovery_method;
  std::string pct;
  std::string fo;
};

struct aggregate_report {
  std::string version;
  std::string org_name;
  std::string email;
  std::string extra_contact_info;
  std::string report_id;
  std::optional<std::int64_t> begin;  // Unix seconds
  std::optional<std::int64_t> end;
  std::string generator;
  std::vector<std::string> errors;  // the first 100
  published_policy policy;
  std::vector<aggregate_record> records;
};

struct failure_report {
  std::string feedback_type;  // lower case: "auth-failure", "abuse"
  std::string org_name;   // Reporting-MTA, else the domain of the report's From
  std::string report_id;  // Message-ID of the report, without brackets
  std::optional<std::int64_t> arrival;  // of the mail that it is about
  std::string domain;              // Reported-Domain, else that of header_from
  std::string source_ip;           // may be empty, as all that follows
  std::uint64_t incidents = 1;     // how many mails it stands for
  std::string auth_failure;        // lower case
  std::string delivery_result;     // lower case
  std::string identity_alignment;  // lower case
  std::string user_agent;
  std::string header_from;         // domain of the author
  std::string original_mail_from;  // without brackets
  std::string original_rcpt_to;    // without brackets
  // Of its Authentication-Results, and of the fields of RFC 6591 3.2.
  std::string dmarc;  // "pass", "fail", ...
  std::vector<dkim_result> dkim_results;
  std::vector<spf_result> spf_results;
};

struct tls_failure {
  std::string result_type;  // lower case
  std::string sending_mta_ip;
  std::string receiving_mx_hostname;
  std::string receiving_mx_helo;
  std::string receiving_ip;
  std::uint64_t count = 0;  // sessions
  std::string additional_information;
  std::string failure_reason_code;
};

struct tls_policy {
  std::string type;  // lower case: "sts", "tlsa", "no-policy-found"
  std::string domain;
  std::vector<std::string> text;      // the policy, line by line; the first 100
  std::vector<std::string> mx_hosts;  // the first 100
  std::uint64_t successful = 0;       // sessions
  std::uint64_t failed = 0;
  std::vector<tls_failure> failures;
};

struct tls_report {
  std::string org_name;
  std::string contact_info;
  std::string report_id;
  std::optional<std::int64_t> begin;  // Unix seconds
  std::optional<std::int64_t> end;
  std::vector<tls_policy> policies;
};

struct report {
  std::variant<aggregate_report, failure_report, tls_report> what;
  std::vector<warning> warnings;  // each fault once, in its order
};

/// "aggregate", "failure", "tls"
std::string_view type_of(const report& r);
const std::string& org_name(const report& r);
const std::string& report_id(const report& r);
/// Of the first policy in a TLS report.
std::string_view domain(const report& r);
std::optional<std::int64_t> begin(const report& r);
std::optional<std::int64_t> end(const report& r);
/// Mails, or sessions, that it tells of. A sum above 2^64 - 1 stays there.
std::uint64_t messages(const report& r);

/// What two copies of one report have in common: reporter, id and domain (RFC
/// 9990 3.5.1: an id is unique among the reports to one domain). "" if it lacks
/// a name or an id, or one is so long that it was cut, and nobody can say.
std::string identity(const report& r);

/// It has one of `losses`.
bool is_incomplete(const report& r);

/// a + b, and no more than fits.
constexpr std::uint64_t add_up(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t sum = a + b;
  return sum < a ? ~std::uint64_t{0} : sum;
}

}  // namespace mekiki::reports
