// HTML as mails have it, taken apart (HTML 13.2.5). Lenient: it finds what a
// browser would; callers that must be certain check `clear`.
//
// Deviations: names of elements end where letters and digits do; a form feed
// is no white space; of named character references only those are known that
// mails use.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::mime {

/// As text, or a value in quotes, of HTML or XML: & < > " as references.
/// Linear.
std::string escape_markup(std::string_view text);

struct decoded_references {
  std::string text;
  /// False if a reference that ends with ';' is unknown, or a numeric one is
  /// invalid or has no ';': these are left as written.
  bool clear = true;
};

/// Character references as UTF-8. In an attribute a name that '=' follows is
/// none: "?a=1&copy=2". Linear.
decoded_references decode_references(std::string_view text,
                                     bool in_attribute = false);

struct html_attribute {
  std::string name;        // lower case
  std::string_view value;  // as written, without quotes
};

struct html_token {
  enum class kind { text, comment, declaration, open, close };
  kind what = kind::text;
  bool clear = true;             // all of it was there, and nothing else
  std::string_view text;         // of text and comments
  std::string name;              // of an element, lower case
  bool is_self_closing = false;  // <br/>
  std::vector<html_attribute> attributes;
};

/// Reads a text token by token; their views borrow it. Linear.
class html_tokenizer {
 public:
  explicit html_tokenizer(std::string_view html) : rest_(html) {}

  /// Nothing at the end.
  std::optional<html_token> next();

  /// Moves past the next end tag of `name`: the content of a script is not
  /// markup.
  void skip_content(std::string_view name);

 private:
  html_token read_until(html_token::kind what, std::size_t begin,
                        std::string_view end);
  html_token read_tag();
  html_attribute read_attribute(bool& clear);
  std::string_view take(std::size_t size);
  void skip_space();

  std::string_view rest_;
};

}  // namespace mekiki::mime
