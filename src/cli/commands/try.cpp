// try: one login through all steps, told step by step.

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "admin/words.hpp"
#include "base/printable.hpp"
#include "base/secret.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/mail_evaluator.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"
#include "daemon/propose.hpp"
#include "daemon/state.hpp"
#include "daemon/upstream.hpp"
#include "pop3/account.hpp"
#include "pop3/codec.hpp"
#include "pop3/maildrop.hpp"
#include "pop3/read_ahead.hpp"
#include "pop3/server_login.hpp"
#include "store/mail_event.hpp"
#include "store/sights.hpp"
#include "verdict/request.hpp"

namespace mekiki::cli {
namespace {

namespace asio = boost::asio;

struct try_command {
  std::filesystem::path config;
  std::filesystem::path zone;
  std::filesystem::path state;
  std::string account;
  std::string language;  // of the output
};

// The sentences of refusals are in admin/words.hpp: the dashboard has them too.
constexpr notify::phrase phrases[] = {
    {"{} at {}, port {}, {}", "{1} のユーザー {0}、ポート {2}、{3}"},
    {"connected to {} ({})", "{}（{}）に接続しました"},
    {"TLS is up and the certificate is right",
     "TLS で接続し、証明書も正しいものでした"},
    {"silence: perhaps the port begins with TLS",
     "応答なし：TLS で始まるポートかもしれません"},
    {"greeted: {}", "サーバーの挨拶：{}"},
    {"STLS was refused; the settings allow a login in clear",
     "STLS が拒否されました。設定により、TLS なしでログインします"},
    {"border: no mail waits that shows where mail comes in",
     "境界：届いた経路を確かめられるメールがありません"},
    {"border: {}", "境界：{}"},
    {"{} of {} mails came a known way",
     "メール {1} 通のうち {0} 通は、届いた経路が分かります"},
    {"all came from users of the provider",
     "すべて、同じプロバイダーの利用者からです"},
    {"of {} of {} mails it is not known where they came in ({})",
     "メール {1} 通のうち {0} 通は、届いた経路が分かりません（{2}）"},
    {"forgery that shows only by SPF, DMARC or a missing signature cannot be "
     "recognised among them",
     "SPF や DMARC "
     "に通らない、署名がない、ということでしか分からないなりすましは、この中で"
     "は見分けられません"},
    {"what helps: `mekiki provider learn --account {} FOLDER`",
     "対処：`mekiki provider learn --account {} メールのフォルダー`"},
    {"the settings name host_domain = \"{}\" already, which is not enough: the "
     "DNS shows no such MX host; what helps: `networks` with the addresses of "
     "these hosts",
     "設定にはすでに host_domain = \"{}\" がありますが、DNS にそのような MX "
     "ホストがないため不十分です。対処：これらのホストのアドレスを `networks` "
     "に書いてください"},
    {"what helps, if these hosts are the provider's and nobody else's:",
     "対処（これらのホストがプロバイダーだけのものであれば）："},
    {"the name {} was taken", "ユーザー名 {} が受け付けられました"},
    {"logged in", "ログインしました"},
    {"{} mails wait, {} octets in all", "メール {} 通、合計 {} オクテット"},
    {"{} mails wait", "メール {} 通"},
    {"an answer takes {} ms, {} octets took {} ms",
     "応答に {} ミリ秒、{} オクテットに {} ミリ秒"},
    {"an answer takes {} ms", "応答に {} ミリ秒"},
    {"mails can be read ahead for a client that deletes what it fetches",
     "受信したメールを削除するメールソフトのために、先読みできます"},
    {"the server does not tell how many mails wait: {}",
     "メールの数が分かりません：{}"},
    {"the server knows no CAPA: it is asked for one mail at a time",
     "CAPA に対応していないサーバーです。メールを 1 通ずつ取り寄せます"},
    {"the server's answer to CAPA cannot be read",
     "CAPA への応答を読み取れません"},
    {"when asked for CAPA, {}", "CAPA で問い合わせると、{}"},
    {"the server did not answer within {} s",
     "サーバーが {} 秒以内に応答しませんでした"},
    {"the server's answer could not be read",
     "サーバーの応答を読み取れませんでした"},
    {"the server broke the connection off", "サーバーが接続を切りました"},
    {"the server knows no UIDL", "UIDL に対応していないサーバーです"},
    {"the server knows no TOP", "TOP に対応していないサーバーです"},
    {"the server knows no PIPELINING: it is asked for one mail at a time",
     "PIPELINING に対応していないサーバーです。メールを 1 "
     "通ずつ取り寄せます"},
    {"mails cannot be read ahead: the server refuses TOP",
     "先読みはできません：サーバーが TOP を拒否します"},
    {"mails cannot be read ahead: of a mail of {} octets TOP gives {}",
     "先読みはできません：{} オクテットのメールの TOP が {} "
     "オクテットになります"},
    {"mails are not read ahead: prefetch.mode is off",
     "先読みはしません：設定の prefetch.mode が off です"},
    {"mails are not read ahead: the server lists no TOP",
     "先読みはしません：サーバーの CAPA に TOP がありません"},
    {"mails are not read ahead: the server says EXPIRE 0",
     "先読みはしません：サーバーが EXPIRE 0 を示しています"},
};

/// Tells each step, in that language.
struct telling {
  notify::language in = notify::language::english;

