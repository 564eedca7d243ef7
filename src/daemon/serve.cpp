#include "daemon/serve.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include "admin/events.hpp"
#include "admin/metrics.hpp"
#include "admin/server.hpp"
#include "base/compute_pool.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/unix_time.hpp"
#include "cli/story_facts.hpp"
#include "cli/terminal.hpp"
#include "config/own_names.hpp"
#include "daemon/dashboard.hpp"
#include "daemon/loop_busy.hpp"
#include "daemon/metrics.hpp"
#include "daemon/open_history.hpp"
#include "daemon/state.hpp"
#include "daemon/upstream.hpp"
#include "daemon/warning_sender.hpp"
#include "daemon/watchdog.hpp"
#include "net/listen.hpp"
#include "net/sleep.hpp"
#include "store/rejudge.hpp"
#include "store/store.hpp"
#include "verdict/correspondents.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

constexpr int unable = 2;

int cannot_start(std::string_view reason) {
  log::error("cannot start: {}", reason);
  return unable;
}

/// Two sockets for each session, and a file for each large mail: the limit
/// that the system sets by default is too low for many sessions.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

struct certificate_files {
  fs::path chain;
  fs::path key;
};

expected<certificate_files, std::string> certificate(
    const config::settings& settings, const fs::path& state,
    const clock& clock) {
  if (!settings.tls.certificate.empty()) {
    return certificate_files{settings.tls.certificate, settings.tls.key};
  }
  auto own = own_certificates(settings, state, clock);
  if (!own)
    return unexpected(own.error());
  log::info(
      "our own certificate authority is {} (sha256 {}); `mekiki cert` "
      "tells how clients come to trust it",
      own->ca.string(), own->ca_sha256);
  return certificate_files{own->chain, own->key};
}

/// How a mail's look-ups run beside its session.
std::function<void(boost::asio::awaitable<void>)> beside(
    boost::asio::io_context& io) {
  return [&io](boost::asio::awaitable<void> work) {
    boost::asio::co_spawn(
        io, std::move(work), [](const std::exception_ptr& error) {
          if (error)
            log::error("a look-up beside a session was broken off");
        });
  };
}

/// Without a history everything works but `genuine` and what accuses by habit:
/// that is told loudly, and mails are delivered.
std::unique_ptr<store::store> open_history(const config::settings& settings,
                                           const fs::path& state,
                                           const clock& clock,
                                           admin::event_hub& events,
                                           boost::asio::io_context& io) {
  store::options how = history_options(settings, clock);
  how.noted = [&events, &io](const std::vector<store::mail_row>& mails) {
    boost::asio::post(io, [&events, mails] { events.publish(mails); });
  };
  auto opened = store::open(state / store::file_name, std::move(how));
  if (opened)
    return std::move(*opened);
  log::error("there is no history, nobody will be known: {}", opened.error());
  return nullptr;
}

/// Judges again, now and then, what the DNS left open. Each outlives the loop.
boost::asio::awaitable<void> judge_again(store::store* history,
                                         dns::resolver* resolver,
                                         dkim::key_cache* keys,
                                         dkim::verify_options options,
                                         const clock* now) {
  constexpr std::chrono::minutes pause{1};
  for (;;) {
    const std::int64_t seconds = unix_seconds(now->now());
    const std::size_t decided =
        co_await store::judge_due(*history, *resolver, *keys, options, seconds);
    if (decided > 0)
      log::info("{} mails were judged again", decided);
    co_await net::sleep(pause);
  }
}

/// What the dashboard tells of a mail later, as facts: as `mekiki explain`,
/// without what the DNS was asked.
std::function<std::string(const verdict::judgement&, const std::string&)>
story_for(const config::settings& settings) {
  return [id = config::authserv_id(settings)](const verdict::judgement& v,
                                              const std::string& /*header*/) {
    return cli::pack_story(v, id);
  };
}

std::size_t threads_of(const config::settings& settings) {
  if (settings.limits.threads > 0)
    return settings.limits.threads;
  return std::max(std::thread::hardware_concurrency(), 1U);
}

