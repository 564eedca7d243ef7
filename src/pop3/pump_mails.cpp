#include <algorithm>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/log.hpp"
#include "pop3/pump.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t all_lines = 99'999'999;

/// The value of the field `name`, which begins a line of `fields`, on one line.
std::string unfolded(std::string_view fields, std::string_view name) {
  std::string out;
  const std::size_t at = fields.find(fmt::format("\n{}: ", name));
  if (at == std::string_view::npos)
    return out;
  fields.remove_prefix(at + name.size() + 3);
  for (std::size_t end = 0; (end = fields.find("\r\n")) != fields.npos;) {
    out += fields.substr(0, end);
    fields.remove_prefix(end + 2);
    if (!fields.starts_with(' ') && !fields.starts_with('\t'))
      break;
  }
  return out;
}

}  // namespace

// ---------------------------------------------------- mails, and prefetch

std::unique_ptr<incoming> pump::make_incoming(std::uint32_t number) const {
  return std::make_unique<incoming>(number, settings_.spool, settings_.verdict,
                                    proxy_.with().verdict, from_);
}

/// Receives a whole mail into its spool, unseen by the client. False if the
/// upstream is lost.
asio::awaitable<bool> pump::receive(incoming& mail) {
  auto line = co_await read_status();
  if (!line)
    co_return false;
  if (!parse_status(*line)->ok) {
    mail.refused = std::move(*line);
    co_return true;
  }
  const clock& clock = proxy_.with().verdict.clock;
  const auto begun = clock.steady();
  for (;;) {
    std::string_view octets = upstream_->buffered();
    const std::size_t all = octets.size();
    while (!octets.empty() && !mail.decoder.ended()) {
      const std::string_view piece = mail.decoder.next(octets);
      if (!mail.lost && !mail.take(piece))
        mail.lost = true;
    }
    upstream_->consume(all - octets.size());
    if (mail.decoder.ended()) {
      mail.took = clock.steady() - begun;
      co_return true;
    }
    const std::error_code error =
        co_await upstream_->fill(settings_.upstream.silence_timeout);
    if (error)
      co_return false;
  }
}

/// Receives the next mail that was asked for ahead, and keeps it.
asio::awaitable<bool> pump::receive_ahead() {
  auto mail = make_incoming(asked_.front());
  asked_.pop_front();
  mail->lost = dropping_;
  const bool received = co_await receive(*mail);
  if (!received)
    co_return false;
  // What could not be kept, or was refused, is asked for again when wanted.
  if (!mail->lost && mail->refused.empty()) {
    ahead_.insert_or_assign(mail->number, std::move(mail));
  } else {
    in_a_row_ = 0;
  }
  co_return true;
}

asio::awaitable<bool> pump::catch_up() {
  while (!asked_.empty()) {
    const bool received = co_await receive_ahead();
    if (!received)
      co_return false;
  }
  co_return true;
}

/// What we ask for ourselves failed. Its answer may yet come, and must not be
/// taken for the answer to what the client asks next: that finds no upstream.
void pump::give_up_upstream() { upstream_->connection().abort(); }

bool pump::may_ask_ahead() const {
  return in_a_row_ >= 2 &&
         (settings_.ahead == prefetch::force ||
          (settings_.ahead == prefetch::on &&
           !(capabilities_ && capabilities_->expires_at_once())));
}

/// After the second RETR in a row, and before more is asked for ahead: what the
/// upstream can do, and how large its mails are. The client has its answer.
asio::awaitable<bool> pump::prepare_to_ask_ahead() {
  const bool written = co_await flush();
  if (!written)
    co_return false;
  const bool known = co_await learn_capabilities();
  if (!known) {
    give_up_upstream();
  } else if (!mailbox_.listed && may_ask_ahead()) {
    mailbox_.listed = true;
    const bool listed = co_await read_sizes("LIST\r\n");
    if (!listed)
      give_up_upstream();
  }
  co_return true;
}

