// What mail programs put before the subject of an answer or of a mail that they
// send on: "Re:", "Fwd:", "AW:", "返信:", as it stands or as one encoded word
// (RFC 2047). Nothing else of the text counts, so that it can say nothing more.
#pragma once

#include <cstddef>
#include <string_view>

namespace mekiki::changes {

/// The octets of such a prefix at the beginning of `text`; 0: there is none.
std::size_t reply_prefix_size(std::string_view text);

/// `text` is one, and nothing more.
bool is_reply_prefix(std::string_view text);

}  // namespace mekiki::changes
