#include "daemon/report_fetcher.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <ranges>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/printable.hpp"
#include "base/secret.hpp"
#include "base/unix_time.hpp"
#include "delivery/arriving_mail.hpp"
#include "delivery/desk.hpp"
#include "pop3/account.hpp"
#include "pop3/codec.hpp"

namespace mekiki::daemon {

namespace asio = boost::asio;

namespace {

/// Of one look: the rest comes with the next one.
constexpr std::size_t most_mails = 2'000;
/// Of the newest mails: older ones are not looked at.
constexpr std::size_t most_listed = 100'000;
constexpr std::size_t most_lines = 10'000'000;
constexpr std::size_t longest_uidl = 70;  // RFC 1939 7
/// No report is larger; it stays where it is, and the log says so.
constexpr std::size_t most_octets = report_keeper::most_mail;
constexpr std::chrono::minutes longest_look{60};

/// Nobody else waits for it.
class nobody final : public delivery::wait_observer {
 public:
  asio::awaitable<bool> on_wait() override { co_return true; }
};

}  // namespace

/// The newest mails of a mailbox, by number.
struct mail_list {
  struct mail {
    std::size_t octets = 0;
    std::string uidl;  // "": none
  };
  std::map<std::uint32_t, mail> newest;
  std::size_t all = 0;

  void note_size(std::string_view line) {
    const auto said = pop3::parse_scan(line);
    if (!said)
      return;
    newest[said->number].octets = said->octets;
    ++all;
    if (newest.size() > most_listed)
      newest.erase(newest.begin());
  }
  void note_uidl(std::string_view line) {
    const auto said = pop3::parse_numbered(line);
    if (!said || said->rest.size() > longest_uidl)
      return;
    const auto at = newest.find(said->number);
    if (at != newest.end())
      at->second.uidl = said->rest;
  }
};

struct report_fetcher::session {
  const config::report_mailbox& box;
  const std::string account;
  const pop3::target& where;
  std::unique_ptr<pop3::upstream> server;
  net::duration timeout;
  steady_point until;
  mail_list mails;
  std::vector<std::string> read;  // unique-ids that need not be read again
  std::string failure;            // "": none so far
  bool has_uidls = false;
  bool in_step = true;  // the next answer is to the next command
  std::size_t kept = 0, known = 0, unread = 0, deleted = 0, waiting = 0;

  /// The answer's status line; nothing, and `failure`, where there is none.
  asio::awaitable<std::optional<std::string>> ask(std::string command) {
    const std::error_code error = co_await server->send(command, timeout);
    if (!error) {
      auto line = co_await server->read_line(timeout);
      if (line)
        co_return std::move(*line);
    }
    failure = "the server broke off, or did not answer in time";
    in_step = false;
    co_return std::nullopt;
  }

  /// Whether the answer is "+OK"; `failure` only where there is none.
  asio::awaitable<bool> is_ok(std::string command) {
    const auto line = co_await ask(std::move(command));
    if (!line)
      co_return false;
    const auto status = pop3::parse_status(*line);
    co_return status && status->ok;
  }

