// user: how each user is told of forged mail.
#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/random.hpp"
#include "base/unix_time.hpp"
#include "cli/commands/act_as_owner.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/options.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"
#include "config/load.hpp"
#include "config/units.hpp"
#include "daemon/labels.hpp"
#include "daemon/open_history.hpp"
#include "daemon/state.hpp"
#include "notify/edit/labels.hpp"
#include "notify/policy/rehearsal.hpp"

namespace mekiki::cli {
namespace {

/// A user's choice as typed, and checked. What was not typed stays as before.
struct typed_choice {
  std::optional<std::string> methods;
  std::optional<std::string> language;
  std::optional<std::string> when;
  std::optional<std::string> word;
  std::optional<std::string> subject_mark;  // "on", "off"
};

struct user_list_command {
  store_options where;
  std::string language;  // of the output
};

struct user_show_command {
  store_options where;
  std::string language;  // of the output
  std::string account;   // as typed
};

struct user_set_command {
  store_options where;
  std::string language;  // of the output
  std::string account;
  typed_choice chosen;
  bool forget = false;  // back to what the settings say
};

struct user_rehearse_command {
  store_options where;
  std::string language;  // of the output
  std::string account;
  typed_choice chosen;
};

constexpr std::chrono::days rehearsed{30};

/// A user's account, the settings, and the store that holds the choice.
struct user_place {
  config::settings settings;
  std::string account;
  std::unique_ptr<store::store> store;
  std::filesystem::path state;
};

expected<user_place, std::string> find_user(const store_options& where,
                                            const std::string& login,
                                            const clock& clock) {
  auto loaded = config::load(where.config);
  if (!loaded)
    return unexpected(loaded.error());
  user_place p{.settings = std::move(loaded->settings)};
  auto account = daemon::account_of(login, p.settings.routes);
  if (!account)
    return unexpected(account.error());
  p.account = std::move(*account);
  if (auto acts = act_as_owner(where, p.settings); !acts)
    return unexpected(acts.error());
  auto opened = daemon::open_history_file(where.state, p.settings, clock);
  if (!opened)
    return unexpected(opened.error());
  p.store = std::move(*opened);
  auto state = daemon::open_state_folder(where.state, p.settings.state);
  if (!state)
    return unexpected(state.error());
  p.state = std::move(*state);
  return p;
}

/// `before`, changed as typed.
expected<notify::choice, std::string> changed(notify::choice before,
                                              const typed_choice& typed) {
  notify::choice c = std::move(before);
  if (typed.methods) {
    const auto m = notify::parse_methods(*typed.methods);
    if (!m)
      return unexpected(m.error());
    c.methods = *m;
  }
  if (typed.language)
    c.in = notify::parse_language(*typed.language);
  if (typed.when)
    c.when = notify::parse_occasion(*typed.when).value_or(c.when);
  if (typed.subject_mark)
    c.subject_mark = *typed.subject_mark == "on";
  if (typed.word) {
    if (!notify::is_secret_word(*typed.word))
      return unexpected(
          std::string("--word: expected one line of at most 64 octets"));
    c.secret_word = *typed.word;
  }
  return c;
}

std::string_view on_or_off(bool is_on) { return is_on ? "on" : "off"; }

std::string explain(const notify::methods& m, notify::language in) {
  if (m == notify::methods{.label = false, .popup = false})
    return "none";
  std::string out;
  const auto tell = [&](bool is_on, std::string_view letter,
                        std::string_view what) {
    if (is_on)
      out += say(in, "{}{} ({})", out.empty() ? "" : say(in, ", "), letter,
                 say(in, what));
  };
  tell(m.rewrite, "A", "rewritten");
  tell(m.warn, "B", "warning mail");
  tell(m.label, "C", "labels");
  tell(m.popup, "D", "pop-up");
  return out;
}

std::string tell(const notify::choice& c, const notify::methods& allowed,
                 const std::string& made_word, notify::language in) {
  std::string out = say(in, "  methods       {}\n", explain(c.methods, in));
  if (const auto may = c.methods & allowed; may != c.methods) {
    out += say(in, "                but users.allowed leaves {}\n",
               notify::format(may));
  }
  out += say(in,
             "  when          {}\n  language      {}\n  secret word   {}\n"
             "  subject mark  {}\n",
             notify::to_string(c.when),
             c.in == notify::language::japanese ? "ja" : "en",
             c.secret_word.empty() ? say(in, "{} (made by Mekiki)", made_word)
                                   : printable(c.secret_word),
             on_or_off(c.subject_mark));
  return out;
}

int show(user_place& user, notify::language in) {
  const auto kept = user.store->blocking().find_choice(user.account);
  if (!kept)
    return fail(kept.error());
  system_random random;
  const auto secret = daemon::label_secret(user.state, random);
  if (!secret)
    return fail(secret.error());
  const std::string word = notify::made_word(*secret, user.account);
  const auto& users = user.settings.users;
  const std::string account = printable(user.account);
  std::string out;
  if (notify::is_chosen(*kept)) {
    out += say(in, "{}, chosen {}\n", account,
               config::format_time(
                   time_point(std::chrono::seconds((*kept)->updated))));
    out += tell(notify::read_choice(**kept, users.standard),
                users.limits.allowed, word, in);
  } else {
    out += say(in, "{}, as the settings say\n", account);
    out += tell(
        *kept ? notify::read_choice(**kept, users.standard) : users.standard,
        users.limits.allowed, word, in);
  }
  return print(out) ? exit_good : exit_unable;
}

/// The choice in force for the user.
expected<notify::choice, std::string> present(user_place& user) {
  const notify::choice& standard = user.settings.users.standard;
  const auto kept = user.store->blocking().find_choice(user.account);
  if (!kept)
    return unexpected(kept.error());
  return *kept ? notify::read_choice(**kept, standard) : standard;
}

// -------------------------------------------------------------- rehearsal

std::string rehearsal(const std::vector<store::mail_count>& judged,
                      const notify::choice& c, const notify::limits& limits,
                      notify::language in) {
  const notify::rehearsal r = notify::rehearse(judged, c, limits);
  std::string out = say(
      in,
      "{} mails: {} genuine, {} new, {} unverified, {} altered, {} forged.\n",
      r.mails, r.genuine, r.new_, r.unverified, r.altered, r.forged);
  const notify::methods& m = c.methods;
  if (m.rewrite) {
    out += say(in, "A would have rewritten {} of {} mails.\n", r.rewritten,
               r.mails);
  }
  if (m.warn) {
    out +=
        say(in, "B would have warned of {} of {} mails.\n", r.warned, r.mails);
  }
  if (m.label && c.when == notify::occasion::classic) {
    out +=
        say(in, "C would have coloured {} red and {} green.\n", r.red, r.green);
  } else if (m.label) {
    out +=
        say(in,
            "C would have coloured {} red and {} green; {} new and {} altered "
            "have colours of their own.\n",
            r.red, r.green, r.new_, r.altered);
  }
  if (m.popup) {
    out += say(in, "D would have shown {} of {} mails.\n", r.popped, r.mails);
  }
  if (c.subject_mark) {
    out += say(in, "The mark would have stood in {} Subjects.\n", r.marked);
  }
  if (m == notify::methods{.label = false, .popup = false})
    out += say(in, "No method is chosen: nobody would have been told.\n");
  if (r.over_budget) {
    out +=
        say(in,
            "A and B together are for more than 1 mail in {} (users.budget): "
            "Mekiki would have fallen back to labels.\n",
            limits.budget);
  }
  if (const auto may = m & limits.allowed; may != m) {
    out += say(in, "Of these methods users.allowed leaves {}.\n",
               notify::format(may));
  }
  return out;
}

int run(const user_list_command& command) {
  const notify::language in = language_of_output(command.language);
  const system_clock clock;
  const auto loaded = config::load(command.where.config);
  if (!loaded)
    return fail(loaded.error());
  if (const auto acts = act_as_owner(command.where, loaded->settings); !acts)
    return fail(acts.error());
  const auto history =
      daemon::open_history_file(command.where.state, loaded->settings, clock);
  if (!history)
    return fail(history.error());
  const auto choices = (*history)->blocking().choices();
  if (!choices)
    return fail(choices.error());
  std::string out;
  for (const store::kept_choice& kept : *choices) {
    if (!notify::is_chosen(kept)) {
      out += say(in, "{}  as the settings say, language {}\n",
                 printable(kept.account), printable(kept.language));
      continue;
    }
    const notify::choice c =
        notify::read_choice(kept, loaded->settings.users.standard);
    out += say(in, "{}  {}, when {}, language {}, subject mark {}{}\n",
               printable(kept.account), notify::format(c.methods),
               notify::to_string(c.when),
               c.in == notify::language::japanese ? "ja" : "en",
               on_or_off(c.subject_mark),
               c.secret_word.empty() ? std::string_view()
                                     : say(in, ", with a secret word"));
  }
  if (choices->empty())
    out =
        say(in, "Nobody has chosen; everybody is told as the settings say.\n");
  return print(out) ? exit_good : exit_unable;
}

int run(const user_show_command& command) {
  const system_clock clock;
  auto user = find_user(command.where, command.account, clock);
  if (!user)
    return fail(user.error());
  return show(*user, language_of_output(command.language));
}

int run(const user_set_command& command) {
  const system_clock clock;
  auto user = find_user(command.where, command.account, clock);
  if (!user)
    return fail(user.error());
  if (command.forget) {
    const auto forgotten = user->store->blocking().forget_choice(user->account);
    if (!forgotten)
      return fail(forgotten.error());
    return show(*user, language_of_output(command.language));
  }
  const auto before = present(*user);
  if (!before)
    return fail(before.error());
  const auto chosen = changed(*before, command.chosen);
  if (!chosen)
    return fail(chosen.error());
  const notify::methods& allowed = user->settings.users.limits.allowed;
  if (command.chosen.methods &&
      (chosen->methods & allowed) != chosen->methods) {
    return fail(fmt::format("the settings allow only the methods {}",
                            notify::format(allowed)));
  }
  store::kept_choice kept = notify::to_kept(*chosen);
  kept.account = user->account;
  if (const auto done = user->store->blocking().set_choice(kept); !done)
    return fail(done.error());
  return show(*user, language_of_output(command.language));
}

int run(const user_rehearse_command& command) {
  const notify::language in = language_of_output(command.language);
  const system_clock clock;
  auto user = find_user(command.where, command.account, clock);
  if (!user)
    return fail(user.error());
  const auto before = present(*user);
  if (!before)
    return fail(before.error());
  const auto chosen = changed(*before, command.chosen);
  if (!chosen)
    return fail(chosen.error());
  const auto judged = user->store->blocking().judged(
      user->account, unix_seconds(clock.now() - rehearsed));
  if (!judged)
    return fail(judged.error());
  if (judged->empty()) {
    return fail(fmt::format("no mail of {} was judged in the last {} days",
                            printable(user->account), rehearsed.count()));
  }
  const std::string out =
      say(in, "The last {} days of {}, when {}:\n{}", rehearsed.count(),
          printable(user->account), notify::to_string(chosen->when),
          rehearsal(*judged, *chosen, user->settings.users.limits, in));
  return print(out) ? exit_good : exit_unable;
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

/// Each option is checked by the function that reads it later.
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

void add_account(CLI::App* command, std::string& account,
                 store_options& where) {
  command->add_option("ACCOUNT", account, "the login name, USER%HOST[:PORT]")
      ->type_name("")
      ->required();
  add_store_options(command, where);
}

}  // namespace

void add_user(CLI::App& app, int& code) {
  CLI::App* group = add(
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
  group->require_subcommand(0, 1);
  CLI::App* command = add(*group, "list", "All users who have chosen", "");
  auto& listing = runs<user_list_command>(command, code);
  add_store_options(command, listing.where);
  add_language_option(command, listing.language);
  command = add(*group, "show", "How one user is told", "");
  auto& showing = runs<user_show_command>(command, code);
  add_account(command, showing.account, showing.where);
  add_language_option(command, showing.language);
  command =
      add(*group, "set", "Choose for one user",
          std::string(choice_help) +
              "\nThe secret word stands in each real warning, so that its "
              "reader can tell an imitation;\nMekiki makes one for users who "
              "choose none.\nIt is no password: whoever can "
              "read the user's mail knows it.\nWhat is not given stays as it "
              "was.\n\nExamples:\n"
              "  mekiki user set taro%pop.example.jp --methods A,C --when "
              "altered\n"
              "  mekiki user set taro%pop.example.jp --subject-mark on");
  auto& setting = runs<user_set_command>(command, code);
  add_account(command, setting.account, setting.where);
  add_language_option(command, setting.language);
  add_choice(command, setting.chosen);
  command
      ->add_option("--language", setting.chosen.language,
                   "of the user's warnings: en or ja")
      ->type_name("L")
      ->check(CLI::IsMember({"en", "ja"}));
  command->add_option("--word", setting.chosen.word, "the secret word")
      ->type_name("WORD");
  command->add_flag("--default", setting.forget,
                    "forget the choice: as the settings say");
  command = add(*group, "rehearse", "What a choice would have done",
                "Tells it from how the account's mails of the last 30 days "
                "were judged, and changes\nnothing.\n\n" +
                    std::string(choice_help) +
                    "\nExamples:\n"
                    "  mekiki user rehearse taro%pop.example.jp\n"
                    "  mekiki user rehearse taro%pop.example.jp --methods B "
                    "--when new");
  auto& rehearsing = runs<user_rehearse_command>(command, code);
  add_account(command, rehearsing.account, rehearsing.where);
  add_language_option(command, rehearsing.language);
  add_choice(command, rehearsing.chosen);
}

}  // namespace mekiki::cli
