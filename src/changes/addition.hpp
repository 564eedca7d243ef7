// Describes texts that were added to a mail on its way, read as clients would.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::changes {

/// A text that was added, without transfer encoding.
struct added_text {
  std::string octets;
  bool html = false;
  std::string charset;  // lower case, or ""
};

struct addition_report {
  /// Nothing in it can hide or restyle what stands before it: plain text
  /// without control octets, or HTML of a few elements, attributes and styles,
  /// balanced; at most 8 KB, 64 links.
  bool harmless = true;
  /// SHA-256 in hexadecimal of the texts without what differs from mail to
  /// mail: case, white space, digits (but not telephone numbers), and of URLs
  /// what follows the host. Empty if nothing was added.
  std::string digest;
  /// Hosts, A-labels where they have them, each once, in order of the octets:
  /// of URLs, of mail addresses, and whatever a client might make a link of.
  std::vector<std::string> links;
  /// A URI without a host, or what may be a telephone number.
  bool other_links = false;
  std::string shown;  // the first 4 KB, for people
};

/// The address of `reader`, "" for nobody's, is no link where nothing around it
/// makes another mailbox or host of it, also within a query ("%40") or the
/// local part of another address (VERP): lists write whom they send to. Linear.
addition_report report(const std::vector<added_text>& texts,
                       std::string_view reader);

}  // namespace mekiki::changes
