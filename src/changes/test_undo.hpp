// Asking and undoing in one, for tests, fuzz targets and benchmarks.
#pragma once

#include <exception>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "changes/undo.hpp"

namespace mekiki::changes::test {

inline std::optional<undone> ask_and_undo(
    std::string_view mail, const message::header_view& header,
    const std::vector<dkim::signature_result>& results, dns::resolver& resolver,
    dkim::key_cache& keys, const undo_options& options) {
  boost::asio::io_context io;
  undo_keys answers;
  boost::asio::co_spawn(io, ask_undo_keys(results, resolver, options),
                        [&answers](const std::exception_ptr& e, undo_keys got) {
                          if (e)
                            std::rethrow_exception(e);
                          answers = std::move(got);
                        });
  io.run();
  return undo(mail, header, results, answers, keys, options);
}

}  // namespace mekiki::changes::test
