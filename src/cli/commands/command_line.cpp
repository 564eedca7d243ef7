// The command line: names, options, help. What a command does is in its
// command_*.cpp.
#include <functional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/printable.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal.hpp"
#include "config/units.hpp"
#include "notify/mail/own_mail.hpp"
#include "notify/policy/choice.hpp"

namespace mekiki::cli {
namespace {

CLI::App* add(CLI::App& app, const std::string& name, const std::string& help,
              const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, help);
  command->footer(examples);
  return command;
}

template <class Command>
void runs(CLI::App* command, Command& options, int& code) {
  command->callback([&options, &code] { code = run(options); });
}

void add_config(CLI::App* command, std::filesystem::path& config) {
  command->add_option("--config", config, "settings file (TOML)")
      ->type_name("FILE");
}

void add_zone(CLI::App* command, std::filesystem::path& zone) {
  command
      ->add_option("--dns", zone,
                   "answer all DNS questions from this JSON zone, ask nobody")
      ->type_name("FILE");
}

void add_state(CLI::App* command, std::filesystem::path& state) {
  command->add_option("--state", state, "state folder")->type_name("DIR");
}

void add_store(CLI::App* command, store_options& where) {
  add_config(command, where.config);
  add_state(command, where.state);
}

void add_time(CLI::App* command, const std::string& name,
              std::optional<time_point>& at, const std::string& help) {
  command
      ->add_option_function<std::string>(
          name,
          [&at](const std::string& text) { at = config::parse_time(text); },
          help)
      ->type_name("TIME")
      ->check([](const std::string& text) {
        return config::parse_time(text) ? ""
                                        : fmt::format(
                                              "expected RFC 3339 such as "
                                              "2026-03-01T12:00:00Z or Unix "
                                              "seconds, got \"{}\"",
                                              printable(text));
      });
}

CLI::Option* add_ip(CLI::App* command,
                    const std::function<void(const ip_address&)>& take) {
  return command
      ->add_option_function<std::string>(
          "--ip",
          [take](const std::string& text) {
            take(parse_ip_address(config::without_brackets(text))
                     .value_or(ip_address()));
          },
          "address of the client that handed the mail over")
      ->type_name("A")
      ->check([](const std::string& text) {
        return parse_ip_address(config::without_brackets(text))
                   ? ""
                   : fmt::format("expected an IPv4 or IPv6 address, got \"{}\"",
                                 printable(text));
      });
}

struct envelope_options {
  CLI::Option* mail_from;
  CLI::Option* helo;
};

envelope_options add_envelope(CLI::App* command, std::string& mail_from,
                              std::string& helo) {
  return {command
              ->add_option("--mail-from", mail_from,
                           "envelope sender, without angle brackets")
              ->type_name("B"),
          command->add_option("--helo", helo, "name given with HELO or EHLO")
              ->type_name("C")};
}

constexpr std::string_view judging_help =
    "SPF needs the address that handed the mail to your provider. Mekiki looks "
    "for it in\nthe Received fields; --account tells whose provider and "
    "history count, and --ip,\n--mail-from and --helo give the facts by "
    "hand.\n";

void add_language(CLI::App* command, std::string& language) {
  command
      ->add_option("--lang", language,
                   "of the sentences: en or ja (default: the locale's)")
      ->type_name("L")
      ->check(CLI::IsMember({"en", "ja"}));
}

/// Each option checks by the function that reads it later.
void add_choice(CLI::App* command, typed_choice& chosen) {
  command
      ->add_option("--methods", chosen.methods,
                   "letters of A, B, C, D with commas, or none")
      ->type_name("M")
      ->check([](const std::string& text) {
        const auto m = notify::parse_methods(text);
        return m ? std::string() : m.error();
      });
  command
      ->add_option("--when", chosen.when,
                   "of which mails: forged, altered, new or classic")
      ->type_name("W")
      ->check(CLI::IsMember({"forged", "altered", "new", "classic"}));
  command
      ->add_option("--subject-mark", chosen.subject_mark,
                   "mark forged mail in its Subject")
      ->type_name("on|off")
      ->check(CLI::IsMember({"on", "off"}));
}

constexpr std::string_view choice_help =
    "Methods, any set of them:\n"
    "  A  a forged mail arrives as a warning, with the original attached\n"
    "  B  a warning comes as a mail of its own\n"
    "  C  labels: rules of the mail client colour mails (see `mekiki rules`)\n"
    "  D  the add-on for Thunderbird opens a window\n"
    "When:\n"
    "  forged   mails that are proven false\n"
    "  altered  and those that somebody changed on their way\n"
    "  new      and those of senders who are not known yet\n"
    "  classic  instead of all that, each mail whose X-DKIM-Check is fail\n"
    "A touches forged mails alone, whatever --when says.\n";

void add_user(CLI::App* command, std::string& account, store_options& where) {
  command->add_option("ACCOUNT", account, "the login name, USER%HOST[:PORT]")
      ->type_name("")
      ->required();
  add_store(command, where);
}

void add_judging(CLI::App* command, judging_options& judging) {
  add_config(command, judging.config);
  add_zone(command, judging.zone);
  add_time(command, "--at", judging.at, "judge as if it were this time");
  command->add_flag("--allow-weak", judging.allow_weak,
                    "accept rsa-sha1 and RSA keys below 1024 bits");
  CLI::Option* ip = add_ip(
      command, [&judging](const ip_address& given) { judging.ip = given; });
  const envelope_options envelope =
      add_envelope(command, judging.mail_from, judging.helo);
  envelope.mail_from->needs(ip);
  envelope.helo->needs(ip);
  command
      ->add_option("--account", judging.account,
                   "whose mails they are: the login name, USER%HOST[:PORT]")
      ->type_name("NAME");
  add_state(command, judging.state);
}

/// "D=RESULT"
std::optional<dmarc::identifier> parse_identifier(const std::string& text) {
  using auth::result;
  const std::size_t equals = text.rfind('=');
  if (equals == 0 || equals == std::string::npos)
    return std::nullopt;
  const std::string_view word = std::string_view(text).substr(equals + 1);
  for (const result r : {result::none, result::pass, result::fail,
                         result::softfail, result::policy, result::neutral,
                         result::temperror, result::permerror}) {
    if (word == to_string(r))
      return dmarc::identifier{text.substr(0, equals), r};
  }
  return std::nullopt;
}

void add_dmarc(CLI::App* command, dmarc_command& asked) {
  const auto is_identifier = [](const std::string& text) {
    return parse_identifier(text)
               ? ""
               : fmt::format(
                     "expected a domain and its result such as "
                     "example.jp=pass, got \"{}\"",
                     printable(text));
  };
  command
      ->add_option("--from", asked.known.authors,
                   "domain of the author; several: as in a mail with several")
      ->type_name("D")
      ->required();
  command
      ->add_option_function<std::string>(
          "--spf",
          [&asked](const std::string& text) {
            asked.known.spf =
                parse_identifier(text).value_or(dmarc::identifier());
          },
          "domain that SPF checked, and its result")
      ->type_name("D=RESULT")
      ->check(is_identifier);
  command
      ->add_option_function<std::vector<std::string>>(
          "--dkim",
          [&asked](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              asked.known.dkim.push_back(
                  parse_identifier(text).value_or(dmarc::identifier()));
            }
          },
          "domain of a signature, and its result; once for each")
      ->type_name("D=RESULT")
      ->check(is_identifier);
  command
      ->add_option_function<std::string>(
          "--spec",
          [&asked](const std::string& text) {
            if (text == to_string(dmarc::spec::rfc7489))
              asked.rules = dmarc::spec::rfc7489;
          },
          "rfc9989 (with the tree walk) or rfc7489 (with the public suffix "
          "list); default: rfc9989")
      ->type_name("S")
      ->check(CLI::IsMember({"rfc9989", "rfc7489"}));
}

