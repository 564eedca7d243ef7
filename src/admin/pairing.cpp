#include "admin/pairing.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "admin/sessions.hpp"

namespace mekiki::admin {
namespace {

constexpr std::string_view symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static_assert(symbols.size() == 32);
constexpr std::size_t name_length = 4;
constexpr std::size_t length = 12;
constexpr std::size_t longest_typed = 64;

/// Upper-case symbols without what stands between them; nothing if it is no
/// code.
std::optional<std::string> read_code(std::string_view typed) {
  std::string out;
  if (typed.size() > longest_typed)
    return std::nullopt;
  for (char c : typed) {
    if (c == '-' || c == ' ')
      continue;
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O')
      c = '0';
    if (c == 'I' || c == 'L')
      c = '1';
    if (symbols.find(c) == std::string_view::npos)
      return std::nullopt;
    out += c;
  }
  if (out.size() != length)
    return std::nullopt;
  return out;
}

/// The value of the key that ends first.
template <class Map>
void drop_first_to_end(Map& from) {
  const auto first = std::ranges::min_element(
      from, {}, [](const auto& entry) { return entry.second.until; });
  if (first != from.end())
    from.erase(first);
}

}  // namespace

void pairing_codes::drop_old() {
  const steady_point now = clock_.steady();
  std::erase_if(codes_, [&](const auto& c) { return c.second.until <= now; });
  std::erase_if(clients_, [&](const auto& c) { return c.second.until <= now; });
}

std::string pairing_codes::make(std::string account, std::string session) {
  drop_old();
  std::erase_if(codes_,
                [&](const auto& c) { return c.second.account == account; });
  if (codes_.size() >= most)
    drop_first_to_end(codes_);
  std::string text;
  do {
    std::array<char, length> octets{};
    random_.fill(octets.data(), octets.size());
    text.clear();
    for (const char c : octets)
      text += symbols[static_cast<unsigned char>(c) % symbols.size()];
  } while (codes_.contains(text.substr(0, name_length)));
  codes_.emplace(text.substr(0, name_length),
                 code{.hash = hash_of(text),
                      .account = std::move(account),
                      .session = std::move(session),
                      .until = clock_.steady() + lifetime});
  for (std::size_t at = length - name_length; at > 0; at -= name_length)
    text.insert(at, "-");
  return text;
}

void pairing_codes::end(std::string_view session) {
  std::erase_if(codes_,
                [&](const auto& c) { return c.second.session == session; });
}

auto pairing_codes::count_wrong(const std::string& client) -> refusal {
  auto at = clients_.find(client);
  if (at == clients_.end()) {
    if (clients_.size() >= most_clients)
      drop_first_to_end(clients_);
    at = clients_.emplace(client, client_tries()).first;
    at->second.until = clock_.steady() + client_rest;
  }
  ++at->second.wrong;
  return {};
}

auto pairing_codes::take(std::string_view typed, const std::string& client)
    -> expected<std::string, refusal> {
  drop_old();
  if (const auto tried = clients_.find(client);
      tried != clients_.end() && tried->second.wrong >= most_tries_of_client) {
    const auto rest = tried->second.until - clock_.steady();
    return unexpected(refusal{
        .again = std::chrono::ceil<std::chrono::seconds>(rest), .account = {}});
  }
  const auto text = read_code(typed);
  if (!text)
    return unexpected(count_wrong(client));
  const std::string hash = hash_of(*text);
  const auto at = codes_.find(text->substr(0, name_length));
  if (at == codes_.end())
    return unexpected(count_wrong(client));
  code& c = at->second;
  if (!is_same_secret(c.hash, hash)) {
    refusal why = count_wrong(client);
    if (++c.tries >= most_tries) {
      why.account = std::move(c.account);
      codes_.erase(at);
    }
    return unexpected(std::move(why));
  }
  std::string account = std::move(c.account);
  codes_.erase(at);
  return account;
}

}  // namespace mekiki::admin