/// Asks for the mails after `after`, as many as fit the window. Half a window
/// is awaited before more is asked for, so that several commands share one
/// packet. If this fails, the next exchange finds the upstream lost.
asio::awaitable<void> pump::ask_ahead(std::uint32_t after) {
  if (!may_ask_ahead() || !capabilities_ || !mailbox_.listed)
    co_return;
  const std::size_t window = pipelining() ? settings_.ahead_commands : 1;
  if (2 * (asked_.size() + ahead_.size()) > window)
    co_return;

  std::size_t octets = 0;
  const auto count = [&](std::uint32_t number) {
    octets += mailbox_.size_of(number).value_or(0);
  };
  std::ranges::for_each(asked_, count);
  for (const auto& [number, mail] : ahead_) count(number);

  std::string commands;
  for (std::uint32_t number = after + 1;; ++number) {
    if (asked_.size() + ahead_.size() >= window)
      break;
    if (mailbox_.deleted.contains(number))
      continue;
    if (ahead_.contains(number) ||
        std::ranges::find(asked_, number) != asked_.end()) {
      continue;
    }
    const auto size = mailbox_.size_of(number);
    if (!size || octets + *size > settings_.ahead_octets)
      break;
    octets += *size;
    asked_.push_back(number);
    commands += fmt::format("RETR {}\r\n", number);
  }
  if (!commands.empty())
    co_await upstream_->send(commands, settings_.upstream.silence_timeout);
}

asio::awaitable<pump::next> pump::retrieve(std::uint32_t number) {
  in_a_row_ = number == last_retrieved_ + 1 ? in_a_row_ + 1 : 1;
  last_retrieved_ = number;

  next n = next::go_on;
  if (auto found = ahead_.find(number); found != ahead_.end()) {
    const std::unique_ptr<incoming> mail = std::move(found->second);
    ahead_.erase(found);
    co_await ask_ahead(number);
    n = co_await deliver(*mail);
    co_return n;
  }

  if (in_a_row_ == 1)
    forget_ahead();  // it goes elsewhere: drop the rest
  if (std::ranges::find(asked_, number) != asked_.end()) {
    while (asked_.front() != number) {
      const bool received = co_await receive_ahead();
      if (!received)
        co_return upstream_lost();
    }
    asked_.pop_front();
  } else {
    if (!pipelining()) {
      const bool caught_up = co_await catch_up();
      if (!caught_up)
        co_return upstream_lost();
    }
    const std::string command = fmt::format("RETR {}\r\n", number);
    const std::error_code sent =
        co_await upstream_->send(command, settings_.upstream.silence_timeout);
    if (sent)
      co_return upstream_lost();
    const bool caught_up = co_await catch_up();
    if (!caught_up)
      co_return upstream_lost();
  }
  const std::unique_ptr<incoming> mail = make_incoming(number);
  n = co_await receive_and_deliver(*mail, std::nullopt);
  if (n == next::go_on && may_ask_ahead() &&
      !(capabilities_ && mailbox_.listed)) {
    const bool prepared = co_await prepare_to_ask_ahead();
    if (!prepared)
      co_return next::end;
    co_await ask_ahead(number);
  }
  co_return n;
}

// ----------------------------------------------------------- one delivery

