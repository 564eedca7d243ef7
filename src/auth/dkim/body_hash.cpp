#include "auth/dkim/body_hash.hpp"

#include <algorithm>

namespace mekiki::dkim {
namespace {

constexpr auto whole = std::numeric_limits<std::uint64_t>::max();

std::size_t index(canonicalization mode) {
  return static_cast<std::size_t>(mode);
}

}  // namespace

void body_hasher::request(const body_hash_request& wanted) {
  auto& body = bodies_[index(wanted.mode)];
  if (!body)
    body.emplace(wanted.mode);
  auto hash = std::find_if(
      body->hashes.begin(), body->hashes.end(),
      [&](const auto& h) { return h.algorithm == wanted.algorithm; });
  if (hash == body->hashes.end()) {
    hash = body->hashes.insert(
        hash, {wanted.algorithm, crypto::hasher(wanted.algorithm), {}});
  }
  const auto place = std::lower_bound(
      hash->notes.begin(), hash->notes.end(), wanted.length,
      [](const note& n, std::uint64_t length) { return n.length < length; });
  if (place == hash->notes.end() || place->length != wanted.length) {
    hash->notes.insert(place, {wanted.length, std::nullopt});
  }
}

void body_hasher::write(std::string_view octets) {
  for (auto& body : bodies_) {
    if (body)
      body->canonicalizer.write(octets, *body);
  }
}

void body_hasher::finish() {
  for (auto& body : bodies_) {
    if (body)
      body->finish();
  }
}

void body_hasher::canonical_body::write(std::string_view canonical) {
  for (running_hash& h : hashes) {
    std::string_view rest = canonical;
    std::uint64_t hashed = octets;
    for (; h.next < h.notes.size(); ++h.next) {
      note& n = h.notes[h.next];
      // A note at the very end waits for `finish` or the next octets.
      if (n.length - hashed >= rest.size()) {
        h.hasher.update(rest);
        break;
      }
      const auto part = static_cast<std::size_t>(n.length - hashed);
      h.hasher.update(rest.substr(0, part));
      n.hash = h.hasher.peek();
      rest.remove_prefix(part);
      hashed += part;
    }
  }
  octets += canonical.size();
}

void body_hasher::canonical_body::finish() {
  canonicalizer.finish(*this);
  for (running_hash& h : hashes) {
    const crypto::digest end = h.hasher.finish();
    for (; h.next < h.notes.size(); ++h.next) {
      note& n = h.notes[h.next];
      if (n.length == octets || n.length == whole)
        n.hash = end;
    }
  }
}

std::optional<crypto::digest> body_hasher::hash(
    const body_hash_request& wanted) const {
  for (const running_hash& h : bodies_[index(wanted.mode)]->hashes) {
    if (h.algorithm != wanted.algorithm)
      continue;
    for (const note& n : h.notes) {
      if (n.length == wanted.length)
        return n.hash;
    }
  }
  return std::nullopt;
}

std::uint64_t body_hasher::octets(canonicalization mode) const {
  return bodies_[index(mode)]->octets;
}

}  // namespace mekiki::dkim
