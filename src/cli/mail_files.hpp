// Finding and reading the mails that a command line names.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "cli/mbox.hpp"

namespace mekiki::cli {

/// An open file descriptor.
class open_file {
 public:
  explicit open_file(int descriptor) : descriptor_(descriptor) {}
  ~open_file();
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

/// One mail in a file.
struct stored_mail {
  std::string name;  // for people: the path, with "#N" in an mbox
  std::shared_ptr<const open_file> file;  // none: it could not be opened
  mail_range range;
  bool in_mbox = false;
  std::string problem;  // why there is no file: a sentence
};

/// Goes through paths in order: a mail, an mbox (it begins with "From "), a
/// Maildir (its new and cur), another folder (its files, sorted, without
/// hidden ones and subfolders), "-" for standard input. Input that cannot be
/// read from its middle (a pipe) is first copied to a file without a name.
class mail_finder {
 public:
  explicit mail_finder(std::vector<std::string> paths);

  /// The next mail, nothing after the last one.
  std::optional<stored_mail> next();

 private:
  void open(const std::filesystem::path& path, const std::string& name);
  void list_folder(const std::filesystem::path& folder);
  void scan_mbox();

  std::deque<std::string> paths_;
  std::deque<stored_mail> found_;

  // The mbox that is being read; null if there is none.
  std::shared_ptr<const open_file> mbox_;
  std::string mbox_name_;
  mbox_splitter splitter_;
  std::uint64_t scanned_ = 0;
  std::uint64_t mails_in_mbox_ = 0;
};

/// What a reader does with the line ends of a file.
enum class line_ends_read : std::uint8_t {
  as_sent,   // CRLF where the file has LF only
  as_stored  // nothing: the file may be no mail at all
};

/// Reads a mail in the form it had on the wire: in an mbox without its ">From"
/// quoting, and with the line ends of `how`. Memory does not depend on the
/// mail.
class mail_reader {
 public:
  static expected<mail_reader, std::string> open(
      const stored_mail& mail, line_ends_read how = line_ends_read::as_sent);

  /// The next octets, none at the end. Valid until the next call.
  expected<std::string_view, std::string> read();

  /// How the file ends its lines.
  line_ends ends() const { return ends_; }

 private:
  explicit mail_reader(const stored_mail& mail)
      : file_(mail.file),
        at_(mail.range.begin),
        end_(mail.range.end),
        quoted_(mail.in_mbox) {}
  expected<std::string_view, std::string> read_raw();

  std::shared_ptr<const open_file> file_;
  std::uint64_t at_;
  std::uint64_t end_;
  bool quoted_;
  line_ends ends_ = line_ends::crlf;
  from_unquoter unquoter_;
  std::string buffer_;
  std::string unquoted_;
  std::string converted_;
};

}  // namespace mekiki::cli