/// Receives the mail that the client waits for, and delivers it. If it is
/// slow, parts of its header go out while it comes in.
asio::awaitable<pump::next> pump::receive_and_deliver(
    incoming& mail, std::optional<std::uint32_t> body_lines) {
  delivery_ = {.body_lines = body_lines};
  auto line = co_await read_status();
  if (!line)
    co_return upstream_lost();
  if (!parse_status(*line)->ok) {
    out_ += *line;
    out_ += "\r\n";
    in_a_row_ = 0;
    delivery_ = {};  // what was asked for ends with its refusal
    co_return next::go_on;
  }

  const clock& clock = proxy_.with().verdict.clock;
  const auto begun = clock.steady();
  auto next_lines = begun + settings_.first_lines;
  auto silent_since = begun;
  for (;;) {
    std::string_view octets = upstream_->buffered();
    const std::size_t all = octets.size();
    while (!octets.empty() && !mail.decoder.ended()) {
      const std::string_view piece = mail.decoder.next(octets);
      if (!delivery_.streaming && mail.take(piece))
        continue;
      const bool passed = co_await stream_through(mail, piece);
      if (!passed)
        co_return next::broken;
    }
    upstream_->consume(all - octets.size());
    if (mail.decoder.ended())
      break;

    const auto give_up = silent_since + settings_.upstream.silence_timeout;
    const auto until = std::min(give_up, next_lines);
    const net::duration wait =
        std::max(until - clock.steady(), net::duration::zero());
    const std::error_code error = co_await upstream_->fill(wait);
    const auto then = clock.steady();
    if (!error)
      silent_since = then;
    const bool waiting = !error || error == std::errc::timed_out;
    if (!waiting || then >= silent_since + settings_.upstream.silence_timeout) {
      log::info("session {}: mail {} was broken off by the upstream", id_,
                mail.number);
      count_error(step::mail);
      co_return next::broken;
    }
    if (then >= next_lines) {
      const bool written = co_await trickle(mail);
      if (!written)
        co_return next::end;
      next_lines = then + settings_.first_lines;
    }
  }

  mail.took = clock.steady() - begun;

  // The upstream works on the next ones while the client reads this one.
  if (!body_lines)
    co_await ask_ahead(mail.number);
  const next n = co_await deliver(mail);
  co_return n;
}

/// The first octets of the answer: from here on the client can only be served
/// to the end or cut off.
void pump::begin_delivery(notify::placement where) {
  if (delivery_.out)
    return;
  delivery_.out =
      std::make_unique<outgoing>(settings_.notify, where, delivery_.body_lines);
  out_ += "+OK\r\n";
}

/// Sends one complete line of the mail's own header that no edit concerns, so
/// that the client does not give up. Our fields follow at the header's end.
asio::awaitable<bool> pump::trickle(incoming& mail) {
  if (delivery_.streaming)
    co_return true;
  begin_delivery(notify::placement::bottom);
  constexpr std::size_t step = 512;
  std::size_t end = delivery_.lines.find('\n');
  while (end == std::string::npos && delivery_.lines.size() < flush_size &&
         delivery_.taken < mail.spool.size()) {
    auto octets = mail.spool.read(delivery_.taken, step);
    if (!octets)
      break;
    const std::size_t taken = delivery_.out->write(*octets, delivery_.lines);
    delivery_.taken += taken;
    if (taken < octets->size())
      break;  // the header's end waits
    end = delivery_.lines.find('\n');
  }
  // Of a line that does not end, all that is there: it must not pile up.
  const std::size_t size =
      end == std::string::npos ? delivery_.lines.size() : end + 1;
  if (end != std::string::npos || size >= flush_size) {
    out_.append(delivery_.lines, 0, size);
    delivery_.lines.erase(0, size);
  }
  const bool written = co_await flush();
  co_return written;
}

/// There is no room to keep the mail: what is there goes out with an
/// undecided verdict, and the rest follows as it comes.
asio::awaitable<bool> pump::stream_through(incoming& mail,
                                           std::string_view rest) {
  if (!delivery_.streaming) {
    log::warning(
        "session {}: no room to keep mail {} of {} octets and more; "
        "it is passed on unjudged",
        id_, mail.number, mail.spool.size());
    delivery_.streaming = true;
    begin_delivery(notify::placement::top);
    const verdict::verdict v = verdict::undecided("no-room");
    delivery_.out->set_fields(annotate(mail, v));
    const bool written = co_await write_spool(mail);
    if (!written)
      co_return false;
  }
  delivery_.out->write(rest, out_);
  if (out_.size() < flush_size)
    co_return true;
  const bool written = co_await flush();
  co_return written;
}

