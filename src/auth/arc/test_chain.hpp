// A whole validation, for the tests of this folder.
#pragma once

#include <exception>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "auth/arc/verify.hpp"
#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/test_mail.hpp"
#include "message/header.hpp"

namespace mekiki::arc {

/// The result for `mail`, its body given in pieces of `step` octets.
inline chain_result validate(std::string_view mail, dns::resolver& resolver,
                             const dkim::verify_options& options = {},
                             time_point at = dkim::test_time,
                             std::size_t step = std::string_view::npos) {
  const auto header = message::parse_header(mail);
  verifier v(header, options);
  for (std::string_view body = mail.substr(header.body); !body.empty();) {
    const std::string_view piece = body.substr(0, step);
    v.body(piece);
    body.remove_prefix(piece.size());
  }
  dkim::key_cache keys;
  chain_result out;
  boost::asio::io_context io;
  boost::asio::co_spawn(io, v.finish(resolver, keys, at),
                        [&](const std::exception_ptr& e, chain_result result) {
                          if (e)
                            std::rethrow_exception(e);
                          out = std::move(result);
                        });
  io.run();
  return out;
}

}  // namespace mekiki::arc
