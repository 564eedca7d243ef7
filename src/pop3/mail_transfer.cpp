#include "pop3/mail_transfer.hpp"

#include <algorithm>
#include <functional>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/expected.hpp"
#include "base/log.hpp"
#include "base/one_shot_event.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

// ------------------------------------------------------------- commands

asio::awaitable<next> mail_transfer::retrieve(std::uint32_t number) {
  const auto ahead = co_await server_.take_ahead(number);
  next n = next::go_on;
  if (ahead.mail) {
    auto d = begin_delivery(number, ahead.mail);
    n = co_await deliver(d);
    co_return n;
  }
  if (ahead.is_coming) {
    auto d = begin_delivery(number, desk_.begin(recipient_));
    n = co_await receive(d);
    if (n != next::go_on || !d.mail)
      co_return n;
    if (server_.note_came_ahead(number, *d.mail)) {
      co_await server_.ask_ahead();
      n = co_await deliver(d);
      co_return n;
    }
    if (d.out.has_begun())
      co_return next::broken;
  }
  n = co_await fetch(number);
  co_return n;
}

asio::awaitable<next> mail_transfer::fetch(std::uint32_t number) {
  const auto status = co_await server_.open_mail(
      fmt::format("RETR {}\r\n", number), number, wanted_next());
  if (!status)
    co_return next::server_lost;
  if (!parse_status(*status)->ok) {
    client_.out += *status + "\r\n";
    co_return next::go_on;
  }
  auto d = begin_delivery(number, desk_.begin(recipient_));
  next n = co_await receive(d);
  if (n != next::go_on || !d.mail)
    co_return n;
  const bool in_step = server_.note_retrieved(number, d.mail);
  // The server works on the next ones while the client reads this one.
  if (!in_step)
    co_return d.out.has_begun() ? next::broken : next::server_lost;
  co_await server_.ask_ahead();
  n = co_await deliver(d);
  co_return n;
}

/// The mails for which the client has sent RETR after the one that it waits
/// for.
std::vector<std::uint32_t> mail_transfer::wanted_next() const {
  constexpr std::size_t most = 256;
  std::vector<std::uint32_t> numbers = client_.next_retrievals(most);
  const auto ours = std::ranges::find_if(
      numbers, [this](std::uint32_t n) { return ours_.has(n); });
  numbers.erase(ours, numbers.end());
  return numbers;
}

/// The whole mail is judged, and the requested part is sent. If it is too
/// large, or the server's TOP gives no whole mails, only that part is fetched.
asio::awaitable<next> mail_transfer::top(std::uint32_t number,
                                         std::uint32_t lines) {
  if (!server_.listed().size_of(number)) {
    const bool in_step = co_await server_.learn_size(number);
    if (!in_step)
      co_return next::server_lost;
  }
  // A line has two octets at least, so that half the size is all of them:
  // some clients fetch whole mails with TOP.
  const auto size = server_.listed().size_of(number);
  const std::size_t most = size.value_or(settings_.top_whole);
  const bool is_small = most <= settings_.top_whole || lines >= most / 2;
  bool whole = size && is_small && server_.gives_whole_by_top();
  auto status = co_await open_top(number, lines, whole);
  if (!status)
    co_return next::server_lost;
  if (!parse_status(*status)->ok) {
    client_.out += *status + "\r\n";
    co_return next::go_on;
  }
  const auto mail = desk_.begin(recipient_);
  auto d = begin_delivery(number, mail, lines);
  next n = co_await receive(d);
  if (n != next::go_on || !d.mail)
    co_return n;
  using top_length = server_session::top_length;
  switch (server_.check_top(number, *mail)) {
    case top_length::exact:
      break;
    case top_length::not_known:
      mail->doubt_completeness(whole ? "size-unknown" : "part-by-top");
      break;
    case top_length::other:
      mail->doubt_completeness(is_small ? "part-by-top" : "too-large-for-top");
      if (whole)
        server_.suspect_desync(number);
      break;
  }
  n = co_await deliver(d);
  if (whole && d.is_judged && mail->size() >= most)
    server_.trust_sync();
  co_return n;
}

/// The status line. A server that refuses a huge count is asked for the
/// client's own.
asio::awaitable<std::optional<std::string>> mail_transfer::open_top(
    std::uint32_t number, std::uint32_t lines, bool& whole) {
  const std::uint32_t count = whole ? all_lines : lines;
  auto status = co_await server_.open_mail(
      fmt::format("TOP {} {}\r\n", number, count), number);
  if (!status || parse_status(*status)->ok || !whole)
    co_return status;
  whole = false;
  status = co_await server_.open_mail(
      fmt::format("TOP {} {}\r\n", number, lines), number);
  if (status && parse_status(*status)->ok)
    server_.note_top_is_partial();
  co_return status;
}

// ------------------------------------------------------------- one mail

/// Until the mail is complete. One that finds no room is served here to its
/// end; then `d.mail` is null.
asio::awaitable<next> mail_transfer::receive(delivery_in_progress& d) {
  slow_ = &d.out;
  next_line_ = now() + settings_.first_lines;
  const arrival a = co_await server_.receive(*d.mail);
  slow_ = nullptr;
  if (a == arrival::complete)
    co_return next::go_on;
  next n = next::broken;
  if (a == arrival::no_room) {
    n = co_await stream_through(d);
    d.mail = nullptr;
    co_return n;
  }
  log::info(
      "session {}: mail {} is not complete: {}", session_, d.number,
      a == arrival::abandoned ? "the client is gone" : server_.why_lost());
  co_return n;
}

