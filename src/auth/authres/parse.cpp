#include "auth/authres/parse.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/ascii.hpp"

namespace mekiki::authres {
namespace {

constexpr std::size_t max_octets = 64 << 10;
constexpr std::size_t max_results = 100;
constexpr std::size_t max_properties = 50;
constexpr std::size_t max_comments = 20;
constexpr std::size_t max_version_digits = 4;

//   Keyword  =  Ldh-str      ; RFC 5321 4.1.2
// Underscores occur.
bool is_keyword_octet(char c) {
  return ascii::is_alnum(c) || c == '-' || c == '_';
}

bool is_8bit(char c) { return static_cast<unsigned char>(c) >= 0x80; }

//   token  =  1*<any octet but SPACE, CTLs, tspecials>      ; RFC 2045 5.1
bool is_token_octet(char c) {
  constexpr std::string_view tspecials = "()<>@,;:\\\"/[]?=";
  return is_8bit(c) ||
         (ascii::is_graph(c) && tspecials.find(c) == std::string_view::npos);
}

//   local-part "@" domain-name, as far as it is of tokens
bool is_address_octet(char c) { return is_token_octet(c) || c == '@'; }

/// What stands in the wild between "=" and white space: "header.b=/d5r+A=".
bool is_wild_octet(char c) {
  constexpr std::string_view ends = "();\"\\";
  return is_8bit(c) ||
         (ascii::is_graph(c) && ends.find(c) == std::string_view::npos);
}

/// The result words of RFC 8601 2.7 and RFC 7489 11.2. Those of SPF came with
/// capitals in RFC 4408.
bool is_result_of(std::string_view method, std::string_view result) {
  using words = std::array<std::string_view, 8>;
  constexpr words dkim{"none",    "pass",      "fail",     "policy",
                       "neutral", "temperror", "permerror"};
  constexpr words spf{"none",   "pass",    "fail",      "softfail",
                      "policy", "neutral", "temperror", "permerror"};
  constexpr words dmarc{"none", "pass", "fail", "temperror", "permerror"};
  const auto has = [](const words& list, std::string_view word) {
    return !word.empty() &&
           std::find(list.begin(), list.end(), word) != list.end();
  };
  if (method == "dkim")
    return has(dkim, result);
  if (method == "spf")
    return has(spf, ascii::to_lower(result));
  if (method == "dmarc")
    return has(dmarc, ascii::to_lower(result));
  return true;
}

/// A cursor over the field; after an error it stands where that is.
class reader {
 public:
  reader(std::string_view text, parse_mode mode) : text_(text), mode_(mode) {}

  expected<parsed_field, parse_error> read() {
    if (text_.size() > max_octets) {
      return unexpected(parse_error{parse_errc::too_long, max_octets});
    }
    parsed_field out;
    if (!read_id(out) || !read_results(out))
      return unexpected(parse_error{wrong_, at_});
    return out;
  }

 private:
  bool relaxed() const { return mode_ == parse_mode::relaxed; }
  bool done() const { return at_ == text_.size(); }
  bool is_at(char c) const { return !done() && text_[at_] == c; }

  bool fail(parse_errc e) {
    wrong_ = e;
    return false;
  }

  bool take(char c) {
    if (!is_at(c))
      return false;
    ++at_;
    return true;
  }

