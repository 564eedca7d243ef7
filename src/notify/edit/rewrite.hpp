// Method A and the subject mark: the mail that goes out in place of another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include "base/expected.hpp"
#include "base/random.hpp"
#include "message/header.hpp"
#include "message/spool.hpp"
#include "mime/mail_text.hpp"
#include "mime/transfer.hpp"
#include "notify/policy/choice.hpp"
#include "notify/words/texts.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::notify {

/// What is done to one mail beside adding our fields.
struct changes {
  bool rewrite = false;         // A: a notice takes the place of the body
  bool mark_subject = false;    // our mark is put in front of the Subject
  bool clean_subjects = false;  // imitations of our mark are removed from it
  bool any() const { return rewrite || mark_subject || clean_subjects; }
};

/// The name of the field that `line` begins (field-name *WSP ":"), if all
/// clients read it alike; else "".
std::string_view field_name(std::string_view line);

/// True for the fields that a rewritten mail has of the original: a fixed list.
bool is_kept(std::string_view name);

/// The header that a rewritten mail keeps of `header`. Every CR, LF or CRLF
/// ends a line, and each becomes CRLF, so that all clients see the same
/// fields. Fields of is_kept stay as they are; all others are left out, and so
/// are lines that are no field for all clients.
std::string kept_header(std::string_view header);

/// The notice in front of the quoted original: the reason first. UTF-8, lines
/// end with LF. `attached_as` is empty if the original is left out. The secret
/// word is not in it: a reply that quotes it would go to the forger.
std::string notice(const verdict::judgement& v, const choice& c, const texts& t,
                   const mime::mail_text& original,
                   std::string_view attached_as);

/// Reads a changed mail piece by piece. Its memory does not grow with the mail,
/// except for the header (message::header_limits).
///
/// A rewritten one is multipart/mixed: text/plain in UTF-8 with the notice and
/// at most 64 KB of the original's text as `quote` has it, and, if kept, all
/// octets of the original as application/octet-stream; then the user's secret
/// word, as a file of that type too, which no client shows, or quotes in a
/// reply. All are base64, so that no line of them can be a delimiter
/// or be taken for anything else. Where the header is above the limits, the
/// fields that fit are kept, nothing is quoted, and the original is attached in
/// any case.
class changed_mail {
 public:
  struct options {
    changes what;
    const notify::choice& choice;
    const notify::texts& texts;
    bool keep_original = true;
    message::header_limits limits;
  };

  /// All arguments outlive it. `taken` octets of the original's header have
  /// been taken by a mail_editor, which holds `held` of them.
  changed_mail(message::spool& original, const verdict::judgement& v,
               const options& o, random_source& random, std::size_t taken = 0,
               std::string held = {});

  /// The next octets; valid until the next call. Empty when it looked ahead
  /// for at most 1 MB instead, or when the mail has ended.
  expected<std::string_view, std::error_code> read();
  bool ended() const { return next_ == step::end; }
  /// The next `read` may take longer than others should have to wait.
  bool is_costly() const;

 private:
  enum class step { header, look, notice, original, rest, end };

  std::error_code read_header();
  std::string rewritten_header(std::string_view original) const;
  std::string with_subjects(std::string header) const;
  std::error_code look();
  void write_notice();
  void end();
  std::error_code write_original();

  message::spool& original_;
  const verdict::judgement& verdict_;
  options options_;
  std::string boundary_;
  std::string held_;
  std::size_t at_;  // in the original

  step next_ = step::header;
  std::string out_;
  mime::mail_text_reader reader_;
  mime::base64_encoder encoder_;
};

}  // namespace mekiki::notify
