// Who writes our own mails.
#pragma once

#include <functional>
#include <string>

#include "message/header.hpp"

namespace mekiki::verdict {

/// How mails of ours that come from a server are told from imitations.
struct own_sender {
  std::string address;  // addr-spec; empty: nothing is looked at
  /// Nobody else writes in its name. Otherwise a mail counts only if its
  /// author's name says Mekiki.
  bool is_ours_alone = false;
  /// Whether this header is ours. Pure, as other threads call it.
  std::function<bool(const message::header_view& header)> wrote;
};

}  // namespace mekiki::verdict
