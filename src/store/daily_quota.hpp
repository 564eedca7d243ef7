// A limit on what mails may add to the database in a day, by whose doing it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mekiki::store {

/// Who makes rows: whose mail it is, where its reader is, and who sent it. A
/// stranger has accounts as many as he likes, but few addresses to come from;
/// and names as many as he likes, but few domains that are registered.
struct row_maker {
  std::string_view account;
  std::string_view client;        // its network; "" where it is not known
  std::string_view organization;  // registered domain; "" counts for nobody
};

/// Of one kind of thing. Counts in memory: a restart begins anew.
class daily_quota {
 public:
  /// None of these uses up what is another's.
  struct limits {
    std::uint64_t account = 0;
    std::uint64_t client = 0;        // all its accounts together
    std::uint64_t organization = 0;  // in one account; 0: as the account
  };

  explicit daily_quota(const limits& most) : most_(most) {}

  /// Whether there is room for `amount` more; then it is taken.
  bool take(std::int64_t day, const row_maker& who, std::uint64_t amount = 1) {
    if (day != day_) {
      day_ = day;
      accounts_.clear();
      clients_.clear();
      organizations_.clear();
    }
    std::uint64_t& of_account = accounts_[std::string(who.account)];
    std::uint64_t& of_client = clients_[std::string(who.client)];
    if (of_account + amount > most_.account ||
        of_client + amount > most_.client)
      return false;
    if (most_.organization > 0 && !who.organization.empty()) {
      // No account has a line end.
      std::string both(who.account);
      both.append("\n").append(who.organization);
      std::uint64_t& of_both = organizations_[std::move(both)];
      if (of_both + amount > most_.organization)
        return false;
      of_both += amount;
    }
    of_account += amount;
    of_client += amount;
    return true;
  }

 private:
  using counts = std::unordered_map<std::string, std::uint64_t>;

  limits most_;
  std::int64_t day_ = 0;
  counts accounts_, clients_, organizations_;
};

}  // namespace mekiki::store
