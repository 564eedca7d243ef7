// The commands of the command line, each as a struct of its options and a
// function `run` that carries it out and answers the exit code.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "auth/dmarc/evaluate.hpp"
#include "base/clock.hpp"
#include "base/ip_address.hpp"

namespace mekiki::cli {

/// How mails are judged on the command line.
struct judging_options {
  std::filesystem::path config;  // settings file; empty: the defaults
  std::filesystem::path zone;    // --dns; empty: the real DNS
  std::optional<time_point> at;  // "now"; none: the clock
  bool allow_weak = false;

  /// What the receiving host saw, told by hand; none: from the trace.
  std::optional<ip_address> ip;
  std::string mail_from;  // empty: the null reverse-path
  std::string helo;

  /// Whose mails they are, as for `try`; empty: nobody's.
  std::string account;
  std::filesystem::path state;  // where the account's history is
};

struct verify_command {
  judging_options judging;
  std::vector<std::string> paths;
  bool json = false;
  std::string language;  // of sentences: "en", "ja"; empty: the locale's
  unsigned jobs = 0;     // 0: as many as there are cores
};
int run(const verify_command& command);

struct explain_command {
  judging_options judging;
  std::string path;
  std::string language;  // "en", "ja"; empty: the locale's
};
int run(const explain_command& command);

struct spf_command {
  ip_address ip;          // the client's
  std::string mail_from;  // empty: the null reverse-path
  std::string helo;
  std::filesystem::path config;
  std::filesystem::path zone;
  bool json = false;
};
int run(const spf_command& command);

struct dmarc_command {
  dmarc::identifiers known;
  dmarc::spec rules = dmarc::spec::rfc9989;
  std::filesystem::path config;
  std::filesystem::path zone;
  bool json = false;
};
int run(const dmarc_command& command);

struct sign_command {
  std::string domain;
  std::string selector;
  std::filesystem::path key;
  std::string canonicalization = "relaxed/relaxed";
  std::optional<time_point> at;  // t=; none: the clock
};
int run(const sign_command& command);

struct keygen_command {
  std::string domain;
  std::string selector;
  std::string type = "rsa2048";
  std::filesystem::path out;  // empty: SELECTOR.DOMAIN.pem
  bool force = false;
};
int run(const keygen_command& command);

struct cert_command {
  std::filesystem::path config;
  std::filesystem::path state;
  std::filesystem::path out;  // empty: mekiki-ca.pem
  bool force = false;
};
int run(const cert_command& command);

struct config_check_command {
  std::filesystem::path file;
};
int run(const config_check_command& command);

struct config_defaults_command {
  bool markdown = false;
};
int run(const config_defaults_command& command);

struct demo_command {
  std::uint16_t port = 0;       // 0: free ports
  std::filesystem::path write;  // write the mails there and end
};
int run(const demo_command& command);

struct serve_command {
  std::filesystem::path config;
  std::filesystem::path zone;
  std::filesystem::path state;
};
int run(const serve_command& command);

struct try_command {
  std::filesystem::path config;
  std::filesystem::path zone;
  std::filesystem::path state;
  std::string account;
};
int run(const try_command& command);

struct send_test_command {
  std::filesystem::path config;
  std::string recipient;  // checked by notify::is_plain_address
};
int run(const send_test_command& command);

/// Where the history is.
struct store_options {
  std::filesystem::path config;
  std::filesystem::path state;
};

struct trust_add_command {
  store_options where;
  std::string kind;     // "author", "list", "forwarder", "signer"
  std::string pattern;  // as typed
  std::string signer;   // of author rules: only if proved by it
  bool distrust = false;
  std::optional<time_point> until;
  std::string account;  // as typed; empty: for all
};
int run(const trust_add_command& command);

struct trust_list_command {
  store_options where;
};
int run(const trust_list_command& command);

struct trust_remove_command {
  store_options where;
  std::int64_t number = 0;
};
int run(const trust_remove_command& command);

struct store_backup_command {
  store_options where;
  std::filesystem::path file;
  bool force = false;
};
int run(const store_backup_command& command);

struct store_vacuum_command {
  store_options where;
};
int run(const store_vacuum_command& command);

struct store_check_command {
  store_options where;
};
int run(const store_check_command& command);

struct store_export_command {
  store_options where;
  std::optional<time_point> from;
  std::optional<time_point> to;  // is no part of it
  std::string account;           // as typed; empty: of all
  std::string format = "jsonl";  // or "csv"
};
int run(const store_export_command& command);

struct senders_command {
  store_options where;
  unsigned days = 7;
};
int run(const senders_command& command);

/// What a user chooses; as typed, and checked. None: as before.
struct typed_choice {
  std::optional<std::string> methods;
  std::optional<std::string> language;
  std::optional<std::string> when;
  std::optional<std::string> word;
  std::optional<std::string> subject_mark;  // "on", "off"
};

struct user_list_command {
  store_options where;
};
int run(const user_list_command& command);

struct user_show_command {
  store_options where;
  std::string account;  // as typed
};
int run(const user_show_command& command);

struct user_set_command {
  store_options where;
  std::string account;
  typed_choice chosen;
  bool forget = false;  // back to what the settings say
};
int run(const user_set_command& command);

struct user_rehearse_command {
  store_options where;
  std::string account;
  typed_choice chosen;
};
int run(const user_rehearse_command& command);

struct rules_command {
  std::filesystem::path config;
  std::filesystem::path state;
  std::string client;
  bool classic = false;
  std::string language;       // "en", "ja"; empty: the locale's
  std::filesystem::path out;  // folder; empty: all is printed
};
int run(const rules_command& command);

/// The whole command line; what `main` calls.
int command_line(int argc, char** argv);

}  // namespace mekiki::cli
