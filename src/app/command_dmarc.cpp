#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/config_table.hpp"
#include "app/resolver.hpp"
#include "app/terminal.hpp"
#include "app/utf8.hpp"
#include "auth/dmarc/evaluate.hpp"

namespace mekiki::app {
namespace {

std::string_view word(const std::optional<dmarc::policy>& asked) {
  return asked ? to_string(*asked) : "none published";
}

boost::json::value to_json(const std::optional<dmarc::policy>& asked) {
  if (!asked)
    return nullptr;
  return boost::json::value(to_string(*asked));
}

std::string to_json(const dmarc::outcome& result) {
  boost::json::object out{{"spec", to_string(result.rules)},
                          {"author_domain", result.author_domain},
                          {"result", to_string(result.status)},
                          {"code", to_string(result.code)},
                          {"reason", result.reason},
                          {"policy", to_json(result.asked)},
                          {"policy_domain", result.policy_domain},
                          {"org_domain", result.org_domain},
                          {"dkim_aligned", result.dkim_aligned},
                          {"spf_aligned", result.spf_aligned},
                          {"disposition", to_string(result.disposition)},
                          {"record", to_utf8(result.record)},
                          {"other", nullptr}};
  if (result.other) {
    out["other"] =
        boost::json::object{{"spec", to_string(result.other->rules)},
                            {"result", to_string(result.other->status)},
                            {"code", to_string(result.other->code)},
                            {"policy", to_json(result.other->asked)}};
  }
  return serialize(out) + "\n";
}

std::string tell(const dmarc::outcome& result) {
  std::string out;
  const auto line = [&out](std::string_view name, std::string_view text) {
    out += fmt::format("  {:<13} {}\n", name, text);
  };
  if (!result.author_domain.empty()) {
    line("Author:", result.author_domain);
    line("Organization:",
         result.org_domain.empty() ? "not known" : result.org_domain);
  }
  if (!result.record.empty()) {
    line("Record:", fmt::format("of {}: {}", result.policy_domain,
                                printable(result.record)));
    line("Policy:", word(result.asked));
    line("DKIM:", result.dkim_aligned ? "an aligned domain passed"
                                      : "no aligned domain passed");
    line("SPF:", result.spf_aligned ? "the aligned domain passed"
                                    : "no aligned domain passed");
  }
  line("Result:", paint_result(to_string(result.status)));
  line("Reason:", result.reason);
  line("Disposition:", to_string(result.disposition));
  if (result.other) {
    line("But:", fmt::format("{} says {}, with the policy {}",
                             to_string(result.other->rules),
                             to_string(result.other->status),
                             word(result.other->asked)));
  }
  return out;
}

}  // namespace

int run(const dmarc_command& command) {
  const auto loaded = load_config(command.config);
  if (!loaded) {
    fmt::print(stderr, "{}\n", loaded.error());
    return exit_unable;
  }
  boost::asio::io_context io{1};
  const auto resolver = make_resolver(io, loaded->settings, command.zone);
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
  if (!print(command.json ? to_json(result) : tell(result)))
    return exit_unable;
  return result.status == auth::result::fail ? exit_failed : exit_good;
}

}  // namespace mekiki::app