  template <class Predicate>
  std::string_view take_while(Predicate is_one) {
    const std::size_t begin = at_;
    while (!done() && is_one(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  //   comment  =  "(" *([FWS] ccontent) [FWS] ")"      ; RFC 5322 3.2.2
  bool skip_comment() {
    const std::size_t begin = at_;
    std::size_t depth = 0;
    for (std::size_t i = at_; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '\\') {
        ++i;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        at_ = i + 1;
        if (comments_ != nullptr && comments_->size() < max_comments)
          comments_->emplace_back(text_.substr(begin + 1, i - begin - 1));
        return true;
      }
    }
    return fail(parse_errc::comment);
  }

  bool skip_cfws() {
    while (!done()) {
      if (ascii::is_fws(text_[at_])) {
        ++at_;
      } else if (!is_at('(')) {
        break;
      } else if (!skip_comment()) {
        return false;
      }
    }
    return true;
  }

  //   quoted-string  =  DQUOTE *([FWS] qcontent) [FWS] DQUOTE
  std::optional<std::string> read_quoted() {
    std::string out;
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      char c = text_[i];
      if (c == '"') {
        at_ = i + 1;
        return out;
      }
      if (c == '\\' && ++i == text_.size())
        break;
      c = text_[i];
      if (c == '\r' || c == '\n')
        continue;
      if (!ascii::is_graph(c) && !ascii::is_wsp(c) && !is_8bit(c))
        break;
      out += c;
    }
    fail(parse_errc::quoted_string);
    return std::nullopt;
  }

  //   value  =  token / quoted-string
  std::optional<std::string> read_value(parse_errc otherwise) {
    if (is_at('"'))
      return read_quoted();
    const auto token =
        relaxed() ? take_while(is_wild_octet) : take_while(is_token_octet);
    if (token.empty()) {
      fail(otherwise);
      return std::nullopt;
    }
    return std::string(token);
  }

  //   pvalue  =  [CFWS] ( ( value / [ [ local-part ] "@" ] domain-name )
  //              [CFWS] )
  std::optional<std::string> read_pvalue() {
    std::string out;
    if (is_at('"')) {
      auto quoted = read_quoted();
      if (!quoted)
        return std::nullopt;
      out = std::move(*quoted);
      if (!is_at('@'))
        return out;
    }
    const auto rest =
        relaxed() ? take_while(is_wild_octet) : take_while(is_address_octet);
    if (!relaxed() && (rest.empty() || rest.ends_with('@') ||
                       rest.find('@') != rest.rfind('@'))) {
      fail(parse_errc::property);
      return std::nullopt;
    }
    return out += rest;
  }

  //   authres-payload  =  [CFWS] authserv-id [CFWS authres-version]
  //                       ( no-result / 1*resinfo ) [CFWS] CRLF
  bool read_id(parsed_field& out) {
    if (!skip_cfws())
      return false;
    const std::size_t begin = at_;
    const bool quoted = is_at('"');
    auto id = relaxed() && (done() || is_at(';'))
                  ? std::string()
                  : read_value(parse_errc::authserv_id);
    if (!id || !skip_cfws())
      return false;
    // Some have no id and begin with a result.
    if (relaxed() && !quoted &&
        (id->find('=') != std::string::npos || is_at('='))) {
      at_ = begin;
      headless_ = true;
      return true;
    }
    out.authserv_id = std::move(*id);
    const auto version = take_while(ascii::is_digit);
    if (version.size() > max_version_digits)
      return fail(parse_errc::authserv_id);
    if (!version.empty())
      out.version = number(version);
    if (!skip_cfws())
      return false;
    if (is_at(';'))
      return true;
    // Some have words of their own behind the id, or nothing.
    return relaxed() ? skip_element() : fail(parse_errc::authserv_id);
  }

  static unsigned number(std::string_view digits) {
    unsigned out = 0;
    for (const char c : digits) out = out * 10 + static_cast<unsigned>(c - '0');
    return out;
  }

  bool read_results(parsed_field& out) {
    bool first = true;
    while (headless_ || take(';')) {
      headless_ = false;
      reported_result result;
      comments_ = &result.comments;
      const bool read = read_element(out, result, first);
      comments_ = nullptr;
      if (!read)
        return false;
      first = false;
    }
    if (!done())
      return fail(parse_errc::property);
    if (first && !relaxed())
      return fail(parse_errc::method);
    return true;
  }

  /// What stands between two semicolons.
  bool read_element(parsed_field& out, reported_result& result, bool first) {
    const std::size_t begin = at_;
    if (read_resinfo(result)) {
      if (out.results.size() == max_results)
        return fail(parse_errc::too_long);
      out.results.push_back(std::move(result));
      return true;
    }
    //   no-result  =  [CFWS] ";" [CFWS] "none"
    if (first && none_ && done())
      return true;
    if (!relaxed())
      return false;
    at_ = begin;
    return skip_element();
  }

  /// To the next semicolon that ends an element.
  bool skip_element() {
    while (!done() && !is_at(';')) {
      if (is_at('(')) {
        if (!skip_comment())
          return false;
      } else if (is_at('"')) {
        if (!read_quoted())
          return false;
      } else {
        ++at_;
      }
    }
    return true;
  }

  //   resinfo     =  [CFWS] ";" methodspec [ CFWS reasonspec ]
  //                  [ CFWS 1*propspec ]
  //   methodspec  =  [CFWS] method [CFWS] "=" [CFWS] result
  //   method      =  Keyword [ [CFWS] "/" [CFWS] method-version ]
  bool read_resinfo(reported_result& out) {
    none_ = false;
    if (!skip_cfws())
      return false;
    out.method = ascii::to_lower(take_while(is_keyword_octet));
    if (out.method.empty())
      return fail(parse_errc::method);
    if (!skip_cfws())
      return false;
    none_ = out.method == "none" && !is_at('/');
    if (take('/')) {
      if (!skip_cfws())
        return false;
      const auto version = take_while(ascii::is_digit);
      if (version.empty() || version.size() > max_version_digits)
        return fail(parse_errc::method);
      out.version = number(version);
      if (!skip_cfws())
        return false;
    }
    if (!take('='))
      return fail(parse_errc::method);
    if (!skip_cfws())
      return false;
    const auto result = take_while(is_keyword_octet);
    if (result.empty())
      return fail(parse_errc::method);
    if (!relaxed() && !is_result_of(out.method, result))
      return fail(parse_errc::result);
    out.result = ascii::to_lower(result);
    if (!is_delimited())
      return fail(parse_errc::method);
    return read_details(out);
  }

  /// Reason and properties. In the wild they come in any order.
  bool read_details(reported_result& out) {
    while (true) {
      if (!skip_cfws())
        return false;
      if (done() || is_at(';'))
        return true;
      const auto word = take_while(is_keyword_octet);
      if (word.empty())
        return fail(parse_errc::property);
      if (!skip_cfws())
        return false;
      const bool is_reason = ascii::iequals(word, "reason") && is_at('=') &&
                             out.reason.empty() &&
                             (relaxed() || out.properties.empty());
      if (is_reason ? !read_reason(out) : !read_property(word, out))
        return false;
      if (!is_delimited())
        return fail(parse_errc::property);
    }
  }

  //   reasonspec  =  "reason" [CFWS] "=" [CFWS] value
  bool read_reason(reported_result& out) {
    take('=');
    if (!skip_cfws())
      return false;
    auto value = read_value(parse_errc::reason);
    if (!value)
      return false;
    out.reason = std::move(*value);
    return true;
  }

  //   propspec  =  ptype [CFWS] "." [CFWS] property [CFWS] "=" pvalue
  bool read_property(std::string_view word, reported_result& out) {
    property p;
    if (take('.')) {
      if (!skip_cfws())
        return false;
      p.ptype = ascii::to_lower(word);
      p.name = ascii::to_lower(take_while(is_keyword_octet));
      if (p.name.empty())
        return fail(parse_errc::property);
      if (!skip_cfws())
        return false;
    } else if (relaxed()) {
      p.name = ascii::to_lower(word);
    }
    if (p.name.empty() || !take('='))
      return fail(parse_errc::property);
    if (!skip_cfws())
      return false;
    auto value = read_pvalue();
    if (!value)
      return false;
    p.value = std::move(*value);
    if (out.properties.size() == max_properties)
      return fail(parse_errc::too_long);
    out.properties.push_back(std::move(p));
    return true;
  }

  /// CFWS, ";" or the end.
  bool is_delimited() const {
    return done() || is_at(';') || is_at('(') || ascii::is_fws(text_[at_]);
  }

  std::string_view text_;
  parse_mode mode_;
  std::size_t at_ = 0;
  parse_errc wrong_ = parse_errc::method;
  std::vector<std::string>* comments_ = nullptr;  // where they are kept
  bool headless_ = false;  // the first element has no semicolon before it
  bool none_ = false;      // the element began with the word none
};

}  // namespace

const std::string* reported_result::find(std::string_view ptype,
                                         std::string_view name) const {
  for (const property& p : properties) {
    if (p.ptype == ptype && p.name == name)
      return &p.value;
  }
  return nullptr;
}

expected<parsed_field, parse_error> parse(std::string_view field_value,
                                          parse_mode mode) {
  return reader(field_value, mode).read();
}

}  // namespace mekiki::authres
