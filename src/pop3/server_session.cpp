#include "pop3/server_session.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

using delivery::arriving_mail;
using delivery::wait_observer;

namespace {

/// How often whoever waits is told so.
constexpr std::chrono::milliseconds tick{500};
constexpr std::size_t most_stray_lines = 200'000;
/// What still belongs to an answer that looked complete comes within this time.
constexpr std::chrono::seconds stray_time{1};
/// A server whose mails end in LF "." CRLF is silent for so long at their end.
constexpr std::chrono::seconds lf_end_time{2};

std::string ending(arriving_mail& mail) {
  constexpr std::size_t most = 5;
  const std::size_t size = mail.size();
  const auto octets = mail.octets().read(size - std::min(size, most));
  return octets ? std::string(*octets) : std::string();
}

/// The length of a final "." line after a bare LF, or 0.
std::size_t lf_end(arriving_mail& mail) {
  const std::string end = ending(mail);
  if (end.ends_with("\n.\r\n"))
    return 3;
  return end.ends_with("\n.\n") ? 2 : 0;
}

bool is_same(message::spool& a, message::spool& b) {
  if (a.size() != b.size())
    return false;
  for (std::size_t at = 0; at < a.size();) {
    const auto left = a.read(at);
    if (!left)
      return false;
    const auto right = b.read(at, left->size());
    if (!right || left->substr(0, right->size()) != *right)
      return false;
    at += right->size();
  }
  return true;
}

}  // namespace

server_session::server_session(std::unique_ptr<upstream> connection,
                               const upstream_rules& rules,
                               const prefetch_rules& ahead, server_facts facts,
                               host_memory& hosts, delivery::desk& desk,
                               const delivery::reader& reader)
    : connection_(std::move(connection)),
      rules_(rules),
      ahead_rules_(ahead),
      facts_(std::move(facts)),
      hosts_(hosts),
      desk_(desk),
      reader_(reader),
      ahead_(ahead, facts_.client_deletes) {
  if (facts_.host.no_reading_ahead)
    ahead_.stop();
}

bool server_session::pipelining() const {
  return facts_.host.capabilities && facts_.host.capabilities->pipelining;
}

server_session::point server_session::now() const {
  return desk_.with().verdict.clock.steady();
}

void server_session::learn() {
  hosts_.learn(facts_.name, facts_.greeting, facts_.host);
}

/// Always false. What it says first is what counts.
bool server_session::lose(std::string why) {
  if (why_lost_.empty())
    why_lost_ = std::move(why);
  connection_->connection().abort();
  return false;
}

void server_session::close() { connection_->connection().close(); }

// ----------------------------------------------------- octets and lines

asio::awaitable<bool> server_session::send(std::string command) {
  if (!why_lost_.empty())
    co_return false;
  if (has_stray_octets())
    co_return lose("the server sent what nobody had asked for");
  sent_together_ = sent_together_ || !due_.empty();
  const std::error_code error =
      co_await connection_->send(command, rules_.silence_timeout);
  if (error)
    co_return lose("the server broke the connection off");
  co_return true;
}

/// Octets are there and no answer is due. Line breaks alone do no harm.
bool server_session::has_stray_octets() {
  if (!due_.empty() || on_the_way_ > 0 || stray_list_ || stray_octets_)
    return false;
  const std::string_view octets = connection_->buffered();
  const std::size_t breaks =
      std::min(octets.find_first_not_of("\r\n"), octets.size());
  connection_->consume(breaks);
  return breaks < octets.size();
}

