// Undoes what lists, gateways and virus scanners did to a signed mail, by a
// short list of guesses, each proved by the signature. The result says what
// others added; the caller decides what that is worth. The result of the
// signature itself does not change.
//
// Undone: text or parts added at the end; the mail put into a multipart/mixed;
// a prefix of the subject; white space at line ends (under simple); ">From ";
// another transfer encoding of a mail or wrapped mail of one part; links that a
// gateway rewrote (rewritten_links.hpp).
// Not undone: text added before the original or within it (but before
// </body>), to several parts at once, or by gateways that write all parts anew;
// subjects that were encoded anew; changed attachments. What a partial l=
// leaves out counts as added.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/dkim/verify.hpp"
#include "dns/resolver.hpp"
#include "message/header.hpp"

namespace mekiki::changes {

struct undo_options {
  dkim::verify_options verify;
  /// The domain of From, A-labels: signatures of it, or of domains above or
  /// below it, are tried first.
  std::string author_domain;
  std::string reader;  // whose address is no link where a list names him, or ""

  std::size_t max_octets = 1 << 20;  // larger mails are not tried
  std::size_t max_signatures = 3;    // at most this many are tried

  // For one mail, all signatures together.
  std::size_t hashed_octets = std::size_t{12} << 20;
  std::size_t cuts = 12'288;       // places where the original may end
  std::size_t verifications = 48;  // of guesses at the header, for each key
};

/// The hash of its body or header does not fit, whatever other reason the
/// result already has.
bool may_be_undone(const dkim::signature_result& r);

/// The DNS answers for the signatures that are tried, with their index in the
/// results; in the order in which they are tried.
using undo_keys = std::vector<std::pair<std::size_t, dns::answer_ptr>>;

/// A signature that verifies over the mail as it was.
struct undone {
  std::size_t signature = 0;  // index in the results
  /// In this order, each at most once: "subject-prefix"; "wrapped"
  /// (into a multipart); "links" (that a gateway rewrote);
  /// "transfer-encoding"; "white-space"; "from-quoting"; "footer" (text at the
  /// end), "part" (parts at the end).
  std::vector<std::string> steps;

  /// Nobody who reads the mail can miss, or misread, the original: what was
  /// added is plain text or tame HTML behind it, at most 8 KB with at most 64
  /// links, or a prefix of the subject; no shown field (From, Subject, Date)
  /// stands there unsigned, and the fields that say how the original is to be
  /// shown are signed, or leave no choice.
  bool addition_only = false;

  /// The original is all there and nothing of weight was added: other white
  /// space, ">From " or transfer encoding, and at most one prefix of the
  /// subject: in brackets, of at most 24 letters, spaces, hyphens and 4 digits,
  /// or "Re:" and the like (reply_prefix.hpp).
  /// Includes `addition_only`.
  bool lossless = false;

  std::string digest;              // see addition_report
  std::vector<std::string> links;  // hosts; see addition_report
  bool other_links = false;        // see addition_report
  /// The first 4 KB, decoded, and the names of gateways; for people.
  std::string added;
  std::size_t added_octets = 0;  // decoded
};

/// The answers that `undo` takes. `results` are those of verifier::finish.
boost::asio::awaitable<undo_keys> ask_undo_keys(
    const std::vector<dkim::signature_result>& results, dns::resolver& resolver,
    const undo_options& options);

/// Tries the signatures of `mail` (all octets; `header` is its header) whose
/// result is `body_hash` or `signature`. Nothing if no guess verifies. At most
/// about 50 ms of CPU, whatever the mail. Asks nobody.
std::optional<undone> undo(std::string_view mail,
                           const message::header_view& header,
                           const std::vector<dkim::signature_result>& results,
                           const undo_keys& answers, dkim::key_cache& keys,
                           const undo_options& options);

}  // namespace mekiki::changes
