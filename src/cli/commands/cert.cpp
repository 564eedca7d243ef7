// cert: writes the authority's certificate for mail clients, and prints the
// steps for each.
#include <algorithm>
#include <iterator>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/small_file.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"
#include "config/own_names.hpp"
#include "daemon/backup.hpp"
#include "daemon/folder_owner.hpp"
#include "daemon/new_file.hpp"
#include "daemon/state.hpp"

namespace mekiki::cli {
namespace {

struct cert_command {
  store_options where;
  std::filesystem::path out;  // empty: mekiki-ca.pem
  bool force = false;
  bool renew = false;
  std::string language;  // of the steps
};

constexpr std::string_view how_to_renew =
    "\nThis authority was made by an earlier Mekiki: with its key, which lies "
    "in the\nstate folder, one could pretend to be any server towards the "
    "clients that trust\nit. mekiki cert --renew makes one that is for this "
    "machine alone. Import it in\nall clients then, and remove the old one "
    "from them.\n";

constexpr std::string_view after_renewal =
    "\nClients that trusted the authority of before refuse to connect until "
    "they have\nthis one. A running `mekiki serve` takes it within the hour, "
    "or when it gets\nSIGHUP.\n";

// {0}: the exported file, {1}: this host's name, {2}: POP3S port, {3}: POP3
// port.
constexpr std::string_view english_steps = R"(
Import {0} where mails are read, once. Check the fingerprint there.

Thunderbird
  Settings > Privacy & Security > Certificates > Manage Certificates >
  Authorities > Import, choose {0}, tick "Trust this CA to identify websites".
Outlook and other programs on Windows
  Rename it to mekiki-ca.crt, open it, Install Certificate > Local Machine >
  "Place all certificates in the following store" > Trusted Root Certification
  Authorities. As administrator also: certutil -addstore -f Root mekiki-ca.crt
Becky!
  Import it into Windows as for Outlook.
Apple Mail (macOS)
  Open {0} in Keychain Access, keychain "System", then open the certificate,
  Trust > When using this certificate > Always Trust. Or:
  sudo security add-trusted-cert -d -r trustRoot \
    -k /Library/Keychains/System.keychain {0}
curl
  curl --cacert {0} -u 'USER%HOST' pop3s://localhost:{2}/

In the client: server localhost (or {1}), POP3, port {2} with SSL/TLS or port
{3} with STARTTLS; user name USER%HOST, such as taro%pop.example.jp.
)";

constexpr std::string_view japanese_steps = R"(
メールを読むマシンごとに一度、{0} を取り込みます。フィンガープリントが上のものと
一致することを必ず確かめてください。

Thunderbird
  「設定」>「プライバシーとセキュリティ」>「証明書を管理」>「認証局証明書」>
  「インポート」で {0} を選び、
  「この認証局によるウェブサイトの識別を信頼する」にチェックを入れます。
Outlook など、Windows のプログラム
  ファイルの名前を mekiki-ca.crt に変えて開き、「証明書のインストール」>
  「ローカル コンピューター」>「証明書をすべて次のストアに配置する」>
  「信頼されたルート証明機関」の順に選びます。
  管理者なら次でもできます：certutil -addstore -f Root mekiki-ca.crt
Becky!
  Outlook と同じく、Windows に取り込みます。
Apple Mail（macOS）
  {0} を「キーチェーンアクセス」で開き、キーチェーン「システム」に追加します。
  追加した証明書を開き、「信頼」の「この証明書を使用するとき」を「常に信頼」に
  します。次でもできます：
  sudo security add-trusted-cert -d -r trustRoot \
    -k /Library/Keychains/System.keychain {0}
curl
  curl --cacert {0} -u 'ユーザー名%サーバー' pop3s://localhost:{2}/

メールソフトの設定：サーバーは localhost（または {1}）、POP3、ポートは {2}（SSL/TLS）
か {3}（STARTTLS）。ユーザー名は taro%pop.example.jp のように「名前%サーバー」。
)";

std::uint16_t port_of(const std::vector<net::endpoint>& listeners,
                      const std::vector<net::endpoint>& defaults) {
  return (listeners.empty() ? defaults : listeners).front().port;
}

struct authority {
  net::own_certificates files;
  std::string pem;
};

constexpr std::size_t most = 64 << 10;

