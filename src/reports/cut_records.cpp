#include "reports/cut_records.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ascii.hpp"

namespace mekiki::reports {
namespace {

// What `open` has to see of a tag to know it: a prefix, and the longest name.
constexpr std::size_t most_name = 80;
constexpr std::size_t most_depth = 64;
constexpr std::size_t most_blanks = 64;  // in a row, outside of records

constexpr bool is_name_octet(char c) {
  return ascii::is_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':' ||
         !ascii::is_ascii(c);
}
constexpr bool begins_name(char c) {
  return ascii::is_alpha(c) || c == '_' || !ascii::is_ascii(c);
}

/// The name at the start, with its prefix.
std::string_view name_at(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && is_name_octet(text[size])) ++size;
  return text.substr(0, size);
}

std::string_view local(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// The length of the tag at the start of `text`, which begins with "<"; 0 if
/// there is none. Never looks beyond the next "<".
///   STag   ::= '<' Name (S Attribute)* S? '>'
///   ETag   ::= '</' Name S? '>'
std::size_t tag_length(std::string_view text) {
  std::size_t at = 1;
  const bool closes = at < text.size() && text[at] == '/';
  if (closes)
    ++at;
  if (at == text.size() || !begins_name(text[at]))
    return 0;
  at += name_at(text.substr(at)).size();
  const auto skip_space = [&] {
    while (at < text.size() && ascii::is_fws(text[at])) ++at;
  };
  for (;;) {
    skip_space();
    if (at == text.size())
      return 0;
    if (text[at] == '>')
      return at + 1;
    if (text[at] == '/' && !closes)
      return text.substr(at).starts_with("/>") ? at + 2 : 0;
    if (closes || !begins_name(text[at]))
      return 0;
    at += name_at(text.substr(at)).size();
    skip_space();
    if (at == text.size() || text[at] != '=')
      return 0;
    ++at;
    skip_space();
    if (at == text.size() || (text[at] != '"' && text[at] != '\''))
      return 0;
    const char quote = text[at++];
    while (at < text.size() && text[at] != quote && text[at] != '<') ++at;
    if (at == text.size() || text[at] != quote)
      return 0;
    ++at;
  }
}

/// Whether `text`, which begins with "&", begins with a reference that XML
/// defines (XML 1.0 4.1, 4.6).
bool is_reference(std::string_view text) {
  text = text.substr(1, 12);
  for (const std::string_view name : {"amp;", "lt;", "gt;", "quot;", "apos;"}) {
    if (text.starts_with(name))
      return true;
  }
  if (!text.starts_with('#'))
    return false;
  text.remove_prefix(1);
  const bool hex = text.starts_with('x');
  if (hex)
    text.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < text.size() && (hex ? ascii::hex_value(text[digits]) >= 0
                                      : ascii::is_digit(text[digits])))
    ++digits;
  return digits > 0 && text.substr(digits).starts_with(';');
}

}  // namespace

record_cutter::record_cutter(std::size_t most_record, std::size_t most_head,
                             fault_list& faults,
                             std::function<void(std::string&)> take)
    : most_record_(most_record),
      most_head_(most_head),
      faults_(faults),
      take_(std::move(take)) {}

void record_cutter::write(std::string_view text) {
  left_ += text;
  go_on(false);
}

void record_cutter::finish() {
  go_on(true);
  if (!in_record_)
    return;
  // What is there of it has no end, so some of its results may be missing.
  in_record_ = false;
  record_.clear();
}

void record_cutter::go_on(bool last) {
  while (state_ == state::going_on && at_ < left_.size()) {
    bool more = false;
    switch (place_) {
      case place::text: {
        const std::size_t open_at = left_.find('<', at_);
        const std::size_t end = std::min(open_at, left_.size());
        keep(std::string_view(left_).substr(at_, end - at_));
        at_ = end;
        more = at_ < left_.size() && open(last);
        break;
      }
      case place::comment:
        more = skip_to("-->", false);
        break;
      case place::instruction:
        more = skip_to("?>", false);
        break;
      case place::cdata:
        more = skip_to("]]>", true);
        break;
      case place::declaration:
        more = skip_declaration();
        break;
      case place::tag_end:
        more = skip_to(">", false);
        break;
    }
    if (!more)
      break;
  }
  left_.erase(0, at_);
  at_ = 0;
}

