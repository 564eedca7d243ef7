// The keys of [[milter.sign]]: read from their files, and compared with what
// the DNS publishes.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "config/settings.hpp"
#include "dns/resolver.hpp"
#include "milter/signing.hpp"

namespace mekiki::daemon {

/// Reads a key that is for its owner alone; the reason of a failure is a
/// sentence that names the file.
using key_reader = std::function<expected<crypto::private_key, std::string>(
    const std::filesystem::path&)>;

/// All of them, or why not.
expected<milter::key_table, std::string> read_signing_keys(
    const config::settings& settings, const key_reader& read);

struct key_findings {
  /// All but those that the DNS contradicts: mail signed with them would fail.
  std::vector<milter::signing_key> usable;
  /// What is wrong with the others, and which are not published.
  std::vector<std::string> sentences;
};
/// Asks the DNS about all at once. The references outlive the call.
boost::asio::awaitable<key_findings> compare_with_records(
    milter::key_table keys, dns::resolver& resolver, const clock& clock);

}  // namespace mekiki::daemon