/// Also where whoever hangs keeps the log.
void end_at_once(std::string_view why) {
  ::signal(SIGALRM, SIG_DFL);
  ::alarm(5);
  log::error("the program hangs and ends itself: {}", why);
  std::abort();
}

}  // namespace

int serve(const config::settings& settings, const serve_options& options) {
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a full disk is an error of write, no more
  const system_clock clock;
  boost::asio::io_context io(1);

  auto parts =
      make_upstream_parts(io, settings, options.zone, options.state, clock);
  if (!parts)
    return cannot_start(parts.error());
  const auto files = certificate(settings, options.state, clock);
  if (!files)
    return cannot_start(files.error());
  auto tls = net::tls_context::make_server(files->chain, files->key);
  if (!tls)
    return cannot_start(tls.error());
  system_random random;
  const auto secret = label_secret(options.state, random);
  if (!secret)
    return cannot_start(secret.error());
  std::error_code error;
  const fs::path spool = options.state / "spool";
  fs::create_directories(spool, error);
  if (error) {
    return cannot_start(
        fmt::format("cannot make {}: {}", spool.string(), error.message()));
  }

  admin::event_hub events;
  const std::unique_ptr<store::store> history =
      open_history(settings, options.state, clock, events, io);
  // Before anything listens: a wrong password file is told at the start.
  auto sender = mail_sender::make(settings, *parts->resolver, clock);
  if (!sender)
    return cannot_start(sender.error());
  dkim::key_cache keys;
  const verdict::correspondents watched(settings.verdict.watched);
  pop3::proxy_settings proxy_settings = daemon::proxy_settings(settings);
  proxy_settings.mail.notify.label_secret = *secret;
  proxy_settings.mail.spool.directory = spool;
  if (!settings.users.templates.empty()) {
    auto texts = notify::texts::load(settings.users.templates);
    if (!texts)
      return cannot_start("users.templates: " + texts.error());
    proxy_settings.mail.texts = std::move(*texts);
  }
  // Outlive the listeners, whose sessions use them.
  std::unique_ptr<pop3::proxy> proxy;
  std::unique_ptr<dashboard> board;
  // Goes before all that its jobs touch, and before the loop.
  compute_pool pool(threads_of(settings), clock);
  admin::router pages(settings.admin.names);
  // The listeners are told to the proxy, which refuses to connect to them, and
  // the proxy to the listeners: they are bound first and accept once `io` runs.
  std::vector<std::unique_ptr<net::listener>> listeners;
  bound_ports bound;
  const auto bind_all = [&](const std::vector<net::endpoint>& where,
                            bool implicit_tls,
                            std::vector<net::endpoint>& ports) -> bool {
    for (const net::endpoint& e : where) {
      auto l = net::listener::bind(
          io, e, settings.limits.sessions,
          [&proxy, implicit_tls](net::stream_ptr client) {
            return proxy->serve(std::move(client), implicit_tls);
          });
      if (!l) {
        log::error("cannot start: {}", l.error());
        return false;
      }
      ports.push_back((*l)->local());
      listeners.push_back(std::move(*l));
    }
    return true;
  };
  if (!bind_all(settings.listen.pop3, false, bound.pop3) ||
      !bind_all(settings.listen.pop3s, true, bound.pop3s)) {
    return unable;
  }
  // Mail comes first: it is served whatever becomes of these.
  const auto is_https = [&settings](const net::endpoint& e) {
    return !net::is_loopback(e.address) && !settings.admin.clear;
  };
  for (const net::endpoint& e : settings.admin.listen) {
    const admin::server_settings how{.deadline = settings.admin.deadline,
                                     .tls = is_https(e) ? tls->get() : nullptr};
    auto l = net::listener::bind(io, e, settings.admin.connections,
                                 [&pages, how, &clock](net::stream_ptr client) {
                                   return admin::serve(std::move(client), pages,
                                                       how, clock);
                                 });
    if (l) {
      bound.admin.push_back((*l)->local());
      listeners.push_back(std::move(*l));
    } else {
      log::error("no dashboard and no /metrics there: {} (admin.listen)",
                 l.error());
    }
  }
  for (const auto& list : {bound.pop3, bound.pop3s, bound.admin}) {
    auto& own = proxy_settings.upstream.addresses.own;
    own.insert(own.end(), list.begin(), list.end());
  }
  proxy = std::make_unique<pop3::proxy>(
      std::move(proxy_settings),
      pop3::proxy_services{.mail = {.verdict = {.resolver = *parts->resolver,
                                                .keys = keys,
                                                .clock = clock,
                                                .past = history.get(),
                                                .watched = &watched,
                                                .start = beside(io),
                                                .pool = &pool},
                                    .history = history.get(),
                                    .story = story_for(settings)},
                           .client_side = tls->get(),
                           .upstream_side = *parts->tls,
                           .seen_tls = parts->seen_tls,
                           .hosts = parts->hosts});
  loop_busy busy;
  const figures shown{.proxy = proxy->counts(),
                      .mails = proxy->desk().counts(),
                      .lookups = *parts->lookups,
                      .history = history.get(),
                      .loop = &busy,
                      .pool = &pool};
  pages.add("/metrics",
            admin::metrics_page(settings.admin.metrics_for,
                                [&shown] { return metrics(shown); }));
  pages.add("/healthz", admin::health_page([&shown, &clock] {
              return problems(shown, clock.steady());
            }));
  auto opened = dashboard::open({.settings = settings,
                                 .options = options,
                                 .proxy = *proxy,
                                 .history = history.get(),
                                 .events = events,
                                 .shown = shown,
                                 .random = random,
                                 .now = clock});
  if (opened) {
    board = std::move(*opened);
    board->add_pages(pages);
  } else {
    log::error("there is no dashboard: {}", opened.error());
  }
  if (history != nullptr) {
    beside(io)(judge_again(history.get(), parts->resolver.get(), &keys,
                           settings.verdict.dkim, &clock));
  }

  std::optional<warning_sender> warnings;
  if (history != nullptr && *sender != nullptr) {
    warnings.emplace(settings, proxy->desk().settings().texts, *history,
                     **sender, clock);
    beside(io)(warnings->run());
  }

  // A signal stops the listeners and cancels the sessions; then `io` is
  // left.
  bool stopped = false;
  const auto stop = [&] {
    for (auto& l : listeners) l->stop();
    stopped = true;
  };
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code ec, int) {
    if (!ec)
      stop();
  });

  // Who started us may have held them back until they are handled.
  sigset_t handled;
  sigemptyset(&handled);
  sigaddset(&handled, SIGINT);
  sigaddset(&handled, SIGTERM);
  pthread_sigmask(SIG_UNBLOCK, &handled, nullptr);

  for (const auto& e : bound.admin) {
    log::info("listening on {} (admin)", net::format(e));
  }
  if (!bound.admin.empty() && board && !board->setup_path().empty()) {
    const net::endpoint& e = bound.admin.front();
    log::warning(
        "the dashboard has no password yet; set it here, the link works once: "
        "{}://{}{}",
        is_https(e) ? "https" : "http", net::format(e), board->setup_path());
  }
  for (const auto& e : bound.pop3) {
    log::info("listening on {} (pop3)", net::format(e));
  }
  for (const auto& e : bound.pop3s) {
    log::info("listening on {} (pop3s)", net::format(e));
  }
  if (options.ready) {
    options.ready(bound, [&io, stop] { boost::asio::post(io, stop); });
  }
  const auto sessions = [&] {
    std::size_t n = 0;
    for (const auto& l : listeners) n += l->sessions();
    return n;
  };
  watchdog dog(settings.limits.hang,
               {.now = clock,
                .pool = pool,
                .ask_loop =
                    [&io](std::function<void()> answer) {
                      boost::asio::post(io, std::move(answer));
                    },
                .last_known = [&proxy] { return proxy->desk().last_known(); },
                .warn = [](std::string_view text) { log::warning("{}", text); },
                .end = end_at_once});
  dog.start();
  busy.turn();
  // Not run(): the resolver waits for the network as long as it lives.
  while (!stopped || sessions() > 0) {
    io.run_one();
    busy.turn();
  }
  log::info("stopped");
  return 0;
}

}  // namespace mekiki::daemon
