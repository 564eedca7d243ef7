// A verdict turned into edits of the mail, applied while the mail streams by.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authres/format.hpp"
#include "notify/edit/labels.hpp"
#include "notify/edit/scrubber.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::notify {

struct settings {
  std::string authserv_id;    // RFC 8601 2.5, ours
  bool keep_original = true;  // attach it to a mail that is rewritten
};

/// X-DKIM-Check, Authentication-Results, X-Mekiki-Verdict, X-Mekiki-Reason and
/// X-Mekiki-Label, each with its CRLF: what is added to the mail's header. The
/// label stands there once more for `l.previous`, if there is one, and not at
/// all if `l` has no value.
std::string annotate(const verdict::judgement& v, const settings& s,
                     const labels& l);

/// Where our fields go: on top of the header, or at its end when parts of the
/// header had to go out before the verdict was known.
enum class placement { top, bottom };

/// Edits one mail's header as it streams by, in memory that does not depend
/// on the mail: removes, in any shape that a client might read as that field,
/// every X-DKIM-Check, every X-Mekiki-*, every Authentication-Results that
/// names or could be read as naming our id, and the fields in which mail
/// clients keep their own state (X-Mozilla-*, Status, ...: scrubber.cpp);
/// removes or renames fields that ask for a receipt; breaks the words that
/// clients' rules match wherever else they stand in the header
/// (label_guard.hpp); adds our fields. Everything else passes octet for octet.
/// notify/edit/scrubber.hpp says how far removal goes in mails whose lines end
/// in another way than CRLF.
///
/// Where a client would join the next line to our last field (a first line
/// that is folded), an empty X-Mekiki-Orphan field of ours stands between.
class mail_editor {
 public:
  mail_editor(const settings& s, const labels& l, placement where);
  ~mail_editor();
  mail_editor(mail_editor&&) noexcept;
  mail_editor& operator=(mail_editor&&) noexcept;

  /// The fields to add, as `annotate` made them, and what becomes of fields
  /// that ask for a receipt. With `top` before the first write; with `bottom`
  /// before the header's end can be passed.
  void set_fields(std::string fields, receipts r = receipts::renamed);

  /// Takes octets of the original and appends to `out` what may go to the
  /// client. The answer is how many were taken: all of them, except that with
  /// `bottom`, `write` stops at the header's end until set_fields has been
  /// called.
  ///
  /// With `bottom`, until set_fields: whole fields go out that every client
  /// reads alike and that no edit concerns (is_kept in rewrite.hpp, without
  /// Subject and Authentication-Results). Others are held back, to follow after
  /// ours in their order. The first line that any client might take for the
  /// header's end, or that is odd in another way, counts as that end; so does
  /// the field with which more than 64 KB would be held. Our fields go out with
  /// the next call after set_fields, before all that was held.
  std::size_t write(std::string_view octets, std::string& out);

  /// With `bottom`: takes back what was taken and is held, whole fields and
  /// perhaps the beginning of one, so that the caller can change them and what
  /// follows. After set_fields, and before the next write.
  std::string take_held();

  /// The mail has ended (perhaps within its header). With `bottom` only after
  /// set_fields.
  void finish(std::string& out);

  /// From here on every octet passes unchanged: `write` may be left out.
  bool passes_all() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace mekiki::notify