/// None is made unless that is asked for: one of another state folder would be
/// of no use to the clients that import it.
expected<authority, std::string> find_authority(
    const cert_command& command, const config::settings& settings) {
  const std::filesystem::path folder =
      daemon::find_state_folder(command.where.state, settings.state);
  const daemon::acting_as_owner owner(folder);
  if (!owner.done())
    return unexpected(owner.done().error());
  const std::filesystem::path there = folder / "tls/ca.pem";
  std::error_code error;
  if (!command.renew && !std::filesystem::exists(there, error) && !error) {
    return unexpected(fmt::format(
        "there is no certificate authority at {}: `mekiki serve` makes it at "
        "its first start, or --renew now; if `mekiki serve` has another state "
        "folder, name it with --state, or its settings with --config",
        std::filesystem::absolute(there, error).string()));
  }
  const auto state =
      daemon::open_state_folder(command.where.state, settings.state);
  if (!state)
    return unexpected(state.error());
  if (command.renew) {
    const auto gone = net::forget_certificates(*state / "tls");
    if (!gone)
      return unexpected(gone.error());
  }
  auto made = daemon::own_certificates(settings, *state, system_clock());
  if (!made)
    return unexpected(made.error());
  auto pem = read_small_file(made->ca, most);
  if (!pem)
    return unexpected(pem.error());
  // What else stands in the file is nobody's certificate.
  const std::size_t begin = pem->find("-----BEGIN CERTIFICATE-----");
  constexpr std::string_view last = "-----END CERTIFICATE-----\n";
  const std::size_t end = pem->find(last, std::min(begin, pem->size()));
  if (end == pem->npos)
    return unexpected(made->ca.string() + " holds no certificate");
  return authority{std::move(*made),
                   pem->substr(begin, end + last.size() - begin)};
}

int run(const cert_command& command) {
  const auto loaded = load_settings(command.where.config);
  if (!loaded)
    return exit_unable;
  const config::settings& settings = loaded->settings;
  if (!settings.tls.certificate.empty()) {
    return fail(fmt::format(
        "the settings name a certificate of your own ({}); clients need what "
        "its issuer asks for",
        settings.tls.certificate.string()));
  }
  const auto made = find_authority(command, settings);
  if (!made)
    return fail(made.error());
  const auto& [certificates, pem] = *made;
  if (command.out == "-")
    return print(pem) ? exit_good : exit_unable;

  const std::filesystem::path out =
      command.out.empty() ? "mekiki-ca.pem" : command.out;
  const std::filesystem::path state =
      certificates.ca.parent_path().parent_path();
  if (daemon::is_part_of_state(out, state))
    return fail(out.string() + " is a part of the state folder");
  std::error_code error;
  if (!command.force && !command.renew && std::filesystem::exists(out, error)) {
    const auto there = read_small_file(out, most);
    if (!there || *there != pem) {
      return fail(fmt::format(
          "{} is there already; name another with --out, or use --force",
          out.string()));
    }
  }
  // In place of what is there: no link of another user is followed.
  daemon::new_file file(out);
  auto written = file.made();
  if (written) {
    const auto size = static_cast<ssize_t>(pem.size());
    if (::write(file.descriptor(), pem.data(), pem.size()) != size ||
        ::fchmod(file.descriptor(), 0644) != 0)
      written = unexpected(fmt::format("cannot write {}", out.string()));
  }
  if (written)
    written = file.become(daemon::existing::replace);
  if (!written)
    return fail(written.error());

  const config::settings defaults;
  const notify::language in = language_of_output(command.language);
  const std::string_view steps =
      in == notify::language::japanese ? japanese_steps : english_steps;
  const std::string name = config::host_name();
  const std::string file_name = out.string();
  const auto pop3s = port_of(settings.listen.pop3s, defaults.listen.pop3s);
  const auto pop3 = port_of(settings.listen.pop3, defaults.listen.pop3);
  std::string text = say(
      in, "Mekiki's certificate authority is in {}\nSHA-256 fingerprint: {}\n",
      file_name, certificates.ca_sha256);
  text +=
      fmt::vformat(steps, fmt::make_format_args(file_name, name, pop3s, pop3));
  if (command.renew) {
    text += say(in, after_renewal);
  } else if (!certificates.is_bounded) {
    text += say(in, how_to_renew);
  }
  return print(text) ? exit_good : exit_unable;
}

}  // namespace

void add_cert(CLI::App& app, int& code) {
  CLI::App* command =
      add(app, "cert", "Export our certificate authority",
          "Writes the certificate that mail clients import, and prints "
          "the steps for each\nclient. `mekiki serve` makes it at its first "
          "start.\n\nExamples:\n"
          "  mekiki cert\n"
          "  mekiki cert --out - | openssl x509 -noout -text");
  auto& options = runs<cert_command>(command, code);
  add_store_options(command, options.where);
  add_language_option(command, options.language);
  command
      ->add_option("--out", options.out, "mekiki-ca.pem if not given; - prints")
      ->type_name("FILE");
  command->add_flag("--force", options.force, "replace another file there");
  command->add_flag("--renew", options.renew,
                    "make a new authority, which all clients have to import");
}

}  // namespace mekiki::cli
