#include "app/judge.hpp"

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "app/resolver.hpp"
#include "auth/dkim/key_cache.hpp"

namespace mekiki::app {

struct judge::state {
  boost::asio::io_context io{1};
  system_clock real;
  std::optional<manual_clock> fixed;
  std::unique_ptr<dns::resolver> resolver;
  dkim::key_cache keys;
  verdict::settings settings;

  const clock& time() const {
    if (fixed)
      return *fixed;
    return real;
  }
};

judge::judge(std::unique_ptr<state> s) : state_(std::move(s)) {}
judge::~judge() = default;

expected<std::unique_ptr<judge>, std::string> judge::make(
    const config& settings, const judging_options& options) {
  auto s = std::make_unique<state>();
  if (options.at)
    s->fixed.emplace(*options.at);
  auto resolver = make_resolver(s->io, settings, options.zone);
  if (!resolver)
    return unexpected(resolver.error());
  s->resolver = std::move(*resolver);
  s->settings.dkim = settings.dkim;
  if (options.allow_weak)
    s->settings.dkim.allow_weak = true;
  return std::unique_ptr<judge>(new judge(std::move(s)));
}

expected<verdict::verdict, std::string> judge::run(const stored_mail& mail) {
  auto reader = mail_reader::open(mail);
  if (!reader)
    return unexpected(reader.error());
  verdict::evaluation evaluation(
      state_->settings,
      verdict::services{*state_->resolver, state_->keys, state_->time()});
  for (;;) {
    const auto octets = reader->read();
    if (!octets)
      return unexpected(octets.error());
    if (octets->empty())
      break;
    evaluation.write(*octets);
  }

  std::optional<verdict::verdict> answer;
  std::exception_ptr thrown;
  boost::asio::co_spawn(state_->io, evaluation.finish(),
                        [&](std::exception_ptr e, verdict::verdict v) {
                          thrown = std::move(e);
                          answer = std::move(v);
                        });
  // Not run(): the resolver waits for the network as long as it lives.
  state_->io.restart();
  while (!answer) state_->io.run_one();
  if (thrown)
    std::rethrow_exception(thrown);
  return std::move(*answer);
}

}  // namespace mekiki::app