asio::awaitable<server_session::waited> server_session::fill(
    wait_observer& observer, net::duration patience) {
  if (!why_lost_.empty())
    co_return waited::lost;
  const point begun = now();
  for (;;) {
    const net::duration left = begun + patience - now();
    const std::error_code error = co_await connection_->fill(
        std::clamp<net::duration>(left, net::duration::zero(), tick));
    const point then = now();
    if (error && error != std::errc::timed_out) {
      lose("the server broke the connection off");
      co_return waited::lost;
    }
    // Octets may come so slowly that whoever waits for all of them gives up.
    if (error || then - last_tick_ >= tick) {
      last_tick_ = then;
      const bool goes_on = co_await observer.waited();
      if (!goes_on) {
        lose("the client is gone");
        co_return waited::abandoned;
      }
    }
    if (!error)
      co_return waited::filled;
    if (then - begun >= patience)
      co_return waited::silent;
  }
}

bool server_session::lose_silent() {
  using std::chrono::seconds;
  if (sent_together_ && pipelining()) {
    log::info("{}: it loses answers to commands that come together",
              facts_.name);
    facts_.host.capabilities->pipelining = false;
    facts_.host.no_reading_ahead = true;
    learn();
  }
  return lose(fmt::format(
      "the server did not answer within {} s",
      std::chrono::duration_cast<seconds>(rules_.silence_timeout).count()));
}

asio::awaitable<std::optional<std::string>> server_session::next_line(
    wait_observer& observer) {
  for (;;) {
    auto line = connection_->take_line();
    if (!line) {
      lose("the server sent a line that is too long");
      co_return std::nullopt;
    }
    if (*line)
      co_return std::move(*line);
    const waited w = co_await fill(observer, rules_.silence_timeout);
    if (w == waited::silent)
      lose_silent();
    if (w != waited::filled)
      co_return std::nullopt;
  }
}

asio::awaitable<std::optional<std::string>> server_session::read_status(
    wait_observer& observer) {
  std::size_t stray = std::exchange(stray_list_, false) ? most_stray_lines : 0;
  for (;;) {
    auto line = co_await next_line(observer);
    if (!line || parse_status(*line))
      co_return line;
    if (stray == 0 || !is_list_line(*line)) {
      lose("the server answered what is no POP3");
      co_return std::nullopt;
    }
    --stray;
    if (stray_sizes_)
      mailbox_.note(*line);
  }
}

void server_session::expect_stray_list(std::string_view command) {
  stray_list_ = true;
  stray_sizes_ = command.starts_with("LIST");
}

// ------------------------------------------------- commands and answers

asio::awaitable<std::optional<std::string>> server_session::ask(
    std::string command, wait_observer& observer) {
  bool in_step = co_await make_way(observer);
  if (in_step)
    in_step = co_await send(std::move(command));
  if (in_step)
    in_step = co_await settle(observer);
  if (!in_step)
    co_return std::nullopt;
  auto status = co_await read_status(observer);
  co_return status;
}

/// What has to be sent or answered before the next command may be sent.
asio::awaitable<bool> server_session::make_way(wait_observer& observer) {
  bool in_step = true;
  while (in_step && is_proving() && !due_.empty())
    in_step = co_await settle_one(observer);
  if (in_step && stray_octets_)
    in_step = co_await find_step(observer);
  if (in_step && !pipelining())
    in_step = co_await settle(observer);
  if (in_step && !behind_.empty())
    in_step = co_await send_erasures();
  co_return in_step;
}

asio::awaitable<bool> server_session::settle(wait_observer& observer) {
  for (;;) {
    bool in_step = true;
    if (!due_.empty()) {
      in_step = co_await settle_one(observer);
    } else if (stray_octets_) {
      in_step = co_await find_step(observer);
    } else if (!behind_.empty()) {
      in_step = co_await send_erasures();
    } else {
      co_return true;
    }
    if (!in_step)
      co_return false;
  }
}

/// All that wait where the server takes several commands at a time, else one.
asio::awaitable<bool> server_session::send_erasures() {
  std::string commands;
  do {
    const std::uint32_t number = behind_.front();
    behind_.pop_front();
    commands += fmt::format("DELE {}\r\n", number);
    due_.push_back({.what = question::kind::erasure, .number = number});
  } while (pipelining() && !behind_.empty());
  const bool sent = co_await send(std::move(commands));
  co_return sent;
}

