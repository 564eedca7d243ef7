// The commands of the command line.
#pragma once

#include <CLI/CLI.hpp>

namespace mekiki::cli {

/// Each adds its command to `app`. When that is given, it runs while `app`
/// parses, and `code` gets the exit code.
void add_serve(CLI::App& app, int& code);
void add_reload(CLI::App& app, int& code);
void add_demo(CLI::App& app, int& code);
void add_try(CLI::App& app, int& code);
void add_send_test(CLI::App& app, int& code);
void add_verify(CLI::App& app, int& code);
void add_explain(CLI::App& app, int& code);
void add_spf(CLI::App& app, int& code);
void add_dmarc(CLI::App& app, int& code);
void add_domain(CLI::App& app, int& code);
void add_sign(CLI::App& app, int& code);
void add_keygen(CLI::App& app, int& code);
void add_cert(CLI::App& app, int& code);
void add_trust(CLI::App& app, int& code);
void add_provider(CLI::App& app, int& code);
void add_milter(CLI::App& app, int& code);
void add_reports(CLI::App& app, int& code);
void add_senders(CLI::App& app, int& code);
void add_store(CLI::App& app, int& code);
void add_user(CLI::App& app, int& code);
void add_rules(CLI::App& app, int& code);
void add_texts(CLI::App& app, int& code);
void add_config(CLI::App& app, int& code);
void add_backup(CLI::App& app, int& code);
void add_restore(CLI::App& app, int& code);
void add_passwd(CLI::App& app, int& code);
void add_manual(CLI::App& app, int& code);
void add_completion(CLI::App& app, int& code);

/// The whole command line; what `main` calls.
int command_line(int argc, char** argv);

}  // namespace mekiki::cli
