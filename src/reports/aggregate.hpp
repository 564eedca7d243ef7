// DMARC aggregate reports: RFC 7489 7.2 and appendix C, RFC 9990 3.1
// and appendix A, and the drafts before them.
//
// Deviations, all on the lenient side and told as faults: XML that is not
// well-formed, other encodings, words in any case, elements of any order and
// namespace. A document type declaration is never read, so that there are no
// entities but those of XML itself; nothing is ever fetched.
#pragma once

#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "reports/cut_records.hpp"
#include "reports/faults.hpp"
#include "reports/read.hpp"
#include "reports/report.hpp"
#include "reports/to_utf8.hpp"

namespace mekiki::reports {

/// Reads one from octets that come in pieces.
class aggregate_reader {
 public:
  explicit aggregate_reader(const options& how);

  /// False once no more octets are needed: it is none, or its end was there.
  bool write(std::string_view octets);

  /// It is XML, and something else.
  bool is_other_xml() const {
    return cutter_.status() == record_cutter::state::no_report;
  }

  /// After the last one. `damaged`: the octets did not come to their end.
  /// The reason of a failure is a sentence.
  expected<report, std::string> finish(bool damaged = false);

 private:
  void take_record(std::string& xml);

  options how_;
  fault_list faults_;
  utf8_converter converter_;
  record_cutter cutter_;
  std::string text_;
  aggregate_report out_;
  std::size_t results_ = 0;
  bool too_many_ = false;
};

}  // namespace mekiki::reports
