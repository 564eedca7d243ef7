#include "pop3/server_session.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "pop3/own_mails.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

using delivery::arriving_mail;

namespace {

constexpr std::size_t most_stray_lines = 200'000;
/// Beyond the mails that STAT counts, of a LIST that nobody asked for.
constexpr std::size_t most_odd_lines = 100;

}  // namespace

server_session::server_session(std::unique_ptr<upstream> connection,
                               const upstream_rules& rules,
                               const prefetch_rules& ahead, server_facts facts,
                               host_memory& hosts, delivery::desk& desk,
                               const delivery::recipient& recipient)
    : link_(std::move(connection), rules),
      receiver_(link_, desk.with().verdict.clock),
      ahead_rules_(ahead),
      facts_(std::move(facts)),
      hosts_(hosts),
      desk_(desk),
      recipient_(recipient),
      ahead_(ahead, facts_.client_deletes) {
  link_.on_silence = [this] { doubt_pipelining(); };
  if (facts_.host.no_reading_ahead)
    ahead_.stop();
}

bool server_session::pipelining() const {
  return facts_.host.capabilities && facts_.host.capabilities->pipelining;
}

void server_session::learn() {
  hosts_.learn(facts_.name, facts_.greeting, facts_.host, facts_.client);
}

/// The server is silent.
void server_session::doubt_pipelining() {
  if (!sent_together_ || !pipelining())
    return;
  log::info("{}: it loses answers to commands that come together", facts_.name);
  facts_.host.capabilities->pipelining = false;
  facts_.host.no_reading_ahead = true;
  learn();
}

// ------------------------------------------------- commands and answers

asio::awaitable<bool> server_session::send(std::string command) {
  const bool is_free = due_.empty() && in_transit_ == 0 && !stray_list_ &&
                       !receiver_.is_end_suspect();
  if (is_free && why_lost().empty() && link_.has_stray_octets())
    co_return link_.lose("the server sent what nobody had asked for");
  sent_together_ = sent_together_ || !due_.empty();
  const bool sent = co_await link_.send(std::move(command));
  co_return sent;
}

asio::awaitable<std::optional<std::string>> server_session::read_status() {
  std::size_t stray = std::exchange(stray_list_, false) ? most_stray_lines : 0;
  for (;;) {
    auto line = co_await link_.next_line();
    if (!line || parse_status(*line))
      co_return line;
    if (stray == 0 || !is_list_line(*line)) {
      link_.lose("the server answered what is no POP3");
      co_return std::nullopt;
    }
    --stray;
    if (stray_sizes_)
      maildrop_.note(*line);
  }
}

void server_session::expect_stray_list(std::string_view command) {
  stray_list_ = true;
  stray_sizes_ = command.starts_with("LIST");
}

asio::awaitable<std::optional<std::string>> server_session::ask(
    std::string command) {
  bool in_step = co_await make_way();
  if (in_step)
    in_step = co_await send_and_settle(std::move(command), false);
  if (!in_step)
    co_return std::nullopt;
  auto status = co_await read_status();
  co_return status;
}

asio::awaitable<std::optional<std::string>> server_session::ask_list(
    std::string command) {
  bool in_step = co_await make_way();
  if (in_step)
    in_step = co_await send_and_settle(std::move(command), true);
  if (!in_step)
    co_return std::nullopt;
  auto status = co_await read_status();
  if (status && !parse_status(*status)->ok)
    end_long_answer();
  co_return status;
}

asio::awaitable<std::optional<std::string>> server_session::next_line() {
  auto line = co_await link_.next_line();
  if (line && *line == ".")
    end_long_answer();
  co_return line;
}

/// A command of the client, after the answers that are still due.
asio::awaitable<bool> server_session::send_and_settle(std::string command,
                                                      bool is_long_answer) {
  bool in_step = co_await send(std::move(command));
  if (in_step && is_long_answer)
    begin_long_answer();
  is_asked_ = true;
  if (in_step)
    in_step = co_await settle();
  is_asked_ = false;
  co_return in_step;
}

