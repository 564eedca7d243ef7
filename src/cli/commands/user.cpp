// user: how each user is told of forged mail.
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "cli/commands/commands.hpp"
#include "cli/terminal.hpp"
#include "config/load.hpp"
#include "config/units.hpp"
#include "daemon/open_history.hpp"
#include "notify/policy/rehearsal.hpp"

namespace mekiki::cli {
namespace {

constexpr std::chrono::days rehearsed{30};

/// Of a user: the account, the settings, and the store where the choice is.
struct user_place {
  config::settings settings;
  std::string account;
  std::unique_ptr<store::store> store;
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
  auto opened = daemon::open_history_file(where.state, p.settings, clock);
  if (!opened)
    return unexpected(opened.error());
  p.store = std::move(*opened);
  return p;
}

/// What was typed in place of `before`.
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

std::string explain(const notify::methods& m) {
  if (m == notify::methods{.label = false, .popup = false})
    return "none";
  std::string out;
  const auto tell = [&](bool is_on, std::string_view letter,
                        std::string_view what) {
    if (is_on)
      out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", letter, what);
  };
  tell(m.rewrite, "A", "rewritten");
  tell(m.warn, "B", "warning mail");
  tell(m.label, "C", "labels");
  tell(m.popup, "D", "pop-up");
  return out;
}

std::string tell(const notify::choice& c, const notify::methods& allowed) {
  std::string out = fmt::format("  methods       {}\n", explain(c.methods));
  if (const auto may = c.methods & allowed; may != c.methods) {
    out += fmt::format("                but users.allowed leaves {}\n",
                       notify::format(may));
  }
  out += fmt::format(
      "  when          {}\n  language      {}\n  secret word   {}\n"
      "  subject mark  {}\n",
      notify::to_string(c.when),
      c.in == notify::language::japanese ? "ja" : "en",
      c.secret_word.empty() ? "none" : printable(c.secret_word),
      on_or_off(c.subject_mark));
  return out;
}

int show(user_place& user) {
  const auto kept = user.store->blocking().find_choice(user.account);
  if (!kept)
    return fail(kept.error());
  const auto& users = user.settings.users;
  std::string out = printable(user.account);
  if (*kept) {
    out += fmt::format(", chosen {}\n",
                       config::format_time(
                           time_point(std::chrono::seconds((*kept)->updated))));
    out +=
        tell(notify::read_choice(**kept, users.standard), users.limits.allowed);
  } else {
    out += ", as the settings say\n";
    out += tell(users.standard, users.limits.allowed);
  }
  return print(out) ? exit_good : exit_unable;
}

/// What is in force for the user.
expected<notify::choice, std::string> present(user_place& user) {
  const notify::choice& standard = user.settings.users.standard;
  const auto kept = user.store->blocking().find_choice(user.account);
  if (!kept)
    return unexpected(kept.error());
  return *kept ? notify::read_choice(**kept, standard) : standard;
}

// -------------------------------------------------------------- rehearsal

std::string rehearsal(const std::vector<store::mail_count>& judged,
                      const notify::choice& c, const notify::limits& limits) {
  const notify::rehearsal r = notify::rehearse(judged, c, limits);
  std::string out = fmt::format(
      "{} mails: {} genuine, {} new, {} unverified, {} altered, {} forged.\n",
      r.mails, r.genuine, r.new_, r.unverified, r.altered, r.forged);
  const notify::methods& m = c.methods;
  if (m.rewrite) {
    out += fmt::format("A would have rewritten {} of {} mails.\n", r.rewritten,
                       r.mails);
  }
  if (m.warn) {
    out += fmt::format("B would have warned of {} of {} mails.\n", r.warned,
                       r.mails);
  }
  if (m.label && c.when == notify::occasion::classic) {
    out += fmt::format("C would have coloured {} red and {} green.\n", r.red,
                       r.green);
  } else if (m.label) {
    out += fmt::format(
        "C would have coloured {} red and {} green; {} new and {} altered "
        "have colours of their own.\n",
        r.red, r.green, r.new_, r.altered);
  }
  if (m.popup) {
    out +=
        fmt::format("D would have shown {} of {} mails.\n", r.popped, r.mails);
  }
  if (c.subject_mark) {
    out += fmt::format("The mark would have stood in {} Subjects.\n", r.marked);
  }
  if (m == notify::methods{.label = false, .popup = false})
    out += "No method is chosen: nobody would have been told.\n";
  if (r.over_budget) {
    out += fmt::format(
        "A and B together are for more than 1 mail in {} (users.budget): "
        "Mekiki would have fallen back to labels.\n",
        limits.budget);
  }
  if (const auto may = m & limits.allowed; may != m) {
    out += fmt::format("Of these methods users.allowed leaves {}.\n",
                       notify::format(may));
  }
  return out;
}

}  // namespace

int run(const user_list_command& command) {
  const system_clock clock;
  const auto loaded = config::load(command.where.config);
  if (!loaded)
    return fail(loaded.error());
  const auto history =
      daemon::open_history_file(command.where.state, loaded->settings, clock);
  if (!history)
    return fail(history.error());
  const auto choices = (*history)->blocking().choices();
  if (!choices)
    return fail(choices.error());
  std::string out;
  for (const store::kept_choice& kept : *choices) {
    const notify::choice c =
        notify::read_choice(kept, loaded->settings.users.standard);
    out += fmt::format("{}  {}, when {}, language {}, subject mark {}{}\n",
                       printable(kept.account), notify::format(c.methods),
                       notify::to_string(c.when),
                       c.in == notify::language::japanese ? "ja" : "en",
                       on_or_off(c.subject_mark),
                       c.secret_word.empty() ? "" : ", with a secret word");
  }
  if (choices->empty())
    out = "Nobody has chosen; everybody is told as the settings say.\n";
  return print(out) ? exit_good : exit_unable;
}

int run(const user_show_command& command) {
  const system_clock clock;
  auto user = find_user(command.where, command.account, clock);
  if (!user)
    return fail(user.error());
  return show(*user);
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
    return show(*user);
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
  return show(*user);
}

int run(const user_rehearse_command& command) {
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
      fmt::format("The last {} days of {}, when {}:\n{}", rehearsed.count(),
                  printable(user->account), notify::to_string(chosen->when),
                  rehearsal(*judged, *chosen, user->settings.users.limits));
  return print(out) ? exit_good : exit_unable;
}

}  // namespace mekiki::cli
