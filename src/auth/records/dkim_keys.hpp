// The keys that a domain publishes under given selectors (RFC 6376 3.6, RFC
// 8301, RFC 8463).
#pragma once

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

  bool is_usable() const { return code == dkim::errc::ok; }
};

/// At most one question for each selector. `domain` is normalized.
boost::asio::awaitable<std::vector<dkim_key>> read_dkim_keys(
    std::string domain, std::vector<std::string> selectors,
    dns::resolver& resolver);

std::vector<finding> judge_dkim(const std::vector<dkim_key>& keys);

}  // namespace mekiki::records
