// The lookups that a mail needs beyond its own header: the history of its
// author, the border, and SPF at the border.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "dns/resolver.hpp"
#include "message/header.hpp"
#include "verdict/facts.hpp"
#include "verdict/request.hpp"

namespace mekiki::verdict {

/// One mail; all of it outlives the lookups.
struct lookup_request {
  const message::header_view& header;
  const header_facts& facts;
  const std::vector<dns::question>& keys;  // of its signatures
  const source& from;
  const std::optional<smtp_facts>& given;  // instead of the border
  const settings& limits;
  const services& with;
  dns::resolver& resolver;         // bounded for the mail
  dns::resolver& border_resolver;  // the same, for the border
  /// Runs a plain function, here or in the pool, and waits for its end. The
  /// function owns whatever else it touches.
  std::function<boost::asio::awaitable<void>(std::function<void()>)> compute;
};

boost::asio::awaitable<lookups> look_up(lookup_request r);

/// The vote of a mail whose author domain a signature proves, or none. Asks for
/// SPF of that domain, and then of the envelope's, for each place.
boost::asio::awaitable<std::optional<border_vote>> vote_on_border(
    const border_candidates& search, const std::string& author_domain,
    const dkim::signature_result& signature, time_point now,
    dns::resolver& resolver);

/// The domain of the account's mail: the login's, the settings', or that of the
/// host it is fetched from; may be empty.
std::string mail_domain(const source& from, const provider_rule& rule);

/// The mailbox's own address, as far as login and settings tell; else "".
std::string own_address(const source& from, const provider_rule& rule);

}  // namespace mekiki::verdict
