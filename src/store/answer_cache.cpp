#include "store/answer_cache.hpp"

#include <utility>

namespace mekiki::store {
namespace {

using verdict::history_answer;
using verdict::history_question;

/// Whatever senders wrote there, different parts make different keys.
void append(std::string& key, std::string_view part) {
  key += std::to_string(part.size());
  key += ':';
  key += part;
}

/// Of all authors of its domain.
std::string key_of(const history_question& q, const std::string& scope) {
  std::string key;
  append(key, scope);
  append(key, q.account);
  append(key, q.author_domain);
  append(key, q.list_id);
  for (const std::string& name : q.key_names) append(key, name);
  return key;
}

std::string with_address(std::string key, const history_question& q) {
  key += '@';
  append(key, q.author);
  return key;
}

std::size_t octets_of(const history_answer& a) {
  std::size_t all = sizeof(a);
  for (const auto* pairs : {&a.pairs, &a.list_signers}) {
    for (const verdict::pair_record& p : *pairs)
      all += sizeof(p) + p.signer.size();
  }
  for (const verdict::rule& r : a.rules)
    all += sizeof(r) + r.pattern.size() + r.signer.size();
  for (const verdict::remembered_key& k : a.keys)
    all += sizeof(k) + k.name.size() + k.text.size();
  return all;
}

}  // namespace

std::optional<history_answer> answer_cache::find(const history_question& q,
                                                 const std::string& scope,
                                                 std::uint32_t commits,
                                                 std::int64_t now) {
  std::string key = key_of(q, scope);
  const std::lock_guard lock(mutex_);
  if (commits_ != commits)
    return std::nullopt;
  auto found = entries_.find(key);
  if (found != entries_.end() && found->second.is_of_address)
    found = entries_.find(with_address(std::move(key), q));
  if (found == entries_.end() || found->second.minute != now / 60)
    return std::nullopt;
  return found->second.answer;
}

std::uint64_t answer_cache::generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

void answer_cache::put(const history_question& q, const std::string& scope,
                       const read_answer& found, std::int64_t now,
                       std::uint64_t generation) {
  if (!found.answer.available || !found.commits)
    return;
  const std::string of_domain = key_of(q, scope);
  const std::string key =
      found.is_of_address ? with_address(of_domain, q) : of_domain;
  std::size_t octets = octets_of(found.answer) + key.size();
  if (found.is_of_address)
    octets += sizeof(entry) + of_domain.size();
  const std::lock_guard lock(mutex_);
  if (generation != generation_)
    return;
  if (commits_ != found.commits || octets_ + octets > most_) {
    clear_locked();
    commits_ = found.commits;
  }
  if (octets > most_)
    return;
  octets_ += octets;
  if (found.is_of_address)
    entries_[of_domain] = {.answer = {}, .is_of_address = true};
  entries_[key] = {.answer = found.answer, .minute = now / 60};
}

void answer_cache::clear() {
  const std::lock_guard lock(mutex_);
  clear_locked();
  ++generation_;
}

void answer_cache::clear_locked() {
  entries_.clear();
  commits_.reset();
  octets_ = 0;
}

std::size_t answer_cache::octets() const {
  const std::lock_guard lock(mutex_);
  return octets_;
}

}  // namespace mekiki::store
