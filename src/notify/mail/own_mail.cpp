#include "notify/mail/own_mail.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "message/address.hpp"
#include "message/date.hpp"
#include "mime/encoded_word.hpp"
#include "mime/transfer.hpp"

namespace mekiki::notify {
namespace {

std::string text_part(std::string_view type, std::string_view text) {
  const std::string out = fmt::format(
      "Content-Type: text/{}; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n",
      type);
  return out + mime::encode_base64(mime::to_crlf(text));
}

std::string file_part(const own_mail::file& f) {
  const std::string out = fmt::format(
      "Content-Type: {}\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment; filename=\"{}\"\r\n\r\n",
      f.type, f.name);
  return out + mime::encode_base64(f.octets);
}

std::string multipart(std::string_view subtype,
                      const std::vector<std::string>& parts,
                      random_source& random) {
  const std::string boundary = "=_mekiki_" + random_hex(random, 16);
  std::string out =
      fmt::format("Content-Type: multipart/{};\r\n boundary=\"{}\"\r\n\r\n",
                  subtype, boundary);
  for (const std::string& part : parts) {
    out += fmt::format("--{}\r\n{}", boundary, part);
  }
  return out + fmt::format("--{}--\r\n", boundary);
}

/// The right half of a Message-ID's local part.
std::string seal(std::string_view key, std::string_view id, std::int64_t date,
                 std::string_view to) {
  constexpr std::size_t octets = 8;
  const crypto::digest code = crypto::hmac_sha256(
      key, fmt::format("own mail\n{}\n{}\n{}", id, date, ascii::to_lower(to)));
  return to_hex(code.octets().substr(0, octets));
}

/// The value of the one field that some client may read as `name`.
std::optional<std::string_view> only_field(const message::header_view& header,
                                           std::string_view name) {
  if (message::count_possible(header, name) != 1)
    return std::nullopt;
  const auto found = message::first_value(header, name);
  if (!found)
    return std::nullopt;
  return ascii::trim(*found);
}

}  // namespace

// RFC 5322 3.4.1, without quoted strings and domain literals.
bool is_plain_address(std::string_view address) {
  constexpr std::string_view specials = "()<>[]:;@\\,\"";
  const std::size_t at = address.find('@');
  const auto is_word = [&](std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
      return ascii::is_graph(c) && specials.find(c) == specials.npos;
    });
  };
  return address.size() <= 254 && at != address.npos &&
         is_word(address.substr(0, at)) && is_word(address.substr(at + 1));
}

std::string format(const own_mail& m, random_source& random) {
  std::string body = text_part("plain", m.text);
  if (!m.html.empty()) {
    body = multipart("alternative", {body, text_part("html", m.html)}, random);
  }
  if (!m.files.empty()) {
    std::vector<std::string> parts{body};
    for (const own_mail::file& f : m.files) parts.push_back(file_part(f));
    body = multipart("mixed", parts, random);
  }
  std::string id = random_hex(random, 16);
  if (!m.key.empty())
    id += '.' + seal(m.key, id, m.date, m.to);
  std::string out = fmt::format(
      "From: Mekiki <{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\n"
      "Message-ID: <{}{}>\r\nAuto-Submitted: auto-generated\r\n",
      m.from, m.to, mime::encode_text(m.subject),
      message::format_date(m.date, m.east_of_utc), id,
      m.from.substr(std::min(m.from.rfind('@'), m.from.size())));
  for (const std::string& label : m.labels)
    out += fmt::format("X-Mekiki-Label: {}\r\n", label);
  return out + "MIME-Version: 1.0\r\n" + body;
}

bool is_own_mail(const message::header_view& header, std::string_view key) {
  const auto id = only_field(header, "message-id");
  const auto date = only_field(header, "date");
  const auto to = only_field(header, "to");
  if (key.empty() || !id || !date || !to || !id->starts_with('<'))
    return false;
  const std::string_view local =
      id->substr(1, std::min(id->find('@'), id->size()) - 1);
  const std::size_t dot = local.find('.');
  const auto sent = message::parse_date(*date);
  const message::address_list names = message::parse_addresses(*to);
  return dot != local.npos && sent && names.mailboxes.size() == 1 &&
         local.substr(dot + 1) == seal(key, local.substr(0, dot), *sent,
                                       names.mailboxes.front().address());
}

}  // namespace mekiki::notify
