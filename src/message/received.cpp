#include "message/received.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "message/date.hpp"

namespace mekiki::message {
namespace {

constexpr std::size_t most_octets = 8 << 10;
constexpr std::size_t most_tokens = 200;

enum class kind : std::uint8_t { word, comment, semicolon };

struct token {
  kind what;
  std::string_view text;  // of a comment its content
  std::size_t end;        // behind it

  bool is_word(std::string_view name) const {
    return what == kind::word && ascii::iequals(text, name);
  }
};

// Where the comment that was opened before `at` has ended; behind all of
// `value` if it does not. Quotes count only where Exim, Dovecot and Sendmail
// write the envelope's sender, who may have a parenthesis between them.
std::size_t behind_comment(std::string_view value, std::size_t at) {
  const std::string_view content = value.substr(at);
  const bool quotes = ascii::istarts_with(content, "envelope-from <\"") ||
                      ascii::istarts_with(content, "envelope-from \"");
  bool quoted = false;
  std::size_t depth = 1;
  for (; at < value.size(); ++at) {
    const char c = value[at];
    if (c == '\\')
      ++at;
    else if (c == '"')
      quoted = quotes && !quoted;
    else if (c == '(' && !quoted)
      ++depth;
    else if (c == ')' && !quoted && --depth == 0)
      return at + 1;
  }
  return std::string_view::npos;
}

// The address of what is written as "192.0.2.1:1234".
std::string_view without_port(std::string_view text) {
  const std::size_t colon = text.find(':');
  const bool is_port =
      colon != std::string_view::npos && colon + 1 < text.size() &&
      text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
  return is_port && text.find('.') < colon ? text.substr(0, colon) : text;
}

// Where the path ends whose quoted local part (RFC 5321 4.1.2) begins at `at`,
// with "<"; `at` if it does not. Hosts write it as the client said it.
std::size_t behind_quoted_path(std::string_view value, std::size_t at) {
  std::size_t i = at + 2;
  while (i < value.size() && value[i] != '"') i += value[i] == '\\' ? 2 : 1;
  const std::size_t end = value.find_first_of("> \t\r\n", i);
  const bool is_path = end != std::string_view::npos && value[end] == '>';
  return is_path ? end + 1 : at;
}

// Words, comments and semicolons. Nothing where one does not end.
std::optional<std::vector<token>> tokens_of(std::string_view value) {
  constexpr std::size_t usual = 48;
  std::vector<token> out;
  out.reserve(usual);
  std::size_t at = 0;
  while (at < value.size()) {
    const std::size_t begin = at;
    const char c = value[at++];
    if (ascii::is_fws(c))
      continue;
    if (c == ')' || out.size() == most_tokens)
      return std::nullopt;
    if (c == ';') {
      out.push_back({kind::semicolon, value.substr(begin, 1), at});
      continue;
    }
    if (c == '(') {
      at = behind_comment(value, at);
      if (at > value.size())
        return std::nullopt;
      const std::string_view content = value.substr(begin + 1, at - begin - 2);
      out.push_back({kind::comment, ascii::trim(content), at});
      continue;
    }
    // Elsewhere a quote has no meaning: by a quote in HELO a client could hide
    // what follows.
    if (value.substr(begin).starts_with("<\"") && !out.empty() &&
        (out.back().is_word("for") || out.back().is_word("from"))) {
      at = std::max(at, behind_quoted_path(value, begin));
    }
    constexpr std::string_view ends = " \t\r\n();";
    at = std::min(value.find_first_of(ends, at), value.size());
    out.push_back({kind::word, value.substr(begin, at - begin), at});
  }
  return out;
}

bool is_keyword(const token& t) {
  constexpr std::array<std::string_view, 6> all = {"from", "by", "via",
                                                   "with", "id", "for"};
  return std::any_of(all.begin(), all.end(),
                     [&](std::string_view name) { return t.is_word(name); });
}

// A name, or nothing where the host had none to write.
std::string_view host(std::string_view name) {
  if (ascii::iequals(name, "unknown") || ascii::iequals(name, "<unknown>"))
    return {};
  if (name.ends_with('.'))
    name.remove_suffix(1);
  return name;
}

// address-literal = "[" ( IPv4 / "IPv6:" IPv6 / IPv6 [ "%" zone ] ) "]",
// here without its brackets.
std::optional<ip_address> address_of(std::string_view text) {
  constexpr std::string_view tag = "IPv6:";
  if (ascii::istarts_with(text, tag))
    text.remove_prefix(tag.size());
  const auto address = parse_ip_address(text.substr(0, text.find('%')));
  if (!address)
    return std::nullopt;
  return address->unmapped();
}

// What stands in a comment about the client's connection.
struct tcp_info {
  std::string_view name;
  std::string_view text;  // of the address
  std::optional<ip_address> address;
  std::string_view helo;   // Exim's
  bool bracketed = false;  // as the RFC has it
};

// What may follow the address: a comment ("(may be forged)" of Sendmail);
// ":port", "port=", "helo=", "ident=" of Exim, "verified" of CommuniGate. False
// for anything else.
bool read_tail(std::string_view tail, tcp_info& info) {
  if (tail.starts_with(':')) {
    const std::size_t end = tail.find_first_not_of("0123456789", 1);
    tail =
        end == std::string_view::npos ? std::string_view{} : tail.substr(end);
    if (!tail.empty() && !ascii::is_fws(tail.front()))
      return false;
  }
  if (ascii::trim(tail).starts_with('('))
    return true;
  bool seen_helo = false;
  while (!(tail = ascii::trim(tail)).empty()) {
    const std::size_t end =
        std::min(tail.find_first_of(" \t\r\n"), tail.size());
    const std::string_view word = tail.substr(0, end);
    tail.remove_prefix(end);
    if (ascii::istarts_with(word, "helo=")) {
      if (seen_helo)
        return false;
      seen_helo = true;
      info.helo = word.substr(5);
    } else if (word != "verified" && !ascii::istarts_with(word, "ident=") &&
               !ascii::istarts_with(word, "port=")) {
      return false;
    }
  }
  return true;
}

// TCP-info = address-literal / ( Domain FWS address-literal )
// with "ident@" before the Domain (Sendmail), or an address without brackets
// and nothing else (Exchange, qmail).
std::optional<tcp_info> parse_tcp_info(std::string_view content) {
  tcp_info info;
  const std::size_t open = content.find('[');
  if (open == std::string_view::npos) {
    const std::size_t at_sign = content.rfind('@');
    info.text = without_port(
        content.substr(at_sign == std::string_view::npos ? 0 : at_sign + 1));
    info.address = address_of(info.text);
    if (!info.address)
      return std::nullopt;
    return info;
  }
  const std::size_t close = content.find(']', open);
  if (close == std::string_view::npos)
    return std::nullopt;
  info.bracketed = true;
  info.name = host(ascii::trim(content.substr(0, open)));
  if (info.name.find_first_of(" \t\r\n()]\"<>\\=") != std::string_view::npos)
    return std::nullopt;
  info.name = host(info.name.substr(info.name.rfind('@') + 1));
  info.text = without_port(content.substr(open + 1, close - open - 1));
  info.address = address_of(info.text);
  if (!read_tail(content.substr(close + 1), info))
    return std::nullopt;
  return info;
}

// Whether `text` is these words, with any white space between them: lines are
// folded there.
bool is_words(std::string_view text,
              std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    const std::size_t end =
        std::min(text.find_first_of(" \t\r\n"), text.size());
    if (!ascii::iequals(text.substr(0, end), word))
      return false;
    text = ascii::trim(text.substr(end));
  }
  return text.empty();
}

bool begins_with_any(std::string_view text,
                     std::span<const std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view p) {
    return ascii::istarts_with(text, p);
  });
}

