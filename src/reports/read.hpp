// Finds the reports in what a reporter sent: a mail, an archive, or the report
// itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "reports/report.hpp"

namespace mekiki::reports {

/// Octets that come in pieces.
class octet_source {
 public:
  octet_source() = default;
  virtual ~octet_source() = default;
  octet_source(const octet_source&) = delete;
  octet_source& operator=(const octet_source&) = delete;

  /// The next ones, none at the end; valid until the next call. Or a sentence
  /// why there are no more.
  virtual expected<std::string_view, std::string> read() = 0;
};

/// Octets that are all at hand; they have to outlive this.
class octets_at_hand final : public octet_source {
 public:
  explicit octets_at_hand(std::string_view octets) : rest_(octets) {}
  expected<std::string_view, std::string> read() override;

 private:
  std::string_view rest_;
};

/// What one file or mail may cost. Reaching one of these is told: either what
/// reached it is no report, or it is left out with a warning.
struct limits {
  std::size_t mail = 64 << 20;      // octets of a mail
  std::size_t archive = 64 << 20;   // octets of a zip as it is packed
  std::size_t octets = 256 << 20;   // unpacked, of all that one file holds
  std::size_t ratio = 500;          // unpacked to packed octets, beyond 16 MiB
  std::size_t files = 100;          // in archives and attached, of one file
  std::size_t records = 250'000;    // of one report
  std::size_t results = 1'000'000;  // of all records of a report
  std::size_t record = 1 << 20;     // octets of one record as XML
  std::size_t head = 1 << 20;       // octets of what is no record
  std::size_t json = 16 << 20;      // octets of a TLS report
  unsigned nested = 2;              // archives and mails within each other
};

struct options {
  limits limit;
  std::optional<std::int64_t> now;  // Unix seconds; none: no date is future
};

/// A report, or a sentence why what was taken for one is none.
struct finding {
  /// Which part of the input: "report.zip/a.xml"; may be empty.
  std::string part;
  expected<report, std::string> what;
  /// The input is a mail, so that its author can be judged ...
  bool is_in_mail = false;
  /// ... but this is of a mail within it, about whose author that says nothing.
  bool is_forwarded = false;
};

/// Calls `found` for each report, in order, and for what was to be one. An
/// input without any gives one finding that says so. Never asks the network.
///
/// Memory: a mail or zip as a whole, and the records of one report, which the
/// limits bound; the XML itself is never held as a whole. Linear.
void read(octet_source& from, const options& how,
          const std::function<void(finding)>& found);

}  // namespace mekiki::reports