asio::awaitable<bool> server_session::settle_one(wait_observer& observer) {
  const question q = due_.front();
  due_.pop_front();
  bool in_step = true;
  switch (q.what) {
    case question::kind::mail:
      in_step = co_await receive_ahead(q.number, observer);
      co_return in_step;
    case question::kind::wanted:
      in_step = co_await drop_wanted(observer);
      co_return in_step;
    case question::kind::proof:
      in_step = co_await receive_proof(observer);
      co_return in_step;
    case question::kind::sizes:
      in_step = co_await receive_sizes(observer);
      co_return in_step;
    case question::kind::erasure:
    case question::kind::keep_alive:
      break;
  }
  const auto status = co_await read_status(observer);
  if (!status)
    co_return false;
  if (q.what == question::kind::erasure && !parse_status(*status)->ok &&
      refused_.empty())
    refused_ = *status;
  co_return true;
}

asio::awaitable<std::optional<capabilities>> server_session::learn_capabilities(
    wait_observer& observer) {
  if (!facts_.host.capabilities && facts_.host.breaks_at_capa)
    co_return capabilities{};
  if (!facts_.host.capabilities) {
    const bool in_step = co_await settle(observer);
    if (!in_step)
      co_return std::nullopt;
    auto answer =
        co_await ask_capabilities(*connection_, rules_.silence_timeout);
    facts_.host.breaks_at_capa =
        answer.how != capa_answer::listed && answer.how != capa_answer::refused;
    if (answer.how == capa_answer::out_of_step) {
      learn();
      lose("the server broke off at CAPA");
      co_return std::nullopt;
    }
    facts_.host.capabilities = std::move(answer.can);
    learn();
  }
  co_return facts_.host.capabilities;
}

asio::awaitable<bool> server_session::learn_size(std::uint32_t number,
                                                 wait_observer& observer) {
  auto status = co_await ask(fmt::format("LIST {}\r\n", number), observer);
  if (!status || !parse_status(*status)->ok)
    co_return status.has_value();
  mailbox_.note_one(number, *status);
  expect_stray_list("LIST");
  if (mailbox_.size_of(number) || mailbox_.listed || sizes_asked_)
    co_return true;
  // Some servers answer LIST n as they like, and LIST as everybody does.
  sizes_asked_ = true;
  const bool sent = co_await send("LIST\r\n");
  if (!sent)
    co_return false;
  const bool in_step = co_await receive_sizes(observer);
  co_return in_step;
}

asio::awaitable<bool> server_session::receive_sizes(wait_observer& observer) {
  const auto status = co_await read_status(observer);
  if (!status)
    co_return false;
  if (!parse_status(*status)->ok) {
    stop_ahead("it refuses LIST");
    co_return true;
  }
  mailbox_.listed = true;
  for (;;) {
    const auto line = co_await next_line(observer);
    if (!line)
      co_return false;
    if (*line == ".")
      break;
    mailbox_.note(*line);
  }
  for (const auto& [number, size] : received_) check_size(number, size);
  received_.clear();
  co_return true;
}

asio::awaitable<bool> server_session::erase(std::uint32_t number,
                                            wait_observer& observer) {
  constexpr std::size_t most_due = 100;  // or both sides wait to be read
  if (due_.size() + behind_.size() >= most_due) {
    const bool in_step = co_await settle(observer);
    if (!in_step)
      co_return false;
  }
  if (!delivered_.contains(number) || mailbox_.deleted.contains(number))
    co_return false;
  note_deleted(number);
  ahead_.deleted(number);

  const bool is_idle = due_.empty() && behind_.empty();
  const bool is_proof = proof_ && proof_number_ == number &&
                        facts_.host.top == host_facts::top_answer::unknown &&
                        ahead_.is_near() && may_read_ahead();
  behind_.push_back(number);
  if (is_proof && is_idle && ahead_.has_room(load(), proof_->size())) {
    begin_mail();
    due_.push_back({.what = question::kind::proof, .number = number});
    co_await send(fmt::format("TOP {} {}\r\n", number, all_lines));
    co_return true;
  }
  if (!is_proving() && (pipelining() || is_idle))
    co_await send_erasures();
  co_await ask_sizes();
  co_await ask_ahead();
  co_return true;
}