/// What has to be sent or answered before the next command may be sent.
asio::awaitable<bool> server_session::make_way() {
  bool in_step = true;
  // What is dropped anyway may be a part, and QUIT's answer is not to be taken
  // for the rest of it.
  const auto must_wait = [this] {
    return !due_.empty() &&
           (is_probing() || (dropping_ && is_any_due({question::kind::mail})));
  };
  while (in_step && must_wait()) in_step = co_await settle_one();
  if (in_step && receiver_.is_end_suspect())
    in_step = co_await resync();
  if (in_step && !pipelining())
    in_step = co_await settle();
  if (in_step && !unsent_deletions_.empty())
    in_step = co_await send_erasures();
  co_return in_step;
}

asio::awaitable<bool> server_session::settle() {
  for (;;) {
    bool in_step = true;
    if (!due_.empty()) {
      in_step = co_await settle_one();
    } else if (receiver_.is_end_suspect()) {
      in_step = co_await resync();
    } else if (!unsent_deletions_.empty()) {
      in_step = co_await send_erasures();
    } else {
      co_return true;
    }
    if (!in_step)
      co_return false;
  }
}

asio::awaitable<bool> server_session::settle_one() {
  const question q = due_.front();
  due_.pop_front();
  bool in_step = true;
  switch (q.what) {
    case question::kind::erasure:
      in_step = co_await receive_erasure();
      break;
    case question::kind::mail:
      in_step = co_await receive_ahead(q.number);
      break;
    case question::kind::wanted:
      in_step = co_await drop_wanted();
      break;
    case question::kind::probe:
      in_step = co_await receive_probe();
      break;
    case question::kind::count:
      in_step = co_await receive_count();
      break;
    case question::kind::sizes:
      in_step = co_await receive_sizes();
      break;
    case question::kind::keep_alive: {
      const auto status = co_await read_status();
      in_step = status.has_value();
      break;
    }
  }
  co_return in_step;
}

asio::awaitable<std::optional<capabilities>>
server_session::learn_capabilities() {
  if (!facts_.host.capabilities && facts_.host.breaks_at_capa)
    co_return capabilities{};
  if (!facts_.host.capabilities) {
    const bool in_step = co_await settle();
    if (!in_step)
      co_return std::nullopt;
    auto answer =
        co_await ask_capabilities(link_.connection(), link_.patience());
    facts_.host.breaks_at_capa =
        answer.how != capa_answer::listed && answer.how != capa_answer::refused;
    if (answer.how == capa_answer::out_of_step) {
      learn();
      link_.lose("the server broke off at CAPA");
      co_return std::nullopt;
    }
    facts_.host.capabilities = std::move(answer.can);
    learn();
  }
  co_return facts_.host.capabilities;
}

asio::awaitable<void> server_session::keep_alive() {
  if (link_.is_waiting())
    co_return;  // within an answer
  if (due_.size() == 1 && due_.front().what == question::kind::keep_alive) {
    std::error_code error;
    while (!error && !due_.empty()) {
      const auto answer = link_.connection().take_line();
      if (!answer || (*answer && !parse_status(**answer)))
        link_.lose("the server answered what is no POP3");
      if (!why_lost().empty())
        co_return;
      if (*answer)
        due_.clear();
      else
        error = co_await link_.connection().fill_now();
    }
  }
  if (!due_.empty() || in_transit_ > 0 || receiver_.is_end_suspect() ||
      stray_list_)
    co_return;
  if (!unsent_deletions_.empty() && !is_probing()) {
    co_await send_erasures();
    co_return;
  }
  due_.push_back({.what = question::kind::keep_alive});
  co_await send("NOOP\r\n");
}

// ------------------------------------------------------------ deletions

asio::awaitable<bool> server_session::erase(std::uint32_t number) {
  // Their commands fit into what any system takes unread: else both sides would
  // wait to be read.
  constexpr std::size_t most_due = 500;
  if (due_.size() + unsent_deletions_.size() >= most_due) {
    const bool in_step = co_await settle();
    if (!in_step)
      co_return false;
  }
  if (!delivered_.contains(number) || maildrop_.deleted.contains(number))
    co_return false;
  note_deleted(number);
  ahead_.deleted(number);

  const bool is_idle = due_.empty() && unsent_deletions_.empty();
  const bool is_proof = probe_.has(number, top_probe::way::by_retr) &&
                        facts_.host.top == host_facts::top_answer::unknown &&
                        ahead_.is_likely_soon() && may_read_ahead();
  unsent_deletions_.push_back(number);
  if (is_proof && is_idle && ahead_.has_room(load(), probe_.size())) {
    begin_long_answer();
    due_.push_back({.what = question::kind::probe, .number = number});
    co_await send(fmt::format("TOP {} {}\r\n", number, all_lines));
    co_return true;
  }
  // While the client gets mails that are here, they go together.
  constexpr std::size_t most_together = 16;
  const bool can_wait =
      !kept_.empty() && unsent_deletions_.size() < most_together;
  if (!is_probing() && (pipelining() ? !can_wait : is_idle))
    co_await send_erasures();
  co_await ask_ahead();
  co_return true;
}

