#include "auth/dkim/sign.hpp"

#include <algorithm>
#include <optional>
#include <utility>

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
    std::size_t times = fields.find(name).size();
    // Mail servers add these two where a mail has none (RFC 6409 8).
    const bool may_be_added =
        times == 0 && (name == "date" || name == "message-id");
    if (is_oversigned(name) && !may_be_added)
      ++times;
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

struct mail_signer::state {
  explicit state(sign_options o) : options(std::move(o)) {
    for (const crypto::hash_algorithm hash :
         {crypto::hash_algorithm::sha256, options.hash})
      body.request(wanted(hash));
  }

  body_hash_request wanted(crypto::hash_algorithm hash) const {
    body_hash_request out{.mode = options.body, .algorithm = hash};
    if (options.length)
      out.length = *options.length;
    return out;
  }

  void end_header() {
    header = message::parse_header(octets);
    fields.emplace(header);
    in_body = true;
  }

  sign_options options;
  std::string octets;  // of the header, as far as it fits
  message::header_end_finder end;
  bool in_body = false;
  message::header_view header;  // of `octets`
  std::optional<field_index> fields;
  body_hasher body;
};

mail_signer::mail_signer(sign_options options)
    : state_(std::make_unique<state>(std::move(options))) {}
mail_signer::~mail_signer() = default;
mail_signer::mail_signer(mail_signer&&) noexcept = default;
mail_signer& mail_signer::operator=(mail_signer&&) noexcept = default;

const message::header_view& mail_signer::header() const {
  return state_->header;
}

void mail_signer::leave_out(std::string_view name) {
  for (auto* list : {&state_->options.fields, &state_->options.oversigned}) {
    std::erase_if(*list, [name](const std::string& field) {
      return ascii::iequals(field, name);
    });
  }
}

void mail_signer::write(std::string_view octets) {
  state& s = *state_;
  if (!s.in_body) {
    const auto end = s.end.find(octets);
    const std::string_view mine = octets.substr(0, end.value_or(octets.size()));
    // One octet more than fits, so that the parser sees that it goes on.
    const std::size_t room =
        message::header_limits().octets + 1 - s.octets.size();
    s.octets += mine.substr(0, room);
    octets.remove_prefix(mine.size());
    if (!end)
      return;
    s.end_header();
  }
  if (!octets.empty())
    s.body.write(octets);
}

void mail_signer::finish() {
  if (!state_->in_body)
    state_->end_header();
  state_->body.finish();
}

expected<std::string, errc> mail_signer::sign(
    std::string_view domain, std::string_view selector,
    const crypto::private_key& key) const {
  const sign_options& options = state_->options;
  const field_index& fields = *state_->fields;
  if (state_->header.truncated || fields.find("from").empty())
    return unexpected(errc::malformed_mail);
  const crypto::hash_algorithm hash = key.type() == crypto::key_type::ed25519
                                          ? crypto::hash_algorithm::sha256
                                          : options.hash;
  const auto body_hash = state_->body.hash(state_->wanted(hash));
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

expected<std::string, errc> sign(std::string_view mail, std::string_view domain,
                                 std::string_view selector,
                                 const crypto::private_key& key,
                                 const sign_options& options) {
  mail_signer signer(options);
  signer.write(mail);
  signer.finish();
  return signer.sign(domain, selector, key);
}

std::string format_key_record(const crypto::private_key& key) {
  return fmt::format("v=DKIM1; k={}; p={}",
                     key.type() == crypto::key_type::rsa ? "rsa" : "ed25519",
                     base64_encode(key.public_octets()));
}

}  // namespace mekiki::dkim
