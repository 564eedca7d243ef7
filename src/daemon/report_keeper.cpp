#include "daemon/report_keeper.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "auth/spf/check_host.hpp"
#include "auth/spf/macro.hpp"
#include "base/ip_address.hpp"
#include "base/log.hpp"
#include "base/printable.hpp"
#include "base/unix_time.hpp"
#include "dns/limited_resolver.hpp"
#include "dns/name.hpp"
#include "reports/read.hpp"

namespace mekiki::daemon {

namespace asio = boost::asio;

namespace {

/// A mail is held as a whole while it is read: no report is larger.
constexpr std::size_t most_waiting = 200;
// Of all reports in one mail: half a minute of writing.
constexpr std::size_t most_rows = 300'000;
constexpr std::size_t most_waiting_octets = 256 << 20;
constexpr std::size_t names_at_a_time = 40;
constexpr std::chrono::hours names_last{24 * 7};
constexpr std::chrono::hours names_again{1};  // where the DNS did not answer
constexpr std::size_t most_names = 4;         // of one address

class spooled_octets final : public reports::octet_source {
 public:
  explicit spooled_octets(message::spool& s) : spool_(s) {}

  expected<std::string_view, std::string> read() override {
    if (at_ >= spool_.size())
      return std::string_view();
    const auto piece = spool_.read(at_);
    if (!piece)
      return unexpected("the mail cannot be read again: " +
                        piece.error().message());
    at_ += piece->size();
    return *piece;
  }