  bool is_late() const { return server->time() >= until; }
};

asio::awaitable<void> report_fetcher::look() {
  const std::vector<config::report_mailbox> all =
      with_.settings.report_mailboxes;
  std::erase_if(boxes_, [&](const auto& known) {
    return std::ranges::find(all, known.first,
                             &config::report_mailbox::account) == all.end();
  });
  for (const config::report_mailbox& one : all) {
    if (is_stopped_)
      co_return;
    if (with_.clock.steady() < boxes_[one.account].due)
      continue;
    // Also where it throws.
    boxes_[one.account].due = with_.clock.steady() + one.every;
    co_await fetch(one);
    boxes_[one.account].due = with_.clock.steady() + one.every;
  }
}

std::vector<report_fetcher::box_state> report_fetcher::boxes() const {
  std::vector<box_state> out;
  for (const config::report_mailbox& one : with_.settings.report_mailboxes) {
    const auto known = boxes_.find(one.account);
    if (known != boxes_.end())
      out.push_back(known->second);
    else
      out.emplace_back();
  }
  return out;
}

void report_fetcher::note(const config::report_mailbox& of,
                          std::string failure) {
  box& b = boxes_[of.account];
  ++(failure.empty() ? counted_.fetched : counted_.failed);
  if (failure.empty())
    b.fetched = unix_seconds(with_.clock.now());
  if (!failure.empty() && failure != b.failure)
    log::error("reports: {} cannot be fetched: {}", printable(of.account),
               printable(failure));
  if (failure.empty() && !b.failure.empty())
    log::info("reports: {} is fetched again", printable(of.account));
  b.failure = std::move(failure);
}

void report_fetcher::stop() {
  is_stopped_ = true;
  if (current_ != nullptr)
    current_->server->connection().close();
}

asio::awaitable<void> report_fetcher::fetch(config::report_mailbox box) {
  const pop3::proxy_settings& rules = with_.rules();
  const auto where =
      pop3::find_target(box.account, pop3::client_leg::stls, rules.routes);
  const auto password = passwords_.find(box.password_file);
  std::string failure;
  if (!where) {
    failure = where.error();
  } else if (password == passwords_.end()) {
    failure = "its password file was not read";
  } else {
    pop3::credentials who;
    who.login = box.account;
    who.secret = secret(std::string(password->second.reveal()));
    pop3::server_login login(rules.upstream, with_.upstream, with_.hosts);
    const pop3::step_observer silent = [](std::string_view) {};
    auto in = co_await login.log_in(*where, who, silent);
    if (!in) {
      failure = in.error().status;
    } else {
      session s{.box = box,
                .account = pop3::account_id(*where),
                .where = *where,
                .server = std::move(*in),
                .timeout = rules.upstream.silence_timeout,
                .until = with_.clock.steady() + longest_look,
                .mails = {},
                .read = {},
                .failure = {}};
      {
        // Also where it throws.
        struct in_use {
          in_use(report_fetcher& of, session& s) : of_(of) { of.current_ = &s; }
          in_use(const in_use&) = delete;
          in_use& operator=(const in_use&) = delete;
          ~in_use() { of_.current_ = nullptr; }
          report_fetcher& of_;
        };
        const in_use now(*this, s);
        if (!is_stopped_)
          co_await fetch_mails(s);
      }
      s.server->connection().close();
      failure = s.failure;
      if (s.kept + s.known + s.unread + s.deleted > 0)
        log::info(
            "reports: {}: {} new, {} known before, {} mails not read, {} mails "
            "deleted{}",
            printable(box.account), s.kept, s.known, s.unread, s.deleted,
            s.waiting == 0
                ? ""
                : fmt::format("; {} mails wait for the next look", s.waiting));
      counted_.unread += s.unread;
      counted_.deleted += s.deleted;
    }
  }
  if (!is_stopped_)
    note(box, std::move(failure));
}

/// False, and `failure`, if the server does not say what there is.
asio::awaitable<bool> report_fetcher::list(session& s) {
  for (const std::string_view command : {"LIST", "UIDL"}) {
    std::string line_of_command = std::string(command) + "\r\n";
    const bool is_list = command == "LIST";
    const bool ok = co_await s.is_ok(std::move(line_of_command));
    if (!s.failure.empty())
      co_return false;
    if (!ok && is_list) {
      s.failure = "the server refuses LIST";
      co_return false;
    }
    if (!ok)
      break;
    s.has_uidls = !is_list;
    for (std::size_t n = 0;; ++n) {
      const auto line = co_await s.server->read_line(s.timeout);
      if (!line || n > most_lines || s.is_late()) {
        s.failure =
            fmt::format("the server's answer to {} has no end", command);
        s.in_step = false;
        co_return false;
      }
      if (*line == ".")
        break;
      if (is_list)
        s.mails.note_size(*line);
      else
        s.mails.note_uidl(*line);
    }
  }
  if (s.mails.all > s.mails.newest.size())
    log::warning("reports: {} holds {} mails: only the newest {} are looked at",
                 printable(s.box.account), s.mails.all, s.mails.newest.size());
  co_return true;
}

asio::awaitable<void> report_fetcher::fetch_mails(session& s) {
  using after = config::report_mailbox::after_reading;
  const bool is_listed = co_await list(s);
  if (!is_listed)
    co_return;
  report_keeper::store_work<std::vector<std::string>> ask_known =
      [account = s.account](store::report_store& history) {
        return history.known_mails(account);
      };
  const auto before = co_await with_.keeper.with_store(std::move(ask_known));
  if (!before) {
    s.failure = before.error();
    co_return;
  }
  const std::unordered_set<std::string> known(before->begin(), before->end());
  struct waiting {
    std::uint32_t number;
    std::string uidl;
  };
  std::vector<waiting> fresh;
  std::vector<std::string> there;
  for (const auto& [n, mail] : std::views::reverse(s.mails.newest)) {
    const std::string& uidl = mail.uidl;
    if (uidl.empty() && s.box.after == after::leave) {
      s.failure =
          "the server tells mails apart by no UIDL, so that mails which are "
          "left would be read again and again: after = \"delete\" can be used";
      continue;
    }
    if (!uidl.empty())
      there.push_back(uidl);
    if (known.contains(uidl))
      continue;
    if (fresh.size() < most_mails)
      fresh.push_back({n, uidl});
    else
      ++s.waiting;
  }
  // A mail at which the server breaks off is the last one to be tried again.
  const auto broke_off = [&](const std::string& uidl) {
    const auto at = broke_off_.find({s.account, uidl});
    return at == broke_off_.end() ? 0 : at->second;
  };
  const auto is_open = [&](const std::string& uidl) {
    return open_since_.contains({s.account, uidl});
  };
  std::ranges::sort(fresh, {}, [&](const waiting& w) {
    return std::tuple(is_open(w.uidl), broke_off(w.uidl), ~w.number);
  });
  // Whoever sends may see to it that the DNS does not answer.
  constexpr int most_open = 20;
  int open = 0;
  for (const waiting& w : fresh) {
    if (s.is_late() || is_stopped_)
      break;
    if (is_open(w.uidl) && ++open > most_open)
      break;
    const bool goes_on = co_await take_mail(s, w.number, w.uidl);
    if (!goes_on)
      break;
  }
  report_keeper::store_work<bool> note =
      [account = s.account, read = s.read, there = std::move(there),
       has_uidls = s.has_uidls](
          store::report_store& history) -> expected<bool, std::string> {
    // Without a list of what is there nothing is forgotten.
    if (!has_uidls)
      return true;
    const auto done = history.note_mails(account, read, there);
    if (!done)
      return unexpected(done.error());
    return true;
  };
  const auto noted = co_await with_.keeper.with_store(std::move(note));
  if (!noted && s.failure.empty())
    s.failure = noted.error();
  if (s.in_step) {
    const bool ended = co_await s.is_ok("QUIT\r\n");
    if (!ended && s.deleted > 0 && s.failure.empty())
      s.failure = "the server did not confirm that mails are deleted";
  }
}

/// The DNS left open whose the mail is: it may be proven the next time, and a
/// report that was kept as unproven stays so. After three days it is taken as
/// it is.
bool report_fetcher::waits_for_dns(const session& s, const std::string& uidl,
                                   const verdict::judgement& v) {
  constexpr std::int64_t patience = 3 * day_seconds;
  constexpr std::size_t most_remembered = 10'000;
  const auto is_open = [](const auto& of) {
    return of.status == auth::result::temperror;
  };
  const verdict::facts& f = v.known;
  const bool may_be_proven =
      !v.proven.proves_author() && (std::ranges::any_of(f.dkim, is_open) ||
                                    is_open(f.spf.outcome) || is_open(f.dmarc));
  const std::pair mail(s.account, uidl);
  const std::int64_t now = unix_seconds(with_.clock.now());
  if (may_be_proven && !uidl.empty()) {
    if (open_since_.size() >= most_remembered)
      open_since_.clear();
    if (now - open_since_.try_emplace(mail, now).first->second < patience) {
      log::info(
          "reports: {}: mail {} is judged again later: the DNS gave no "
          "answer about its author",
          printable(s.box.account), printable(uidl));
      return true;
    }
  }
  open_since_.erase(mail);
  return false;
}

/// False where nothing more is to be asked of the server.
asio::awaitable<bool> report_fetcher::take_mail(session& s,
                                                std::uint32_t number,
                                                std::string uidl) {
  const auto leave = [&](std::string_view why) {
    ++s.unread;
    if (!uidl.empty())
      s.read.push_back(uidl);
    log::warning("reports: {}: mail {} ({}) is left where it is: {}",
                 printable(s.box.account), number, printable(uidl),
                 printable(why));
  };
  if (s.mails.newest[number].octets > most_octets) {
    leave(fmt::format("it has more than {} octets", most_octets));
    co_return true;
  }
  constexpr int most_tries = 3;
  constexpr std::size_t most_remembered = 10'000;
  if (broke_off_.size() > most_remembered)
    broke_off_.clear();
  int& tries = broke_off_[{s.account, uidl}];
  if (tries >= most_tries && !uidl.empty()) {
    leave(fmt::format("the server broke off at it {} times", tries));
    co_return true;
  }
  // Until it was read.
  ++tries;
  const auto status = co_await s.ask(fmt::format("RETR {}\r\n", number));
  if (!status)
    co_return false;
  const auto answer = pop3::parse_status(*status);
  if (!answer || !answer->ok) {
    // Not remembered: it may be had the next time.
    broke_off_.erase({s.account, uidl});
    ++s.unread;
    co_return true;
  }
  const pop3::proxy_settings& rules = with_.rules();
  const verdict::source from{
      .account = s.account, .login = s.where.user, .upstream = s.where.host};
  message::spool_limits limits = rules.mail.spool;
  limits.budget = nullptr;  // it is one mail
  const auto mail = std::make_shared<delivery::arriving_mail>(
      limits, rules.mail.verdict, with_.verdict, from);
  pop3::dot_decoder decoder;
  nobody observer;
  std::string why_not;
  std::size_t octets = 0;
  while (!decoder.ended()) {
    std::string_view received = s.server->buffered();
    const std::size_t all = received.size();
    while (!received.empty() && !decoder.ended()) {
      const std::string_view piece = decoder.next(received);
      octets += piece.size();
      if (octets > most_octets && why_not.empty())
        why_not = fmt::format("it has more than {} octets", most_octets);
      if (why_not.empty() && !mail->take(piece))
        why_not = "there is no room for it";
    }
    s.server->consume(all - received.size());
    if (decoder.ended())
      break;
    if (why_not.empty())
      co_await delivery::desk::catch_up(*mail, observer);
    const std::error_code error = co_await s.server->fill(s.timeout);
    // What a server sends without end is not read to its end.
    if (error || s.is_late() || octets > 4 * most_octets) {
      s.failure = "the connection broke off within a mail, or it has no end";
      s.in_step = false;
      co_return false;
    }
  }
  broke_off_.erase({s.account, uidl});
  if (!why_not.empty()) {
    mail->abandon();
    leave(why_not);
    co_return true;
  }
  const verdict::judgement v = co_await mail->judge();
  if (waits_for_dns(s, uidl, v)) {
    ++s.unread;
    co_return true;
  }
  auto spool = std::make_shared<message::spool>(std::move(mail->octets()));
  const report_keeper::outcome done =
      co_await with_.keeper.keep(std::move(spool), v);
  s.kept += done.kept;
  s.known += done.known;
  if (done.is_ours) {
    s.failure = done.failure;
    co_return false;
  }
  if (!done.is_done()) {
    leave(done.failure.empty() ? "there is no report in it" : done.failure);
    co_return true;
  }
  if (s.box.after == config::report_mailbox::after_reading::remove) {
    const bool gone = co_await s.is_ok(fmt::format("DELE {}\r\n", number));
    if (!s.in_step)
      co_return false;
    if (gone) {
      ++s.deleted;
      co_return true;
    }
  }
  if (!uidl.empty())
    s.read.push_back(std::move(uidl));
  co_return true;
}

report_health health_of(const report_fetcher& fetcher) {
  report_health out;
  for (const report_fetcher::box_state& b : fetcher.boxes()) {
    ++out.all;
    if (!b.failure.empty())
      ++out.failing;
    else if (!b.fetched)
      ++out.waiting;
    else if (!out.first || *b.fetched < *out.first)
      out.first = b.fetched;
  }
  return out;
}

}  // namespace mekiki::daemon
