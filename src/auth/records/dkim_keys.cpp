#include "auth/records/dkim_keys.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "auth/dkim/query.hpp"
#include "auth/dkim/tag_list.hpp"
#include "base/ascii.hpp"
#include "crypto/public_key.hpp"

namespace mekiki::records {
namespace {

using boost::asio::awaitable;
using enum finding_id;

constexpr int least_bits = 1024;        // RFC 8301 3.2: verifiers MUST NOT less
constexpr int recommended_bits = 2048;  // RFC 8301 3.2: signers SHOULD
constexpr int most_bits = 4096;         // RFC 8301 3.2: verifiers MUST up to it

void read_key(dkim_key& key) {
  auto record = dkim::parse_key_record(key.texts.front());
  if (!record) {
    key.code = record.error().code;
    return;
  }
  key.record = std::move(*record);
  if (key.record->is_revoked()) {
    key.code = dkim::errc::key_revoked;
    return;
  }
  const auto made = key.record->type == crypto::key_type::rsa
                        ? crypto::public_key::rsa(key.record->key)
                        : crypto::public_key::ed25519(key.record->key);
  if (!made) {
    key.code = dkim::errc::key_unusable;
    return;
  }
  key.bits = made->bits();
  if (made->type() == crypto::key_type::rsa && key.bits < least_bits)
    key.code = dkim::errc::weak_key;
  else if (!key.record->email)
    key.code = dkim::errc::key_service;
  else if (!key.record->sha256)
    key.code = dkim::errc::key_hash;
  else
    key.code = dkim::errc::ok;
}

/// The selectors to ask for, the named ones first, each once.
std::vector<std::string> selectors_of(const known_keys& known) {
  std::vector<std::string> out;
  const auto add = [&out](const std::string& selector) {
    const bool is_there =
        std::ranges::any_of(out, [&](const std::string& other) {
          return ascii::iequals(other, selector);
        });
    if (!is_there)
      out.push_back(selector);
  };
  for (const std::string& selector : known.selectors) add(selector);
  for (const remembered_key& k : known.remembered) add(k.selector);
  return out;
}

/// Since when this very key is in use: the record's text may have changed.
std::optional<std::int64_t> first_seen(const dkim_key& key,
                                       const known_keys& known) {
  std::optional<std::int64_t> out;
  if (!key.record || key.record->is_revoked())
    return out;
  for (const remembered_key& k : known.remembered) {
    if (!ascii::iequals(k.selector, key.selector) || (out && *out <= k.first))
      continue;
    const auto record = dkim::parse_key_record(k.text);
    if (record && record->type == key.record->type &&
        record->key == key.record->key)
      out = k.first;
  }
  return out;
}

/// Nobody named it, it is gone, and no mail came with it of late.
bool is_retired(const dkim_key& key, const known_keys& known) {
  if (key.code != dkim::errc::no_key)
    return false;
  const auto is_it = [&key](const std::string& selector) {
    return ascii::iequals(selector, key.selector);
  };
  if (std::ranges::any_of(known.selectors, is_it))
    return false;
  return std::ranges::none_of(known.remembered, [&](const remembered_key& k) {
    return is_it(k.selector) && k.last > known.now - retired_after;
  });
}

/// The record with "y" taken from t=.
std::string without_test_flag(const std::string& text) {
  const auto tags = dkim::parse_tag_list(text, dkim::empty_elements::ignored);
  if (!tags)
    return text;
  std::string out;
  for (const dkim::tag_view& tag : tags->tags) {
    std::string value(tag.value);
    if (tag.name == "t") {
      value.clear();
      for (const std::string_view flag : dkim::split_elements(tag.value)) {
        if (ascii::iequals(flag, "y"))
          continue;
        value += (value.empty() ? "" : ":");
        value += flag;
      }
      if (value.empty())
        continue;
    }
    out += out.empty() ? "" : "; ";
    out += tag.name;
    out += '=';
    out += value;
  }
  return out;
}

void judge_key(const dkim_key& key, std::int64_t now,
               std::vector<finding>& out) {
  const auto add = [&](finding_id id, std::vector<std::string> facts = {}) {
    facts.insert(facts.begin(), shown(key.selector));
    out.push_back({.id = id,
                   .record = record_name(key.name, dns::record_type::txt),
                   .facts = std::move(facts),
                   .publish = {}});
  };
  switch (key.code) {
    case dkim::errc::no_key:
    case dkim::errc::key_name:
      add(dkim_key_missing);
      break;
    case dkim::errc::key_unavailable:
      out.push_back({dns_no_answer,
                     record_name(key.name, dns::record_type::txt),
                     {shown(key.name)},
                     {}});
      break;
    case dkim::errc::key_bogus:
      out.push_back({dnssec_bogus,
                     record_name(key.name, dns::record_type::txt),
                     {shown(key.name)},
                     {}});
      break;
    case dkim::errc::duplicate_tag:
      add(dkim_several, {std::to_string(key.texts.size())});
      break;
    case dkim::errc::key_revoked:
      add(dkim_key_revoked);
      break;
    case dkim::errc::key_type_unknown:
      add(dkim_key_type);
      break;
    case dkim::errc::weak_key:
      add(dkim_key_too_short, {std::to_string(key.bits)});
      break;
    case dkim::errc::key_service:
      add(dkim_not_for_mail);
      break;
    case dkim::errc::key_hash:
      add(dkim_sha1_only);
      break;
    case dkim::errc::ok:
      break;
    default:
      add(dkim_key_broken, {std::string(dkim::describe(key.code))});
      break;
  }
  if (!key.record || key.record->is_revoked())
    return;
  if (key.record->testing && key.bits > 0) {
    add(dkim_key_testing);
    out.back().publish.push_back({key.name, dns::record_type::txt,
                                  without_test_flag(key.texts.front())});
  }
  constexpr std::int64_t day = 86'400;
  if (key.is_usable() && key.first_seen && now - *key.first_seen > old_key)
    add(dkim_key_old, {std::to_string((now - *key.first_seen) / day)});
  if (key.record->type != crypto::key_type::rsa || key.bits < least_bits)
    return;
  if (key.bits < recommended_bits)
    add(dkim_key_short, {std::to_string(key.bits)});
  else if (key.bits > most_bits)
    add(dkim_key_long, {std::to_string(key.bits)});
}

}  // namespace

awaitable<std::vector<dkim_key>> read_dkim_keys(std::string domain,
                                                known_keys known,
                                                dns::resolver& resolver) {
  std::vector<dkim_key> out;
  for (std::string& selector : selectors_of(known)) {
    dkim_key key;
    const auto q = dkim::key_question(selector, domain);
    key.name = q ? q->name : fmt::format("{}._domainkey.{}", selector, domain);
    key.selector = std::move(selector);
    if (!q) {
      key.code = dkim::errc::key_name;
      out.push_back(std::move(key));
      continue;
    }
    const dns::answer_ptr answer = co_await resolver.resolve(*q);
    key.code = dkim::to_errc(answer->status);
    key.texts = answer->texts;
    if (key.texts.size() > 1)
      key.code = dkim::errc::duplicate_tag;
    else if (key.code == dkim::errc::ok)
      read_key(key);
    key.first_seen = first_seen(key, known);
    if (!is_retired(key, known))
      out.push_back(std::move(key));
  }
  co_return out;
}

std::vector<finding> judge_dkim(const std::vector<dkim_key>& keys,
                                std::int64_t now) {
  std::vector<finding> out;
  for (const dkim_key& key : keys) judge_key(key, now, out);
  std::string ed25519;
  const dkim_key* last = nullptr;
  for (const dkim_key& key : keys) {
    if (!key.is_usable())
      continue;
    if (key.record->type != crypto::key_type::ed25519)
      return out;
    ed25519 += (ed25519.empty() ? "" : ", ") + key.selector;
    last = &key;
  }
  if (last != nullptr) {
    out.push_back({dkim_ed25519_only,
                   record_name(last->name, dns::record_type::txt),
                   {shown(ed25519)},
                   {}});
  }
  return out;
}

}  // namespace mekiki::records