/// LIST, once it is likely that mails will be read ahead.
asio::awaitable<void> server_session::ask_sizes() {
  const bool is_free =
      pipelining() ? !is_proving()
                   : due_.empty() && behind_.empty() && on_the_way_ == 0;
  constexpr std::size_t line_octets = 14;
  if (sizes_asked_ || mailbox_.listed || !is_free || !ahead_.is_near() ||
      !may_read_ahead() ||
      !ahead_.has_room(load(), mailbox_.mails.value_or(0) * line_octets))
    co_return;
  sizes_asked_ = true;
  due_.push_back({.what = question::kind::sizes});
  co_await send("LIST\r\n");
}

/// While it is not known what TOP gives, nothing is asked behind it: a server
/// that does not double dots would answer that with the rest of a mail.
bool server_session::is_proving() const {
  if (stray_octets_)
    return true;
  return std::ranges::any_of(due_, [this](const question& q) {
    return q.what == question::kind::proof ||
           (q.what == question::kind::mail &&
            facts_.host.top != host_facts::top_answer::whole);
  });
}

asio::awaitable<void> server_session::keep_alive() {
  if (due_.size() == 1 && due_.front().what == question::kind::keep_alive) {
    std::error_code error;
    while (!error && !due_.empty()) {
      const auto answer = connection_->take_line();
      if (!answer || (*answer && !parse_status(**answer)))
        lose("the server answered what is no POP3");
      if (!why_lost_.empty())
        co_return;
      if (*answer)
        due_.clear();
      else
        error = co_await connection_->fill(net::duration::zero());
    }
  }
  if (!due_.empty() || !behind_.empty() || on_the_way_ > 0 || stray_octets_ ||
      stray_list_)
    co_return;
  due_.push_back({.what = question::kind::keep_alive});
  co_await send("NOOP\r\n");
}

void server_session::note_deleted(std::uint32_t number) {
  mailbox_.deleted.insert(number);
  kept_.erase(number);
}

void server_session::reset() {
  mailbox_.deleted.clear();
  refused_.clear();
  ahead_.reset();
}

void server_session::drop_ahead() {
  dropping_ = true;
  kept_.clear();
}

// ------------------------------------------------------------- one mail

/// A command was sent that a mail answers.
void server_session::begin_mail() {
  if (on_the_way_++ == 0) {
    busy_since_ = now();
    busy_octets_ = 0;
  }
}

void server_session::end_mail() {
  --on_the_way_;
  if (busy_octets_ > 0)
    ahead_.measured(busy_octets_, now() - busy_since_);
}

asio::awaitable<std::optional<std::string>> server_session::open_mail(
    std::string command, std::uint32_t number, wait_observer& observer,
    const std::vector<std::uint32_t>& more) {
  bool in_step = true;
  if (is_due(question::kind::wanted, number)) {
    const auto is_next = [&] {
      return due_.front().what == question::kind::wanted &&
             due_.front().number == number;
    };
    while (in_step && !is_next()) in_step = co_await settle_one(observer);
    if (in_step)
      due_.pop_front();
  } else {
    in_step = co_await make_way(observer);
    if (in_step)
      in_step = co_await send(std::move(command));
    if (in_step) {
      begin_mail();
      in_step = co_await settle(observer);
    }
  }
  if (!in_step)
    co_return std::nullopt;
  wanted_ = number;
  co_await ask_wanted(more);
  if (answers_together_) {
    co_await ask_sizes();
    co_await ask_ahead();
  }
  decoder_ = {};
  wire_octets_ = 0;
  auto status = co_await read_status(observer);
  if (!status)
    co_return status;
  answers_together_ = sent_together_;
  if (!parse_status(*status)->ok) {
    end_mail();
    wanted_ = 0;
    co_return status;
  }
  // More is asked for behind it once it is sure that this is its answer: in
  // this session the server has not yet answered commands that came together.
  co_await ask_sizes();
  co_await ask_ahead();
  co_return status;
}

