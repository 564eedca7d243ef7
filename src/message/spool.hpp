// Where one mail's octets wait until it is judged: memory up to a limit, then
// a file that has no name, and the last of them (64 KiB) in memory again.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "base/expected.hpp"
#include "base/memory_budget.hpp"

namespace mekiki::message {

struct spool_limits {
  std::size_t memory = 256 << 10;             // octets kept in memory
  std::size_t octets = std::size_t{4} << 30;  // the largest mail kept at all
  std::filesystem::path directory;  // of the file; empty: $TMPDIR, /var/tmp
  /// Of all mails together: beyond it a mail goes to its file at once. Outlives
  /// the spool; null: no limit.
  memory_budget* budget = nullptr;
};

/// Owner of a mail's octets, exactly as given. Append only, then read.
class spool {
 public:
  explicit spool(spool_limits limits);
  ~spool();
  spool(spool&& other) noexcept;
  spool& operator=(spool&& other) noexcept;

  /// Fails with no_space_on_device, file_too_large, ...; what was appended
  /// before stays readable, and nothing of `octets` is lost silently: the
  /// caller still has it. After a failure no more can be appended, and every
  /// further call answers the first error again.
  expected<void, std::error_code> append(std::string_view octets);

  std::size_t size() const { return size_; }

  /// Drops octets from the end, so that at most `size` are left.
  void truncate(std::size_t size);

  /// The octets from `offset` on, at most `most` of them, never empty unless
  /// `offset` is the end. The view is valid until the next call.
  expected<std::string_view, std::error_code> read(std::size_t offset,
                                                   std::size_t most = 64 << 10);

 private:
  static constexpr std::size_t most_tail = 64 << 10;

  expected<void, std::error_code> add_behind(std::string_view octets);

  /// Room for so many octets in one of the strings, if the budget has it. Few
  /// are had in any case: or each line would be written by itself.
  bool reserve(std::string& text, std::size_t octets);

  spool_limits limits_;
  memory_share share_;       // of what the strings reserve
  std::string memory_;       // the first octets of the mail
  std::string window_;       // of the file, for read
  std::string tail_;         // behind those in the file
  int file_ = -1;            // everything after memory_
  std::size_t in_file_ = 0;  // octets
  std::size_t size_ = 0;
  std::error_code failure_;
};

}  // namespace mekiki::message
