// The domains that an account corresponds with, which look-alikes may imitate,
// and the display names used there. Immutable, so that sessions share it.
//
// Names are kept as marks: without the salt of the installation nobody can
// tell whose they are, or try names against them.
//
// Cost (bench/deception_bench.cpp): 2,000 domains take about 4 ms to index and
// 300 KB; a lookup takes a microsecond or two however many there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "verdict/lookalike.hpp"

namespace mekiki::verdict {

class correspondents {
 public:
  /// What else is known of them.
  struct details {
    /// Domains, and since when (Unix seconds) they are known steadily.
    std::vector<std::pair<std::string, std::int64_t>> steady;
    /// Marks (name_mark) of known addresses at mail services.
    std::vector<std::string> addresses;
    // Parties known to hand mail over (is_known of sightings).
    std::vector<std::string> lists;       // domains
    std::vector<std::string> forwarders;  // registered domains
    /// Upstreams whose hosts change mail that they have taken.
    std::vector<std::string> changing;
  };

  /// A display name, and a domain that was proved to use it.
  struct named {
    std::string mark;  // name_mark, display_name.hpp
    std::string domain;
    /// Since when it does so steadily (is_steady, history.hpp): Unix seconds;
    /// 0: it does not. At a mail service that is one address.
    std::int64_t steady_since = 0;
  };
  struct name_user {
    std::string_view domain;  // registered
    std::int64_t steady_since = 0;
  };

  /// The first 50,000 of each list count.
  static constexpr std::size_t most = 50'000;

  correspondents() = default;
  /// `domains` in A-labels and lower case; only their registered domains
  /// count. The marks of `names` are made with `salt`.
  explicit correspondents(std::vector<std::string> domains,
                          std::string salt = {}, std::vector<named> names = {},
                          const details& more = {});

  /// Whether a registered domain is one of them.
  bool has(std::string_view registered_domain) const;
  /// Since when a registered domain is known steadily (is_steady, history.hpp):
  /// Unix seconds; 0: it is not.
  std::int64_t steady_since(std::string_view registered_domain) const;

  /// Whether an address at a mail service is one of them; in lower case, its
  /// domain in A-labels.
  bool has_address(std::string_view address) const;

  bool has_list(std::string_view domain) const;
  bool has_forwarder(std::string_view registered_domain) const;
  bool is_changed_at(std::string_view upstream) const;

  /// The domains that `seen` might be taken for, at most 64: `compare` says
  /// whether it really is.
  std::vector<std::string_view> candidates(const domain_shape& seen) const;
  /// Those of them that it might be confusable with.
  std::vector<std::string_view> confusable(const domain_shape& seen) const;

  /// Who uses the name with this key (name_key): at most 16, those who do so
  /// steadily for longest first.
  std::vector<name_user> users_of_name(std::string_view key) const;

 private:
  /// domains_.size(): it is none of them.
  std::size_t index_of(std::string_view registered_domain) const;
  std::vector<std::string_view> find(
      const std::vector<std::uint32_t>& keys) const;

  struct entry {
    std::uint32_t key;
    std::uint32_t domain;  // index in domains_
  };
  struct name {
    std::uint64_t mark;
    std::uint32_t domain;  // index in name_domains_
    std::int64_t steady_since;
  };
  std::vector<std::string> domains_;  // sorted
  std::vector<std::int64_t> steady_;  // of each of these; 0: not
  std::vector<entry> index_;          // by key
  std::string salt_;
  std::vector<std::string> name_domains_;  // sorted
  std::vector<name> names_;                // by mark
  std::vector<std::uint64_t> addresses_;   // marks, sorted
  // Sorted.
  std::vector<std::string> lists_, forwarders_, changing_;
};

}  // namespace mekiki::verdict
