#include "auth/dkim/key_cache.hpp"

#include <algorithm>
#include <utility>

namespace mekiki::dkim {
namespace {

cached_key make_key(std::string_view text) {
  cached_key out;
  auto record = parse_key_record(text);
  if (!record) {
    out.problem = record.error().code;
    return out;
  }
  out.record = std::move(*record);
  if (out.record.is_revoked()) {
    out.problem = errc::key_revoked;
    return out;
  }
  auto key = out.record.type == crypto::key_type::rsa
                 ? crypto::public_key::rsa(out.record.key)
                 : crypto::public_key::ed25519(out.record.key);
  if (key) {
    out.key = std::move(*key);
  } else {
    out.problem = errc::key_unusable;
  }
  return out;
}

}  // namespace

key_cache::key_cache(std::size_t capacity)
    : capacity_(std::max<std::size_t>(capacity, 1)) {}

cached_key& key_cache::get(std::string_view text) {
  // A text that is too long is as unreadable without its end, and smaller.
  text = text.substr(0, max_key_record_octets + 1);
  if (const auto found = index_.find(text); found != index_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().key;
  }
  if (entries_.size() == capacity_) {
    index_.erase(entries_.back().text);
    entries_.pop_back();
  }
  entries_.push_front({std::string(text), make_key(text)});
  index_.emplace(entries_.front().text, entries_.begin());
  return entries_.front().key;
}

}  // namespace mekiki::dkim