asio::awaitable<server_session::arrival> server_session::receive(
    arriving_mail& mail, wait_observer& observer, std::size_t most) {
  const point begun = now();
  for (;;) {
    std::string_view octets = connection_->buffered();
    const std::size_t all = octets.size();
    std::string_view left_over;
    while (!octets.empty() && !decoder_.ended() && left_over.empty()) {
      const std::string_view piece = decoder_.next(octets);
      if (!mail.take(piece))
        left_over = piece;
    }
    left_over_ = left_over;  // a copy: what follows is consumed
    connection_->consume(all - octets.size());
    wire_octets_ += all - octets.size();
    busy_octets_ += all - octets.size();
    if (decoder_.ended()) {
      end_mail();
      mail.took += now() - begun;
      co_return arrival::complete;
    }
    if (!left_over_.empty())
      co_return arrival::no_room;
    // A little more is odd and in step, where nothing else is due.
    constexpr std::size_t odd = 64 << 10;
    if (mail.size() > most && (!due_.empty() || mail.size() - most > odd)) {
      stop_ahead("it sends more than it lists");
      lose("the server sent more than it listed");
      co_return arrival::lost;
    }

    const bool goes_on = co_await delivery::desk::catch_up(mail, observer);
    if (!goes_on)
      co_return arrival::abandoned;
    net::duration patience = rules_.silence_timeout;
    if (lf_lines_ && may_end_in_lf(mail))
      patience = std::min<net::duration>(patience, lf_end_time);
    const waited w = co_await fill(observer, patience);
    if (w == waited::abandoned)
      co_return arrival::abandoned;
    if (w == waited::filled)
      continue;
    if (w != waited::silent || !may_end_in_lf(mail)) {
      if (w == waited::silent)
        lose_silent();
      co_return arrival::lost;
    }
    // Nothing else comes: the server ends its mails after a bare LF.
    log::info("{}: a mail ended in LF \".\" instead of CRLF \".\"",
              facts_.name);
    lf_lines_ = true;
    mail.drop_end(lf_end(mail));
    end_mail();
    mail.took += now() - begun;
    co_return arrival::complete;
  }
}

/// The mail ends in a "." line after a bare LF, and is as long as LIST says if
/// that is known: with its line ends as they are, or as CRLF.
bool server_session::may_end_in_lf(arriving_mail& mail) {
  const std::size_t end = lf_end(mail);
  const auto listed = mailbox_.size_of(wanted_);
  if (end == 0 || !listed)
    return end != 0;
  const std::size_t size = mail.size() - end;
  if (size == *listed)
    return true;
  std::size_t line_ends = 0;
  for (std::size_t at = 0; at < size;) {
    const auto octets = mail.octets().read(at, size - at);
    if (!octets)
      return false;
    line_ends += static_cast<std::size_t>(
        std::count(octets->begin(), octets->end(), '\n'));
    at += octets->size();
  }
  return size + line_ends == *listed;
}

asio::awaitable<server_session::piece> server_session::next_piece(
    wait_observer& observer) {
  piece out;
  if (!left_over_.empty()) {
    out.octets = std::exchange(left_over_, {});
    co_return out;
  }
  for (;;) {
    std::string_view octets = connection_->buffered();
    const std::size_t all = octets.size();
    if (!octets.empty() && !decoder_.ended())
      out.octets = decoder_.next(octets);
    connection_->consume(all - octets.size());
    wire_octets_ += all - octets.size();
    busy_octets_ += all - octets.size();
    if (decoder_.ended()) {
      end_mail();
      out.ended = true;
    }
    if (out.ended || !out.octets.empty())
      co_return out;
    if (all > 0)
      continue;
    const waited w = co_await fill(observer, rules_.silence_timeout);
    if (w == waited::silent)
      lose_silent();
    if (w != waited::filled) {
      out.failed = w == waited::abandoned ? arrival::abandoned : arrival::lost;
      co_return out;
    }
  }
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
      !facts_.host.capabilities->top ||
      facts_.host.top == host_facts::top_answer::partial)
    return false;
  return ahead_rules_.mode == prefetch::force ||
         !facts_.host.capabilities->expires_at_once();
}