// At a "<". False if more octets are needed.
bool record_cutter::open(bool last) {
  const std::string_view text = std::string_view(left_).substr(at_);
  if (text.size() < most_name && !last &&
      text.find('>') == std::string_view::npos)
    return false;
  const auto begin = [&](std::string_view mark, place inside) {
    if (!text.starts_with(mark))
      return false;
    at_ += mark.size();
    place_ = inside;
    return true;
  };
  if (begin("<!--", place::comment) || begin("<?", place::instruction))
    return true;
  if (text.starts_with("<![CDATA[")) {
    keep("<![CDATA[");
    return begin("<![CDATA[", place::cdata);
  }
  if (begin("<!", place::declaration)) {
    faults_.add(fault::doctype);
    quote_ = '\0';
    brackets_ = 0;
    return true;
  }
  const bool closes = text.starts_with("</");
  const std::string_view name = name_at(text.substr(closes ? 2 : 1, most_name));
  if (!root_seen_ && !name.empty()) {
    root_seen_ = true;
    if (!ascii::iequals(local(name), "feedback")) {
      state_ = state::no_report;
      return false;
    }
  }
  if (ascii::iequals(local(name), "record")) {
    if (closes) {
      at_ += 2 + name.size();
      place_ = place::tag_end;
      if (in_record_) {
        keep("</");
        keep(name);
        keep(">");
        end_record();
      }
      return true;
    }
    if (in_record_)  // which does not end
      end_record();
    in_record_ = true;
  } else if (closes && ascii::iequals(local(name), "feedback")) {
    if (in_record_)
      end_record();
    keep("</");
    keep(name);
    keep(">");
    state_ = state::whole;
    return false;
  }
  keep(text.substr(0, 1));
  ++at_;
  return true;
}

bool record_cutter::skip_to(std::string_view end, bool keep_it) {
  const std::size_t found = left_.find(end, at_);
  if (found == std::string::npos) {
    // The end may be cut, too.
    const std::size_t held = std::min(left_.size() - at_, end.size() - 1);
    const std::size_t upto = left_.size() - held;
    if (keep_it)
      keep(std::string_view(left_).substr(at_, upto - at_));
    at_ = upto;
    return false;
  }
  if (keep_it)
    keep(std::string_view(left_).substr(at_, found + end.size() - at_));
  at_ = found + end.size();
  place_ = place::text;
  return true;
}

bool record_cutter::skip_declaration() {
  for (; at_ < left_.size(); ++at_) {
    const char c = left_[at_];
    if (quote_ != '\0') {
      if (c == quote_)
        quote_ = '\0';
    } else if (c == '"' || c == '\'') {
      quote_ = c;
    } else if (c == '[') {
      ++brackets_;
    } else if (c == ']') {
      brackets_ = brackets_ > 0 ? brackets_ - 1 : 0;
    } else if (c == '>' && brackets_ == 0) {
      ++at_;
      place_ = place::text;
      return true;
    }
  }
  return false;
}

void record_cutter::keep(std::string_view text) {
  if (in_record_) {
    if (too_large_ || record_.size() + text.size() > most_record_) {
      too_large_ = true;
      record_.clear();
      return;
    }
    record_ += text;
    return;
  }
  for (const char c : text) {
    // What stands between records is white space: most of it is dropped.
    blanks_ = ascii::is_fws(c) ? blanks_ + 1 : 0;
    if (blanks_ > most_blanks)
      continue;
    if (head_.size() == most_head_) {
      state_ = state::head_too_large;
      return;
    }
    head_ += c;
  }
}

void record_cutter::end_record() {
  in_record_ = false;
  if (std::exchange(too_large_, false)) {
    faults_.add(fault::record_too_large);
    return;
  }
  take_(record_);
  record_.clear();
}

std::string mend(std::string_view xml) {
  std::string out;
  out.reserve(xml.size() + xml.size() / 8);
  std::vector<std::string_view> open;
  std::size_t ignored = 0;  // elements that are too deep
  std::size_t at = 0;
  while (at < xml.size()) {
    const std::size_t next = std::min(xml.find_first_of("<&", at), xml.size());
    if (ignored == 0)
      out += xml.substr(at, next - at);
    at = next;
    if (at == xml.size())
      break;
    const std::string_view rest = xml.substr(at);
    if (rest.front() == '&') {
      out += is_reference(rest) ? "&" : "&amp;";
      ++at;
      continue;
    }
    if (rest.starts_with("<![CDATA[")) {
      const std::size_t end = rest.find("]]>");
      if (end == std::string_view::npos) {
        out += "&lt;";
        ++at;
        // No other one ends either, so that this stays linear.
        const std::string_view text = xml.substr(at);
        for (const char c : text) {
          if (c == '<')
            out += "&lt;";
          else if (c == '&')
            out += "&amp;";
          else
            out += c;
        }
        break;
      }
      out += rest.substr(0, end + 3);
      at += end + 3;
      continue;
    }
    const std::size_t length = tag_length(rest);
    if (length == 0) {
      out += "&lt;";
      ++at;
      continue;
    }
    at += length;
    const bool closes = rest[1] == '/';
    const std::string_view name = name_at(rest.substr(closes ? 2 : 1));
    if (!closes) {
      const bool empty = rest[length - 2] == '/';
      if (open.size() == most_depth) {
        if (!empty)
          ++ignored;
        continue;
      }
      out += '<';
      out += name;
      out += empty ? "/>" : ">";
      if (!empty)
        open.push_back(name);
      continue;
    }
    if (ignored > 0) {
      --ignored;
      continue;
    }
    const auto began = std::find(open.rbegin(), open.rend(), name);
    if (began == open.rend())
      continue;
    for (bool done = false; !done;) {
      done = open.back() == name;
      out += "</";
      out += open.back();
      out += '>';
      open.pop_back();
    }
  }
  while (!open.empty()) {
    out += "</";
    out += open.back();
    out += '>';
    open.pop_back();
  }
  return out;
}

}  // namespace mekiki::reports
