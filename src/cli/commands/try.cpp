// try: one login through all steps, told step by step.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <termios.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/secret.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "daemon/state.hpp"
#include "daemon/upstream.hpp"
#include "pop3/account.hpp"
#include "pop3/codec.hpp"
#include "pop3/maildrop.hpp"
#include "pop3/read_ahead.hpp"
#include "pop3/server_login.hpp"

namespace mekiki::cli {
namespace {

namespace asio = boost::asio;

struct try_command {
  std::filesystem::path config;
  std::filesystem::path zone;
  std::filesystem::path state;
  std::string account;
};

struct try_options {
  std::string account;  // USER%HOST[:PORT], or a plain name with a route
  secret password;
  /// --dns: a JSON zone that answers every question; empty: the real DNS.
  std::filesystem::path zone;
  /// The state folder, which exists.
  std::filesystem::path state;
};

void step(std::string_view what) { fmt::print("ok    {}\n", what); }

/// `why` as the client would get it: "-ERR [CODE] sentence".
void failure(std::string_view why) {
  const auto status = pop3::parse_status(why);
  if (!status) {
    fmt::print("stop  {}\n", why);
  } else if (status->code.empty()) {
    fmt::print("stop  {}\n", status->text);
  } else {
    fmt::print("stop  {} [{}]\n", status->text, status->code);
  }
}

/// What became of a command that has no answer.
std::string sentence_of(std::error_code error,
                        const pop3::upstream_rules& rules) {
  if (error == std::errc::timed_out) {
    return fmt::format(
        "the server did not answer within {} s",
        std::chrono::ceil<std::chrono::seconds>(rules.silence_timeout).count());
  }
  return error == std::errc::protocol_error
             ? "the server's answer could not be read"
             : "the server broke the connection off";
}

void tell_capabilities(const pop3::capability_answer& answer,
                       const pop3::upstream_rules& rules) {
  switch (answer.how) {
    case pop3::capa_answer::refused:
      fmt::print(
          "note  the server knows no CAPA: it is asked for one mail at a "
          "time\n");
      return;
    case pop3::capa_answer::unreadable:
      fmt::print("note  the server's answer to CAPA cannot be read\n");
      return;
    case pop3::capa_answer::out_of_step:
      fmt::print("note  when asked for CAPA, {}\n",
                 sentence_of(answer.error, rules));
      return;
    case pop3::capa_answer::listed:
      break;
  }
  if (!answer.can.uidl)
    fmt::print("note  the server knows no UIDL\n");
  if (!answer.can.top)
    fmt::print("note  the server knows no TOP\n");
  if (!answer.can.pipelining) {
    fmt::print(
        "note  the server knows no PIPELINING: it is asked for one mail at a "
        "time\n");
  }
}

/// The answer's status line; nothing if there is none.
asio::awaitable<std::optional<std::string>> ask(
    pop3::upstream& server, std::string command,
    const pop3::upstream_rules& rules) {
  const std::error_code error =
      co_await server.send(command, rules.silence_timeout);
  if (error)
    co_return std::nullopt;
  auto line = co_await server.read_line(rules.silence_timeout);
  const auto status = line ? pop3::parse_status(*line) : std::nullopt;
  if (!status || !status->ok)
    co_return std::nullopt;
  co_return std::move(*line);
}

/// The sizes of LIST; none if the server gives none.
asio::awaitable<pop3::maildrop> list(pop3::upstream& server,
                                     const pop3::upstream_rules& rules) {
  pop3::maildrop found;
  const auto status = co_await ask(server, "LIST\r\n", rules);
  if (!status)
    co_return found;
  for (;;) {
    const auto line = co_await server.read_line(rules.silence_timeout);
    if (!line || *line == ".")
      co_return found;
    found.note(*line);
  }
}

/// How many octets TOP gives of a whole mail, which marks nothing as read.
asio::awaitable<std::optional<std::size_t>> size_by_top(
    pop3::upstream& server, std::uint32_t number,
    const pop3::upstream_rules& rules) {
  const auto status = co_await ask(
      server, fmt::format("TOP {} {}\r\n", number, pop3::all_lines), rules);
  if (!status)
    co_return std::nullopt;
  pop3::dot_decoder decoder;
  std::size_t octets = 0;
  while (!decoder.ended()) {
    std::string_view received = server.buffered();
    const std::size_t all = received.size();
    while (!received.empty() && !decoder.ended())
      octets += decoder.next(received).size();
    server.consume(all - received.size());
    if (decoder.ended())
      break;
    const std::error_code error = co_await server.fill(rules.silence_timeout);
    if (error)
      co_return std::nullopt;
  }
  co_return octets;
}

/// A mail to measure with: the largest that takes a moment.
std::uint32_t sample_of(const pop3::maildrop& mails) {
  constexpr std::size_t most = 256 << 10;
  std::uint32_t best = 0;
  std::size_t size = 0;
  for (std::uint32_t n = 1; n <= mails.sizes.size(); ++n) {
    const std::size_t octets = mails.size_of(n).value_or(0);
    if (octets > size && octets <= most) {
      best = n;
      size = octets;
    }
  }
  return best;
}

/// Measures the line, and tells whether mails can be read ahead.
asio::awaitable<void> measure(pop3::upstream& server,
                              const pop3::capabilities& can,
                              const pop3::upstream_rules& rules,
                              pop3::prefetch ahead) {
  const auto now = std::chrono::steady_clock::now;
  using milliseconds = std::chrono::duration<double, std::milli>;
  const auto asked = now();
  const auto answered = co_await ask(server, "NOOP\r\n", rules);
  if (!answered)
    co_return;
  const double round_trip = milliseconds(now() - asked).count();
  const pop3::maildrop mails = co_await list(server, rules);
  const std::uint32_t sample = sample_of(mails);
  if (sample == 0) {
    step(fmt::format("an answer takes {:.0f} ms", round_trip));
    co_return;
  }
  const auto begun = now();
  const auto octets = co_await size_by_top(server, sample, rules);
  const double took = milliseconds(now() - begun).count();
  const std::size_t listed = mails.size_of(sample).value_or(0);
  if (octets) {
    step(fmt::format("an answer takes {:.0f} ms, {} octets took {:.0f} ms",
                     round_trip, *octets, took));
  }
  const bool is_whole =
      octets && pop3::read_ahead::is_exact(listed, *octets, *octets > listed);
  if (!octets) {
    fmt::print("note  mails cannot be read ahead: the server refuses TOP\n");
  } else if (!is_whole) {
    fmt::print(
        "note  mails cannot be read ahead: of a mail of {} octets TOP gives "
        "{}\n",
        listed, *octets);
  } else if (ahead == pop3::prefetch::off) {
    fmt::print("note  mails are not read ahead: prefetch.mode is off\n");
  } else if (!can.top) {
    fmt::print("note  mails are not read ahead: the server lists no TOP\n");
  } else if (can.expires_at_once() && ahead != pop3::prefetch::force) {
    fmt::print("note  mails are not read ahead: the server says EXPIRE 0\n");
  } else {
    step("mails can be read ahead for a client that deletes what it fetches");
  }
}

/// Logs in, asks how many mails wait, and leaves without touching them.
asio::awaitable<int> try_login(pop3::target where, pop3::credentials who,
                               const pop3::upstream_rules& rules,
                               pop3::prefetch ahead, pop3::server_login login) {
  const pop3::step_observer observe = step;
  auto in = co_await login.log_in(where, who, observe);
  if (!in) {
    failure(in.error().status);
    co_return exit_failed;
  }
  pop3::upstream& server = **in;
  std::error_code error =
      co_await server.send("STAT\r\n", rules.silence_timeout);
  std::optional<std::string> line;
  if (!error) {
    auto answer = co_await server.read_line(rules.silence_timeout);
    if (answer)
      line = std::move(*answer);
    else
      error = answer.error();
  }
  if (error) {
    failure(sentence_of(error, rules));
    co_return exit_failed;
  }
  const auto status = pop3::parse_status(*line);
  if (!status || !status->ok) {
    failure(pop3::one_line(*line));
    co_return exit_failed;
  }
  const auto listing = pop3::parse_stat(*status);
  if (!listing) {
    fmt::print("note  the server does not tell how many mails wait: {}\n",
               pop3::one_line(*line));
  } else if (listing->octets) {
    step(fmt::format("{} mails wait, {} octets in all", listing->mails,
                     *listing->octets));
  } else {
    step(fmt::format("{} mails wait", listing->mails));
  }
  const pop3::capability_answer capa =
      co_await pop3::ask_capabilities(server, rules.silence_timeout);
  tell_capabilities(capa, rules);
  if (capa.how != pop3::capa_answer::out_of_step)
    co_await measure(server, capa.can, rules, ahead);
  error = co_await server.send("QUIT\r\n", rules.silence_timeout);
  server.connection().close();
  co_return exit_good;
}

/// Prints each step to standard output. The answer is the exit code: 0 logged
/// in, 1 refused by the upstream or by us, 2 could not run.
int try_account(const config::settings& settings, const try_options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  asio::io_context io(1);
  const pop3::proxy_settings proxy = daemon::proxy_settings(settings);
  const system_clock clock;
  auto parts = daemon::make_upstream_parts(io, settings, options.zone,
                                           options.state, clock);
  if (!parts) {
    fmt::print(stderr, "mekiki: {}\n", parts.error());
    return exit_unable;
  }
  // As a client that came over TLS: the safer way is tried first.
  const auto where =
      pop3::find_target(options.account, pop3::client_leg::stls, proxy.routes);
  if (!where) {
    failure(where.error());
    return exit_failed;
  }
  step(fmt::format("{} at {}, port {}, {}", where->user, where->host,
                   where->port, pop3::to_string(where->with)));

  pop3::credentials who;
  who.login = options.account;
  who.secret = secret(std::string(options.password.reveal()));
  std::optional<int> answer;
  std::exception_ptr thrown;
  asio::co_spawn(
      io,
      try_login(*where, std::move(who), proxy.upstream, settings.prefetch.mode,
                pop3::server_login(proxy.upstream,
                                   {.resolver = *parts->resolver,
                                    .tls = *parts->tls,
                                    .seen_tls = parts->seen_tls,
                                    .clock = clock},
                                   parts->hosts)),
      [&](std::exception_ptr e, int code) {
        thrown = std::move(e);
        answer = code;
      });
  // Not run(): the resolver waits for the network as long as it lives.
  while (!answer) io.run_one();
  if (thrown)
    std::rethrow_exception(thrown);
  return *answer;
}

/// A terminal that does not show what is typed, for as long as this lives.
class silent_terminal {
 public:
  silent_terminal() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0)
      return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~silent_terminal() {
    if (changed_)
      ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  silent_terminal(const silent_terminal&) = delete;
  silent_terminal& operator=(const silent_terminal&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

// One line of standard input; asked for when a person types it.
secret read_password(const std::string& account) {
  constexpr std::size_t most = 4096;
  std::string line;
  line.reserve(most);  // grows into no second copy
  const bool asks = ::isatty(STDIN_FILENO) == 1;
  {
    const silent_terminal silent;
    if (asks)
      fmt::print(stderr, "Password of {}: ", printable(account));
    char c = '\0';
    while (line.size() < most && ::read(STDIN_FILENO, &c, 1) == 1 &&
           c != '\n') {
      line += c;
    }
  }
  if (asks)
    fmt::print(stderr, "\n");
  if (line.ends_with('\r'))
    line.pop_back();
  secret password(std::move(line));
  return password;
}

int run(const try_command& command) {
  const auto loaded = config::load(command.config);
  if (!loaded) {
    fmt::print(stderr, "{}\n", loaded.error());
    return exit_unable;
  }
  log::start("error", loaded->settings.log.format);
  const auto state =
      daemon::open_state_folder(command.state, loaded->settings.state);
  if (!state)
    return fail(state.error());
  return try_account(loaded->settings,
                     {.account = command.account,
                      .password = read_password(command.account),
                      .zone = command.zone,
                      .state = *state});
}

}  // namespace

void add_try(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "try", "One login through all steps",
          "Tells which step was refused by whom, and how many mails "
          "wait. The password is\nasked for, or read from standard "
          "input.\n\n"
          "Examples:\n"
          "  mekiki try taro%pop.example.jp\n"
          "  mekiki try 'taro@example.jp%pop.example.jp:995' < "
          "password.txt");
  auto& options = runs<try_command>(command, code);
  command->add_option("account", options.account, "USER%HOST[:PORT]")
      ->type_name("ACCOUNT")
      ->required();
  add_config_option(command, options.config);
  add_zone_option(command, options.zone);
  add_state_option(command, options.state);
}

}  // namespace mekiki::cli
