// Method B in the user's own listing: what waits to be told becomes a mail.
#pragma once

#include <vector>

#include <boost/asio/awaitable.hpp>

#include "delivery/desk.hpp"
#include "store/warning.hpp"

namespace mekiki::delivery {

/// The warning mails that stand in this reader's listing, the newest last.
/// What waits is made a mail and kept first; where the store does not take it
/// in time it is left for another session. None where the user is not told by
/// mail, or where warnings are sent to him.
boost::asio::awaitable<std::vector<store::listed_warning>> listed_warnings(
    desk& at, const reader& r, store::user_answer user);

}  // namespace mekiki::delivery
