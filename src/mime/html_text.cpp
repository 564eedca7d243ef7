#include "mime/html_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/ascii.hpp"
#include "mime/html.hpp"

namespace mekiki::mime {
namespace {

// Nothing within them is text.
constexpr std::array<std::string_view, 4> silent = {"script", "style", "title",
                                                    "template"};
constexpr std::array<std::string_view, 27> blocks = {
    "address", "article", "blockquote", "body",    "br",     "center", "dd",
    "div",     "dl",      "dt",         "footer",  "form",   "h1",     "h2",
    "h3",      "h4",      "h5",         "h6",      "header", "hr",     "li",
    "ol",      "p",       "pre",        "section", "table",  "tr",
};

template <std::size_t N>
bool is_one_of(std::string_view word,
               const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The first attribute of that name, or "".
std::string_view attribute(const html_token& tag, std::string_view name) {
  for (const html_attribute& a : tag.attributes) {
    if (a.name == name)
      return a.value;
  }
  return {};
}

class text_writer {
 public:
  void add_text(std::string_view text) { append(decode_references(text).text); }

  void add_tag(const html_token& tag) {
    const bool closing = tag.what == html_token::kind::close;
    if (tag.name == "a") {
      end_link();
      if (!closing) {
        target_ =
            decode_references(ascii::trim(attribute(tag, "href")), true).text;
        link_begin_ = out_.size();
      }
    } else if (tag.name == "pre") {
      pre_ = !closing;
      begin_line();
    } else if (tag.name == "td" || tag.name == "th") {
      append(" ");
    } else if (tag.name == "img") {
      const std::string alt =
          decode_references(attribute(tag, "alt"), true).text;
      if (!ascii::trim(alt).empty())
        append("[" + alt + "]");
    } else if (is_one_of(tag.name, blocks)) {
      begin_line();
    }
  }

  std::string finish() {
    end_link();
    return std::move(out_);
  }

 private:
  /// White space is one space, but in <pre>.
  void append(std::string_view text) {
    for (const char c : text) {
      if (ascii::is_fws(c) && !pre_) {
        if (!out_.empty() && out_.back() != ' ' && out_.back() != '\n')
          out_ += ' ';
      } else {
        out_ += c;
      }
    }
  }

  void begin_line() {
    while (out_.ends_with(' ')) out_.pop_back();
    if (!out_.empty())
      out_ += '\n';
  }

  void end_link() {
    if (!target_.empty() && !target_.starts_with('#') &&
        ascii::trim(std::string_view(out_).substr(
            std::min(link_begin_, out_.size()))) != target_) {
      append(" <" + target_ + "> ");
    }
    target_.clear();
  }

  std::string out_;
  std::string target_;  // of the link that is open
  std::size_t link_begin_ = 0;
  bool pre_ = false;
};

}  // namespace

std::string html_to_text(std::string_view html) {
  html_tokenizer tokens(html);
  text_writer out;
  while (const auto token = tokens.next()) {
    switch (token->what) {
      case html_token::kind::text:
        out.add_text(token->text);
        break;
      case html_token::kind::open:
        if (is_one_of(token->name, silent))
          tokens.skip_content(token->name);
        else
          out.add_tag(*token);
        break;
      case html_token::kind::close:
        out.add_tag(*token);
        break;
      case html_token::kind::comment:
      case html_token::kind::declaration:
        break;
    }
  }
  return out.finish();
}

}  // namespace mekiki::mime
