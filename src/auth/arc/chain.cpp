#include "auth/arc/chain.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <tuple>
#include <utility>

#include "auth/dkim/canonical.hpp"
#include "auth/dkim/tag_list.hpp"
#include "base/ascii.hpp"
#include "message/cfws.hpp"

namespace mekiki::arc {
namespace {

using message::field_view;

//   instance  =  1*2DIGIT      ; 1 to 50
std::optional<std::size_t> read_number(std::string_view text) {
  if (text.empty() || text.size() > 2 ||
      !std::all_of(text.begin(), text.end(), ascii::is_digit)) {
    return std::nullopt;
  }
  std::size_t out = 0;
  for (const char c : text) out = out * 10 + static_cast<std::size_t>(c - '0');
  if (out == 0 || out > max_sets)
    return std::nullopt;
  return out;
}

/// Nothing is left of a comment that does not end.
std::string_view behind_cfws(std::string_view text) {
  return message::skip_cfws(text).value_or("");
}

struct numbered_text {
  std::size_t instance = 0;
  std::string_view rest;
};

//   arc-info  =  instance [CFWS] ";" authres-payload
//   instance  =  [CFWS] %s"i" [CFWS] "=" [CFWS] 1*2DIGIT
std::optional<numbered_text> read_results(std::string_view value) {
  std::string_view rest = behind_cfws(value);
  for (const char wanted : {'i', '='}) {
    if (!rest.starts_with(wanted))
      return std::nullopt;
    rest = behind_cfws(rest.substr(1));
  }
  std::size_t digits = 0;
  while (digits < rest.size() && ascii::is_digit(rest[digits])) ++digits;
  const auto number = read_number(rest.substr(0, digits));
  rest = behind_cfws(rest.substr(digits));
  if (!number || !rest.starts_with(';'))
    return std::nullopt;
  return numbered_text{*number, rest.substr(1)};
}

//   seal-cv-tag  =  %x63.76 [FWS] "=" [FWS] ("none" / "fail" / "pass")
std::optional<auth::result> read_chain_status(const dkim::tag_list_view& tags) {
  using auth::result;
  const dkim::tag_view* cv = tags.find("cv");
  for (const result r : {result::none, result::pass, result::fail}) {
    if (cv != nullptr && cv->value == to_string(r))
      return r;
  }
  return std::nullopt;
}

/// Gathers sets by instance, and notes the first thing that is wrong.
class gatherer {
 public:
  void add_results(const field_view& field) {
    const auto read = read_results(field.value);
    if (!read)
      return note(errc::instance);
    if (set_view* set = claim(read->instance, &set_view::results, field))
      set->results_text = read->rest;
  }

  void add_message(const field_view& field) {
    const auto tags = read_tags(field);
    if (!tags)
      return;
    set_view* set = claim(instance_of(*tags), &set_view::message, field);
    if (set == nullptr)
      return;
    set->message_claims = dkim::read_signature(
        field.value, *tags, dkim::signature_kind::arc_message);
  }

  void add_seal(const field_view& field) {
    const auto tags = read_tags(field);
    if (!tags)
      return;
    const std::size_t instance = instance_of(*tags);
    set_view* set = claim(instance, &set_view::seal, field);
    if (set == nullptr)
      return;
    set->seal_claims = dkim::read_signature(field.value, *tags,
                                            dkim::signature_kind::arc_seal);
    set->chain_status = read_chain_status(*tags);
    if (tags->find("h") != nullptr)
      note(errc::seal_header_list, instance);
  }

  /// RFC 8617 5.2, steps 2 and 3.
  chain_view finish() && {
    chain_view out;
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      const set_view& set = sets_[i];
      if (set.results != nullptr || set.message != nullptr ||
          set.seal != nullptr) {
        out.newest = i + 1;
      }
    }
    std::size_t complete = 0;
    while (complete < out.newest && is_complete(sets_[complete])) ++complete;
    if (complete < out.newest)
      note(errc::incomplete, complete + 1);
    for (std::size_t i = 0; i < complete; ++i) {
      if (sets_[i].chain_status !=
          (i == 0 ? auth::result::none : auth::result::pass)) {
        note(errc::chain_status, i + 1);
      }
    }
    if (out.newest > 0 &&
        sets_[out.newest - 1].chain_status == auth::result::fail) {
      out.code = errc::broken_before;
      out.instance = out.newest;
    } else if (wrong_) {
      std::tie(out.code, out.instance) = *wrong_;
    }
    if (complete < out.newest) {
      out.last = last_complete(complete);
    } else {
      out.sets.assign(
          std::make_move_iterator(sets_.begin()),
          std::make_move_iterator(sets_.begin() +
                                  static_cast<std::ptrdiff_t>(complete)));
    }
    return out;
  }

