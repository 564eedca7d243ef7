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
#include "daemon/resolver.hpp"
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
  /// Keys that the DNS contradicts: mail signed with them would fail. A
  /// sentence for each.
  std::vector<std::string> wrong;
  /// Keys of which the DNS has no record, or gave no answer.
  std::vector<std::string> missing;
};
/// All outlive the call.
boost::asio::awaitable<key_findings> compare_with_records(
    const milter::key_table& keys, dns::resolver& resolver, const clock& clock);

/// The same with a loop of its own, before the program's runs. `zone` as in
/// make_resolver.
expected<key_findings, std::string> compare_with_records_now(
    const milter::key_table& keys, const config::settings& settings,
    const std::filesystem::path& zone, const clock& clock);

}  // namespace mekiki::daemon
