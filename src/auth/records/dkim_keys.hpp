// The keys that a domain publishes under given selectors (RFC 6376 3.6, RFC
// 8301, RFC 8463).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/dkim/errc.hpp"
#include "auth/dkim/key_record.hpp"
#include "auth/records/finding.hpp"
#include "dns/resolver.hpp"

namespace mekiki::records {

struct dkim_key {
  std::string selector;
  std::string name;                // where the record is
  std::vector<std::string> texts;  // what is there
  /// `ok`: there is one record, and its key can be used. `key_revoked` and
  /// `key_service`: it was read all the same.
  dkim::errc code = dkim::errc::no_key;
  std::optional<dkim::key_record> record;
  int bits = 0;  // of the key; 0 if there is none
  /// When a mail signed with this very key first came (Unix seconds); none: not
  /// known.
  std::optional<std::int64_t> first_seen;

  bool is_usable() const { return code == dkim::errc::ok; }
};

/// A key that mails came signed with, as somebody remembers it.
struct remembered_key {
  std::string selector;
  std::string text;                  // the TXT record
  std::int64_t first = 0, last = 0;  // Unix seconds: when such mails came
};

/// The keys of the domain that are known without asking.
struct known_keys {
  std::vector<std::string> selectors;      // that somebody named
  std::vector<remembered_key> remembered;  // of any order
  /// Unix seconds; 0: ages do not count.
  std::int64_t now = 0;
};

/// Of a selector that nobody named, a key that is gone is left out if no mail
/// came with it for so long: it was taken back in an orderly way.
constexpr std::int64_t retired_after = std::int64_t{7} * 24 * 3600;
/// A key should be changed for a new one after that time.
constexpr std::int64_t old_key = std::int64_t{365} * 24 * 3600;

/// At most one question for each selector. `domain` is normalized.
boost::asio::awaitable<std::vector<dkim_key>> read_dkim_keys(
    std::string domain, known_keys known, dns::resolver& resolver);

/// `now` as known_keys has it.
std::vector<finding> judge_dkim(const std::vector<dkim_key>& keys,
                                std::int64_t now);

}  // namespace mekiki::records
