// Puts back the links of the sender that a mail gateway replaced by links to
// itself in order to check them when somebody follows them.
//
// Known are Proofpoint URL Defense (v2, v3), Microsoft Safe Links, Barracuda
// Link Protection and Trend Micro Time-of-Click Protection. A link counts only
// if it follows its scheme to the last octet: with a parameter more, twice or
// in another place the gateway might lead elsewhere than is read here.
//
// Not undone: links rewritten by two gateways; mails in which the sender quotes
// such links himself; HTML that was written anew, or in which words were made
// links; of quoted-printable, lines with such links that were not folded after
// 75 characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/content.hpp"

namespace mekiki::changes {

/// A link at the beginning of a text.
struct rewritten_link {
  std::string_view gateway;  // its name, for people
  std::size_t size = 0;      // octets of the text
  std::string url;           // where it led before; with http or https
  /// Behind it in plain text the gateway puts a space.
  bool has_space = false;
};

/// Nothing if there is none, or it is longer than 4,096 octets.
std::optional<rewritten_link> read_rewritten_link(std::string_view text);

/// Details that a rewritten link does not tell. One guess holds for all links
/// of a mail.
struct link_guess {
  enum class ampersand : std::uint8_t { as_is, escaped, plain };
  enum class scheme : std::uint8_t { as_is, none_before_www, none };

  ampersand in_html = ampersand::as_is;  // "&" or "&amp;"
  scheme in_text = scheme::as_is;        // the gateway put it in front
  bool takes_space = true;               // the space behind is the gateway's
  bool flips_slash = false;  // "http://a.example" was "http://a.example/"
};

struct restored_links {
  std::string body;
  std::vector<std::string_view> gateways;  // in order of their letters

  // What a guess would change.
  bool has_ampersand = false;
  bool has_scheme = false;
  bool has_space = false;
  bool has_slash = false;
};

/// A body with the links in its texts put back; the texts of a multipart too,
/// if it is at most four multiparts deep. Nothing if there is no such link, or
/// there are more than 512, or a transfer encoding is broken. Linear.
std::optional<restored_links> restore_links(std::string_view body,
                                            const mime::content& kind,
                                            const link_guess& how);

/// All guesses but the default one, which gave `first`, the likely ones in
/// front; without those that would give the same again. At most 35.
std::vector<link_guess> further_guesses(const restored_links& first);

}  // namespace mekiki::changes
