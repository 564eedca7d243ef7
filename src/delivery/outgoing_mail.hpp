// A mail as its recipient gets it: marked, perhaps rewritten, perhaps its
// header and a few lines alone. Pulled piece by piece, for one delivery.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/expected.hpp"
#include "delivery/arriving_mail.hpp"
#include "delivery/desk.hpp"
#include "message/header.hpp"
#include "notify/edit/edit.hpp"
#include "notify/edit/rewrite.hpp"

namespace mekiki::delivery {

class outgoing_mail {
 public:
  /// `body_lines`: the header and this many lines of the body; std::nullopt:
  /// the whole mail. All references outlive it.
  outgoing_mail(arriving_mail& mail, const delivery::settings& s,
                const recipient& r, std::optional<std::uint32_t> body_lines);

  /// One complete line for a client that waits while the mail arrives or is
  /// judged: a line of the mail's own header that no edit affects; when there
  /// are no more of them, an empty X-Mekiki-Wait field (fields of that name are
  /// removed from incoming mails). Our fields follow at the header's end.
  std::string early_line();
  bool has_begun() const { return editor_.has_value(); }

  /// Before the first `read`. All arguments outlive it.
  void set_judged(const judged_mail& j, random_source& random);

  /// The next octets, valid until the next call. Empty when it looked ahead
  /// instead, or when no more is there: see `ended`. Fails if the spool cannot
  /// be read.
  expected<std::string_view, std::error_code> read();
  /// The next `read` may take long: it is for desk::compute.
  bool is_costly() const { return changed_ && changed_->is_costly(); }
  /// All that arrived was read, and no more will: `finish` is next.
  bool ended() const;
  /// How many octets `read` will still give; nothing if that is not known yet.
  std::optional<std::size_t> left() const;

  /// Edits octets for which the spool had no room, after all others were read.
  /// The view is valid until the next call.
  std::string_view pass(std::string_view octets);
  /// The octets that were held back to the end. Valid until the next call.
  std::string_view finish();

 private:
  /// Lets the header pass, and a given number of lines of the body.
  class line_limit {
   public:
    explicit line_limit(std::optional<std::uint32_t> lines) : left_(lines) {}
    std::string_view cut(std::string_view octets);
    bool is_set() const { return left_.has_value(); }

   private:
    std::optional<std::uint32_t> left_;
    message::header_end_finder header_;
    bool in_body_ = false;
  };

  notify::mail_editor& begin(notify::placement where);

  arriving_mail& mail_;
  const delivery::settings& settings_;
  const recipient& recipient_;
  line_limit lines_;
  std::optional<notify::mail_editor> editor_;
  std::unique_ptr<notify::changed_mail> changed_;
  std::size_t taken_ = 0;  // octets of the spool that the editor took
  std::string early_;      // whole lines that may go out before the verdict
  std::string out_;
};

}  // namespace mekiki::delivery
