#include "auth/dkim/sign.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "auth/dkim/body_hash.hpp"
#include "auth/dkim/field_index.hpp"
#include "auth/dkim/header_hash.hpp"
#include "auth/dkim/signature.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "message/header.hpp"

namespace mekiki::dkim {
namespace {

constexpr std::size_t line_width = 72;
constexpr std::string_view fold = "\r\n\t";

std::string_view name_of(canonicalization mode) {
  return mode == canonicalization::simple ? "simple" : "relaxed";
}

std::string_view name_of(crypto::key_type key, crypto::hash_algorithm hash) {
  if (key == crypto::key_type::ed25519)
    return "ed25519-sha256";
  return hash == crypto::hash_algorithm::sha1 ? "rsa-sha1" : "rsa-sha256";
}

/// Appends base64 on lines of its own.
void append_folded(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); i += line_width) {
    out += fold;
    out += text.substr(i, line_width);
  }
}

//   dkim-safe-char =  %x21-3A / %x3C / %x3E-7E      ; RFC 6376 2.11
std::string encode_quoted_printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (ascii::is_graph(c) && c != ';' && c != '=') {
      out += c;
    } else {
      out += fmt::format("={:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

/// The names for h=, in the order of `options.fields`.
std::vector<std::string> signed_names(const field_index& fields,
                                      const sign_options& options) {
  std::vector<std::string> out;
  const auto is_oversigned = [&options](std::string_view name) {
    return std::any_of(
        options.oversigned.begin(), options.oversigned.end(),
        [name](const std::string& o) { return ascii::iequals(o, name); });
  };
  for (const std::string& field : options.fields) {
    const std::string name = ascii::to_lower(field);
    const std::size_t times =
        fields.find(name).size() + (is_oversigned(name) ? 1 : 0);
    out.insert(out.end(), times, name);
  }
  return out;
}

/// h= with its lines folded between names.
void append_names(const std::vector<std::string>& names, std::string& out) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0)
      out += ':';
    column += names[i].size() + 1;
    if (column > line_width) {
      out += fold;
      column = names[i].size() + 1;
    }
    out += names[i];
  }
}

}  // namespace

expected<std::string, errc> sign(std::string_view mail, std::string_view domain,
                                 std::string_view selector,
                                 const crypto::private_key& key,
                                 const sign_options& options) {
  const message::header_view header = message::parse_header(mail);
  const field_index fields(header);
  if (fields.find("from").empty())
    return unexpected(errc::malformed_mail);

  const crypto::hash_algorithm hash = key.type() == crypto::key_type::ed25519
                                          ? crypto::hash_algorithm::sha256
                                          : options.hash;
  body_hash_request wanted{.mode = options.body, .algorithm = hash};
  if (options.length)
    wanted.length = *options.length;
  body_hasher body;
  body.request(wanted);
  body.write(mail.substr(header.body));
  body.finish();
  const auto body_hash = body.hash(wanted);
  if (!body_hash)
    return unexpected(errc::body_too_short);

  std::string out =
      fmt::format("DKIM-Signature: v=1; a={}; c={}/{};\r\n\td={}; s={};",
                  name_of(key.type(), hash), name_of(options.header),
                  name_of(options.body), domain, selector);
  if (options.signed_at)
    out += fmt::format(" t={};", *options.signed_at);
  if (options.expires_at)
    out += fmt::format(" x={};", *options.expires_at);
  if (options.length)
    out += fmt::format(" l={};", *options.length);
  if (!options.identity.empty()) {
    out +=
        fmt::format("\r\n\ti={};", encode_quoted_printable(options.identity));
  }
  out += "\r\n\th=";
  append_names(signed_names(fields, options), out);
  out +=
      fmt::format(";\r\n\tbh={};\r\n\tb=", base64_encode(body_hash->octets()));

  // What is about to be signed is read as a verifier will read it; any octets
  // stand in for those of b=, which are not signed.
  const std::string draft = out + "AA==\r\n";
  const message::header_view draft_header = message::parse_header(draft);
  if (draft_header.fields.size() != 1)
    return unexpected(errc::syntax);
  const message::field_view& field = draft_header.fields.front();
  const signature_reading reading = parse_signature(field.value);
  if (reading.error)
    return unexpected(reading.error->code);

  const auto octets =
      key.sign(hash, hash_header(reading.claims, field, fields));
  if (!octets)
    return unexpected(errc::key_unusable);
  append_folded(base64_encode(*octets), out);
  out += "\r\n";
  return out;
}

std::string format_key_record(const crypto::private_key& key) {
  return fmt::format("v=DKIM1; k={}; p={}",
                     key.type() == crypto::key_type::rsa ? "rsa" : "ed25519",
                     base64_encode(key.public_octets()));
}

}  // namespace mekiki::dkim