/// Writes what of the spool has not gone out yet.
asio::awaitable<bool> pump::write_spool(incoming& mail) {
  out_ += delivery_.lines;
  delivery_.lines.clear();
  while (delivery_.taken < mail.spool.size()) {
    auto octets = mail.spool.read(delivery_.taken);
    if (!octets) {
      log::error("session {}: the spool of mail {} cannot be read: {}", id_,
                 mail.number, octets.error().message());
      co_return false;
    }
    delivery_.taken += delivery_.out->write(*octets, out_);
    if (out_.size() < flush_size)
      continue;
    const bool written = co_await flush();
    if (!written)
      co_return false;
  }
  co_return true;
}

/// The mail with another body, or another Subject. What of its header went out
/// early holds nothing that either concerns.
asio::awaitable<bool> pump::write_changed(incoming& mail,
                                          const verdict::verdict& v,
                                          notify::changes what) {
  out_ += delivery_.lines;
  delivery_.lines.clear();
  const notify::changed_mail::options options{
      .what = what,
      .choice = choice_,
      .texts = settings_.texts,
      .keep_original = settings_.notify.keep_original,
      .limits = settings_.verdict.header};
  notify::changed_mail changed(mail.spool, v, options, proxy_.random(),
                               delivery_.taken, delivery_.out->take_held());
  while (!changed.ended()) {
    const auto octets = changed.read();
    if (!octets) {
      log::error("session {}: the spool of mail {} cannot be read: {}", id_,
                 mail.number, octets.error().message());
      co_return false;
    }
    if (octets->empty()) {  // a long look ahead: let others have their turn
      co_await asio::post(proxy_.with().io, asio::use_awaitable);
      continue;
    }
    delivery_.out->write(*octets, out_);
    if (out_.size() < flush_size)
      continue;
    const bool written = co_await flush();
    if (!written)
      co_return false;
  }
  co_return true;
}

asio::awaitable<verdict::verdict> pump::judge(incoming& mail) {
  if (!mail.whole)
    co_return verdict::undecided("too-large-for-top");
  const clock& clock = proxy_.with().verdict.clock;
  const auto begun = clock.steady();
  spooled_octets again(mail.spool);
  verdict::verdict v = co_await mail.evaluation.finish(&again);
  mail.took += clock.steady() - begun;
  co_return v;
}

/// A mail that is complete in its spool (or was streamed) goes to the client.
asio::awaitable<pump::next> pump::deliver(incoming& mail) {
  if (!delivery_.streaming) {
    const verdict::verdict v = co_await judge(mail);
    begin_delivery(notify::placement::top);
    delivery_.out->set_fields(annotate(mail, v));
    const notify::deeds todo = decide(v);
    warn(mail, v, todo);
    const notify::changes what{.rewrite = todo.rewrite,
                               .mark_subject = todo.mark,
                               .clean_subjects = choice_.subject_mark};
    bool written = false;
    if (what.any())
      written = co_await write_changed(mail, v, what);
    else
      written = co_await write_spool(mail);
    if (!written)
      co_return next::broken;
  }
  delivery_.out->finish(out_);
  delivery_ = {};
  // Whole answers: the last piece goes out now unless more commands wait.
  if (out_.size() < flush_size)
    co_return next::go_on;
  const bool written = co_await flush();
  co_return written ? next::go_on : next::broken;
}

/// What is done about a judged mail. The log says when that is less than the
/// user chose, once for each time this begins.
notify::deeds pump::decide(const verdict::verdict& v) {
  const std::size_t budget = settings_.limits.budget;
  const notify::deeds d = notify::what_to_do(v, choice_, budget, recent_);
  notify::count(recent_, d);
  if (d.over_budget && proxy_.is_over_budget(from_.account)) {
    log::warning(
        "{}: {} of the last {} mails are to be warned about, more than 1 in "
        "{} (users.budget): they are only labelled",
        log::quoted(from_.account), recent_.warned, recent_.mails, budget);
    warn_of_budget();
  }
  return d;
}

