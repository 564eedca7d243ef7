// The hosts that the links of a text lead to.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::mime {

/// May stand in a scheme, whose first octet is a letter (RFC 3986 3.1).
bool is_scheme_octet(char32_t c);

/// A set of hosts: of URLs, of mail addresses, and whatever a client might
/// make a link of. A-labels where they have them, else lower case, at most 253
/// octets each.
class link_list {
 public:
  /// `is_top_level` (lower case) is asked where nothing but its looks makes a
  /// word a host: readme.html is none. Null: whatever looks like one is.
  using top_level_test = bool (*)(std::string_view label);
  explicit link_list(std::size_t most, top_level_test is_top_level = nullptr)
      : most_(most), is_top_level_(is_top_level) {}

  /// The hosts of a text as it is shown, in a charset that has ASCII below
  /// 0x80. After "//" (browsers take any slash) and "@" every word is a host,
  /// but not after "]//"; so is what begins with "www."; elsewhere what looks
  /// like one. The path of a URL of http or https holds none, but for the URLs
  /// in it. Linear.
  void add_all(std::string_view text);

  /// False if there were more than `most`.
  bool is_complete() const { return complete_; }
  /// In order of the octets.
  std::vector<std::string> take() const {
    return {links_.begin(), links_.end()};
  }

 private:
  void add(std::string_view written);

  std::size_t most_;
  top_level_test is_top_level_;
  std::set<std::string> links_;
  bool complete_ = true;
};

/// Where a text (UTF-8) leads without naming a host, in the text's order, at
/// most `most`: URIs of a scheme that programs open (RFC 3986 3.1), URLs with
/// an address literal or nothing for a host, and telephone numbers. Such a
/// number is 7 or more digits with only spaces, dots, brackets or hyphens
/// between them, full-width ones too; in one piece, without "+" or "0" before
/// them, 10 to 15. No date, time or pair of years is one, nor a UUID, nor what
/// is called ISSN, ISBN or 〒 and has its form, nor what a URL of http or https
/// holds behind its host. A number is its digits, a URI ends before "/".
/// Linear.
std::vector<std::string> links_without_host(std::string_view text,
                                            std::size_t most);

inline bool leads_without_host(std::string_view text) {
  return !links_without_host(text, 1).empty();
}

/// True for octets that a host may be written with, "%" and 8-bit ones among
/// them.
bool is_host_octet(char c);

}  // namespace mekiki::mime