// Takes `prefix` away if `text` begins with it.
bool skip(std::string_view& text, std::string_view prefix) {
  const bool is_there = ascii::istarts_with(text, prefix);
  text.remove_prefix(is_there ? prefix.size() : 0);
  return is_there;
}

// What the word behind "with" says.
struct protocol_word {
  transport with = transport::smtp;
  bool is_extended = false;  // the client said EHLO
  bool is_secured = false;
  bool is_authenticated = false;
};

// protocol = [ "UTF8" ] [ "E" ] [ "S" ] ( "SMTP" / "LMTP" ) [ "S" ] [ "A" ]
//          / ( "SMTP" / "ESMTP" ) "SVC" / "QMTP"
// of RFC 3848 and RFC 6531 4.3. Clients choose which of them a host writes:
// Exim and qmail put "utf8" before any of theirs, and Exim an "s" where TLS
// began with the connection (ssmtp, essmtp, essmtpa).
std::optional<protocol_word> parse_protocol(std::string_view text) {
  text = text.substr(0, text.find_first_of(" \t\r\n"));
  protocol_word out;
  if (ascii::iequals(text, "QMTP"))
    return out;
  skip(text, "UTF8");
  out.is_extended = skip(text, "E");
  // Not the first letter of SMTP itself.
  out.is_secured = ascii::istarts_with(text, "SSMTP") && skip(text, "S");
  if (skip(text, "LMTP"))
    out.with = transport::lmtp;
  else if (!skip(text, "SMTP"))
    return std::nullopt;
  if (ascii::iequals(text, "SVC"))
    return out;
  out.is_secured |= skip(text, "S");
  out.is_authenticated = skip(text, "A") && out.with == transport::smtp;
  if (!text.empty())
    return std::nullopt;
  return out;
}