/// All that wait where the server takes several commands at a time, else one.
asio::awaitable<bool> server_session::send_erasures() {
  std::string commands;
  do {
    const std::uint32_t number = unsent_deletions_.front();
    unsent_deletions_.pop_front();
    commands += fmt::format("DELE {}\r\n", number);
    due_.push_back({.what = question::kind::erasure, .number = number});
  } while (pipelining() && !unsent_deletions_.empty());
  const bool sent = co_await send(std::move(commands));
  co_return sent;
}

asio::awaitable<bool> server_session::receive_erasure() {
  const auto status = co_await read_status();
  if (!status)
    co_return false;
  if (!parse_status(*status)->ok && refused_.empty())
    refused_ = *status;
  co_return true;
}

void server_session::note_deleted(std::uint32_t number) {
  maildrop_.deleted.insert(number);
  kept_.erase(number);
}

void server_session::reset() {
  maildrop_.deleted.clear();
  refused_.clear();
  ahead_.reset();
}

void server_session::drop_ahead() {
  dropping_ = true;
  kept_.clear();
}

// ---------------------------------------------------------------- sizes

asio::awaitable<bool> server_session::learn_size(std::uint32_t number) {
  auto status = co_await ask(fmt::format("LIST {}\r\n", number));
  if (!status || !parse_status(*status)->ok)
    co_return status.has_value();
  maildrop_.note_one(number, *status);
  expect_stray_list("LIST");
  if (maildrop_.size_of(number) || maildrop_.listed || sizes_asked_)
    co_return true;
  // Some servers answer LIST n as they like, and LIST as everybody does.
  sizes_asked_ = true;
  begin_long_answer();
  const bool sent = co_await send("LIST\r\n");
  if (!sent)
    co_return false;
  const bool in_step = co_await receive_sizes();
  co_return in_step;
}

/// LIST, once mails are likely to be read ahead and the length of LIST is
/// known.
asio::awaitable<void> server_session::ask_sizes() {
  const bool is_free =
      pipelining()
          ? !is_probing()
          : due_.empty() && unsent_deletions_.empty() && in_transit_ == 0;
  if (sizes_asked_ || maildrop_.listed || !is_free ||
      !ahead_.is_likely_soon() || !may_read_ahead())
    co_return;
  if (!maildrop_.mails) {
    if (!std::exchange(count_asked_, true)) {
      due_.push_back({.what = question::kind::count});
      co_await send("STAT\r\n");
    }
    co_return;
  }
  constexpr std::size_t line_octets = 14;
  if (!ahead_.has_room(load(), *maildrop_.mails * line_octets))
    co_return;
  sizes_asked_ = true;
  begin_long_answer();
  due_.push_back({.what = question::kind::sizes});
  co_await send("LIST\r\n");
}

asio::awaitable<bool> server_session::receive_count() {
  const auto status = co_await read_status();
  if (!status)
    co_return false;
  maildrop_.mails = count_of_stat(*status);
  co_return true;
}

asio::awaitable<bool> server_session::receive_sizes() {
  const auto status = co_await read_status();
  if (!status)
    co_return false;
  if (!parse_status(*status)->ok) {
    end_long_answer();
    stop_ahead("it refuses LIST");
    co_return true;
  }
  maildrop_.listed = true;
  std::size_t left = most_stray_lines;
  if (maildrop_.mails)
    left = *maildrop_.mails + most_odd_lines;
  for (;; --left) {
    const auto line = co_await next_line();
    if (!line)
      co_return false;
    if (*line == ".")
      break;
    if (left == 0) {
      stop_ahead("LIST has more lines than there are mails");
      co_return link_.lose("the server's list has no end");
    }
    maildrop_.note(*line);
  }
  for (const auto& [number, size] : received_) check_size(number, size);
  received_.clear();
  co_return true;
}

