#include "pop3/transaction.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/log.hpp"
#include "delivery/listed_warnings.hpp"
#include "pop3/own_mail_answers.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

namespace {

delivery::recipient recipient_of(const target& where,
                                 const net::stream& client) {
  return {.from = {.account = account_id(where),
                   .login = where.user,
                   .upstream = where.host,
                   .client = format(client.peer().address)}};
}

server_facts facts_of(server_facts facts, bool client_deletes) {
  facts.client_deletes = client_deletes;
  return facts;
}

}  // namespace

transaction::transaction(proxy& p, const proxy_settings& s,
                         client_connection& client, const session& machine,
                         std::uint64_t id, server_login::logged_in_server in,
                         const target& where)
    : proxy_(p),
      client_(client),
      machine_(machine),
      id_(id),
      recipient_(recipient_of(where, client.stream())),
      server_(std::move(in.connection), s.upstream, s.ahead,
              facts_of(std::move(in.facts), p.deletes(recipient_.from.account)),
              p.with().hosts, p.desk(), recipient_),
      transfer_(id, s.transfer, client, server_, p.desk(), recipient_,
                own_mails_) {
  server_.observe(transfer_);
  client_.while_slow = &alive_;
}

asio::awaitable<void> transaction::begin() {
  delivery::desk& desk = proxy_.desk();
  auto user = co_await desk.load_choice(recipient_);
  const auto listed =
      co_await delivery::listed_warnings(desk, recipient_, std::move(user));
  if (listed.empty())
    co_return;
  const auto status = co_await server_.ask("STAT\r\n");
  const auto count = status ? count_of_stat(*status) : std::nullopt;
  server_.listed().mails = count;
  if (count)
    own_mails_ = own_mails(*count, listed);
}

asio::awaitable<next> transaction::perform(action a) {
  using kind = action::kind;
  next n = next::go_on;
  if (own_mails_.has(a.message)) {
    client_.out += co_await answer_about(own_mails_, a, recipient_.from.account,
                                         *proxy_.desk().with().history);
    co_return n;
  }
  switch (a.what) {
    case kind::capa:
      n = co_await capa();
      break;
    case kind::single_line:
    case kind::reset:
      n = co_await pass_on(a);
      break;
    case kind::remove:
      n = co_await erase(a);
      break;
    case kind::multi_line:
      n = co_await pass_on_list(a);
      break;
    case kind::retrieve:
      n = co_await transfer_.retrieve(a.message);
      break;
    case kind::top:
      n = co_await transfer_.top(a.message, a.lines);
      break;
    case kind::quit:
      n = co_await quit(std::move(a.text));
      break;
    case kind::reply:
    case kind::close:
    case kind::start_tls:
    case kind::login:
      break;  // the session runner's
  }
  co_return n;
}

/// A lost server: what the client was told stands, the rest is broken.
void transaction::note_end(next last) {
  const std::string& why = server_.why_lost();
  const bool is_lost = last == next::server_lost;
  if (is_lost || (last == next::broken && !why.empty()))
    proxy_.counts().errors.add(
        recipient_.from.upstream,
        is_lost ? session_stage::session : session_stage::mail);
  if (!is_lost)
    return;
  log::info("session {}: lost: {}", id_,
            why.empty() ? "the client is gone" : why);
  client_.out += fmt::format("-ERR [SYS/TEMP] Mekiki: {}\r\n", why);
}

asio::awaitable<bool> transaction::keeper::on_wait() {
  if (is_on)
    co_await server.keep_alive();
  co_return true;
}

asio::awaitable<bool> transaction::patient::on_wait() {
  co_await client.poll();
  co_return true;
}

// ---------------------------------------------- commands that are passed on

asio::awaitable<next> transaction::capa() {
  const auto known = co_await server_.learn_capabilities();
  if (!known)
    co_return next::server_lost;
  client_.out += machine_.capa(*known);
  co_return next::go_on;
}

asio::awaitable<next> transaction::pass_on(const action& a) {
  auto line = co_await server_.ask(a.text);
  if (!line)
    co_return next::server_lost;
  if (parse_status(*line)->ok) {
    if (a.message != 0)
      server_.expect_stray_list(a.text);
    if (a.what == action::kind::reset) {
      server_.reset();
      own_mails_.restore();
    } else if (a.text.starts_with("STAT")) {
      server_.listed().mails = count_of_stat(*line);
      if (!own_mails_.empty())
        *line = own_mails_.stat(*line);
    } else if (a.text.starts_with("UIDL")) {
      server_.listed().note_uidl(parse_status(*line)->text);
    }
  }
  client_.out += *line + "\r\n";
  co_return next::go_on;
}

asio::awaitable<next> transaction::pass_on_list(const action& a) {
  auto line = co_await server_.ask_list(a.text);
  if (!line)
    co_return next::server_lost;
  client_.out += *line + "\r\n";
  if (!parse_status(*line)->ok)
    co_return next::go_on;
  const bool is_list = a.text.starts_with("LIST");
  alive_.is_on = false;
  for (;;) {
    const auto item = co_await server_.next_line();
    if (!item)
      co_return next::broken;
    const bool ended = *item == ".";
    if (ended) {
      client_.out += is_list ? own_mails_.list() : own_mails_.uidl();
    } else if (!own_mails_.is_upstreams(*item)) {
      continue;
    } else if (is_list) {
      server_.listed().note(*item);
    } else {
      server_.listed().note_uidl(*item);
    }
    client_.out += *item + "\r\n";
    if (ended) {
      server_.listed().listed = server_.listed().listed || is_list;
      alive_.is_on = true;
      co_return next::go_on;
    }
    const bool open = co_await client_.flush_if_large();
    if (!open)
      co_return next::end;
  }
}

/// DELE of a mail that the client has is answered at once: if the server then
/// refuses it, the answer to QUIT says so.
asio::awaitable<next> transaction::erase(const action& a) {
  const bool passed_on = co_await server_.erase(a.message);
  if (passed_on) {
    client_.out += "+OK deleted\r\n";
    co_return next::go_on;
  }
  const auto line = co_await server_.ask(a.text);
  if (!line)
    co_return next::server_lost;
  if (parse_status(*line)->ok)
    server_.note_deleted(a.message);
  client_.out += *line + "\r\n";
  co_return next::go_on;
}

/// The server's own answer, unless it refused a deletion; no answer if it is
/// not known what the server did.
asio::awaitable<next> transaction::quit(std::string command) {
  const std::string& account = recipient_.from.account;
  if (const auto all = server_.ahead().deleted_all())
    proxy_.note_deleting(account, *all);
  // Ours are deleted as soon as their recipient wants it.
  if (auto gone = own_mails_.removed(); !gone.empty())
    proxy_.desk().with().history->warnings().remove(account, std::move(gone));
  server_.drop_ahead();
  server_.observe(patient_);
  const auto line = co_await server_.ask(std::move(command));
  if (!line) {
    if (server_.listed().deleted.empty())
      co_return next::server_lost;
    log::info("session {}: what was deleted is not known: {}", id_,
              server_.why_lost());
    co_return next::broken;
  }
  const std::string& refused = server_.refused_erasure();
  const bool ok = parse_status(*line)->ok;
  client_.out += (ok && !refused.empty() ? refused : *line) + "\r\n";
  server_.close();
  co_return next::end;
}

}  // namespace mekiki::pop3
