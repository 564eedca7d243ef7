#include "verdict/correspondents.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

#include "auth/dmarc/public_suffix.hpp"
#include "verdict/display_name.hpp"

namespace mekiki::verdict {
namespace {

constexpr std::size_t most_candidates = 64;
constexpr std::size_t most_of_one_key = 16;

// A mark is 16 hexadecimal digits: 64 bits.
std::optional<std::uint64_t> number_of(std::string_view mark) {
  if (mark.size() != 16)
    return std::nullopt;
  std::uint64_t out = 0;
  for (const char c : mark) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos)
      return std::nullopt;
    out = out << 4 | digit;
  }
  return out;
}

std::vector<std::string> registered(std::vector<std::string> domains) {
  if (domains.size() > correspondents::most)
    domains.resize(correspondents::most);
  for (std::string& d : domains) d = dmarc::registered_domain(d);
  std::sort(domains.begin(), domains.end());
  domains.erase(std::unique(domains.begin(), domains.end()), domains.end());
  domains.shrink_to_fit();
  return domains;
}

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}

bool holds(const std::vector<std::string>& texts, std::string_view text) {
  return std::binary_search(texts.begin(), texts.end(), text);
}

}  // namespace

correspondents::correspondents(std::vector<std::string> domains,
                               std::string salt, std::vector<named> names,
                               const details& more)
    : domains_(registered(std::move(domains))),
      steady_(domains_.size()),
      salt_(std::move(salt)) {
  lists_ = sorted(more.lists);
  forwarders_ = sorted(more.forwarders);
  changing_ = sorted(more.changing);
  for (const std::string& mark : more.addresses) {
    if (const auto number = number_of(mark))
      addresses_.push_back(*number);
  }
  std::sort(addresses_.begin(), addresses_.end());
  for (const auto& [domain, since] : more.steady) {
    const std::size_t at = index_of(dmarc::registered_domain(domain));
    if (at < steady_.size() && (steady_[at] == 0 || since < steady_[at]))
      steady_[at] = since;
  }
  for (std::uint32_t i = 0; i < domains_.size(); ++i) {
    for (const std::uint32_t k : keys_of_known(shape_of(domains_[i])))
      index_.push_back({k, i});
  }
  std::sort(index_.begin(), index_.end(), [](const entry& a, const entry& b) {
    return std::tie(a.key, a.domain) < std::tie(b.key, b.domain);
  });
  index_.shrink_to_fit();

  if (names.size() > most)
    names.resize(most);
  std::vector<std::string> of_names;
  for (named& n : names) {
    n.domain = dmarc::registered_domain(n.domain);
    of_names.push_back(n.domain);
  }
  name_domains_ = registered(std::move(of_names));
  for (const named& n : names) {
    const auto number = number_of(n.mark);
    if (!number)
      continue;
    const auto at =
        std::lower_bound(name_domains_.begin(), name_domains_.end(), n.domain);
    names_.push_back({*number,
                      static_cast<std::uint32_t>(at - name_domains_.begin()),
                      n.steady_since});
  }
  const auto since = [](const name& n) {
    return std::pair(n.steady_since == 0, n.steady_since);
  };
  std::ranges::sort(names_, {}, [since](const name& n) {
    return std::tuple(n.mark, n.domain, since(n));
  });
  const auto same = [](const name& a, const name& b) {
    return a.mark == b.mark && a.domain == b.domain;
  };
  names_.erase(std::unique(names_.begin(), names_.end(), same), names_.end());
  std::ranges::sort(names_, {}, [since](const name& n) {
    return std::tuple(n.mark, since(n), n.domain);
  });
  names_.shrink_to_fit();
}

std::size_t correspondents::index_of(std::string_view registered_domain) const {
  const auto at =
      std::lower_bound(domains_.begin(), domains_.end(), registered_domain);
  const bool is_there = at != domains_.end() && *at == registered_domain;
  return static_cast<std::size_t>((is_there ? at : domains_.end()) -
                                  domains_.begin());
}

bool correspondents::has(std::string_view registered_domain) const {
  return index_of(registered_domain) < domains_.size();
}

std::int64_t correspondents::steady_since(
    std::string_view registered_domain) const {
  const std::size_t at = index_of(registered_domain);
  return at < steady_.size() ? steady_[at] : 0;
}

bool correspondents::has_address(std::string_view address) const {
  return !addresses_.empty() &&
         std::binary_search(addresses_.begin(), addresses_.end(),
                            number_of(name_mark(address, salt_)));
}

bool correspondents::has_list(std::string_view domain) const {
  return holds(lists_, domain);
}
bool correspondents::has_forwarder(std::string_view registered_domain) const {
  return holds(forwarders_, registered_domain);
}
bool correspondents::is_changed_at(std::string_view upstream) const {
  return holds(changing_, upstream);
}

std::vector<std::string_view> correspondents::candidates(
    const domain_shape& seen) const {
  return index_.empty() ? std::vector<std::string_view>()
                        : find(keys_of_seen(seen));
}

std::vector<std::string_view> correspondents::confusable(
    const domain_shape& seen) const {
  return find({key_of_confusable(seen)});
}

std::vector<std::string_view> correspondents::find(
    const std::vector<std::uint32_t>& keys) const {
  std::vector<std::uint32_t> found;
  for (const std::uint32_t k : keys) {
    auto at = std::lower_bound(
        index_.begin(), index_.end(), k,
        [](const entry& e, std::uint32_t key) { return e.key < key; });
    for (std::size_t n = 0;
         at != index_.end() && at->key == k && n < most_of_one_key; ++at, ++n)
      found.push_back(at->domain);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  if (found.size() > most_candidates)
    found.resize(most_candidates);
  std::vector<std::string_view> out;
  out.reserve(found.size());
  for (const std::uint32_t i : found) out.push_back(domains_[i]);
  return out;
}

std::vector<correspondents::name_user> correspondents::users_of_name(
    std::string_view key) const {
  std::vector<name_user> out;
  if (names_.empty() || key.empty())
    return out;
  const std::uint64_t mark = *number_of(name_mark(key, salt_));
  auto at = std::lower_bound(
      names_.begin(), names_.end(), mark,
      [](const name& n, std::uint64_t m) { return n.mark < m; });
  for (; at != names_.end() && at->mark == mark && out.size() < most_of_one_key;
       ++at)
    out.push_back({name_domains_[at->domain], at->steady_since});
  return out;
}

}  // namespace mekiki::verdict