// Servers that say who they are in a comment behind "by".
enum class mark : std::uint8_t {
  exim,
  fetchmail,
  qmail_network,
  mdaemon,
  imail,
  mxlogic,
  communigate,
};

class parser {
 public:
  parser(std::string_view value, std::vector<token> all)
      : value_(value), all_(std::move(all)) {}

  std::optional<received_view> run() {
    std::size_t end = all_.size();
    while (end > 0 && all_[end - 1].what != kind::semicolon) --end;
    if (end > 0) {
      read_date(end);
      --end;
    } else {
      end = all_.size();
    }
    if (!read_clauses(std::span(all_).first(end)))
      return std::nullopt;
    if (out_.has_from)
      read_client();
    out_.within_host =
        !out_.has_from && out_.by.empty() &&
        (is_marked(mark::qmail_network) ||
         is_words(out_.protocol, {"MailEnable", "Postoffice", "Connector"}));
    read_transport();
    for (const std::string_view c : comments_) read_comment(c);
    return out_;
  }

 private:
  // Stamp = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
  // Courier puts "id" behind the date.
  void read_date(std::size_t begin) {
    std::size_t to = value_.size();
    for (std::size_t i = begin; i < all_.size(); ++i) {
      if (all_[i].is_word("id"))
        to = all_[i].end - 2;
      if (all_[i].what == kind::comment)
        read_envelope(all_[i].text);  // Sendmail
    }
    const std::size_t from = all_[begin - 1].end;
    out_.time = parse_date(value_.substr(from, to - from));
  }

