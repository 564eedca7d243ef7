// The label values of accounts: a secret of this installation, and how often an
// account's value was changed (`mekiki rules --rotate`). Both are files of the
// state folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/random.hpp"
#include "base/unix_time.hpp"
#include "notify/edit/labels.hpp"

namespace mekiki::daemon {

/// What is in a file `label-secret`, in trimmed form. The reason of a failure
/// is a sentence.
expected<std::string, std::string> read_label_secret(
    const std::filesystem::path& file);

/// The key of all label values: 64 hexadecimal digits in the file
/// `label-secret`, made with mode 0600 when absent. Two processes that start at
/// once get the same. One of 16 digits, which older versions wrote into every
/// mail, is replaced.
expected<std::string, std::string> label_secret(
    const std::filesystem::path& state, random_source& random);

/// What a database has to tell that it belongs to this secret.
std::string database_mark(std::string_view secret);

struct label_generation {
  std::uint64_t number = 0;
  std::int64_t since = 0;  // Unix seconds
};
using label_generations =
    std::map<std::string, label_generation, std::less<>>;  // by account

/// The generations in the file `label-generations`; accounts that are not there
/// have the first one. The reason of a failure is a sentence.
expected<label_generations, std::string> read_label_generations(
    const std::filesystem::path& state);

/// Raises the generation of an account. Two processes may do it at once.
expected<void, std::string> raise_label_generation(
    const std::filesystem::path& state, std::string_view account,
    std::int64_t now);

/// How long the value before counts, too, after a generation was raised.
constexpr std::int64_t both_count = 30 * day_seconds;

/// For 30 days after a generation was raised, the value before counts, too.
notify::labels labels_of(std::string_view secret, std::string_view account,
                         const label_generations& all, std::int64_t now);

/// The label values for `mekiki serve`; another process may raise a generation.
class label_book {
 public:
  label_book(std::filesystem::path state, std::string secret);

  /// Rereads the file if it has changed, which costs one call of stat. If it
  /// cannot be read, the log says so and the last state counts.
  notify::labels of(std::string_view account, std::int64_t now);

  /// The end of the keys of Thunderbird's tags, as `of` read the generations.
  std::string tag_of(std::string_view account) const;

  /// The secret word of a user who chose none.
  std::string word_of(std::string_view account) const {
    return notify::made_word(secret_, account);
  }

  /// The key that tells our own mails from imitations.
  const std::string& mail_key() const { return secret_; }

 private:
  std::filesystem::path state_;
  std::string secret_;
  label_generations all_;
  /// The file that was read, as stat described it.
  struct version {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    std::uint64_t inode = 0;
    bool operator==(const version&) const = default;
  } read_;
};

}  // namespace mekiki::daemon
