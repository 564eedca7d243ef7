// Operations on a whole database (`mekiki store`), also while `mekiki serve`
// uses it: none of them blocks its answers. Only `vacuum` may block its writes
// for so long that its queue is full (docs/history.md, "By hand"). The reason
// of a failure is a sentence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "store/erase.hpp"
#include "store/store.hpp"

namespace mekiki::store {

/// Called with the octets done and the total. Return false to give up, which is
/// a failure.
using progress = std::function<bool(std::uint64_t done, std::uint64_t all)>;

/// Copies it, as it is at this moment, into the empty file `to`: one whole
/// database, without a -wal. After a failure `to` is useless.
expected<void, std::string> back_up(const std::filesystem::path& file,
                                    const std::filesystem::path& to,
                                    const progress& step);

struct vacuumed {
  std::uint64_t before = 0;  // octets
  std::uint64_t after = 0;
  bool is_shrunk = false;  // else the file shrinks when it is written next
};
/// Needs twice the database's size beside it for a while.
expected<vacuumed, std::string> vacuum(const std::filesystem::path& file);

struct examination {
  int version = 0;  // of its tables
  std::uint64_t octets = 0;
  std::uint64_t unused = 0;         // of them
  std::uint64_t log_octets = 0;     // -wal
  std::vector<std::string> damage;  // what is wrong, at most 100; or empty
  std::vector<named_count> rows;    // by table
};
/// Reads all of it. A file that is no database of ours is a failure.
expected<examination, std::string> examine(const std::filesystem::path& file);

/// Whether there is anything of the account that `erase` would remove.
expected<bool, std::string> is_kept(const std::filesystem::path& file,
                                    std::string_view account, erasure what);

/// Which installation the database belongs to. False if it was another one;
/// from now on it is this one. `mark` tells installations apart.
expected<bool, std::string> take_over(const std::filesystem::path& file,
                                      std::string_view mark);

/// All that is kept of one mail. Times are Unix seconds.
struct kept_mail {
  std::int64_t id = 0;
  std::int64_t fetched = 0;  // at last
  std::int64_t counted = 0;
  std::string account;
  std::string history;  // whose it is in: "account:..." or "upstream:..."
  std::string uidl;
  std::string digest;
  std::string level;
  std::string reason;
  std::string dkim;
  std::string dmarc;
  std::string policy;
  std::string author_domain;
  std::optional<std::string> author;
  std::optional<std::string> subject;
  bool taught = false;
  bool pending = false;  // it is to be judged again
};

/// Of `from` <= fetched < `to`; of one account, or of all.
struct export_filter {
  std::int64_t from = std::numeric_limits<std::int64_t>::min();
  std::int64_t to = std::numeric_limits<std::int64_t>::max();
  std::string account;
  /// Texts, too, that are kept for accounts' own users (text_retention).
  bool own_texts = false;
};
/// In the order in which they first came, until `take` answers false. However
/// slow that is, the database is read in pieces of 500 mails, each from a
/// snapshot of its own: what is fetched meanwhile may be among them.
expected<void, std::string> for_each_mail(
    const std::filesystem::path& file, const export_filter& filter,
    const std::function<bool(const kept_mail&)>& take);

}  // namespace mekiki::store