 private:
  message::spool& spool_;
  std::size_t at_ = 0;
};

}  // namespace

report_keeper::report_keeper(const config::settings& settings,
                             std::filesystem::path history,
                             dns::resolver& resolver, const clock& clock)
    : settings_(settings),
      history_(std::move(history)),
      resolver_(resolver),
      clock_(clock) {}

report_keeper::outcome report_keeper::keep_now(
    store::report_store& history, message::spool& mail,
    const store::report_origin& from, std::int64_t now,
    const std::atomic<bool>& is_over) {
  outcome out;
  const auto fail = [&out](std::string why, const std::string& part) {
    if (out.failure.empty())
      out.failure =
          part.empty() ? std::move(why) : fmt::format("{}: {}", part, why);
  };
  if (mail.size() > most_mail) {
    fail(fmt::format("the mail has {} octets; more than {} are not read",
                     mail.size(), most_mail),
         "");
    return out;
  }
  spooled_octets octets(mail);
  const reports::options how{.limit = {.mail = most_mail, .archive = most_mail},
                             .now = now};
  std::size_t rows = 0;
  reports::read(octets, how, [&](const reports::finding& f) {
    if (is_over)
      throw std::runtime_error("mekiki is stopping");
    if (!f.what)
      return fail(f.what.error(), f.part);
    if (const auto* a = std::get_if<reports::aggregate_report>(&f.what->what)) {
      if (rows + a->records.size() > most_rows)
        return fail(fmt::format("the mail has more than {} rows", most_rows),
                    f.part);
      rows += a->records.size();
    }
    store::report_origin origin = from;
    // That the mail is proven says nothing of one within it.
    if (f.is_forwarded)
      origin = {};
    const auto fate = history.put(*f.what, origin);
    if (!fate) {
      out.is_ours = true;
      return fail(fate.error(), f.part);
    }
    switch (*fate) {
      case store::report_fate::kept:
        ++out.kept;
        break;
      case store::report_fate::known:
        ++out.known;
        break;
      case store::report_fate::differs:
        return fail(
            "a report of that reporter with the same id is kept, and says "
            "something else",
            f.part);
      case store::report_fate::too_large:
        return fail(
            "it would take more than a quarter of domains.report_octets",
            f.part);
      case store::report_fate::in_work:
        out.is_ours = true;
        return fail("another program is adding it", f.part);
    }
    if (reports::is_incomplete(*f.what))
      fail("records of the report are missing; what could be read is kept",
           f.part);
  });
  return out;
}

asio::awaitable<report_keeper::outcome> report_keeper::keep(
    std::shared_ptr<message::spool> mail, const verdict::judgement& v) {
  store::report_origin from{.is_proven = v.proven.proves_author(),
                            .author = v.known.header.author_domain};
  store_work<outcome> work =
      [mail = std::move(mail), from = std::move(from),
       now = unix_seconds(clock_.now()), is_over = is_over_](
          store::report_store& history) -> expected<outcome, std::string> {
    try {
      return keep_now(history, *mail, from, now, *is_over);
    } catch (const std::exception& e) {
      // Of this mail: the next one may be read.
      outcome unread;
      unread.failure = fmt::format("it cannot be read: {}", e.what());
      unread.is_ours = *is_over;
      return unread;
    }
  };
  auto done = co_await with_store(std::move(work));
  if (done) {
    counted_.kept += done->kept;
    counted_.known += done->known;
    co_return std::move(*done);
  }
  outcome failed;
  failed.failure = done.error();
  failed.is_ours = true;
  co_return failed;
}

asio::awaitable<void> report_keeper::keep_and_tell(
    std::shared_ptr<message::spool> mail, verdict::judgement v,
    std::string account) {
  // Also where the coroutine is destroyed or throws.
  struct one_less {
    one_less(report_keeper& of, std::size_t octets)
        : of_(of), octets_(octets) {}
    one_less(const one_less&) = delete;
    one_less& operator=(const one_less&) = delete;
    ~one_less() {
      --of_.waiting_;
      of_.waiting_octets_ -= octets_;
    }
    report_keeper& of_;
    const std::size_t octets_;
  };
  const one_less at_end(*this, mail->size());
  const outcome done = co_await keep(std::move(mail), v);
  if (done.kept + done.known > 0)
    log::info("a mail for {} brought {} reports, of which {} are new",
              printable(account), done.kept + done.known, done.kept);
  if (done.is_ours)
    log::warning("a report in a mail for {} is not kept: {}",
                 printable(account), printable(done.failure));
}

bool report_keeper::has_room(const std::string& account,
                             std::size_t octets) const {
  if (octets > most_mail)
    return false;
  if (waiting_ < most_waiting && waiting_octets_ < most_waiting_octets)
    return true;
  log::warning(
      "too many mails with reports wait: one for {} is not looked into; "
      "`mekiki reports add` can read it later",
      printable(account));
  return false;
}

asio::awaitable<void> report_keeper::keep_beside(
    std::shared_ptr<message::spool> mail, const verdict::judgement& v,
    std::string account) {
  ++waiting_;
  waiting_octets_ += mail->size();
  return keep_and_tell(std::move(mail), v, std::move(account));
}

// --------------------------------------------------------------- names

asio::awaitable<report_keeper::names> report_keeper::names_of(
    store::report_store::open_source source) {
  names out{.id = source.id, .name = {}, .again = names_last, .covers = {}};
  const auto address = parse_ip_address(source.address);
  if (!address)
    co_return out;
  dns::limited_resolver limited(
      resolver_,
      {.questions = 200, .time = std::chrono::seconds(20), .clock = &clock_});
  const dns::question asked{spf::reverse_name(*address), dns::record_type::ptr};
  const dns::answer_ptr written = co_await limited.resolve(asked);
  if (dns::is_temporary(written->status))
    out.again = names_again;
  // Its owner may write any name; only one that leads back counts.
  for (std::size_t i = 0; i < std::min(written->names.size(), most_names);
       ++i) {
    auto name = dns::normalize(written->names[i]);
    if (!name)
      continue;
    const dns::question back{
        *name, address->is_v4() ? dns::record_type::a : dns::record_type::aaaa};
    const dns::answer_ptr there = co_await limited.resolve(back);
    if (dns::is_temporary(there->status))
      out.again = names_again;
    if (std::ranges::find(there->addresses, *address) == there->addresses.end())
      continue;
    out.name = std::move(*name);
    break;
  }
  // Anybody may send a report about any domain; whose records are asked for is
  // not for him to say.
  const auto& watched = settings_.domains.watch;
  for (const std::string& domain : source.domains) {
    if (std::ranges::find(watched, domain) == watched.end())
      continue;
    const spf::request request{.ip = *address,
                               .mail_from = "postmaster@" + domain,
                               .helo = domain,
                               .receiver = {},
                               .at = clock_.now()};
    const spf::options how;
    const spf::check_result result =
        co_await spf::check_host(request, limited, how);
    if (result.status == auth::result::temperror)
      out.again = names_again;
    else
      out.covers.push_back({domain, result.status == auth::result::pass
                                        ? result.mechanism
                                        : std::string()});
  }
  co_return out;
}

asio::awaitable<void> report_keeper::find_names() {
  using sources = std::vector<store::report_store::open_source>;
  store_work<sources> look = [](store::report_store& history) {
    return history.open_sources(names_at_a_time);
  };
  const auto open = co_await with_store(std::move(look));
  if (!open || open->empty())
    co_return;
  std::vector<names> found;
  for (const auto& source : *open) {
    auto one = co_await names_of(source);
    found.push_back(std::move(one));
  }
  store_work<bool> note =
      [found = std::move(found)](
          store::report_store& history) -> expected<bool, std::string> {
    const auto done = history.note_names(found);
    if (!done)
      return unexpected(done.error());
    return true;
  };
  const auto kept = co_await with_store(std::move(note));
  if (!kept)
    log::warning("names of senders in reports are not kept: {}", kept.error());
}

}  // namespace mekiki::daemon
