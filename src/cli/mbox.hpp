// Stored mails: cuts mbox files into mails, and undoes what storing did to a
// mail, so that it has the form it had on the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::cli {

/// Where a mail lies in its file.
struct mail_range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // one past the last octet

  bool operator==(const mail_range&) const = default;
};

/// Finds the mails of an mbox whose octets arrive in pieces. A mail begins
/// after a line "From ADDRESS ... HH:MM..." that opens the file or follows an
/// empty line; other lines that begin with "From " belong to the mail. The
/// "From " line and the empty line before the next one are not part of a mail.
/// Memory does not depend on the file.
class mbox_splitter {
 public:
  /// Appends the mails that ended within `octets`.
  void write(std::string_view octets, std::vector<mail_range>& mails);
  /// Appends the last mail.
  void finish(std::vector<mail_range>& mails);

 private:
  void end_line(std::vector<mail_range>& mails);

  std::string start_;             // of the current line, at most 200 octets
  std::uint64_t line_begin_ = 0;  // offset of the current line
  std::uint64_t at_ = 0;          // offset of the next octet
  std::uint64_t mail_begin_ = 0;
  std::uint64_t empty_begin_ = 0;  // of the empty line before this line
  bool after_empty_ = true;
  bool in_mail_ = false;
};

/// "From " and a time of day: the line between two mails.
bool is_from_line(std::string_view line);

/// Takes one ">" from lines that begin with ">From ", ">>From " and so on, as
/// writers of mbox files add it (the mboxrd rule).
class from_unquoter {
 public:
  void write(std::string_view octets, std::string& out);
  void finish(std::string& out);

 private:
  std::string held_;  // ">" and part of "From " at the start of a line
  std::uint64_t quotes_ = 0;
  bool line_start_ = true;
};

/// How a stored mail ends its lines.
enum class line_ends {
  crlf,    // at least one CRLF: nothing is changed
  lf_only  // LF, never CRLF: stored by a system that dropped the CR
};

/// Finds that out for octets that arrive in pieces.
class line_end_finder {
 public:
  void write(std::string_view octets);
  line_ends found() const {
    return crlf_ ? line_ends::crlf : line_ends::lf_only;
  }

 private:
  bool crlf_ = false;
  bool after_cr_ = false;
};

/// Appends `octets` with CRLF for each LF.
void append_crlf(std::string_view octets, std::string& out);

}  // namespace mekiki::cli
