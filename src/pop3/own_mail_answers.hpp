// Commands about mails of ours: they never reach the server.
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "pop3/own_mails.hpp"
#include "pop3/session.hpp"
#include "store/store.hpp"

namespace mekiki::pop3 {

/// The whole answer to a command about one of `mails`.
boost::asio::awaitable<std::string> answer_about(own_mails& mails,
                                                 const action& a,
                                                 const std::string& account,
                                                 store::store& history);

}  // namespace mekiki::pop3