/// True if the mail is as long as LIST says, or that is not known yet.
bool server_session::check_size(std::uint32_t number, received size) {
  const auto listed = maildrop_.size_of(number);
  if (!listed) {
    if (!maildrop_.listed && received_.size() < most_received)
      received_.push_back({number, size});
    return true;
  }
  if (read_ahead::is_exact(*listed, size.octets, size.ends_with_crlf)) {
    if (!std::exchange(facts_.host.sizes_hold, true))
      learn();
    return true;
  }
  stop_ahead("a mail is not as long as LIST says");
  return false;
}

server_session::received server_session::size_of(arriving_mail& mail) {
  return {.octets = mail.size(), .ends_with_crlf = mail.ends_with_crlf()};
}

// ------------------------------------------------------------- one mail

/// A command was sent whose answer shows how fast the line is.
void server_session::begin_long_answer() {
  if (in_transit_++ == 0) {
    busy_since_ = link_.connection().time();
    busy_octets_ = link_.connection().received();
    is_later_part_ = false;
  }
}

/// The connection may become slower while octets are always in transit, so a
/// long measurement is closed and a new one begun. The new one begins at a
/// lull, when nothing was left to be received; else its octets would seem to
/// arrive at once.
void server_session::end_long_answer() {
  --in_transit_;
  const std::uint64_t came = link_.connection().received() - busy_octets_;
  const net::duration took = link_.connection().time() - busy_since_;
  const bool is_long = ahead_.is_long(took);
  if (came > 0 && (is_long || !is_later_part_))
    ahead_.measured(came, took);
  const upstream::lull& lull = link_.connection().last_lull();
  if (is_long && lull.at > busy_since_) {
    busy_since_ = lull.at;
    busy_octets_ = lull.received;
    is_later_part_ = true;
  }
}

asio::awaitable<std::optional<std::string>> server_session::open_mail(
    std::string command, std::uint32_t number,
    const std::vector<std::uint32_t>& more) {
  is_wanted_by_top_ = command.starts_with("TOP");
  bool in_step = true;
  if (is_due(question::kind::wanted, number)) {
    const auto is_next = [&] {
      return due_.front().what == question::kind::wanted &&
             due_.front().number == number;
    };
    while (in_step && !is_next()) in_step = co_await settle_one();
    if (in_step)
      due_.pop_front();
  } else {
    in_step = co_await make_way();
    if (in_step)
      in_step = co_await send_and_settle(std::move(command), true);
  }
  if (!in_step)
    co_return std::nullopt;
  wanted_ = number;
  co_await ask_wanted(more);
  if (answers_together_)
    co_await ask_ahead();
  receiver_.begin();
  auto status = co_await read_status();
  if (!status)
    co_return status;
  answers_together_ = sent_together_;
  if (!parse_status(*status)->ok) {
    end_long_answer();
    wanted_ = 0;
    co_return status;
  }
  // More is asked for after it once it is certain that this is its answer: in
  // this session the server has not yet answered commands that came together.
  co_await ask_ahead();
  co_return status;
}

asio::awaitable<void> server_session::ask_wanted(
    const std::vector<std::uint32_t>& numbers) {
  // A part that TOP gave is looked for an end, with nothing behind it.
  if (wanted_ == 0 || is_wanted_by_top_ || !pipelining() || is_probing() ||
      !unsent_deletions_.empty())
    co_return;
  // In the order in which the client wants them, or not at all: the first ones
  // are due already.
  std::vector<std::uint32_t> due;
  for (const question& q : due_) {
    if (q.what == question::kind::wanted)
      due.push_back(q.number);
  }
  if (due.size() > numbers.size() ||
      !std::equal(due.begin(), due.end(), numbers.begin()))
    co_return;
  std::string commands;
  for (std::size_t i = due.size(); i < numbers.size(); ++i) {
    const std::uint32_t number = numbers[i];
    if (kept_.contains(number) || is_due(question::kind::mail, number))
      break;
    begin_long_answer();
    due_.push_back({.what = question::kind::wanted, .number = number});
    commands += fmt::format("RETR {}\r\n", number);
  }
  if (!commands.empty())
    co_await send(std::move(commands));
}