bool server_session::is_due(question::kind what, std::uint32_t number) const {
  return std::ranges::any_of(due_, [what, number](const question& q) {
    return q.what == what && q.number == number;
  });
}

asio::awaitable<void> server_session::ask_wanted(
    const std::vector<std::uint32_t>& numbers) {
  if (!pipelining() || is_proving() || !behind_.empty())
    co_return;
  std::string commands;
  for (const std::uint32_t number : numbers) {
    if (is_due(question::kind::wanted, number))
      continue;
    // In the order in which the client wants them, or not at all.
    if (kept_.contains(number) || is_due(question::kind::mail, number))
      break;
    begin_mail();
    due_.push_back({.what = question::kind::wanted, .number = number});
    commands += fmt::format("RETR {}\r\n", number);
  }
  if (!commands.empty())
    co_await send(std::move(commands));
}

/// The client wants something else first: it will be asked for again.
asio::awaitable<bool> server_session::drop_wanted(wait_observer& observer) {
  decoder_ = {};
  wire_octets_ = 0;
  const auto status = co_await read_status(observer);
  if (!status)
    co_return false;
  if (!parse_status(*status)->ok) {
    end_mail();
    co_return true;
  }
  const bool dropped = co_await drop_rest(observer);
  co_return dropped;
}

read_ahead::load server_session::load() const {
  read_ahead::load now;
  const auto size = [this](std::uint32_t number) {
    return mailbox_.size_of(number).value_or(0);
  };
  if (wanted_ != 0)
    now.on_the_way += size(wanted_);
  for (const question& q : due_) {
    if (q.what == question::kind::mail) {
      ++now.mails;
      now.octets += size(q.number);
    }
    if (q.what == question::kind::mail || q.what == question::kind::proof)
      now.on_the_way += size(q.number);
  }
  now.mails += kept_.size();
  for (const auto& [number, mail] : kept_) now.octets += mail.what->size();
  return now;
}

