// All that is known about a mail when its verdict is made. The decision reads
// this and nothing else.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/arc/verify.hpp"
#include "auth/authres/parse.hpp"
#include "auth/dkim/verify.hpp"
#include "auth/dmarc/evaluate.hpp"
#include "auth/historic/adsp.hpp"
#include "auth/historic/sender_id.hpp"
#include "auth/result.hpp"
#include "auth/spf/check_host.hpp"
#include "message/header.hpp"
#include "verdict/border.hpp"
#include "verdict/border_views.hpp"
#include "verdict/history.hpp"
#include "verdict/own_sender.hpp"

namespace mekiki::verdict {

/// The fields that a client shows or that decide how the mail is shown.
inline constexpr std::array<std::string_view, 5> shown_fields = {
    "from", "subject", "date", "reply-to", "content-type"};

/// Whom a field (To, Cc) names.
struct recipients {
  std::size_t fields = 0;
  std::vector<std::string> domains;  // A-labels, of the first 20 that have them
  std::vector<std::string> addresses;  // of the same ones, as written
};

struct shown_author {
  std::string address;
  std::string domain;        // A-labels, lower case, or ""
  std::string display_name;  // as written
};

/// What the header says, owning it.
struct header_facts {
  std::string author;            // the From address a client would show, or ""
  std::string author_domain;     // A-labels, lower case, or ""
  std::string display_name;      // as written
  std::string subject;           // as written, at most 998 octets
  std::size_t author_count = 0;  // mailboxes in all From fields
  std::size_t from_fields = 0;
  /// Of every author that some client might show, A-labels, the first one's
  /// first, then those of mailboxes: at most ten, and eight more from encoded
  /// words or raw Japanese. Where no From field has an author, those of Sender.
  std::vector<std::string> author_domains;
  /// The mailboxes of From beside the author, in order: of the first hundred
  /// those that have a display name, the first five and the last four. Where
  /// From has no author, those of Sender.
  std::vector<shown_author> other_authors;
  /// What else stands in these fields, decoded: comments, names without an
  /// address, names of groups, text behind an address. Of those that are seen,
  /// each once, the first fifty and the last fifty.
  std::vector<std::string> author_texts;
  bool author_is_clear = false;  // all clients show authors of one domain
  /// How often a client may see each of `shown_fields`.
  std::array<std::size_t, shown_fields.size()> shown{};

  std::vector<std::string> reply_domains;    // of Reply-To; "": some other
  std::vector<std::string> reply_addresses;  // of the same ones, as written
  std::string list_id;                       // A-labels, lower case, or ""
  recipients to;
  recipients cc;
  /// The address of Mekiki that stands there as author, although Mekiki did not
  /// write the mail (own_sender); else empty.
  std::string imitates;
  /// The header exceeds its limits: only the part that fits was looked at.
  bool is_cut = false;
};

/// An address as it is compared with another, however it was written: without
/// quotes, decoded, folded, without what nobody sees, the domain in A-labels.
std::string comparable_address(std::string_view address);

header_facts read_header_facts(const message::header_view& header);

/// The address of `own` where it is one of the authors (`facts` are of the same
/// header) and our own program did not write the mail; else "".
std::string find_imitation(const message::header_view& header,
                           const header_facts& facts, const own_sender& own);

/// Where the inputs of the SPF check came from.
enum class spf_source : std::uint8_t {
  left_out,  // nothing certain is known: see the border's status
  border,    // the provider's trace
  given,     // by hand, on the command line
  session,   // the SMTP session itself, as the receiving host sees it
  reported,  // an Authentication-Results field of a named id: not evidence of
             // its own (docs/design.md, "What the sender wrote is no evidence")
};
std::string_view to_string(spf_source s);

struct spf_facts {
  spf_source source = spf_source::left_out;
  spf::request asked;         // where has_client
  bool by_helo = false;       // null reverse-path, or only HELO is known
  bool path_known = true;     // false: HELO alone is known, nothing for DMARC
  spf::check_result outcome;  // `reported`: status and domain only
  std::string reporter;       // `reported`: the authserv-id
};
/// Whether the client's address is known, so that SPF was asked for it.
bool has_client(const spf_facts& f);

struct iprev_facts {
  auth::result status = auth::result::none;  // RFC 8601 3
  ip_address client;
  std::string name;  // that was confirmed, or ""
};

/// A change of the mail; a broken signature verifies once it is undone.
struct change {
  std::size_t signature = 0;       // index in facts::dkim
  std::vector<std::string> steps;  // codes: "footer", "subject-prefix", ...
  /// Nothing but text after the original's end, or before the subject.
  bool addition_only = false;
  /// Nothing of the original is lost, and nothing of weight was added.
  bool lossless = false;
  addition added;
  std::size_t added_lines = 0;  // that are not blank
  bool other_links = false;     // a URI without a host, or a telephone number
  addition_answer learned;
};

/// Something about From or Reply-To that deceives the eye.
struct finding {
  enum class kind : std::uint8_t {
    display_address,  // the display name holds an address of another domain
    display_name,     // the display name of a correspondent at another domain
    confusable,       // looks like a known domain by the Unicode tables
    one_edit,         // a known domain with one letter more, less or other
    other_suffix,     // a known name below another suffix
    contained,        // a known name inside a longer one
    mixed_script,     // letters of scripts that no language mixes
    bidi,             // characters that are invisible or turn the direction
    own_address,      // the mailbox's own address
    reply_elsewhere,  // answers go to another domain: told, never evidence
  };
  /// Whose domain `like` is; the strongest that applies.
  enum class standing : std::uint8_t { nobodys, known, watched, own };

