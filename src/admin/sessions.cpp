#include "admin/sessions.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "crypto/digest.hpp"

namespace mekiki::admin {
namespace {

constexpr std::chrono::hours longest_rest{12};
constexpr std::chrono::hours longest{24 * 7};
constexpr std::string_view cookie_name = "mekiki_session";
constexpr std::size_t token_octets = 32;

}  // namespace

std::string hash_of(std::string_view token) {
  return to_hex(crypto::hash(crypto::hash_algorithm::sha256, token).octets());
}

bool is_same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size())
    return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |=
        static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

bool sessions::is_over(const session& s) const {
  const steady_point now = clock_.steady();
  return now - s.used > longest_rest || now - s.begun > longest;
}

/// Ends the candidate that was used longest ago, to make room.
template <class Among>
void sessions::drop_oldest(Among is_candidate) {
  auto oldest = sessions_.end();
  for (auto s = sessions_.begin(); s != sessions_.end(); ++s) {
    if (is_candidate(s->second) &&
        (oldest == sessions_.end() || s->second.used < oldest->second.used))
      oldest = s;
  }
  if (oldest != sessions_.end())
    sessions_.erase(oldest);
}

std::string sessions::begin(role who, std::string name) {
  std::erase_if(sessions_, [&](const auto& s) { return is_over(s.second); });
  const auto is_same = [&](const session& s) {
    return s.who.role == who && s.who.account + s.who.name == name;
  };
  const auto same = std::ranges::count_if(
      sessions_, [&](const auto& s) { return is_same(s.second); });
  if (static_cast<std::size_t>(same) >= most_of_one)
    drop_oldest(is_same);
  if (sessions_.size() >= most)
    drop_oldest([](const session&) { return true; });

  std::string token = random_hex(random_, token_octets);
  session made{
      .who = {.role = who}, .begun = clock_.steady(), .used = clock_.steady()};
  (who == role::user ? made.who.account : made.who.name) = std::move(name);
  made.who.csrf = random_hex(random_, token_octets);
  sessions_.emplace(hash_of(token), std::move(made));
  return token;
}

std::optional<visitor> sessions::find(std::string_view token) {
  const auto found = sessions_.find(hash_of(token));
  if (found == sessions_.end() || is_over(found->second))
    return std::nullopt;
  found->second.used = clock_.steady();
  return found->second.who;
}

bool sessions::is_open(std::string_view token) const {
  const auto found = sessions_.find(hash_of(token));
  return found != sessions_.end() && !is_over(found->second);
}

void sessions::end(std::string_view token) { sessions_.erase(hash_of(token)); }

void sessions::end_administrators() {
  std::erase_if(sessions_,
                [](const auto& s) { return s.second.who.is_administrator(); });
}

// cookie-string = cookie-pair *( ";" SP cookie-pair )
std::string_view session_token(std::string_view cookie_field) {
  while (!cookie_field.empty()) {
    const std::size_t end =
        std::min(cookie_field.find(';'), cookie_field.size());
    const std::string_view pair = ascii::trim(cookie_field.substr(0, end));
    if (pair.size() > cookie_name.size() && pair.starts_with(cookie_name) &&
        pair[cookie_name.size()] == '=')
      return pair.substr(cookie_name.size() + 1);
    cookie_field.remove_prefix(std::min(end + 1, cookie_field.size()));
  }
  return {};
}

std::string set_cookie(std::string_view token, cookie_security way) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Strict{}{}",
                     cookie_name, token,
                     way == cookie_security::secure ? "; Secure" : "",
                     token.empty() ? "; Max-Age=0" : "");
}

}  // namespace mekiki::admin
