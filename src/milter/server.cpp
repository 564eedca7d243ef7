#include "milter/server.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "base/log.hpp"
#include "message/header.hpp"
#include "milter/codec.hpp"
#include "net/connect.hpp"

namespace mekiki::milter {

namespace asio = boost::asio;

namespace {

constexpr std::size_t read_at_once = 64 << 10;
constexpr std::chrono::minutes write_timeout{2};
/// An MTA that waits for our answer is told this often that we are at it.
constexpr std::chrono::seconds progress_every{10};

bool is_in(const std::vector<ip_network>& networks,
           const std::optional<ip_address>& address) {
  return address && std::ranges::any_of(networks, [&](const ip_network& n) {
           return n.contains(*address);
         });
}

/// A mail of our own that may be signed.
struct own_mail {
  dkim::mail_signer signer;
  std::shared_ptr<const key_table> keys;
  mail_of_our_own what;
};

std::string smtp_reply(std::string_view code, std::string_view reason) {
  // RFC 5321 4.5.3.1.5: 512 octets, with the CRLF.
  constexpr std::size_t longest = 480;
  std::string out = fmt::format("{} ", code);
  // In some MTAs "%" begins a format.
  for (const char c : reason.substr(0, longest))
    out += c == '%' ? '_' : c < ' ' || c > '~' ? '?' : c;
  out += '\0';
  return out;
}

/// The mail that is being taken, if it is judged.
struct arrival {
  delivery::recipient to;
  std::shared_ptr<delivery::arriving_mail> mail;
  bool is_whole = true;  // there was room for all of it
};

}  // namespace

class server::connection final : public delivery::wait_observer {
 public:
  connection(server& owner, net::stream_ptr mta)
      : owner_(owner),
        settings_(&owner.settings_.back()),
        mta_(std::move(mta)),
        session_(settings_->mail.notify.authserv_id, settings_->limits),
        number_(++owner.last_session_) {}
  ~connection() override { set_busy(false); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  asio::awaitable<void> run();
  asio::awaitable<bool> on_wait() override;

 private:
  asio::awaitable<bool> read_more();
  asio::awaitable<bool> flush();
  asio::awaitable<bool> take(session::step step);
  asio::awaitable<void> begin_mail();
  asio::awaitable<void> end_mail();
  asio::awaitable<void> answer_judged(delivery::judged_mail j);
  void mark(const delivery::judged_mail& j, const disposition& d);
  void add_on_top(std::string_view fields);
  void sign();
  void remove_forged();
  void answer(const disposition& d);
  void fail(std::string_view why);
  void set_busy(bool is_busy);
  /// In the MTA's queue. Else a field says that it is in quarantine.
  bool can_hold() const {
    return !settings_->policy.quarantine_by_field && session_.can_quarantine();
  }
  std::string who() const;

  server& owner_;
  const milter::settings* settings_;  // of the mail
  net::stream_ptr mta_;
  packet_reader packets_;
  session session_;
  const std::uint64_t number_;
  std::uint32_t mails_ = 0;
  std::optional<arrival> arrival_;
  std::optional<own_mail> own_mail_;  // if it may be signed
  std::string out_;
  bool is_busy_ = false;    // counted in owner_.busy_
  bool mta_waits_ = false;  // for an answer, which may take long
  std::chrono::seconds waited_{0};
};

std::string server::connection::who() const {
  return fmt::format("milter session {}", number_);
}

asio::awaitable<void> server::connection::run() {
  for (;;) {
    const auto p = packets_.next();
    if (!p) {
      fail(p.error());
      co_return;
    }
    if (!*p) {
      const bool goes_on = co_await read_more();
      if (!goes_on)
        co_return;
      continue;
    }
    const auto step = session_.take(**p, out_);
    if (!step) {
      fail(step.error());
      co_return;
    }
    set_busy(is_busy_ || session_.is_in_mail());
    const bool goes_on = co_await take(*step);
    set_busy(session_.is_in_mail());
    if (!goes_on)
      co_return;
  }
}

/// False at the connection's end.
asio::awaitable<bool> server::connection::read_more() {
  const bool written = co_await flush();
  if (!written)
    co_return false;
  // A session that waits holds no buffer.
  const auto patience = session_.agreed().version == 0
                            ? settings_->first_timeout
                            : settings_->idle_timeout;
  const std::error_code idle = co_await mta_->wait_readable(patience);
  if (idle) {
    if (idle == std::errc::timed_out)
      fail("the MTA was silent for too long");
    co_return false;
  }
  const auto buffer = std::make_unique_for_overwrite<char[]>(read_at_once);
  const net::read_result got = co_await mta_->read_some(
      std::span<char>(buffer.get(), read_at_once), patience);
  if (got.error || got.octets == 0)
    co_return false;
  packets_.append({buffer.get(), got.octets});
  co_return true;
}

asio::awaitable<bool> server::connection::flush() {
  if (out_.empty())
    co_return true;
  const std::error_code error = co_await mta_->write(out_, write_timeout);
  out_.clear();
  co_return !error;
}

/// What the session says is done. False: the connection ends.
asio::awaitable<bool> server::connection::take(session::step step) {
  using event = session::event;
  if (step.what == event::quit)
    co_return false;
  if (step.what == event::aborted) {
    if (arrival_)
      arrival_->mail->abandon();
    arrival_.reset();
    own_mail_.reset();
  }
  if (step.begins)
    co_await begin_mail();
  if (own_mail_)
    own_mail_->signer.write(step.octets);
  if (arrival_ && arrival_->is_whole && !step.octets.empty()) {
    arrival_->is_whole = arrival_->mail->take(step.octets);
    if (step.what == event::octets) {
      const bool goes_on =
          co_await delivery::desk::catch_up(*arrival_->mail, *this);
      if (!goes_on)
        co_return false;
    }
  }
  if (step.what == event::end_of_mail)
    co_await end_mail();
  co_return true;
}

asio::awaitable<void> server::connection::begin_mail() {
  arrival_.reset();
  own_mail_.reset();
  settings_ = &owner_.settings_.back();
  ++mails_;
  const client_facts& client = session_.client();
  const bool has_login = !session_.mail().user.empty();
  const bool is_relayed =
      !has_login && is_in(settings_->relays, client.address);
  if (has_login ||
      (!is_relayed && is_in(settings_->own_networks, client.address))) {
    ++owner_.counts_.own_mails;
    if (!owner_.keys_->is_empty()) {
      own_mail_.emplace(own_mail{
          .signer =
              dkim::mail_signer(options_for_mail(owner_.desk_.seconds_now())),
          .keys = owner_.keys_,
          .what = {.is_from_this_machine =
                       !has_login && net::is_loopback(*client.address),
                   .has_lists_rewritten = !session_.is_postfix()}});
    }
    co_return;
  }
  arrival& a = arrival_.emplace();
  const std::string& id = settings_->mail.notify.authserv_id;
  a.to.from = {.account = account_of(id),
               .login = {},
               .upstream = id,
               .client = client.address ? format(*client.address) : "",
               .mail_from = session_.mail().sender};
  // What readers chose is done where they read.
  a.to.settings = &settings_->mail;
  co_await owner_.desk_.prepare(a.to);
  std::optional<verdict::smtp_facts> facts;
  if (!is_relayed) {
    facts = {.ip = client.address,
             .mail_from = session_.mail().sender,
             .helo = client.helo,
             .received = owner_.desk_.seconds_now()};
  }
  a.mail = owner_.desk_.begin(a.to, std::move(facts));
}

asio::awaitable<void> server::connection::end_mail() {
  if (const std::string& why = session_.mail().excess; !why.empty()) {
    log::warning("{}: mail {} is refused: {}", who(),
                 log::quoted(session_.mail().queue_id), why);
    ++owner_.counts_.mails[disposition::action::reject];
    if (arrival_)
      arrival_->mail->abandon();
    arrival_.reset();
    own_mail_.reset();
    write_packet(out_, reply::reply_code,
                 smtp_reply("550 5.6.0", "this mail is not taken: " + why));
    co_return;
  }
  if (!arrival_) {
    remove_forged();
    if (own_mail_)
      sign();
    own_mail_.reset();
    write_packet(out_, reply::proceed);
    co_return;
  }
  waited_ = {};
  mta_waits_ = true;
  if (!arrival_->is_whole) {
    log::error("{}: there is no room to keep a mail of {} octets", who(),
               arrival_->mail->size());
    co_await answer_judged(owner_.desk_.unjudged("no-room", arrival_->to));
  } else {
    auto judged =
        co_await owner_.desk_.judge(arrival_->mail, arrival_->to, *this);
    if (judged)
      co_await answer_judged(std::move(*judged));
  }
  mta_waits_ = false;
  arrival_.reset();
}

asio::awaitable<void> server::connection::answer_judged(
    delivery::judged_mail j) {
  arrival& a = *arrival_;
  disposition d;
  if (j.judgement.is_judged()) {
    d = decide(j.judgement, session_.mail(), settings_->policy,
               settings_->mail.notify.authserv_id);
  } else if (settings_->failure_comes_again) {
    d = {.what = disposition::action::tempfail,
         .reason = "this mail cannot be checked now; try again later"};
  }
  const delivery::mail_id id{
      .session = number_, .number = mails_, .uidl = session_.mail().queue_id};
  co_await owner_.desk_.record(a.to, *a.mail, j, id);
  ++owner_.counts_.mails[d.what];
  if (d.what != disposition::action::accept) {
    const bool is_rehearsal = settings_->mode == mode::rehearse;
    log::info("{}: mail {}: {}{}: {}", who(),
              log::quoted(session_.mail().queue_id),
              is_rehearsal ? "would be " : "", to_string(d.what), d.reason);
    if (is_rehearsal)
      d = {};
  }
  if (d.what == disposition::action::accept ||
      d.what == disposition::action::quarantine) {
    remove_forged();
    mark(j, d);
  }
  answer(d);
}

void server::connection::mark(const delivery::judged_mail& j,
                              const disposition& d) {
  std::string fields = j.fields;
  if (d.what == disposition::action::quarantine && !can_hold())
    fields += "X-Mekiki-Disposition: quarantine\r\n";
  add_on_top(fields);
}

void server::connection::add_on_top(std::string_view fields) {
  // Each goes on top: the last one first.
  const message::header_view all = message::parse_header(fields);
  for (const message::field_view& field : std::views::reverse(all.fields)) {
    write_field(out_, reply::insert_header, 0, field.name,
                session_.value_for_mta(field.value));
  }
}

void server::connection::sign() {
  own_mail_->signer.finish();
  const signed_fields made =
      sign_for_author(own_mail_->signer, *own_mail_->keys, own_mail_->what);
  add_on_top(made.fields);
  if (made.why_not.empty())
    ++owner_.counts_.signed_mails;
  const log::fact facts[] = {{"session", number_},
                             {"queue_id", session_.mail().queue_id},
                             {"author_domain", made.author_domain},
                             {"user", session_.mail().user},
                             {"signed", made.why_not.empty() ? "yes" : "no"},
                             {"reason", made.why_not}};
  log::event("own mail", facts);
}

void server::connection::remove_forged() {
  for (const forged_fields::change& c : session_.forged().changes())
    write_field(out_, reply::change_header, c.n, c.name, c.value);
}

void server::connection::answer(const disposition& d) {
  using action = disposition::action;
  switch (d.what) {
    case action::accept:
      break;
    case action::quarantine:
      if (can_hold()) {
        std::string reason = d.reason;
        reason += '\0';
        write_packet(out_, reply::quarantine, reason);
      }
      break;
    case action::reject:
      write_packet(out_, reply::reply_code, smtp_reply("550 5.7.1", d.reason));
      return;
    case action::tempfail:
      write_packet(out_, reply::reply_code, smtp_reply("451 4.7.0", d.reason));
      return;
  }
  write_packet(out_, reply::proceed);
}

asio::awaitable<bool> server::connection::on_wait() {
  const net::peer_state peer = mta_->look();
  if (peer == net::peer_state::ended || peer == net::peer_state::gone)
    co_return false;
  // Where no answer is due the MTA would take it for that to the next step.
  if (!mta_waits_ || ++waited_ < progress_every)
    co_return true;
  waited_ = {};
  write_packet(out_, reply::progress);
  const bool goes_on = co_await flush();
  co_return goes_on;
}

void server::connection::fail(std::string_view why) {
  ++owner_.counts_.faults;
  log::warning("{}: {}; its connection ends", who(), why);
}

void server::connection::set_busy(bool is_busy) {
  if (is_busy != is_busy_)
    is_busy ? ++owner_.busy_ : --owner_.busy_;
  is_busy_ = is_busy;
}

std::string account_of(std::string_view authserv_id) {
  return fmt::format("*%{}", authserv_id);
}

server::server(milter::settings s, delivery::desk& desk) : desk_(desk) {
  use(std::move(s));
}

void server::use(milter::settings s) { settings_.push_back(std::move(s)); }

void server::use(key_table keys) {
  keys_ = std::make_shared<const key_table>(std::move(keys));
}

asio::awaitable<void> server::serve(net::stream_ptr mta) {
  struct counted {
    counters& all;
    explicit counted(counters& c) : all(c) {
      ++all.connections;
      ++all.all_connections;
    }
    ~counted() { --all.connections; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
  };
  const counted one(counts_);
  connection c(*this, std::move(mta));
  co_await c.run();
}

}  // namespace mekiki::milter