asio::awaitable<arrival> server_session::receive(arriving_mail& mail) {
  std::size_t most = SIZE_MAX;
  if (is_coming_)
    most = maildrop_.size_of(wanted_).value_or(0) + 2;
  const arrival a = co_await receive(mail, wanted_, most);
  co_return a;
}

/// More than `most` octets mean that answers no longer match commands, if other
/// answers are due; otherwise a few of them are only odd.
asio::awaitable<arrival> server_session::receive(arriving_mail& mail,
                                                 std::uint32_t number,
                                                 std::size_t most) {
  constexpr std::size_t odd = 64 << 10;
  if (due_.empty() && !is_asked_ && most < SIZE_MAX - odd)
    most += odd;
  arrival a = co_await receiver_.receive(mail, maildrop_.size_of(number), most);
  if (a == arrival::complete)
    end_long_answer();
  if (a == arrival::too_long) {
    stop_ahead("it sends more than it lists");
    link_.lose("the server sent more than it listed");
    a = arrival::lost;
  }
  co_return a;
}

asio::awaitable<mail_receiver::piece> server_session::next_piece() {
  auto piece = co_await receiver_.next_piece();
  if (piece.ended)
    end_long_answer();
  co_return piece;
}

asio::awaitable<bool> server_session::drop_rest() {
  const bool in_step = co_await receiver_.drop_rest();
  if (in_step)
    end_long_answer();
  co_return in_step;
}

/// The status line of a mail that nobody waits for: false where it is refused,
/// nothing where the server is lost.
asio::awaitable<std::optional<bool>> server_session::open_answer() {
  receiver_.begin();
  const auto status = co_await read_status();
  if (!status)
    co_return std::nullopt;
  const bool ok = parse_status(*status)->ok;
  if (!ok)
    end_long_answer();
  co_return ok;
}

/// The client wants something else first: it will be asked for again.
asio::awaitable<bool> server_session::drop_wanted() {
  const auto ok = co_await open_answer();
  if (!ok || !*ok)
    co_return ok.has_value();
  const bool in_step = co_await drop_rest();
  co_return in_step;
}

bool server_session::note_retrieved(std::uint32_t number,
                                    std::shared_ptr<arriving_mail> mail) {
  delivered_.insert(number);
  wanted_ = 0;
  const bool exact = check_size(number, size_of(*mail));
  if (!exact && is_any_due({question::kind::mail, question::kind::probe,
                            question::kind::sizes}))
    return link_.lose("the server's answers are out of step");
  if (facts_.host.top != host_facts::top_answer::unknown || !exact)
    return true;
  if (probe_.has(number, top_probe::way::by_top))
    note_probe(probe_.compare(*mail));
  else if (receiver_.saw_dot_line() && ahead_rules_.mode != prefetch::off)
    probe_.keep(number, std::move(mail), top_probe::way::by_retr);
  else
    probe_.forget();
  return true;
}

// ------------------------------------------------------------------ TOP

server_session::top_length server_session::check_top(std::uint32_t number,
                                                     arriving_mail& mail) {
  wanted_ = 0;
  const auto listed = maildrop_.size_of(number);
  if (!listed)
    return top_length::not_known;
  const received size = size_of(mail);
  if (read_ahead::is_exact(*listed, size.octets, size.ends_with_crlf))
    return top_length::exact;
  // It is no part: RETR will not be as long either.
  if (size.octets > *listed)
    stop_ahead("a mail is longer than LIST says");
  return top_length::other;
}

void server_session::note_top_is_partial() {
  if (facts_.host.top == host_facts::top_answer::partial)
    return;
  facts_.host.top = host_facts::top_answer::partial;
  log::info("{}: TOP does not give whole mails there", facts_.name);
  learn();
}

void server_session::suspect_desync(std::uint32_t number) {
  receiver_.suspect_end(maildrop_.size_of(number).value_or(0));
}

void server_session::trust_sync() {
  if (receiver_.trust_end())
    stop_ahead("a mail is not as long as LIST says");
}