  // False where a clause is doubled, or a word stands before "by" that belongs
  // to none: then the client may have written more than one word.
  bool read_clauses(std::span<const token> all) {
    bool seen_by = false;
    bool seen_with = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const token& t = all[i];
      if (t.what == kind::comment) {
        // The first one may be made of what the client said; the one behind
        // HELO, too: qmail puts there what identd answers (RFC 1413).
        if (out_.has_from && !seen_by) {
          const bool is_behind_greeting =
              from_comments_.size() == 1 && is_greeting(from_comments_[0]);
          if (!from_comments_.empty() && !is_behind_greeting)
            comments_.push_back(t.text);
          from_comments_.push_back(t.text);
        } else {
          read_free_comment(t.text);
        }
        continue;
      }
      if (t.what == kind::semicolon)
        continue;
      const bool value_follows =
          i + 1 < all.size() && all[i + 1].what == kind::word;
      if (t.is_word("from")) {
        if (seen_with && value_follows && is_xmail()) {
          out_.envelope_from = all[++i].text;
          continue;
        }
        if (out_.has_from || seen_by)
          return false;
        out_.has_from = true;
        if (value_follows) {
          client_ = all[++i].text;
          from_words_ = 1;
        }
      } else if (t.is_word("by")) {
        // Exchange: "with MailboxResubmission by AntispamTT"
        if (seen_with && value_follows && all[i + 1].is_word("AntispamTT")) {
          ++i;
          continue;
        }
        if (seen_by)
          return false;
        seen_by = true;
        if (value_follows)
          out_.by = host(all[++i].text);
      } else if (t.is_word("with")) {
        if (seen_with && value_follows && all[i + 1].is_word("starttls")) {
          out_.tls = true;  // Mimecast
          ++i;
          continue;
        }
        if (seen_with)
          return false;
        seen_with = true;
        i = read_protocol(all, i);
      } else if (t.is_word("id") || t.is_word("for") || t.is_word("via")) {
        if (!value_follows)
          continue;
        const std::string_view text = all[++i].text;
        if (t.is_word("id") && out_.id.empty())
          out_.id = text;
        if (t.is_word("for") && out_.for_path.empty())
          out_.for_path = without_angles(text);
      } else if (!seen_by) {
        // from pop.example.com [192.0.2.1] by ...
        if (from_words_ != 1 || !from_comments_.empty() || seen_with)
          return false;
        from_words_ = 2;
        if (t.text == "[" && i + 2 < all.size() &&
            all[i + 1].what == kind::comment && all[i + 2].text == "]") {
          second_ = all[i + 1].text;  // [(192.0.2.1)]
          i += 2;
        } else if (t.text.starts_with('[') && t.text.ends_with(']')) {
          second_ = t.text.substr(1, t.text.size() - 2);
        }
      }
    }
    const bool may_greet = is_marked(mark::mxlogic) &&
                           from_comments_.size() == 1 &&
                           is_greeting(from_comments_[0]);
    if (from_words_ == 2 && !from_comments_.empty() && !may_greet)
      return false;
    // Quotes and the like come from a client that was not kept to the grammar.
    return client_.find_first_of("\"<>\\") == std::string_view::npos;
  }

  std::size_t read_protocol(std::span<const token> all, std::size_t i) {
    const std::size_t first = i + 1;
    while (i + 1 < all.size() && all[i + 1].what == kind::word &&
           !is_keyword(all[i + 1])) {
      ++i;
    }
    if (i >= first) {
      const std::size_t begin = all[first].end - all[first].text.size();
      out_.protocol = value_.substr(begin, all[i].end - begin);
    }
    return i;
  }

  static std::string_view without_angles(std::string_view path) {
    if (path.size() >= 2 && path.starts_with('<') && path.ends_with('>'))
      return path.substr(1, path.size() - 2);
    return path;
  }

  void read_envelope(std::string_view comment) {
    constexpr std::string_view name = "envelope-from";
    if (!ascii::istarts_with(comment, name) || !out_.envelope_from.empty())
      return;
    comment.remove_prefix(name.size());
    if (!comment.empty() && ascii::is_fws(comment.front()))
      out_.envelope_from = ascii::trim(comment);
  }

  void read_free_comment(std::string_view text) {
    comments_.push_back(text);
    read_envelope(text);
    const std::pair<std::string_view, mark> all[] = {
        {"Exim ", mark::exim},      {"fetchmail", mark::fetchmail},
        {"MDaemon", mark::mdaemon}, {"SMTPD", mark::imail},
        {"mxl_mta", mark::mxlogic}, {"CommuniGate Pro ", mark::communigate},
    };
    for (const auto& [prefix, server] : all) {
      if (ascii::istarts_with(text, prefix))
        marks_.push_back(server);
    }
    if (text.starts_with("qmail ") && text.ends_with(" invoked from network"))
      marks_.push_back(mark::qmail_network);
  }

  bool is_marked(mark server) const {
    return std::ranges::find(marks_, server) != marks_.end();
  }

  bool is_xmail() const { return out_.protocol.starts_with("[XMail "); }

  static bool is_greeting(std::string_view comment) {
    constexpr std::array<std::string_view, 3> words = {"HELO", "EHLO", "LHLO"};
    return begins_with_any(comment, words) && comment.size() > 4 &&
           ascii::is_fws(comment[4]);
  }

  void set_address(std::string_view text) {
    out_.address = address_of(text);
    if (out_.address)
      out_.address_text = text;
  }

  // Which of the words and comments before "by" is what. Only the comment in
  // the place where the receiving host writes the address is believed, and
  // only while no other one looks like it.
  void read_client() {
    const std::span<const std::string_view> comments(from_comments_);
    constexpr std::array<std::string_view, 3> exim_tails = {
        "helo=", "port=", "ident="};
    if (from_words_ == 2)
      return read_second_word();
    if (is_address_first()) {
      set_address(client_.substr(1, client_.size() - 2));
      out_.helo = ascii::trim(comments[0].substr(5));
      return;
    }
    if (client_.starts_with('[') && is_marked(mark::exim) &&
        (comments.empty() || begins_with_any(comments[0], exim_tails))) {
      read_exim_literal(comments);
      return;
    }
    if (comments.empty()) {
      out_.helo = client_;
      return;
    }
    std::size_t place = 0;
    if (is_greeting(comments[0])) {
      out_.helo = ascii::trim(comments[0].substr(5));
      out_.reverse_name = host(client_);
      place = 1;
    }
    std::optional<tcp_info> info;
    for (std::size_t i = place; i < comments.size(); ++i) {
      const auto found = parse_tcp_info(comments[i]);
      if (!found)
        continue;
      if (i != place || (place == 1 && !found->name.empty()))
        return forget_client();
      info = found;
    }
    if (place == 0)
      read_names(info);
    if (info && info->address) {
      out_.address = info->address;
      out_.address_text = info->text;
    }
  }

  // from NAME [192.0.2.1], where the first word is what the client called
  // itself, but at MXLogic.
  void read_second_word() {
    if (is_marked(mark::mxlogic)) {
      out_.reverse_name = host(client_);
      if (!from_comments_.empty())
        out_.helo = ascii::trim(from_comments_[0].substr(5));
    } else if (is_marked(mark::mdaemon) || is_marked(mark::imail)) {
      out_.helo = client_;
    } else if (!is_marked(mark::fetchmail)) {
      return;
    }
    set_address(second_);
  }

  // from [192.0.2.1] (HELO NAME) of CommuniGate
  bool is_address_first() const {
    return is_marked(mark::communigate) && client_.starts_with('[') &&
           client_.ends_with(']') && from_comments_.size() == 1 &&
           is_greeting(from_comments_[0]);
  }

  void forget_client() {
    out_.helo = {};
    out_.reverse_name = {};
  }

  void read_names(const std::optional<tcp_info>& info) {
    if (is_marked(mark::exim) && info && info->bracketed &&
        info->name.empty()) {
      // from NAME ([192.0.2.1] helo=HELO), or no helo= where it is NAME
      out_.reverse_name = host(client_);
      out_.helo = info->helo;
      const auto word = parse_protocol(out_.protocol);
      if (info->helo.empty() && word && word->is_extended)
        out_.helo = client_;
      return;
    }
    if (info && !info->helo.empty())
      return;
    out_.helo = client_;
    if (info)
      out_.reverse_name = info->name;
  }

  // from [192.0.2.1] (port=4321 helo=HELO), where there is no name
  void read_exim_literal(std::span<const std::string_view> comments) {
    const std::size_t close = client_.find(']');
    if (close == std::string_view::npos || comments.size() > 1)
      return;
    tcp_info info;
    const bool known = read_tail(client_.substr(close + 1), info) &&
                       (comments.empty() || read_tail(comments[0], info));
    if (!known)
      return;
    out_.helo = info.helo;
    set_address(client_.substr(1, close - 1));
  }

  // What hosts write behind "with", and what the registry does not have.
  void read_transport() {
    std::string_view name = out_.protocol;
    if (name.empty())
      return;
    if (is_words(name, {"Microsoft", "SMTP", "Server"}) ||
        is_words(name, {"Microsoft", "SMTPSVC"})) {
      out_.with = transport::smtp;
      return;
    }
    if (is_words(name, {"MailEnable", "ESMTP"}) ||
        is_words(name, {"MailEnable", "SMTP"}) || is_xmail() ||
        ascii::iequals(name, "comcast")) {
      out_.with = transport::smtp;
      return;
    }
    if (is_encrypted(name)) {  // qmail's, MessageLabs'
      out_.with = transport::smtp;
      out_.tls = true;
      return;
    }
    name = name.substr(0, name.find_first_of(" \t\r\n"));
    // IronPort's ESMTP/TLS/AES256-SHA, CommuniGate's ESMTP-TLS
    const std::size_t how = name.find_first_of("/-");
    if (how != std::string_view::npos &&
        ascii::istarts_with(name.substr(how + 1), "TLS")) {
      out_.tls = true;
      name = name.substr(0, how);
    }
    if (ascii::iequals(name, "asmtp")) {  // old Exim's ESMTPA
      out_.with = transport::smtp;
      out_.authenticated = true;
      return;
    }
    const auto word = parse_protocol(name);
    out_.with = word ? word->with : transport::other;
    out_.tls = out_.tls || (word && word->is_secured);
    out_.authenticated = word && word->is_authenticated;
  }

  // AES256-SHA encrypted SMTP
  static bool is_encrypted(std::string_view name) {
    const std::size_t cipher = name.find_first_of(" \t\r\n");
    return cipher != std::string_view::npos &&
           is_words(ascii::trim(name.substr(cipher)), {"encrypted", "SMTP"});
  }

  void read_comment(std::string_view text) {
    constexpr std::array<std::string_view, 5> tls = {
        "using TLS", "using SSL", "TLS", "version=TLS", "version=SSL"};
    constexpr std::array<std::string_view, 3> authenticated = {
        "Authenticated sender", "authenticated", "AUTH:"};
    out_.tls = out_.tls || begins_with_any(text, tls);
    out_.authenticated =
        out_.authenticated || begins_with_any(text, authenticated);
  }

  std::string_view value_;
  std::vector<token> all_;
  received_view out_;
  std::string_view client_;  // the word behind "from"
  std::string_view second_;  // what stands in brackets behind that
  std::size_t from_words_ = 0;
  std::vector<std::string_view> from_comments_;
  std::vector<std::string_view> comments_;  // all that the client cannot write
  std::vector<mark> marks_;
};

}  // namespace

std::optional<received_view> parse_received(std::string_view value) {
  if (value.size() > most_octets)
    return std::nullopt;
  auto all = tokens_of(value);
  if (!all)
    return std::nullopt;
  return parser(value, std::move(*all)).run();
}

}  // namespace mekiki::message