void add_key_name(CLI::App* command, std::string& domain,
                  std::string& selector) {
  const auto is_name = [](const std::string& text) {
    return config::is_domain_name(text)
               ? ""
               : fmt::format("expected a domain name, got \"{}\"",
                             printable(text));
  };
  command->add_option("--domain", domain, "signing domain (d=)")
      ->type_name("D")
      ->required()
      ->check(is_name);
  command->add_option("--selector", selector, "name of the key (s=)")
      ->type_name("S")
      ->required()
      ->check(is_name);
}

constexpr std::string_view main_help =
    "Mekiki judges where mails come from: a POP3 proxy in front of your mail\n"
    "server, and the same judgement for stored mails.";

}  // namespace

int command_line(int argc, char** argv) {
  int code = exit_good;
  CLI::App app{std::string(main_help), "mekiki"};
  app.set_version_flag("--version", "mekiki " MEKIKI_VERSION);
  app.require_subcommand(0, 1);  // none: see below
  app.footer(
      "Examples:\n"
      "  mekiki demo                       see it work, on this machine alone\n"
      "  mekiki serve                      the proxy, on 127.0.0.1:1110 and "
      ":1995\n"
      "  mekiki try taro%pop.example.jp    one login, step by step\n"
      "  mekiki verify mail.eml            judge a mail\n"
      "  mekiki explain mail.eml           the whole story of a mail\n\n"
      "`mekiki COMMAND --help` tells more of each.");

  serve_command serving;
  CLI::App* command =
      add(app, "serve", "Run the proxy until it is told to stop",
          "Runs without a settings file; `mekiki config defaults` prints one.\n"
          "Mail clients log in as USER%HOST, such as taro%pop.example.jp.\n\n"
          "Examples:\n"
          "  mekiki serve\n"
          "  mekiki serve --config /etc/mekiki.toml --state /var/lib/mekiki");
  add_config(command, serving.config);
  add_zone(command, serving.zone);
  add_state(command, serving.state);
  runs(command, serving, code);

  demo_command demo;
  command = add(app, "demo", "Run the proxy on a built-in mailbox",
                "Good and forged mails, really signed at start, with their own "
                "DNS; nothing\nleaves this machine. Prints what to type. "
                "Ctrl-C ends it.\n\n"
                "Examples:\n"
                "  mekiki demo\n"
                "  mekiki demo --port 2110           POP3 there, POP3S on "
                "2111, mailbox on 2112\n"
                "  mekiki demo --write DIR           only write the mails and "
                "zone.json there");
  command
      ->add_option("--port", demo.port,
                   "first of three ports (default: 1110 and 1995, "
                   "or free ones)")
      ->type_name("N")
      ->check(CLI::Range(1, 65533));
  command->add_option("--write", demo.write, "write mails and zone, then end")
      ->type_name("DIR");
  runs(command, demo, code);

  try_command trying;
  command = add(app, "try", "One login through all steps",
                "Tells which step was refused by whom, and how many mails "
                "wait. The password is\nasked for, or read from standard "
                "input.\n\n"
                "Examples:\n"
                "  mekiki try taro%pop.example.jp\n"
                "  mekiki try 'taro@example.jp%pop.example.jp:995' < "
                "password.txt");
  command->add_option("account", trying.account, "USER%HOST[:PORT]")
      ->type_name("ACCOUNT")
      ->required();
  add_config(command, trying.config);
  add_zone(command, trying.zone);
  add_state(command, trying.state);
  runs(command, trying, code);

  send_test_command sending;
  command =
      add(app, "send-test", "Send a test mail, step by step",
          "Mekiki's own mails (warnings of method B, and those to "
          "administrators) go to the\nserver named in smtp.host of the "
          "settings, which sends them on. This sends a short\none the same "
          "way, and tells which step was refused by whom. What happens after "
          "the\nserver took it only the mailbox tells.\n\n"
          "A settings file that is enough:\n"
          "  [smtp]\n"
          "  host = \"smtp.example.jp\"\n"
          "  user = \"mekiki@example.jp\"\n"
          "  password_file = \"smtp-password\"  # one line, chmod 600\n"
          "  from = \"mekiki@example.jp\"\n\n"
          "Exit code: 0 the server took the mail, 1 it was refused, 2 could "
          "not run.\n\n"
          "Examples:\n"
          "  mekiki send-test taro@example.jp --config /etc/mekiki.toml");
  command->add_option("ADDRESS", sending.recipient, "who gets the mail")
      ->type_name("")
      ->required()
      ->check([](const std::string& text) {
        return notify::is_plain_address(text)
                   ? ""
                   : fmt::format(
                         "expected an address such as taro@example.jp, got "
                         "\"{}\"",
                         printable(text));
      });
  add_config(command, sending.config);
  runs(command, sending, code);

  verify_command verify;
  command = add(
      app, "verify", "Judge stored mails",
      "A PATH is a mail, an mbox, a Maildir, another folder of mails, or - for "
      "standard\ninput. Line ends are put back to CRLF where a file has LF "
      "only.\n"
      "Exit code: 0 none failed, 1 some failed or are forged, 2 could not run."
      "\n\n" +
          std::string(judging_help) +
          "\nExamples:\n"
          "  mekiki verify mail.eml\n"
          "  mekiki verify --json ~/Maildir | jq -r "
          "'select(.verdict==\"forged\")"
          ".file'\n"
          "  mekiki verify --account taro%pop.example.jp ~/Maildir\n"
          "  mekiki verify --ip 192.0.2.1 --mail-from hanako@example.jp --helo "
          "mx.example.jp mail.eml\n"
          "  mekiki verify --dns zone.json --at 2015-06-01 --allow-weak "
          "old.mbox");
  add_judging(command, verify.judging);
  command->add_flag("--json", verify.json, "one JSON object a line");
  add_language(command, verify.language);
  command->add_option("--jobs", verify.jobs, "threads; 0: one for each core")
      ->type_name("N")
      ->check(CLI::Range(0, 256));
  command->add_option("PATH", verify.paths, "mails")->type_name("")->required();
  runs(command, verify, code);

  explain_command explain;
  command = add(app, "explain", "The whole story of one mail",
                "Tells which way the mail came, each check with the DNS "
                "records it rests on, and\nhow the verdict follows.\n" +
                    std::string(judging_help) +
                    "\nExamples:\n"
                    "  mekiki explain mail.eml\n"
                    "  mekiki explain --account taro%pop.example.jp - < "
                    "mail.eml");
  add_judging(command, explain.judging);
  add_language(command, explain.language);
  command->add_option("FILE", explain.path, "the mail")
      ->type_name("")
      ->required();
  runs(command, explain, code);

  spf_command spf;
  command = add(app, "spf", "May this address send mail for that domain?",
                "Evaluates the domain's SPF record (RFC 7208), step by step. "
                "Without --mail-from,\nor with an empty one, the HELO name "
                "is checked.\n"
                "Exit code: 1 for fail, 0 for every other result, 2 could not "
                "run.\n\n"
                "Examples:\n"
                "  mekiki spf --ip 192.0.2.1 --mail-from taro@example.jp "
                "--helo mail.example.jp\n"
                "  mekiki spf --ip 2001:db8::1 --helo mail.example.jp --json");
  add_ip(command, [&spf](const ip_address& ip) { spf.ip = ip; })->required();
  add_envelope(command, spf.mail_from, spf.helo);
  add_config(command, spf.config);
  add_zone(command, spf.zone);
  command->add_flag("--json", spf.json, "one JSON object");
  runs(command, spf, code);

  dmarc_command dmarc;
  command = add(app, "dmarc", "Do these results prove the author's domain?",
                "Finds the author's DMARC policy (RFC 9989) and applies it to "
                "given results of other\nchecks. Without --spf, SPF counts as "
                "checked with nothing to pass.\n"
                "Exit code: 1 for fail, 0 for every other result, 2 could not "
                "run.\n\n"
                "Examples:\n"
                "  mekiki dmarc --from example.jp --dkim mail.example.jp=pass\n"
                "  mekiki dmarc --from example.jp --spf "
                "bounce.example.net=pass --json");
  add_dmarc(command, dmarc);
  add_config(command, dmarc.config);
  add_zone(command, dmarc.zone);
  command->add_flag("--json", dmarc.json, "one JSON object");
  runs(command, dmarc, code);

  sign_command sign;
  command = add(app, "sign", "Sign a mail with DKIM",
                "Reads a mail from standard input and writes it with a "
                "DKIM-Signature on top.\n\n"
                "Examples:\n"
                "  mekiki sign --domain example.jp --selector s1 --key "
                "s1.pem < mail.eml > signed.eml");
  add_key_name(command, sign.domain, sign.selector);
  command->add_option("--key", sign.key, "private key (PEM)")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--canonicalization", sign.canonicalization,
                   "of header and body (c=)")
      ->type_name("C")
      ->check(CLI::IsMember({"simple/simple", "simple/relaxed",
                             "relaxed/simple", "relaxed/relaxed"}))
      ->capture_default_str();
  add_time(command, "--at", sign.at, "time of the signature (t=)");
  runs(command, sign, code);

  keygen_command keygen;
  command = add(app, "keygen", "Make a key for signing",
                "Writes the private key and prints the DNS record to publish."
                "\n\nExamples:\n"
                "  mekiki keygen --domain example.jp --selector s1\n"
                "  mekiki keygen --domain example.jp --selector s2 --type "
                "ed25519 --out s2.pem");
  add_key_name(command, keygen.domain, keygen.selector);
  command->add_option("--type", keygen.type, "rsa2048 or ed25519")
      ->type_name("T")
      ->check(CLI::IsMember({"rsa2048", "ed25519"}))
      ->capture_default_str();
  command
      ->add_option("--out", keygen.out,
                   "key file; SELECTOR.DOMAIN.pem if not given")
      ->type_name("FILE");
  command->add_flag("--force", keygen.force, "replace the key file");
  runs(command, keygen, code);

  cert_command cert;
  command = add(app, "cert", "Export our certificate authority",
                "Writes the certificate that mail clients import, and prints "
                "the steps for each\nclient. It is made when there is none "
                "yet.\n\nExamples:\n"
                "  mekiki cert\n"
                "  mekiki cert --out - | openssl x509 -noout -text");
  add_config(command, cert.config);
  add_state(command, cert.state);
  command->add_option("--out", cert.out, "mekiki-ca.pem if not given; - prints")
      ->type_name("FILE");
  command->add_flag("--force", cert.force, "replace another file there");
  runs(command, cert, code);

  CLI::App* trust =
      add(app, "trust", "Whom to trust, and whom not",
          "Rules count from the next mail on, for one account or for all, "
          "whether `mekiki\nserve` runs or not.\n\n"
          "Examples:\n"
          "  mekiki trust add author '*@example.jp'\n"
          "  mekiki trust add author shop@example.com --signer example.com\n"
          "  mekiki trust add list users.lists.example.org --account "
          "taro%pop.example.jp\n"
          "  mekiki trust add signer example.net --distrust --until "
          "2027-01-01\n"
          "  mekiki trust list");
  trust->require_subcommand(0, 1);
  trust_add_command trusting;
  command = add(
      *trust, "add", "Trust, or distrust",
      "  author GLOB       mails of these addresses (*@example.jp) or domains, "
      "once they are\n"
      "                    proven to be the author's\n"
      "  signer DOMAIN     whatever this domain proves for itself\n"
      "  list LISTID       what comes from this mailing list, proven by its "
      "domain\n"
      "  forwarder DOMAIN  what this domain sends on, sealed with ARC or proven"
      "\n\nA rule for the same replaces the older one.");
  command->add_option("KIND", trusting.kind, "author, signer, list, forwarder")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember({"author", "signer", "list", "forwarder"}));
  command->add_option("WHOM", trusting.pattern, "glob or domain")
      ->type_name("")
      ->required();
  command
      ->add_option("--signer", trusting.signer,
                   "of author: only where this domain proves it")
      ->type_name("D");
  command->add_flag("--distrust", trusting.distrust,
                    "never better than unverified");
  add_time(command, "--until", trusting.until, "the rule ends then");
  command
      ->add_option("--account", trusting.account,
                   "for this account alone: the login name, "
                   "USER%HOST[:PORT]")
      ->type_name("NAME");
  add_store(command, trusting.where);
  runs(command, trusting, code);
  trust_list_command rules;
  command = add(*trust, "list", "All rules, with their numbers", "");
  add_store(command, rules.where);
  runs(command, rules, code);
  trust_remove_command removing;
  command = add(*trust, "remove", "Remove a rule by its number", "");
  command->add_option("NUMBER", removing.number, "as `trust list` shows it")
      ->type_name("")
      ->required();
  add_store(command, removing.where);
  runs(command, removing, code);

  senders_command senders;
  command = add(app, "senders", "Who sends how much",
                "Mails by author domain, the busiest first: an aid for the "
                "setting verdict.bulk_senders.\n\nExamples:\n"
                "  mekiki senders\n"
                "  mekiki senders --days 30");
  command->add_option("--days", senders.days, "so many days back (default: 7)")
      ->type_name("N")
      ->check(CLI::Range(1, 90));
  add_store(command, senders.where);
  runs(command, senders, code);

  CLI::App* database =
      add(app, "store", "Back up, shrink, check or export the history",
          "All of them work while `mekiki serve` runs, and no mail is late for "
          "them.\n\n"
          "Examples:\n"
          "  mekiki store backup /backup/mekiki-2026-03-01.db\n"
          "  mekiki store check\n"
          "  mekiki store vacuum\n"
          "  mekiki store export --from 2026-03-01 --format csv > mails.csv");
  database->require_subcommand(0, 1);
  store_backup_command backup;
  command = add(
      *database, "backup",
      "Copy the database as it is now, and verify the copy",
      "FILE gets mode 0600: it holds what the history holds, secret words of "
      "users\namong it. To go back to it stop `mekiki serve`, remove "
      "mekiki.db, mekiki.db-wal and\nmekiki.db-shm from the state folder, and "
      "put FILE there as mekiki.db.\n\nExamples:\n"
      "  mekiki store backup /backup/mekiki.db --force");
  command->add_option("FILE", backup.file, "the copy")
      ->type_name("")
      ->required();
  command->add_flag("--force", backup.force,
                    "replace FILE, once the new copy is good");
  add_store(command, backup.where);
  runs(command, backup, code);
  store_vacuum_command vacuum;
  command = add(*database, "vacuum", "Give back to the disk what is unused",
                "Seldom needed: room in the file is used again. After it, "
                "nothing of what was removed\nis left in the file. For a while "
                "the state folder must have room for two copies of\nthe "
                "database, and what `mekiki serve` would write waits in its "
                "queue.");
  add_store(command, vacuum.where);
  runs(command, vacuum, code);
  store_check_command checking;
  command = add(*database, "check", "Read all of it, and tell what it holds",
                "Exit code: 0 good, 1 damaged, 2 could not be read.");
  add_store(command, checking.where);
  runs(command, checking, code);
  store_export_command exporting;
  command = add(
      *database, "export", "All that is kept of each mail, one line a mail",
      "In the order in which the mails first came. Author and subject are "
      "there where\n`history.keep` had them kept. In csv, text that a "
      "spreadsheet would calculate begins\nwith an apostrophe.\n\n"
      "Examples:\n"
      "  mekiki store export | jq -r 'select(.verdict==\"forged\").subject'\n"
      "  mekiki store export --account taro%pop.example.jp --from "
      "2026-03-01 --to 2026-04-01");
  add_time(command, "--from", exporting.from,
           "mails that were last fetched then or later");
  add_time(command, "--to", exporting.to, "and before that time");
  command
      ->add_option("--account", exporting.account,
                   "of this account alone: the login name, USER%HOST[:PORT]")
      ->type_name("NAME");
  command->add_option("--format", exporting.format, "jsonl or csv")
      ->type_name("F")
      ->check(CLI::IsMember({"jsonl", "csv"}))
      ->capture_default_str();
  add_store(command, exporting.where);
  runs(command, exporting, code);

  CLI::App* user = add(
      app, "user", "How each user is told of forged mail",
      "What one user chooses is kept beside the history and counts from the "
      "account's next\nlogin on, whether `mekiki serve` runs or not. Who has "
      "not chosen is told as the\nsettings in [users] say.\n\n" +
          std::string(choice_help) +
          "\nExamples:\n"
          "  mekiki user rehearse taro%pop.example.jp --methods A,C\n"
          "  mekiki user set taro%pop.example.jp --methods A,C --language ja "
          "--word hanami\n"
          "  mekiki user show taro%pop.example.jp\n"
          "  mekiki user set taro%pop.example.jp --default\n"
          "  mekiki user list");
  user->require_subcommand(0, 1);
  user_list_command listing;
  command = add(*user, "list", "All users who have chosen", "");
  add_store(command, listing.where);
  runs(command, listing, code);
  user_show_command showing;
  command = add(*user, "show", "How one user is told", "");
  add_user(command, showing.account, showing.where);
  runs(command, showing, code);
  user_set_command setting;
  command =
      add(*user, "set", "Choose for one user",
          std::string(choice_help) +
              "\nThe secret word stands in each real warning, so that its "
              "reader can tell an imitation.\nIt is no password: whoever can "
              "read the user's mail knows it.\nWhat is not given stays as it "
              "was.\n\nExamples:\n"
              "  mekiki user set taro%pop.example.jp --methods A,C --when "
              "altered\n"
              "  mekiki user set taro%pop.example.jp --subject-mark on");
  add_user(command, setting.account, setting.where);
  add_choice(command, setting.chosen);
  command->add_option("--language", setting.chosen.language, "en or ja")
      ->type_name("L")
      ->check(CLI::IsMember({"en", "ja"}));
  command->add_option("--word", setting.chosen.word, "the secret word")
      ->type_name("WORD");
  command->add_flag("--default", setting.forget,
                    "forget the choice: as the settings say");
  runs(command, setting, code);
  user_rehearse_command rehearsing;
  command = add(*user, "rehearse", "What a choice would have done",
                "Tells it from how the account's mails of the last 30 days "
                "were judged, and changes\nnothing.\n\n" +
                    std::string(choice_help) +
                    "\nExamples:\n"
                    "  mekiki user rehearse taro%pop.example.jp\n"
                    "  mekiki user rehearse taro%pop.example.jp --methods B "
                    "--when new");
  add_user(command, rehearsing.account, rehearsing.where);
  add_choice(command, rehearsing.chosen);
  runs(command, rehearsing, code);

  rules_command labels;
  command = add(
      app, "rules", "Rules that colour mails in your mail client",
      "Red for forged, green for genuine, colours of their own for new and "
      "altered. The\nrules match on X-Mekiki-Label, whose secret only this "
      "installation knows, so that no\nmail can colour itself. Keep the rules "
      "to yourself for that reason.\n"
      "CLIENT: thunderbird, claws, sylpheed, mutt (and neomutt), becky, "
      "outlook, sieve\n\n"
      "Examples:\n"
      "  mekiki rules mutt\n"
      "  mekiki rules thunderbird --out mekiki-rules\n"
      "  mekiki rules claws --classic      by X-DKIM-Check: pass green, fail "
      "red");
  command->add_option("CLIENT", labels.client, "the mail client")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember({"thunderbird", "claws", "sylpheed", "mutt",
                             "becky", "outlook", "sieve"}));
  command->add_flag("--classic", labels.classic,
                    "by X-DKIM-Check alone, pass and fail");
  add_language(command, labels.language);
  command
      ->add_option("--out", labels.out,
                   "folder to write the rule files to (default: print them)")
      ->type_name("DIR");
  add_config(command, labels.config);
  add_state(command, labels.state);
  runs(command, labels, code);

  CLI::App* config =
      add(app, "config", "Check a settings file; print every setting",
          "Examples:\n"
          "  mekiki config check /etc/mekiki.toml\n"
          "  mekiki config defaults > mekiki.toml");
  config->require_subcommand(0, 1);
  config_check_command check;
  command = add(*config, "check", "Check a settings file",
                "Exit code: 0 good, 1 with problems, each in a line that "
                "begins FILE:LINE: KEY:");
  command->add_option("FILE", check.file, "settings file (TOML)")
      ->type_name("")
      ->required();
  runs(command, check, code);
  config_defaults_command defaults;
  command = add(*config, "defaults", "Print every setting with its default",
                "The output is a settings file that changes nothing.");
  command->add_flag("--markdown", defaults.markdown, "as the manual's page");
  runs(command, defaults, code);

  const auto refuse = [&](const std::string& reason) {
    const CLI::App* where = &app;
    std::string name = app.get_name();
    while (!where->get_subcommands().empty()) {
      where = where->get_subcommands().front();
      name += " " + where->get_name();
    }
    fmt::print(stderr, "{}: {}\nSee `{} --help`.\n", name, reason, name);
    return int{exit_unable};
  };
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      return app.exit(error);
    }
    return refuse(error.what());
  }
  if (app.get_subcommands().empty() ||
      (app.got_subcommand(config) && config->get_subcommands().empty()) ||
      (app.got_subcommand(trust) && trust->get_subcommands().empty()) ||
      (app.got_subcommand(database) && database->get_subcommands().empty()) ||
      (app.got_subcommand(user) && user->get_subcommands().empty())) {
    return refuse("a command is missing");
  }
  return code;
}

}  // namespace mekiki::cli
