// How mails of our own are told from imitations.
#pragma once

#include <functional>
#include <string>

#include "message/header.hpp"

namespace mekiki::verdict {

/// Applied to mails that come from a server.
struct own_sender {
  std::string address;  // addr-spec; empty: nothing is looked at
  /// No person writes from this address. If false, a mail is an imitation only
  /// if its author's name says Mekiki.
  bool is_ours_alone = false;
  /// Whether this header is ours. Pure, as other threads call it.
  std::function<bool(const message::header_view& header)> wrote;
};

}  // namespace mekiki::verdict
