// Method B in the user's own listing: the waiting warnings become a mail.
#pragma once

#include <vector>

#include <boost/asio/awaitable.hpp>

#include "delivery/desk.hpp"
#include "store/warning.hpp"

namespace mekiki::delivery {

/// The warning mails that stand in this recipient's listing, the newest last.
/// Waiting warnings are first made into a mail and stored; if the store does
/// not take it in time, they are left for the next session. Empty if the user
/// gets no warning mails, or gets them by SMTP.
boost::asio::awaitable<std::vector<store::listed_warning>> listed_warnings(
    desk& at, const recipient& r, store::user_answer user);

}  // namespace mekiki::delivery
