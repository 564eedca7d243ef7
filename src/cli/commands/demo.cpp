// demo: the proxy with a mailbox of its own, a zone and a made-up history, all
// on loopback; or the mails as files.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"
#include "daemon/open_history.hpp"
#include "daemon/serve.hpp"
#include "demo/history.hpp"
#include "demo/mailbox.hpp"
#include "demo/reports.hpp"
#include "demo/server.hpp"
#include "net/listen.hpp"

namespace mekiki::cli {
namespace {

struct demo_command {
  std::uint16_t port = 0;       // 0: free ports
  std::filesystem::path write;  // write the mails there and end
  std::string language;         // of the output
};

namespace fs = std::filesystem;

constexpr const char* login = "demo%localhost";
constexpr const char* password = "demo";  // the administrator's, too

/// A folder that goes with everything in it.
class temporary_folder {
 public:
  temporary_folder() {
    std::string name =
        (fs::temp_directory_path() / "mekiki-demo.XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr)
      path_ = name;
  }
  ~temporary_folder() {
    std::error_code ignored;
    if (!path_.empty())
      fs::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const fs::path& path() const { return path_; }  // empty: none could be made

 private:
  fs::path path_;
};

/// Until `serve` handles them: a signal must not leave the folder behind.
void hold_signals_back() {
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGINT);
  sigaddset(&both, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &both, nullptr);
}

bool write_file(const fs::path& file, std::string_view octets) {
  std::ofstream out(file, std::ios::binary);
  out << octets;
  out.close();
  return !out.fail();
}

/// What the demo judges by, as a settings file.
std::string demo_settings_file() {
  const verdict::settings s = demo::demo_verdict_settings();
  const auto& p = s.providers.front();
  return fmt::format(
      "[verdict]\nwatched = [\"{}\"]\n\n"
      "[[provider]]\nupstream = \"{}\"\nmail_domain = \"{}\"\n",
      fmt::join(s.watched, "\", \""), p.upstream, p.mail_domain);
}

int write_mails(const demo::demo_mailbox& box, const fs::path& folder,
                notify::language in) {
  std::error_code error;
  fs::create_directories(folder, error);
  bool good = write_file(folder / "zone.json", box.zone) &&
              write_file(folder / "mekiki.toml", demo_settings_file());
  std::size_t number = 0;
  for (const demo::demo_mail& mail : box.mails) {
    const std::string name = fmt::format("{:02}-{}.eml", ++number, mail.name);
    good = good && write_file(folder / name, mail.octets);
  }
  if (!good)
    return fail(fmt::format("cannot write to {}", folder.string()));
  const std::string text =
      say(in,
          "{0} mails, their DNS zone and the settings are in {1}. Judge them "
          "with:\n"
          "  mekiki verify --config {1}/mekiki.toml --dns {1}/zone.json "
          "--account demo@user.example%localhost {1}/*.eml\n",
          box.mails.size(), folder.string());
  return print(text) ? exit_good : exit_unable;
}

net::endpoint loopback(std::uint16_t port) {
  return {ip_address::v4({127, 0, 0, 1}), port};
}

bool is_free(const net::endpoint& where) {
  boost::asio::io_context io;
  return net::listener::bind(io, where, 1, {}).has_value();
}

/// The port that was asked for and the next one; otherwise the proxy's usual
/// ports where both are free, and any free ones elsewhere.
void choose_ports(config::settings& c, std::uint16_t asked) {
  if (asked != 0) {
    c.listen.pop3 = {loopback(asked)};
    c.listen.pop3s = {loopback(static_cast<std::uint16_t>(asked + 1))};
  } else if (!is_free(c.listen.pop3.front()) ||
             !is_free(c.listen.pop3s.front())) {
    c.listen.pop3 = {loopback(0)};
    c.listen.pop3s = {loopback(0)};
  }
  if (!is_free(c.admin.listen.front()))
    c.admin.listen = {loopback(0)};
}

config::settings demo_settings(std::uint16_t port, std::uint16_t mailbox) {
  config::settings c;
  // Its folder goes when it ends, and nothing in it is anybody's.
  c.sandbox.enabled = false;
  c.authserv_id = demo::demo_authserv_id;
  c.verdict = demo::demo_verdict_settings();
  c.history.keep = store::text_retention::of_all;  // each mail has its story
  choose_ports(c, port);
  c.upstream.networks = {{ip_address::v4({127, 0, 0, 0}), 8}};
  c.upstream.clear_hosts = {"localhost"};
  c.routes.push_back({.pattern = login,
                      .host = "",
                      .port = mailbox,
                      .with = pop3::protection::clear});
  return c;
}

std::string table_of(const demo::demo_mailbox& box, notify::language in) {
  std::string out(say(in, "  No  X-DKIM-Check  Verdict     What it is\n"));
  const int width = in == notify::language::english ? 4 : 6;
  std::size_t number = 0;
  for (const demo::demo_mail& mail : box.mails) {
    const std::string_view word = to_string(mail.expected);
    const std::string_view level = to_string(mail.verdict);
    out += fmt::format("{:>{}}  {}{}  {}{}  {}\n", ++number, width,
                       paint_result(word), std::string(12 - word.size(), ' '),
                       paint_result(level), std::string(10 - level.size(), ' '),
                       say(in, mail.story));
  }
  return out;
}

std::size_t number_of(const demo::demo_mailbox& box, std::string_view name) {
  const auto at = std::ranges::find(box.mails, name, &demo::demo_mail::name);
  return static_cast<std::size_t>(at - box.mails.begin()) + 1;
}

/// The address of the dashboard's page `path`.
std::string url_of(const daemon::bound_ports& ports, std::string_view path,
                   notify::language in) {
  return ports.admin.empty()
             ? std::string(say(in, "no address: none is free"))
             : fmt::format("http://{}/{}", net::format(ports.admin.front()),
                           path);
}

/// Fills the history. To be called before `serve` opens the store.
expected<void, std::string> make_up_history(const config::settings& settings,
                                            const fs::path& state) {
  const manual_clock now(system_clock().now());
  const auto account = daemon::account_of(login, settings.routes);
  if (!account)
    return unexpected(account.error());
  const auto history = store::open(state / store::file_name,
                                   daemon::history_options(settings, now));
  if (!history)
    return unexpected(history.error());
  if (auto filled = demo::fill_demo_history(**history, now.now(), *account);
      !filled)
    return filled;
  return demo::fill_demo_reports(state / store::file_name, now.now());
}

constexpr std::string_view english_instructions =
    "{title}\n\n"
    "The dashboard: {dashboard} (password: {password})\n"
    "What it shows of the last six weeks is made up. As a user you sign in "
    "as\n{login} with password {password}.\n\n"
    "What lies in that mailbox is judged when you fetch it:\n{table}\n"
    "What you type (in a URL the % of the login name is spelled %25):\n"
    "  curl -s 'pop3://demo%25localhost:demo@127.0.0.1:{pop3}/'\n"
    "  curl -s 'pop3://demo%25localhost:demo@127.0.0.1:{pop3}/{forged}' | "
    "grep -a -E '^(X-|Authent)'\n"
    "  for n in $(seq {count}); do curl -s "
    "\"pop3://demo%25localhost:demo@127.0.0.1:{pop3}/$n\" | grep -a "
    "-E '^X-(DKIM-C|Mekiki-V)'; done\n"
    "  curl -sk 'pop3s://demo%25localhost:demo@127.0.0.1:{pop3s}/1'\n\n"
    "What Prometheus gets is at {metrics} while you try this.\n\n"
    "In a mail client: POP3, server 127.0.0.1, port {pop3}, no TLS (or "
    "{pop3s} with SSL/TLS),\nuser {login}, password {password}.\n\n"
    "Mail {forged} brings its own X-DKIM-Check: pass and is forged all the "
    "same.\nA mail that is `new` now is `genuine` once its sender came well "
    "proven on three\ndays or more, the first and the last at least a week "
    "apart. Ctrl-C ends the demo.\n";

constexpr std::string_view japanese_instructions =
    "{title}\n\n"
    "ダッシュボード: {dashboard}（管理者のパスワード: {password}）\n"
    "過去 6 週間の履歴は架空のものです。利用者としては {login}、パスワード "
    "{password}\nでサインインできます。\n\n"
    "次のメールが入っていて、受信したときに判定されます。\n{table}\n"
    "試すコマンド（URL の中では、ユーザー名の % を %25 と書きます）：\n"
    "  curl -s 'pop3://demo%25localhost:demo@127.0.0.1:{pop3}/'\n"
    "  curl -s 'pop3://demo%25localhost:demo@127.0.0.1:{pop3}/{forged}' | "
    "grep -a -E '^(X-|Authent)'\n"
    "  for n in $(seq {count}); do curl -s "
    "\"pop3://demo%25localhost:demo@127.0.0.1:{pop3}/$n\" | grep -a "
    "-E '^X-(DKIM-C|Mekiki-V)'; done\n"
    "  curl -sk 'pop3s://demo%25localhost:demo@127.0.0.1:{pop3s}/1'\n\n"
    "その間に Prometheus が受け取るものは {metrics} で見られます。\n\n"
    "メールソフトなら：POP3、サーバー 127.0.0.1、ポート {pop3}（TLS "
    "なし）か {pop3s}（SSL/TLS）、\n"
    "ユーザー名 {login}、パスワード {password}。\n\n"
    "メール {forged} は X-DKIM-Check: pass を自分で付けていますが、"
    "なりすましです。\n"
    "今 new のメールは、確認できたメールが 3 日以上（最初と最後が 7 "
    "日以上離れて）届けば\n"
    "genuine になります。Ctrl-C で終了します。\n";

std::string instructions(const demo::demo_mailbox& box,
                         const daemon::bound_ports& ports,
                         notify::language in) {
  const auto pop3 = ports.pop3.front().port;
  const auto pop3s = ports.pop3s.front().port;
  return fmt::format(
      fmt::runtime(in == notify::language::english ? english_instructions
                                                   : japanese_instructions),
      fmt::arg("title", paint(colour::bold,
                              say(in,
                                  "Mekiki's demo is running, on this machine "
                                  "alone."))),
      fmt::arg("table", table_of(box, in)),
      fmt::arg("metrics", url_of(ports, "metrics", in)),
      fmt::arg("dashboard", url_of(ports, "", in)), fmt::arg("login", login),
      fmt::arg("password", password), fmt::arg("pop3", pop3),
      fmt::arg("pop3s", pop3s), fmt::arg("count", box.mails.size()),
      fmt::arg("forged", number_of(box, "forged-fields")));
}

int run(const demo_command& command) {
  const notify::language in = language_of_output(command.language);
  const auto box = demo::make_demo_mails(system_clock().now());
  if (!box)
    return fail(box.error());
  if (!command.write.empty())
    return write_mails(*box, command.write, in);

  hold_signals_back();
  const temporary_folder state;
  const fs::path zone = state.path() / "zone.json";
  if (state.path().empty() || !write_file(zone, box->zone)) {
    return fail("no folder for temporary files can be made");
  }
  const std::uint16_t mailbox_port =
      command.port == 0 ? 0 : static_cast<std::uint16_t>(command.port + 2);
  const auto mailbox =
      demo::demo_server::start(loopback(mailbox_port), box->mails);
  if (!mailbox)
    return fail(mailbox.error());

  log::start("warning", log::format::text);
  const config::settings settings =
      demo_settings(command.port, (*mailbox)->local().port);
  if (const auto made = make_up_history(settings, state.path()); !made)
    return fail(made.error());
  daemon::serve_options options;
  options.zone = zone;
  options.state = state.path();
  options.demo_password = password;
  options.ready = [&box, in](const daemon::bound_ports& ports,
                             const std::function<void()>& /*stop*/) {
    print(instructions(*box, ports, in));
  };
  return daemon::serve(settings, options);
}

}  // namespace

void add_demo(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "demo", "Run the proxy on a built-in mailbox",
          "Good and forged mails, really signed at start, with their own "
          "DNS; nothing\nleaves this machine. Prints what to type. "
          "Ctrl-C ends it.\n\n"
          "Examples:\n"
          "  mekiki demo\n"
          "  mekiki demo --port 2110           POP3 there, POP3S on "
          "2111, mailbox on 2112\n"
          "  mekiki demo --write DIR           only write the mails and "
          "zone.json there");
  auto& options = runs<demo_command>(command, code);
  command
      ->add_option("--port", options.port,
                   "first of three ports (default: 1110 and 1995, "
                   "or free ones)")
      ->type_name("N")
      ->check(CLI::Range(1, 65533));
  command
      ->add_option("--write", options.write, "write mails and zone, then end")
      ->type_name("DIR");
  add_language_option(command, options.language);
}

}  // namespace mekiki::cli