asio::awaitable<bool> server_session::resync() {
  note_top_is_partial();
  const bool in_step = co_await receiver_.drop_after_end();
  co_return in_step;
}

/// While it is not known what TOP gives, no command is sent after it: a server
/// that does not double dots would answer that with the rest of a mail.
bool server_session::is_probing() const {
  if (receiver_.is_end_suspect())
    return true;
  return is_any_due({question::kind::probe}) ||
         (facts_.host.top != host_facts::top_answer::whole &&
          is_any_due({question::kind::mail}));
}

asio::awaitable<bool> server_session::receive_probe() {
  const auto ok = co_await open_answer();
  if (!ok)
    co_return false;
  if (!*ok) {
    probe_.forget();
    note_top_is_partial();
    co_return true;
  }
  const auto mail = desk_.begin(recipient_);
  const std::size_t size = probe_.size();
  const arrival a = co_await receive(*mail, 0, size + 2);
  if (a == arrival::lost || a == arrival::abandoned)
    co_return false;
  if (a == arrival::no_room) {
    probe_.forget();
    const bool in_step = co_await drop_rest();
    co_return in_step;
  }
  note_probe(probe_.compare(*mail));
  if (!gives_whole_by_top())
    receiver_.suspect_end(size);
  co_return true;
}

void server_session::note_probe(bool whole) {
  if (!whole) {
    note_top_is_partial();
    return;
  }
  facts_.host.top = host_facts::top_answer::whole;
  learn();
}

// --------------------------------------------------------- reading ahead

void server_session::stop_ahead(std::string_view why) {
  if (!ahead_.is_stopped())
    log::info("{}: mails are not read ahead there: {}", facts_.name, why);
  ahead_.stop();
  if (!facts_.host.no_reading_ahead) {
    facts_.host.no_reading_ahead = true;
    learn();
  }
}

bool server_session::may_read_ahead() const {
  if (dropping_ || ahead_.is_stopped() || !facts_.host.capabilities ||
      !facts_.host.capabilities->top || !gives_whole_by_top())
    return false;
  return ahead_rules_.mode == prefetch::force ||
         !facts_.host.capabilities->expires_at_once();
}

bool server_session::is_due(question::kind what, std::uint32_t number) const {
  return std::ranges::any_of(due_, [what, number](const question& q) {
    return q.what == what && q.number == number;
  });
}

bool server_session::is_any_due(
    std::initializer_list<question::kind> kinds) const {
  return std::ranges::any_of(due_, [kinds](const question& q) {
    return std::ranges::find(kinds, q.what) != kinds.end();
  });
}

read_ahead::load server_session::load() const {
  read_ahead::load now;
  const auto size = [this](std::uint32_t number) {
    return maildrop_.size_of(number).value_or(0);
  };
  if (wanted_ != 0)
    now.on_the_way += size(wanted_);
  for (const question& q : due_) {
    if (q.what == question::kind::mail) {
      ++now.mails;
      now.octets += size(q.number);
    }
    if (q.what == question::kind::mail || q.what == question::kind::probe)
      now.on_the_way += size(q.number);
  }
  now.mails += kept_.size();
  now.octets += kept_.octets();
  return now;
}

asio::awaitable<void> server_session::ask_ahead() {
  co_await ask_sizes();
  if (!ahead_.is_enabled() || !may_read_ahead() || !maildrop_.listed ||
      receiver_.is_end_suspect() ||
      (!pipelining() &&
       (!due_.empty() || in_transit_ > 0 || !unsent_deletions_.empty())))
    co_return;
  // Most times so much is here that nothing has to be counted.
  if (!ahead_.is_due({.mails = kept_.size(), .octets = kept_.octets()}))
    co_return;
  read_ahead::load now = load();
  const bool is_proven = facts_.host.top == host_facts::top_answer::whole;
  // With one mail at a time, answers match commands whatever TOP's answer and
  // LIST's sizes are.
  const bool one_by_one =
      !is_proven || !facts_.host.sizes_hold || !pipelining();
  if (one_by_one ? now.mails > 0 || now.on_the_way > 0 : !ahead_.is_due(now))
    co_return;
  if (!unsent_deletions_.empty()) {
    const bool sent = co_await send_erasures();
    if (!sent)
      co_return;
  }
  std::string commands;
  for (std::uint32_t number = ahead_.last() + 1;; ++number) {
    const auto size = maildrop_.size_of(number);
    if (!size || number == 0)
      break;
    if (maildrop_.deleted.contains(number) || kept_.contains(number) ||
        is_due(question::kind::mail, number))
      continue;
    if (!ahead_.has_room(now, *size))
      break;
    begin_long_answer();
    due_.push_back({.what = question::kind::mail, .number = number});
    commands += fmt::format("TOP {} {}\r\n", number, all_lines);
    ++now.mails;
    now.octets += *size;
    now.on_the_way += *size;
    if (one_by_one)
      break;
  }
  if (!commands.empty())
    co_await send(std::move(commands));
}

