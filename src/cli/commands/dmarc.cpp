#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "auth/dmarc/evaluate.hpp"
#include "cli/commands/commands.hpp"
#include "cli/report.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "daemon/resolver.hpp"

namespace mekiki::cli {
int run(const dmarc_command& command) {
  const auto loaded = config::load(command.config);
  if (!loaded) {
    fmt::print(stderr, "{}\n", loaded.error());
    return exit_unable;
  }
  boost::asio::io_context io{1};
  const auto resolver =
      daemon::make_resolver(io, loaded->settings, command.zone);
  if (!resolver)
    return fail(resolver.error());

  const dmarc::options how{.rules = command.rules, .compare = true};
  dmarc::outcome result;
  boost::asio::co_spawn(io, dmarc::evaluate(command.known, **resolver, how),
                        [&](const std::exception_ptr& e, dmarc::outcome o) {
                          io.stop();
                          if (e)
                            std::rethrow_exception(e);
                          result = std::move(o);
                        });
  io.run();
  if (!print(command.json ? serialize(to_json(result)) + "\n" : tell(result)))
    return exit_unable;
  return result.status == auth::result::fail ? exit_failed : exit_good;
}

}  // namespace mekiki::cli