asio::awaitable<void> server_session::ask_ahead() {
  if (!ahead_.is_wanted() || !may_read_ahead() || !mailbox_.listed ||
      !behind_.empty() || stray_octets_ ||
      (!pipelining() && (!due_.empty() || on_the_way_ > 0)))
    co_return;
  read_ahead::load now = load();
  const bool is_proven = facts_.host.top == host_facts::top_answer::whole;
  // One mail at a time is in step whatever TOP's answer is.
  const bool one_by_one = !is_proven || !pipelining();
  if (one_by_one ? now.mails > 0 || now.on_the_way > 0 : !ahead_.is_due(now))
    co_return;
  std::string commands;
  for (std::uint32_t number = ahead_.last() + 1;; ++number) {
    const auto size = mailbox_.size_of(number);
    if (!size || number == 0)
      break;
    if (mailbox_.deleted.contains(number) || kept_.contains(number) ||
        is_due(question::kind::mail, number))
      continue;
    if (!ahead_.has_room(now, *size))
      break;
    begin_mail();
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

/// True if the mail is as long as LIST says, or that is not known yet.
bool server_session::check_size(std::uint32_t number, received size) {
  const auto listed = mailbox_.size_of(number);
  if (!listed) {
    if (!mailbox_.listed && received_.size() < most_received)
      received_.push_back({number, size});
    return true;
  }
  if (read_ahead::is_exact(*listed, size.octets, size.ends_with_crlf))
    return true;
  stop_ahead("a mail is not as long as LIST says");
  return false;
}

asio::awaitable<bool> server_session::receive_ahead(std::uint32_t number,
                                                    wait_observer& observer) {
  decoder_ = {};
  wire_octets_ = 0;
  const auto status = co_await read_status(observer);
  if (!status)
    co_return false;
  if (!parse_status(*status)->ok) {
    end_mail();
    stop_ahead("it refuses TOP with a large count");
    co_return true;
  }
  const auto mail = desk_.begin(reader_);
  const std::size_t listed = mailbox_.size_of(number).value_or(0);
  const arrival a = co_await receive(*mail, observer, listed + 2);
  if (a == arrival::lost || a == arrival::abandoned)
    co_return false;
  if (a == arrival::no_room) {
    // Dropped, and asked for again when it is wanted.
    bool dropped = co_await drop_rest(observer);
    co_return dropped;
  }
  const bool exact = check_size(number, size_of(*mail));
  if (exact) {
    if (!dropping_ && !mailbox_.deleted.contains(number))
      kept_[number] = {.what = mail, .has_dot_line = decoder_.saw_dot_line()};
    co_return true;
  }
  note_top_is_partial();
  if (!due_.empty())
    co_return lose("the server's answers are out of step");
  suspect_size(listed);
  co_return true;
}

asio::awaitable<bool> server_session::drop_rest(wait_observer& observer) {
  for (;;) {
    const piece p = co_await next_piece(observer);
    if (p.failed)
      co_return false;
    if (p.ended)
      co_return true;
  }
}

asio::awaitable<bool> server_session::receive_proof(wait_observer& observer) {
  decoder_ = {};
  wire_octets_ = 0;
  const auto status = co_await read_status(observer);
  if (!status)
    co_return false;
  const auto sample = std::exchange(proof_, nullptr);
  if (!parse_status(*status)->ok) {
    end_mail();
    note_top_is_partial();
    co_return true;
  }
  const auto mail = desk_.begin(reader_);
  const arrival a = co_await receive(*mail, observer, sample->size() + 2);
  if (a == arrival::lost || a == arrival::abandoned)
    co_return false;
  if (a == arrival::no_room) {
    const bool dropped = co_await drop_rest(observer);
    co_return dropped;
  }
  if (is_same(sample->octets(), mail->octets())) {
    facts_.host.top = host_facts::top_answer::whole;
    learn();
    co_return true;
  }
  note_top_is_partial();
  suspect_size(sample->size());
  co_return true;
}

asio::awaitable<std::shared_ptr<arriving_mail>> server_session::take_ahead(
    std::uint32_t number, wait_observer& observer) {
  ahead_.retrieved(number);
  std::shared_ptr<arriving_mail> mail;
  while (is_due(question::kind::mail, number) && !kept_.contains(number)) {
    const bool in_step = co_await settle_one(observer);
    if (!in_step)
      co_return mail;
  }
  const auto found = kept_.find(number);
  if (found == kept_.end()) {
    kept_.clear();  // it goes elsewhere
    co_return mail;
  }
  mail = std::move(found->second.what);
  const bool is_sample = found->second.has_dot_line;
  kept_.erase(found);
  if (is_sample && facts_.host.top == host_facts::top_answer::unknown) {
    // Fetched once more, by RETR: then it is known what TOP is worth here.
    proof_ = std::exchange(mail, nullptr);
    proof_number_ = number;
    proof_is_by_top_ = true;
    co_return mail;
  }
  note_delivered_ahead(number);
  co_await ask_ahead();
  co_return mail;
}

void server_session::note_delivered_ahead(std::uint32_t number) {
  delivered_.insert(number);
}

bool server_session::note_retrieved(std::uint32_t number,
                                    std::shared_ptr<arriving_mail> mail) {
  delivered_.insert(number);
  wanted_ = 0;
  const bool exact = check_size(number, size_of(*mail));
  const bool is_more_due = std::ranges::any_of(due_, [](const question& q) {
    return q.what == question::kind::mail || q.what == question::kind::proof ||
           q.what == question::kind::sizes;
  });
  if (!exact && is_more_due)
    return lose("the server's answers are out of step");
  if (facts_.host.top != host_facts::top_answer::unknown || !exact)
    return true;
  if (proof_ && proof_is_by_top_ && proof_number_ == number) {
    proof_is_by_top_ = false;
    const auto sample = std::exchange(proof_, nullptr);
    if (is_same(sample->octets(), mail->octets())) {
      facts_.host.top = host_facts::top_answer::whole;
      learn();
    } else {
      note_top_is_partial();
    }
  } else if (decoder_.saw_dot_line() && ahead_rules_.mode != prefetch::off) {
    proof_ = std::move(mail);
    proof_number_ = number;
    proof_is_by_top_ = false;
  } else {
    proof_ = nullptr;
  }
  return true;
}

server_session::received server_session::size_of(arriving_mail& mail) {
  return {.octets = mail.size(), .ends_with_crlf = mail.ends_with_crlf()};
}

server_session::top_length server_session::check_top(std::uint32_t number,
                                                     arriving_mail& mail) {
  wanted_ = 0;
  const auto listed = mailbox_.size_of(number);
  if (!listed)
    return top_length::not_known;
  const received size = size_of(mail);
  return read_ahead::is_exact(*listed, size.octets, size.ends_with_crlf)
             ? top_length::exact
             : top_length::other;
}

void server_session::note_top_is_partial() {
  if (facts_.host.top == host_facts::top_answer::partial)
    return;
  facts_.host.top = host_facts::top_answer::partial;
  log::info("{}: TOP does not give whole mails there", facts_.name);
  learn();
}

void server_session::suspect_step(std::uint32_t number) {
  suspect_size(mailbox_.size_of(number).value_or(0));
}

void server_session::trust_step() {
  if (std::exchange(stray_octets_, std::nullopt))
    stop_ahead("a mail is not as long as LIST says");
}

/// On the wire an answer without doubled dots is the mail as it is, and
/// CRLF "." CRLF. What looked like its end was a line of it.
void server_session::suspect_size(std::size_t size) {
  if (size > 0 && wire_octets_ > size)
    return;  // too long is no sign of a part
  stray_octets_ = size - std::min(size, wire_octets_);
  stray_since_ = now();
}

/// Drops what still comes of an answer that looked complete. Nothing else was
/// asked, so all of it is: as many octets as its mail is long, and the end,
/// perhaps behind the line break that the last line lacked. Where LIST is a
/// little wrong, the end is the one behind which nothing comes.
asio::awaitable<bool> server_session::find_step(wait_observer& observer) {
  const std::size_t left = *std::exchange(stray_octets_, std::nullopt);
  note_top_is_partial();
  constexpr std::string_view end = "\r\n.\r\n";
  std::string last(end);  // octets
  std::size_t dropped = 0;
  net::duration patience = std::max<net::duration>(
      stray_since_ + stray_time - now(), net::duration::zero());
  for (;;) {
    const std::string_view octets = connection_->buffered();
    dropped += octets.size();
    last += octets.substr(octets.size() - std::min(octets.size(), end.size()));
    last.erase(0, last.size() - end.size());
    connection_->consume(octets.size());
    // A part ends at once; else there is about as much as LIST says.
    constexpr std::size_t slack = 64;
    const bool may_end =
        last == end && (dropped == 0 || dropped + slack >= left);
    if (may_end && (dropped == left + 3 || dropped == left + 5))
      co_return true;
    net::duration most = rules_.silence_timeout;
    if (may_end)
      most = patience;
    const waited w = co_await fill(observer, most);
    patience = stray_time;
    if (w == waited::silent && may_end)
      co_return true;
    if (w == waited::silent)
      lose_silent();
    if (w != waited::filled)
      co_return false;
  }
}

}  // namespace mekiki::pop3