asio::awaitable<bool> server_session::receive_ahead(std::uint32_t number) {
  const auto ok = co_await open_answer();
  if (!ok)
    co_return false;
  if (!*ok) {
    stop_ahead("it refuses TOP with a large count");
    co_return true;
  }
  const auto mail = desk_.begin(recipient_);
  const std::size_t listed = maildrop_.size_of(number).value_or(0);
  const arrival a = co_await receive(*mail, number, listed + 2);
  if (a == arrival::lost || a == arrival::abandoned)
    co_return false;
  if (a == arrival::no_room) {
    // Dropped, and asked for again when it is wanted.
    const bool in_step = co_await drop_rest();
    co_return in_step;
  }
  const bool whole = is_whole(number, *mail);
  if (whole && !dropping_ && !maildrop_.deleted.contains(number))
    kept_.put(number, {.what = mail, .has_dot_line = receiver_.saw_dot_line()});
  const bool in_step = why_lost().empty();
  co_return in_step;
}

/// True if the mail is whole, as TOP gave it.
bool server_session::is_whole(std::uint32_t number, arriving_mail& mail) {
  if (check_size(number, size_of(mail)))
    return true;
  note_top_is_partial();
  if (!due_.empty() || is_asked_)
    link_.lose("the server's answers are out of step");
  else
    suspect_desync(number);
  return false;
}

bool server_session::note_came_ahead(std::uint32_t number,
                                     arriving_mail& mail) {
  is_coming_ = false;
  wanted_ = 0;
  const bool whole = is_whole(number, mail);
  if (whole)
    delivered_.insert(number);
  return whole;
}

asio::awaitable<server_session::ahead_mail> server_session::take_ahead(
    std::uint32_t number) {
  ahead_.retrieved(number);
  ahead_mail found;
  const bool is_proven = facts_.host.top == host_facts::top_answer::whole;
  // One that was deleted meanwhile is asked for, and the server refuses it.
  while (is_due(question::kind::mail, number) &&
         !maildrop_.deleted.contains(number)) {
    const question& next = due_.front();
    if (is_proven && next.what == question::kind::mail &&
        next.number == number) {
      found.is_coming = co_await open_ahead();
      co_return found;
    }
    const bool in_step = co_await settle_one();
    if (!in_step)
      co_return found;
  }
  // One probe at a time.
  while (is_any_due({question::kind::probe})) {
    const bool in_step = co_await settle_one();
    if (!in_step)
      co_return found;
  }
  const auto mail = kept_.take(number);
  if (!mail) {
    kept_.clear();  // the client does not fetch in order
    co_return found;
  }
  if (mail->has_dot_line &&
      facts_.host.top == host_facts::top_answer::unknown) {
    // Fetched once more, by RETR, to see whether TOP gives whole mails here.
    probe_.keep(number, mail->what, top_probe::way::by_top);
    co_return found;
  }
  delivered_.insert(number);
  found.mail = mail->what;
  co_await ask_ahead();
  co_return found;
}

/// The answer that is due next is the mail that the client wants. False: it is
/// not, after all.
asio::awaitable<bool> server_session::open_ahead() {
  wanted_ = due_.front().number;
  is_wanted_by_top_ = false;  // but as a whole
  due_.pop_front();
  const auto ok = co_await open_answer();
  is_coming_ = ok && *ok;
  if (is_coming_) {
    co_await ask_ahead();
    co_return true;
  }
  wanted_ = 0;
  if (ok)
    stop_ahead("it refuses TOP with a large count");
  co_return false;
}

}  // namespace mekiki::pop3
