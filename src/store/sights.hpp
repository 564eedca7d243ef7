// For how many mails the way they came is known, by the server that they were
// fetched from. A mail whose border is not certain cannot be accused: where
// such mails are many, a forgery looks like any other mail.
//
// Mails that the provider's own users and programs handed in come by no border.
// They are left out, unless they are more than half: then a filter may hide
// where mail comes in.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite.hpp"
#include "store/totals.hpp"

namespace mekiki::store {

constexpr std::int64_t sight_days = 7;
/// With fewer mails nothing is said.
constexpr std::uint64_t least_mails_of_sight = 10;
/// Where so many in a row came a known way, what was before is over.
constexpr std::uint64_t mails_to_see_again = 20;

enum class sight : std::uint8_t {
  early,  // too few mails to tell
  good,
  blind,  // more than a fifth of the mails could not be accused
};
/// "early", "good", "blind"
std::string_view to_string(sight s);

/// One server. Of the last seven days, or since it was seen again.
struct server_sight {
  std::string host;
  sight what = sight::early;
  std::uint64_t mails = 0;    // without those from inside, unless they count
  std::uint64_t certain = 0;  // of them: they could have been accused
  std::uint64_t inside = 0;
  /// Why the others could not: mail_event::way; the five most frequent.
  std::vector<named_count> why;
  /// Whose mails these are, most first: ten of `all_accounts`.
  std::vector<named_count> accounts;
  std::uint64_t all_accounts = 0;
};

/// Of all servers: blind if one is, and good only if nothing hints that a
/// server about which it is too early to tell may be blind, and one is good.
sight worst_of(const std::vector<server_sight>& servers);

/// Counts mails, the oldest first.
class sight_counter {
 public:
  /// `way` as in mail_event; a mail without one was noted before there were
  /// any, and says nothing.
  void add(std::string_view account, std::string_view way);
  /// Blind ones first, then by name.
  std::vector<server_sight> servers() const;

 private:
  struct counts {
    std::uint64_t certain = 0, uncertain = 0, inside = 0;
    std::uint64_t run = 0;  // of the newest, certain ones in a row
    std::map<std::string, std::uint64_t, std::less<>> why, accounts;

    bool has_inside() const { return inside > certain + uncertain; }
    std::uint64_t unseen() const {
      return uncertain + (has_inside() ? inside : 0);
    }
    std::uint64_t mails() const { return certain + unseen(); }
    sight what() const;
  };
  std::map<std::string, counts, std::less<>> servers_;
};

/// Of one account, or of all where that is empty.
std::vector<server_sight> read_sights(const sqlite::database& db,
                                      std::string_view account,
                                      std::int64_t now);

/// The name of the server in that of an account or a history.
std::string host_of_account(std::string_view account);

}  // namespace mekiki::store