/// Called now and then during a wait: gives a client that waits for a mail a
/// line, so that it does not give up.
asio::awaitable<bool> mail_transfer::on_wait() {
  const bool is_there = co_await client_.poll();
  if (!is_there)
    co_return false;
  co_await server_.ask_wanted(wanted_next());
  if (slow_ == nullptr)
    co_return client_.wants_more();
  // A client that has closed its sending side may still be reading.
  const bool is_due = now() >= next_line_ || client_.has_ended();
  if (!is_due)
    co_return true;
  if (!slow_->has_begun())
    client_.out += "+OK\r\n";
  client_.out += slow_->early_line();
  next_line_ = now() + settings_.first_lines;
  const bool written = co_await client_.flush();
  co_return written;
}

/// There is no room to keep the mail: what is there goes out with an
/// undecided verdict, and the rest follows as it comes.
asio::awaitable<next> mail_transfer::stream_through(delivery_in_progress& d) {
  log::warning(
      "session {}: mail {} finds no room and is delivered without being judged",
      session_, d.number);
  const delivery::judged_mail j = desk_.unjudged("no-room", recipient_);
  co_await record(d, j);
  if (!d.out.has_begun())
    client_.out += "+OK\r\n";
  d.out.set_judged(j, desk_.random());
  next n = co_await write_all(d);
  while (n == next::go_on) {
    const auto piece = co_await server_.next_piece();
    if (piece.failed) {
      log::info("session {}: mail {} is not complete: {}", session_, d.number,
                server_.why_lost());
      co_return next::broken;
    }
    if (piece.ended)
      break;
    d.encoder.write(d.out.pass(piece.octets), client_.out);
    const bool open = co_await client_.flush_if_large();
    if (!open)
      n = next::broken;
  }
  server_.note_streamed();
  if (n == next::go_on)
    n = co_await finish(d);
  co_return n;
}

/// A complete mail goes to the client.
asio::awaitable<next> mail_transfer::deliver(delivery_in_progress& d) {
  slow_ = &d.out;
  const auto j = co_await desk_.judge(d.mail, recipient_, *this);
  slow_ = nullptr;
  if (!j)
    co_return next::broken;
  co_await record(d, *j);
  d.is_judged = j->judgement.is_judged();
  const bool begun = d.out.has_begun();
  d.out.set_judged(*j, desk_.random());
  next n = next::go_on;
  if (!begun) {
    n = co_await begin(d);
    if (n != next::go_on)
      co_return n;
  }
  n = co_await write_all(d);
  if (n == next::go_on)
    n = co_await finish(d);
  if (n == next::go_on)
    co_await desk_.delivered(recipient_, *d.mail, *j);
  co_return n;
}

/// The next octets for the client; nothing where they cannot be read.
asio::awaitable<std::optional<std::string_view>> mail_transfer::read(
    delivery_in_progress& d) {
  expected<std::string_view, std::error_code> piece = std::string_view();
  std::function<void()> step = [&d, &piece] { piece = d.out.read(); };
  if (d.out.is_costly())
    co_await desk_.compute(recipient_, *d.mail, std::move(step));
  else
    step();
  if (piece)
    co_return *piece;
  log::error("session {}: the spool of mail {} cannot be read: {}", session_,
             d.number, piece.error().message());
  co_return std::nullopt;
}

/// "+OK", with the octets where they are known by the header's end.
asio::awaitable<next> mail_transfer::begin(delivery_in_progress& d) {
  std::string head;
  std::size_t octets = 0;
  while (!d.out.ended() && !d.out.left() && head.size() < flush_size) {
    const auto piece = co_await read(d);
    if (!piece)
      co_return next::broken;
    octets += piece->size();
    d.encoder.write(*piece, head);
    if (piece->empty())
      break;
    co_await yield_to_others();
  }
  if (const auto left = d.out.left()) {
    octets += *left;
    if (!d.mail->ends_with_crlf())
      octets += 2;
    client_.out += fmt::format("+OK {} octets\r\n", octets);
  } else {
    client_.out += "+OK\r\n";
  }
  client_.out += head;
  co_return next::go_on;
}

asio::awaitable<next> mail_transfer::write_all(delivery_in_progress& d) {
  while (!d.out.ended()) {
    const auto piece = co_await read(d);
    if (!piece)
      co_return next::broken;
    if (piece->empty()) {  // a long look ahead: let others have their turn
      const auto executor = co_await asio::this_coro::executor;
      co_await asio::post(executor, asio::use_awaitable);
      continue;
    }
    d.encoder.write(*piece, client_.out);
    const bool is_large = client_.out.size() >= flush_size;
    const bool open = co_await client_.flush_if_large();
    if (!open)
      co_return next::broken;
    // A client that takes everything at once would leave others no turn.
    if (is_large)
      co_await yield_to_others();
  }
  co_return next::go_on;
}

asio::awaitable<next> mail_transfer::finish(delivery_in_progress& d) {
  d.encoder.write(d.out.finish(), client_.out);
  d.encoder.finish(client_.out);
  // Whole answers: the last piece goes out now unless more commands wait.
  const bool open = co_await client_.flush_if_large();
  co_return open ? next::go_on : next::broken;
}

asio::awaitable<void> mail_transfer::record(delivery_in_progress& d,
                                            const delivery::judged_mail& j) {
  const delivery::mail_id id{
      .session = session_,
      .number = d.number,
      .uidl = std::string(server_.listed().uidl_of(d.number))};
  co_await desk_.record(recipient_, *d.mail, j, id);
}

}  // namespace mekiki::pop3
