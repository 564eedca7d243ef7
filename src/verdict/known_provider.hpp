// What is known beforehand of large providers' hosts. A table like a list of
// certificate authorities: who is in it is believed, so each entry says by
// what it is there, and nothing enters from memory. An entry is used only where
// the account's MX hosts are its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mekiki::verdict {

/// Lists are words with spaces between. A name is meant as it is; "*" stands
/// for letters, digits and hyphens of one label; ".example.jp" for all names
/// below. Lower case.
struct known_provider {
  std::string_view name;
  std::string_view mx;  // any of the account's MX hosts selects the entry
  /// Where the mail is fetched from, if no customer's program runs on the
  /// provider's mail hosts (as `mail_only` in the settings).
  std::string_view upstream;
  /// Hosts that take mail from strangers. What they record as their client came
  /// from outside, even if it has an address of `networks`.
  std::string_view doors;
  /// Hosts that only hosts of the provider reach, whatever their client is.
  std::string_view relays;
  /// Hosts that are inside together with a client that has a name in
  /// `clients`, by its own word, and an address in `networks`, by the host's;
  /// the client must have written the next field. Others than these reach such
  /// a host only by logging in.
  std::string_view stores;
  std::string_view clients;
  std::string_view networks;
  /// SPF records that name the hosts that its mail comes from, at customers'
  /// own hosts, too. Whom they let send was not outside (own_spf.hpp).
  std::string_view spf;
  /// Its doors write Authentication-Results without an authserv-id.
  bool reports_without_id = false;
  std::string_view source;
  std::string_view checked;  // when that was, "2026-11-29"
};

/// Whether `name` (normalized) is one of the list.
bool is_listed(std::string_view list, std::string_view name);

/// Whether Authentication-Results of this door, which an entry lists, have no
/// authserv-id.
bool reports_without_id(std::string_view door);

/// The entries that any of the account's MX hosts selects.
std::vector<const known_provider*> known_providers(
    const std::vector<std::string>& mx_hosts);

}  // namespace mekiki::verdict
