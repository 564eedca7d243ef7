// How clients of different strictness read a header: the oracle of the editor's
// test and fuzz target, written independently of its code.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::notify::reading {

enum class line_ends { crlf, crlf_or_lf, any };

struct client_field {
  std::size_t begin = 0;
  std::string name;   // lower case, without octets that do not show
  std::string value;  // with its folds
};

inline bool shows(char c) { return c > ' ' && c < '\x7f'; }

inline std::vector<std::string_view> lines(std::string_view text,
                                           line_ends ends) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool cr_before = i > begin && text[i - 1] == '\r';
    const bool lf_next = i + 1 < text.size() && text[i + 1] == '\n';
    const bool at_end =
        (text[i] == '\n' && (ends != line_ends::crlf || cr_before)) ||
        (text[i] == '\r' && ends == line_ends::any && !lf_next);
    if (at_end) {
      out.push_back(text.substr(begin, i + 1 - begin));
      begin = i + 1;
    }
  }
  if (begin < text.size())
    out.push_back(text.substr(begin));
  return out;
}

/// The fields of a header whose end is the first CRLF CRLF: what any client
/// reads, and perhaps more.
inline std::vector<client_field> read_header(std::string_view mail,
                                             line_ends ends) {
  const std::size_t end = mail.find("\r\n\r\n");
  if (end != std::string_view::npos)
    mail = mail.substr(0, end + 2);
  std::vector<std::string> fields;
  std::vector<std::size_t> begins;
  std::size_t at = 0;
  bool anything = false;  // in the field so far
  for (const std::string_view line : lines(mail, ends)) {
    const bool folded = line[0] == ' ' || line[0] == '\t';
    if (fields.empty() || !folded || !anything) {
      fields.emplace_back();
      begins.push_back(at);
      anything = false;
    }
    fields.back() += line;
    for (const char c : line) anything = anything || shows(c);
    at += line.size();
  }
  std::vector<client_field> out;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t colon = fields[i].find(':');
    if (colon == std::string::npos)
      continue;
    client_field f{begins[i], {}, fields[i].substr(colon + 1)};
    for (std::size_t k = 0; k < colon; ++k) {
      char c = fields[i][k];
      if (c >= 'A' && c <= 'Z')
        c = static_cast<char>(c + 32);
      if (shows(c))
        f.name += c;
    }
    out.push_back(std::move(f));
  }
  return out;
}

/// Whether `id` stands in `text` as a word of its own.
inline bool has_word(std::string_view text, std::string_view id) {
  constexpr std::string_view apart = " \t\r\n()\";";
  for (std::size_t at = text.find(id); at != std::string_view::npos;
       at = text.find(id, at + 1)) {
    const std::size_t end = at + id.size();
    if ((at == 0 || apart.find(text[at - 1]) != std::string_view::npos) &&
        (end == text.size() || apart.find(text[end]) != std::string_view::npos))
      return true;
  }
  return false;
}

/// Whether a mail client keeps what it knows of a mail in a field of this name.
inline bool is_state_of_a_client(std::string_view name) {
  for (const std::string_view whole :
       {"status", "x-account-key", "x-identity-key", "x-keywords", "x-label",
        "x-status", "x-uid", "x-uidl", "x-unsent"}) {
    if (name == whole)
      return true;
  }
  for (const std::string_view begin :
       {"x-becky-", "x-claws-", "x-evolution", "x-imap", "x-kmail-",
        "x-mozilla-", "x-sylpheed-"}) {
    if (name.starts_with(begin))
      return true;
  }
  return false;
}

/// Whether some mail client answers a field of this name with a receipt.
inline bool asks_for_receipt(std::string_view name) {
  for (const std::string_view whole :
       {"disposition-notification-to", "return-receipt-to", "receipt-to",
        "return-receipt-requested", "generate-delivery-report",
        "x-confirm-reading-to", "confirm-reading-to", "read-receipt-to",
        "x-read-receipt-to", "x-pmrqc", "registered-mail-reply-requested-by",
        "notice-requested-upon-delivery-to"}) {
    if (name == whole)
      return true;
  }
  return false;
}

/// The name of a field in `output` that is ours or a client's, or asks for a
/// receipt, but does not stand within our own block; empty if there is none. Of
/// Authentication-Results only those with `id` before the first semicolon
/// count.
inline std::string forged_field(std::string_view output, std::string_view block,
                                std::string_view id) {
  const std::size_t block_begin = output.find(block);
  for (const line_ends ends :
       {line_ends::crlf, line_ends::crlf_or_lf, line_ends::any}) {
    for (const client_field& f : read_header(output, ends)) {
      const bool ours =
          f.name == "x-dkim-check" || f.name.starts_with("x-mekiki-") ||
          is_state_of_a_client(f.name) || asks_for_receipt(f.name) ||
          (f.name == "authentication-results" &&
           has_word(f.value.substr(0, f.value.find(';')), id));
      const bool in_block =
          f.begin >= block_begin && f.begin < block_begin + block.size();
      const bool orphan =
          f.name == "x-mekiki-orphan" && f.begin == block_begin + block.size();
      if (ours && !in_block && !orphan)
        return f.name;
    }
  }
  return {};
}

}  // namespace mekiki::notify::reading
