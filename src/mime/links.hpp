// The hosts that the links of a text lead to.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::mime {

/// A set of hosts: of URLs, of mail addresses, and whatever a client might
/// make a link of. A-labels where they have them, else lower case, at most 253
/// octets each.
class link_list {
 public:
  explicit link_list(std::size_t most) : most_(most) {}

  /// The hosts of a text as it is shown, in a charset that has ASCII below
  /// 0x80. After "//" (browsers take any slash) and "@" every word is a host,
  /// but not after "]//"; elsewhere what looks like one. Linear.
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
  std::set<std::string> links_;
  bool complete_ = true;
};

/// Whether a text (UTF-8) leads elsewhere without naming a host: by a URI of
/// any scheme, or by a telephone number: 7 or more digits with only spaces,
/// dots, brackets or hyphens between them, full-width ones too. No date is a
/// number, nor is what a URL holds. Linear.
bool leads_without_host(std::string_view text);

/// True for octets that a host may be written with, "%" and 8-bit ones among
/// them.
bool is_host_octet(char c);

}  // namespace mekiki::mime
