// A resolver that answers everything from a JSON zone and asks nobody: for
// `--dns`, the demo and tests.
//
//   {"sel._domainkey.example.jp": {"TXT": ["v=DKIM1; p=..."]},
//    "example.jp": {"MX": [[10, "mx.example.jp"]],
//                   "TXT": [["v=spf1 ", "mx -all"]]},
//    "www.example.jp": {"CNAME": ["example.jp"]},
//    "slow.example": {"*": {"error": "TIMEOUT"}}}
//
// Types are A, AAAA, CNAME, MX, PTR and TXT; SPF, NS and SOA are passed over.
// A TXT record is a string or a list of strings to be joined; its code points
// 0x80 to 0xff stand for octets, higher ones for their UTF-8. In place of a
// type's list of records, {"error": E} gives that outcome, E being TIMEOUT,
// SERVFAIL, NXDOMAIN or NODATA; the type "*" stands for every type that is
// not listed. A name that is absent is NXDOMAIN, unless a name below it is
// present (RFC 8020); a name without the type has no data.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/expected.hpp"
#include "dns/resolver.hpp"

namespace mekiki::dns {

/// Every answer is made when the zone is loaded, so that a question costs one
/// look into a hash table and never suspends the coroutine that asks.
class zone_resolver final : public resolver {
 public:
  /// For each name its answers, by type in the order A, AAAA, CNAME, MX, PTR,
  /// TXT, none of them null; a name above another one is there too.
  using table = std::unordered_map<std::string, std::array<answer_ptr, 6>>;

  explicit zone_resolver(table names) : names_(std::move(names)) {}

  void prefetch(const question& q) override;
  boost::asio::awaitable<answer_ptr> resolve(question q) override;

 private:
  const answer_ptr& find(const question& q) const;

  table names_;
};

/// The zone in `json`. The reason of a failure names the line and column, or
/// the name and type, and what was expected there.
expected<std::unique_ptr<zone_resolver>, std::string> parse_zone(
    std::string_view json);

/// The zone in a file of at most 64 MB; the reason begins with its path.
expected<std::unique_ptr<zone_resolver>, std::string> load_zone(
    const std::filesystem::path& file);

}  // namespace mekiki::dns