  std::string text(std::string_view english) const {
    return in == notify::language::english
               ? std::string(english)
               : notify::translate(phrases, english);
  }
  void step(std::string_view what) const {
    fmt::print("ok    {}\n", text(what));
  }
  void note(std::string_view what) const {
    fmt::print("note  {}\n", text(what));
  }
  /// `why` as the client would get it: "-ERR [CODE] sentence".
  void failure(std::string_view why) const {
    const auto status = pop3::parse_status(why);
    const std::string sentence =
        text(admin::error_text(status ? status->text : why, in));
    if (!status || status->code.empty())
      fmt::print("stop  {}\n", sentence);
    else
      fmt::print("stop  {} [{}]\n", sentence, status->code);
  }
};

struct try_options {
  telling tell;
  std::string account;  // USER%HOST[:PORT], or a plain name with a route
  secret password;
  /// --dns: a JSON zone that answers every question; empty: the real DNS.
  std::filesystem::path zone;
  /// The state folder, which exists.
  std::filesystem::path state;
};

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

void tell_capabilities(const telling& tell,
                       const pop3::capability_answer& answer,
                       const pop3::upstream_rules& rules) {
  switch (answer.how) {
    case pop3::capa_answer::refused:
      tell.note(
          "the server knows no CAPA: it is asked for one mail at a "
          "time");
      return;
    case pop3::capa_answer::unreadable:
      tell.note("the server's answer to CAPA cannot be read");
      return;
    case pop3::capa_answer::out_of_step:
      tell.note(fmt::format("when asked for CAPA, {}",
                            sentence_of(answer.error, rules)));
      return;
    case pop3::capa_answer::listed:
      break;
  }
  if (!answer.can.uidl)
    tell.note("the server knows no UIDL");
  if (!answer.can.top)
    tell.note("the server knows no TOP");
  if (!answer.can.pipelining) {
    tell.note(
        "the server knows no PIPELINING: it is asked for one mail at a "
        "time");
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
asio::awaitable<void> measure(const telling& tell, pop3::upstream& server,
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
    tell.step(fmt::format("an answer takes {:.0f} ms", round_trip));
    co_return;
  }
  const auto begun = now();
  const auto octets = co_await size_by_top(server, sample, rules);
  const double took = milliseconds(now() - begun).count();
  const std::size_t listed = mails.size_of(sample).value_or(0);
  if (octets) {
    tell.step(fmt::format("an answer takes {:.0f} ms, {} octets took {:.0f} ms",
                          round_trip, *octets, took));
  }
  const bool is_whole =
      octets && pop3::read_ahead::is_exact(listed, *octets, *octets > listed);
  if (!octets) {
    tell.note("mails cannot be read ahead: the server refuses TOP");
  } else if (!is_whole) {
    tell.note(fmt::format(
        "mails cannot be read ahead: of a mail of {} octets TOP gives "
        "{}",
        listed, *octets));
  } else if (ahead == pop3::prefetch::off) {
    tell.note("mails are not read ahead: prefetch.mode is off");
  } else if (!can.top) {
    tell.note("mails are not read ahead: the server lists no TOP");
  } else if (can.expires_at_once() && ahead != pop3::prefetch::force) {
    tell.note("mails are not read ahead: the server says EXPIRE 0");
  } else {
    tell.step(
        "mails can be read ahead for a client that deletes what it fetches");
  }
}

/// A mail's header by TOP, which marks nothing as read; nothing where there is
/// none, or it is too long.
asio::awaitable<std::optional<std::string>> header_of(
    pop3::upstream& server, std::uint32_t number,
    const pop3::upstream_rules& rules) {
  constexpr std::size_t most = 1 << 20;
  const auto status =
      co_await ask(server, fmt::format("TOP {} 0\r\n", number), rules);
  if (!status)
    co_return std::nullopt;
  pop3::dot_decoder decoder;
  std::string header;
  while (!decoder.ended()) {
    std::string_view received = server.buffered();
    const std::size_t all = received.size();
    while (!received.empty() && !decoder.ended())
      header += decoder.next(received);
    server.consume(all - received.size());
    if (decoder.ended())
      break;
    if (header.size() > most)
      co_return std::nullopt;
    const std::error_code error = co_await server.fill(rules.silence_timeout);
    if (error)
      co_return std::nullopt;
  }
  co_return header;
}

/// Of the newest mails.
asio::awaitable<void> read_headers(pop3::upstream& server, std::uint32_t mails,
                                   const pop3::upstream_rules& rules,
                                   std::vector<std::string>& headers) {
  constexpr std::uint32_t most = 20;
  const std::uint32_t end = mails > most ? mails - most : 0;
  for (std::uint32_t n = mails; n > end; --n) {
    auto header = co_await header_of(server, n, rules);
    if (!header)
      co_return;
    headers.push_back(std::move(*header));
  }
}

/// "an MX host"
std::string_view describe(verdict::entry_reason why) {
  using enum verdict::entry_reason;
  switch (why) {
    case none:
      return "";
    case table:
      return "by the built-in table";
    case mx_host:
      return "an MX host";
    case network:
      return "by the networks in the settings";
    case domain:
      return "by its name";
    case verdict::entry_reason::upstream:
      return "it belongs to the mail server";
    case view:
      return "by proven mails";
  }
  return "";
}

/// What helps where it is not known where mails came in.
void tell_remedy(const telling& tell, const config::settings& settings,
                 const try_options& options, const store::server_sight& s) {
  const admin::border_proposal p = daemon::propose(settings, s, {}, 0);
  const std::string& set =
      verdict::rule_for(settings.verdict, s.host).host_domain;
  if (p.settings.empty()) {
    fmt::print("      {}\n",
               tell.text(fmt::format(
                   "what helps: `mekiki provider learn --account {} FOLDER`",
                   printable(options.account))));
  } else if (!set.empty() &&
             p.settings.find(fmt::format("host_domain = \"{}\"\n", set)) !=
                 p.settings.npos) {
    fmt::print("      {}\n",
               tell.text(fmt::format(
                   "the settings name host_domain = \"{}\" already, which is "
                   "not enough: the DNS shows no such MX host; what helps: "
                   "`networks` with the addresses of these hosts",
                   printable(set))));
  } else {
    fmt::print("      {}\n{}",
               tell.text("what helps, if these hosts are the provider's and "
                         "nobody else's:"),
               p.settings);
  }
}

/// Whether Mekiki knows where these mails came in. Else forgery that the way
/// shows cannot be recognised among them.
void tell_border(telling tell, const config::settings& settings,
                 const try_options& options, const std::string& account,
                 const std::vector<std::string>& headers) {
  if (headers.empty()) {
    tell.note("border: no mail waits that shows where mail comes in");
    return;
  }
  const auto by = mail_evaluator::make(settings, {.zone = options.zone,
                                                  .account = options.account,
                                                  .state = options.state});
  if (!by) {
    tell.note("border: " + by.error());
    return;
  }
  store::sight_counter counter;
  std::string shown;
  for (const std::string& header : headers) {
    const verdict::judgement v = (*by)->run(header);
    const auto& b = v.known.found_border;
    counter.add(account, store::way_text(b));
    if (shown.empty() && verdict::can_accuse(b)) {
      shown =
          fmt::format("{} ({})", printable(b->by.empty() ? "a host" : b->by),
                      describe(b->door));
    }
  }
  const auto servers = counter.servers();
  if (servers.empty())
    return;
  const store::server_sight& s = servers.front();
  const std::uint64_t unseen = s.mails - s.certain;
  if (unseen == 0) {
    if (shown.empty())
      shown = "all came from users of the provider";
    tell.step(fmt::format("border: {}; {} of {} mails came a known way", shown,
                          s.certain, s.mails));
    return;
  }
  fmt::print(
      "warn  {}\n",
      tell.text(fmt::format(
          "border: of {} of {} mails it is not known where they came in "
          "({}); forgery that shows only by SPF, DMARC or a missing signature "
          "cannot be recognised among them",
          unseen, s.mails,
          s.why.empty() ? std::string() : printable(s.why.front().name))));
  tell_remedy(tell, settings, options, s);
}

/// Logs in, asks how many mails wait, and leaves without touching them.
asio::awaitable<int> try_login(pop3::target where, pop3::credentials who,
                               const pop3::upstream_rules& rules,
                               pop3::prefetch ahead, pop3::server_login login,
                               telling tell,
                               std::vector<std::string>& headers) {
  const pop3::step_observer observe = [&tell](std::string_view what) {
    tell.step(what);
  };
  auto in = co_await login.log_in(where, who, observe);
  if (!in) {
    tell.failure(in.error().status);
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
    tell.failure(sentence_of(error, rules));
    co_return exit_failed;
  }
  const auto status = pop3::parse_status(*line);
  if (!status || !status->ok) {
    tell.failure(pop3::one_line(*line));
    co_return exit_failed;
  }
  const auto listing = pop3::parse_stat(*status);
  if (!listing) {
    tell.note(fmt::format("the server does not tell how many mails wait: {}",
                          pop3::one_line(*line)));
  } else if (listing->octets) {
    tell.step(fmt::format("{} mails wait, {} octets in all", listing->mails,
                          *listing->octets));
  } else {
    tell.step(fmt::format("{} mails wait", listing->mails));
  }
  const pop3::capability_answer capa =
      co_await pop3::ask_capabilities(server, rules.silence_timeout);
  tell_capabilities(tell, capa, rules);
  if (capa.how != pop3::capa_answer::out_of_step)
    co_await measure(tell, server, capa.can, rules, ahead);
  if (listing && capa.how != pop3::capa_answer::out_of_step)
    co_await read_headers(server, listing->mails, rules, headers);
  error = co_await server.send("QUIT\r\n", rules.silence_timeout);
  server.connection().close();
  co_return exit_good;
}

/// Prints each step to standard output. The answer is the exit code: 0 logged
/// in, 1 refused by the upstream or by us, 2 could not run.
int try_account(const config::settings& settings, const try_options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  const telling& tell = options.tell;
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
    tell.failure(where.error());
    return exit_failed;
  }
  tell.step(fmt::format("{} at {}, port {}, {}", where->user, where->host,
                        where->port, pop3::to_string(where->with)));

  pop3::credentials who;
  who.login = options.account;
  who.secret = secret(std::string(options.password.reveal()));
  std::optional<int> answer;
  std::exception_ptr thrown;
  std::vector<std::string> headers;
  asio::co_spawn(
      io,
      try_login(*where, std::move(who), proxy.upstream, settings.prefetch.mode,
                pop3::server_login(proxy.upstream,
                                   {.resolver = *parts->resolver,
                                    .tls = *parts->tls,
                                    .seen_tls = parts->seen_tls,
                                    .clock = clock},
                                   parts->hosts),
                options.tell, headers),
      [&](std::exception_ptr e, int code) {
        thrown = std::move(e);
        answer = code;
      });
  // Not run(): the resolver waits for the network as long as it lives.
  while (!answer) io.run_one();
  if (thrown)
    std::rethrow_exception(thrown);
  if (*answer == exit_good)
    tell_border(options.tell, settings, options, pop3::account_id(*where),
                headers);
  return *answer;
}

int run(const try_command& command) {
  const auto loaded = load_settings(command.config);
  if (!loaded)
    return exit_unable;
  log::start("error", loaded->settings.log.format);
  const auto state =
      daemon::open_state_folder(command.state, loaded->settings.state);
  if (!state)
    return fail(state.error());
  const notify::language in = language_of_output(command.language);
  return try_account(loaded->settings,
                     {.tell = {in},
                      .account = command.account,
                      .password = read_secret(say(in, "Password of {}",
                                                  printable(command.account))),
                      .zone = command.zone,
                      .state = *state});
}

}  // namespace

void add_try(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "try", "One login through all steps",
          "Tells which step was refused by whom, and how many mails "
          "wait; and whether\nMekiki knows where they came in. The password is "
          "asked for, or read from standard\ninput.\n\n"
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
  add_language_option(command, options.language);
}

}  // namespace mekiki::cli