/// Our fields for a mail. With them it is counted, noted in the history, and
/// told in one line of the log: with its Authentication-Results as they are
/// delivered.
std::string pump::annotate(incoming& mail, const verdict::verdict& v) {
  std::string fields = notify::annotate(v, settings_.notify);

  counters& counts = proxy_.counts();
  ++counts.mails[{v.result.what, v.dkim_check}];
  for (const authres::method_result& r : notify::results(v)) {
    const std::string_view word =
        r.own_word.empty() ? to_string(r.result) : r.own_word;
    ++counts.checks[{r.method, std::string(word)}];
  }

  using std::chrono::milliseconds;
  const auto took = std::chrono::duration_cast<milliseconds>(mail.took).count();
  const std::string reason = format(v.result.why);
  const std::string results = unfolded(fields, "Authentication-Results");
  const log::fact facts[] = {{"session", id_},
                             {"account", from_.account},
                             {"number", std::uint64_t{mail.number}},
                             {"uidl", mailbox_.uidl_of(mail.number)},
                             {"octets", std::uint64_t{mail.spool.size()}},
                             {"milliseconds", static_cast<std::uint64_t>(took)},
                             {"author_domain", v.known.header.author_domain},
                             {"x_dkim_check", auth::to_string(v.dkim_check)},
                             {"verdict", verdict::to_string(v.result.what)},
                             {"reason", reason},
                             {"authentication_results", results}};
  log::event("mail", facts);
  note(mail, v, results);
  return fields;
}

std::string header_of(message::spool& mail) {
  const auto octets = mail.read(0, store::most_warning_header);
  if (!octets)
    return {};
  message::header_end_finder finder;
  return std::string(
      octets->substr(0, finder.find(*octets).value_or(octets->size())));
}

void pump::note(incoming& mail, const verdict::verdict& v,
                const std::string& results) const {
  if (proxy_.with().history == nullptr)
    return;
  store::mail_event e =
      store::event_of(v, {.account = from_.account,
                          .upstream = from_.upstream,
                          .uidl = std::string(mailbox_.uidl_of(mail.number)),
                          .at = seconds_now()});
  if (!e.pending.empty())
    e.tell = follow_up(v);
  e.results = results;
  const bool is_forged = v.result.what == verdict::level::forged;
  if (proxy_.with().story && (is_forged || settings_.all_stories)) {
    e.header = header_of(mail.spool);
    e.story = proxy_.with().story(v, e.header);
  }
  proxy_.with().history->note(std::move(e));
}

// -------------------------------------------------------------------- TOP

/// The whole mail is judged and its head shown. Of one that is too large the
/// part that was asked for is fetched, and nothing is judged.
asio::awaitable<pump::next> pump::top(std::uint32_t number,
                                      std::uint32_t lines) {
  if (!mailbox_.size_of(number)) {
    const bool known = co_await read_sizes(fmt::format("LIST {}\r\n", number));
    if (!known)
      co_return upstream_lost();
  }
  // A line has two octets at least, so that half the size is all of them:
  // some clients fetch whole mails with TOP.
  const std::size_t size = mailbox_.size_of(number).value_or(SIZE_MAX);
  const bool whole = size <= settings_.top_whole || lines >= size / 2;
  const bool caught_up = co_await catch_up();
  if (!caught_up)
    co_return upstream_lost();
  const std::string command =
      fmt::format("TOP {} {}\r\n", number, whole ? all_lines : lines);
  const std::error_code sent =
      co_await upstream_->send(command, settings_.upstream.silence_timeout);
  if (sent)
    co_return upstream_lost();

  const std::unique_ptr<incoming> mail = make_incoming(number);
  mail->whole = whole;
  const next n = co_await receive_and_deliver(*mail, lines);
  co_return n;
}

}  // namespace mekiki::pop3
