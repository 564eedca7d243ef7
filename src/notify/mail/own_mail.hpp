// Mails that Mekiki writes itself (RFC 5322, MIME): warnings, digests.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "message/header.hpp"

namespace mekiki::notify {

/// Texts are UTF-8, their lines end with LF. The caller makes sure that
/// addresses, types, names and labels are ASCII without control characters;
/// text from elsewhere may only go into texts and files.
struct own_mail {
  std::string from;       // addr-spec, shown as "Mekiki <...>"
  std::string to;         // addr-spec
  std::string subject;    // one line: a line end in it becomes a space
  std::int64_t date = 0;  // Unix seconds
  std::chrono::minutes east_of_utc{0};  // how `date` is shown
  std::string text;
  std::string html;  // the same once more; empty: none

  struct file {
    std::string type;  // "text/rfc822-headers"
    std::string name;
    std::string octets;
  };
  std::vector<file> files;  // attached; no client shows them unasked

  std::vector<std::string> labels;  // of X-Mekiki-Label, a field each
  std::string key;  // for `is_own_mail`; empty: it cannot be told from others
};

/// An addr-spec that needs no quotes, is ASCII and has at most 254 octets: fit
/// for `from` and `to`.
bool is_plain_address(std::string_view address);

/// The octets as they travel: lines end with CRLF, none has more than 998
/// octets, all is ASCII. Message-ID and boundaries are random. The mail says
/// that it is automatic (RFC 3834, Auto-Submitted), so that nothing replies.
std::string format(const own_mail& m, random_source& random);

/// Whether `format` wrote this header with that key: Message-ID, Date and To
/// are what they were, each exactly once. Such a mail may have come back from
/// the server; what else is in it may have been changed. From any thread.
bool is_own_mail(const message::header_view& header, std::string_view key);

}  // namespace mekiki::notify