 private:
  /// `complete`: how many are, from the first on.
  std::vector<set_view> last_complete(std::size_t complete) const {
    const auto last =
        std::find_if(sets_.rbegin(), sets_.rend(), &gatherer::is_complete);
    if (last == sets_.rend())
      return {};
    const auto at = static_cast<std::size_t>(sets_.rend() - last);  // its i=
    if (at == 1 || last->chain_status == auth::result::fail)
      return {*last};
    if (at > complete)
      return {};
    return {sets_.begin(), sets_.begin() + static_cast<std::ptrdiff_t>(at)};
  }

  static bool is_complete(const set_view& set) {
    return set.results != nullptr && set.message != nullptr &&
           set.seal != nullptr;
  }

  std::optional<dkim::tag_list_view> read_tags(const field_view& field) {
    auto tags =
        dkim::parse_tag_list(field.value, dkim::empty_elements::refused);
    if (!tags) {
      note(errc::syntax);
      return std::nullopt;
    }
    return std::move(*tags);
  }

  static std::size_t instance_of(const dkim::tag_list_view& tags) {
    const dkim::tag_view* i = tags.find("i");
    return i == nullptr ? 0 : read_number(i->value).value_or(0);
  }

  /// The set that the field belongs to; nullptr, with a note, if it cannot.
  set_view* claim(std::size_t instance, const field_view* set_view::*place,
                  const field_view& field) {
    if (instance == 0) {
      note(errc::instance);
      return nullptr;
    }
    set_view& set = sets_[instance - 1];
    if (set.*place != nullptr) {
      note(errc::duplicate_instance, instance);
      return nullptr;
    }
    set.*place = &field;
    return &set;
  }

  void note(errc code, std::size_t instance = 0) {
    if (!wrong_)
      wrong_ = {code, instance};
  }

  std::array<set_view, max_sets> sets_;
  std::optional<std::pair<errc, std::size_t>> wrong_;
};

}  // namespace

chain_view read_chain(const dkim::field_index& fields) {
  const auto seals = fields.find("arc-seal");
  const auto messages = fields.find("arc-message-signature");
  const auto results = fields.find("arc-authentication-results");
  if (seals.empty() && messages.empty() && results.empty())
    return {.code = errc::no_chain};
  std::size_t octets = 0;
  for (const auto* kind : {&seals, &messages, &results}) {
    if (kind->size() > max_sets)
      return {.code = errc::too_many_sets};
    for (const field_view* f : *kind) octets += f->raw.size();
  }
  if (octets > max_octets)
    return {.code = errc::too_large};

  gatherer sets;
  for (const field_view* f : results) sets.add_results(*f);
  for (const field_view* f : messages) sets.add_message(*f);
  for (const field_view* f : seals) sets.add_seal(*f);
  return std::move(sets).finish();
}

sealed_octets::sealed_octets(const std::vector<set_view>& sets) : sets_(sets) {
  constexpr auto relaxed = dkim::canonicalization::relaxed;
  for (const set_view& set : sets) {
    range r;
    r.begin = octets_.size();
    dkim::append_canonical(relaxed, *set.results, octets_);
    dkim::append_canonical(relaxed, *set.message, octets_);
    r.seal = octets_.size();
    dkim::append_canonical(relaxed, *set.seal, octets_);
    ranges_.push_back(r);
  }
}

crypto::digest sealed_octets::hash(std::size_t index) const {
  const set_view& set = sets_[index];
  const range& r = ranges_[index];
  const dkim::signature& claims = set.seal_claims.claims;
  const std::size_t begin =
      set.chain_status == auth::result::fail ? r.begin : 0;
  std::string seal;
  dkim::append_canonical_signature(dkim::canonicalization::relaxed, *set.seal,
                                   claims.b_offset, claims.b_size, seal);
  crypto::hasher hasher(claims.hash);
  hasher.update(std::string_view(octets_).substr(begin, r.seal - begin));
  hasher.update(seal);
  return hasher.finish();
}

}  // namespace mekiki::arc