  finding::kind what = kind::confusable;
  std::string seen;  // what the mail shows
  std::string like;  // what it is taken for; A-labels of domains
  standing of = standing::nobodys;
  /// Since when the account knows `like` steadily; 0: it does not.
  std::int64_t steady_since = 0;
  /// Of display_address: the domain of `like` asks for quarantine or reject
  /// where DMARC fails.
  bool enforces = false;
  /// Of display_address: an address is shown, not only the host of one.
  bool is_address = false;
  /// The domain of the author that it is about, A-labels; "" if there is none.
  std::string about = {};
  /// Of mixed_script and bidi: honest names and copied addresses have the like.
  bool may_be_chance = false;
};
std::string_view to_string(finding::standing s);
std::string_view to_string(finding::kind k);

/// A result that a named id of the provider wrote above the border.
struct reported {
  std::string authserv_id;
  authres::reported_result result;
};

/// Where the border may be, in a trace that does not show it for certain.
struct border_candidates {
  std::string mx_set;  // the MX hosts, sorted, one a line
  std::vector<std::string> provider_domains;
  std::vector<border_place> places;
  std::string mail_from;  // of a Return-Path above all Received fields
};

/// What the mail says about its border, if DKIM proves its author.
struct learned_border {
  std::string mx_set;
  border_vote vote;
};

/// What is looked up while the body arrives.
struct lookups {
  history_answer history;
  std::optional<border>
      found_border;  // nothing: never looked for (given by hand)
  std::optional<border_candidates> search;
  std::vector<std::string> provider_domains;  // as in `provider`
  spf_facts spf;
  std::optional<historic::sender_id_result> senderid;  // where asked for
  /// Beside it, under the records for MAIL FROM (RFC 4406, scope mfrom), where
  /// that is known.
  std::optional<spf::check_result> senderid_mfrom;
  std::optional<iprev_facts> iprev;  // where asked for
};

struct facts {
  // As in `lookups`.
  history_answer history;
  std::optional<border> found_border;
  spf_facts spf;
  std::optional<historic::sender_id_result> senderid;
  std::optional<spf::check_result> senderid_mfrom;
  std::optional<iprev_facts> iprev;

  header_facts header;
  message::header_limits header_limits;
  std::vector<dkim::signature_result> dkim;
  std::optional<change> changed;
  std::optional<historic::adsp_result> adsp;  // where asked for
  /// Of each author, in the order of header_facts::author_domains.
  std::vector<dmarc::outcome> policies;
  dmarc::outcome dmarc;  // the strictest of them, which is told
  arc::chain_result arc;
  std::vector<reported> provider;  // other results are in `spf`
  std::vector<finding> findings;
  std::optional<learned_border> learned;
  bool key_remembered = false;  // a signature passed by a key of `history`
  /// Names of keys that the DNS gave no answer for, and that the author's zone
  /// delegates elsewhere by a CNAME.
  std::vector<std::string> keys_kept_elsewhere;

  std::string upstream;  // host the mail was fetched from, or ""
  std::int64_t now = 0;  // Unix seconds
  std::optional<std::int64_t> received;  // of the topmost Received field
};

/// Whether border and border time are certain enough to accuse a mail.
bool can_accuse(const std::optional<border>& b);
/// Whether nobody but the provider can have written the border's field, either.
bool can_prove(const std::optional<border>& b);
/// Why a mail could not be accused by the way it came: the border's status, or
/// "provider-unknown", "name-only", "no-time". "certain": it could; "": no
/// border was looked for.
std::string_view way_of(const std::optional<border>& b);

}  // namespace mekiki::verdict
