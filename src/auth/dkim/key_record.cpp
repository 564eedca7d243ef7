#include "auth/dkim/key_record.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/base64.hpp"

namespace mekiki::dkim {
namespace {

/// True if the colon-separated list in `tag` has one of `words`.
bool names_any(const tag_view& tag,
               std::initializer_list<std::string_view> words) {
  const auto elements = split_elements(tag.value);
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return std::any_of(
        elements.begin(), elements.end(),
        [word](std::string_view e) { return ascii::iequals(e, word); });
  });
}

}  // namespace

expected<key_record, parse_error> parse_key_record(std::string_view text) {
  if (text.size() > max_key_record_octets) {
    return unexpected(parse_error{errc::key_syntax, max_key_record_octets});
  }
  const auto tags = parse_tag_list(text, empty_elements::ignored);
  if (!tags)
    return unexpected(parse_error{errc::key_syntax, tags.error().offset});
  const auto error = [text](errc code, const tag_view& tag) {
    return unexpected(parse_error{
        code, static_cast<std::size_t>(tag.raw.data() - text.data())});
  };

  key_record out;
  // "If specified, this tag MUST be set to "DKIM1" ... MUST be the first tag"
  if (const tag_view* v = tags->find("v")) {
    if (v->value != "DKIM1")
      return error(errc::key_version, *v);
    if (v != &tags->tags.front())
      return error(errc::key_version_place, *v);
  }
  const tag_view* p = tags->find("p");
  if (p == nullptr)
    return unexpected(parse_error{errc::key_syntax, text.size()});
  if (const tag_view* k = tags->find("k")) {
    if (ascii::iequals(k->value, "ed25519")) {
      out.type = crypto::key_type::ed25519;
    } else if (!ascii::iequals(k->value, "rsa")) {
      return error(errc::key_type_unknown, *k);
    }
  }
  auto key = base64_decode(p->value);
  if (!key)
    return error(errc::key_unusable, *p);
  out.key = std::move(*key);
  if (const tag_view* h = tags->find("h")) {
    out.sha1 = names_any(*h, {"sha1"});
    out.sha256 = names_any(*h, {"sha256"});
  }
  if (const tag_view* s = tags->find("s")) {
    out.email = names_any(*s, {"*", "email"});
  }
  if (const tag_view* t = tags->find("t")) {
    out.testing = names_any(*t, {"y"});
    out.same_domain = names_any(*t, {"s"});
  }
  return out;
}

}  // namespace mekiki::dkim
