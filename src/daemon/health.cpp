#include "daemon/health.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/unix_time.hpp"

namespace mekiki::daemon {
namespace {

using admin::health_item;
using enum admin::health_item::state;
using store::server_sight;
using store::sight;

constexpr std::uint64_t least_free = std::uint64_t{256} << 20;
constexpr std::int64_t certificate_days = 14;

health_item border(const health_facts& f) {
  health_item i{.name = "border"};
  if (f.servers == nullptr) {
    i.how = warn;
    i.code = "unknown";
    i.text = "it is not known whether forgeries can be recognised";
    return i;
  }
  std::uint64_t mails = 0;
  std::uint64_t certain = 0;
  for (const server_sight& s : *f.servers) {
    mails += s.mails;
    certain += s.certain;
  }
  const auto blind =
      std::ranges::count(*f.servers, sight::blind, &server_sight::what);
  i.number = static_cast<std::int64_t>(certain);
  if (blind > 0) {
    i.how = warn;
    i.code = "blind";
    i.number = blind;
    i.text = fmt::format(
        "most forgeries cannot be recognised at {} of {} mail servers: of {} "
        "of {} "
        "mails it is not known where they came in",
        blind, f.servers->size(), mails - certain, mails);
  } else if (worst_of(*f.servers) == sight::early) {
    i.code = "early";
    i.text = fmt::format(
        "too early to say: it is known where {} of {} mails came in", certain,
        mails);
  } else {
    i.text =
        fmt::format("it is known where {} of {} mails came in", certain, mails);
  }
  return i;
}

health_item resolver(const health_facts& f, steady_point now) {
  if (!f.lookups.is_failing(now))
    return {.name = "resolver", .text = "the DNS answers"};
  return {.name = "resolver",
          .how = warn,
          .code = "failing",
          .text = "the DNS answers nothing: no mail can be proven or accused"};
}

health_item history(const health_facts& f, steady_point now) {
  constexpr std::chrono::minutes lately{5};
  health_item i{.name = "history", .text = "mails are recorded"};
  if (f.history == nullptr) {
    i.how = warn;
    i.code = "none";
    i.text = "there is no history: nobody is known";
    return i;
  }
  switch (f.history->lacks_room()) {
    case store::lack_of_room::none:
      break;
    case store::lack_of_room::disk:
      i.how = warn;
      i.code = "disk";
      i.text = "the disk is nearly full: no mail is noted";
      return i;
    case store::lack_of_room::database:
      i.how = warn;
      i.code = "full";
      i.text = "the history is full (history.octets): no mail is noted";
      return i;
  }
  const store::lost_events lost = f.history->lost();
  if (lost.last && now - *lost.last < lately) {
    i.how = warn;
    i.code = "lost";
    i.number = static_cast<std::int64_t>(lost.queue_full + lost.not_written);
    i.text = "the history lost events within the last five minutes";
  }
  return i;
}

health_item budget(const health_facts& f) {
  if (f.over_budget == 0)
    return {.name = "budget", .text = "nobody is over it"};
  return {.name = "budget",
          .how = warn,
          .code = "over",
          .number = static_cast<std::int64_t>(f.over_budget),
          .text = fmt::format(
              "{} account{} more to be warned about than users.budget allows: "
              "mails come only labelled",
              f.over_budget, f.over_budget == 1 ? " has" : "s have")};
}

health_item disk(std::uint64_t free) {
  health_item i{.name = "disk"};
  i.number = static_cast<std::int64_t>(free >> 20);
  i.text = fmt::format("{} MiB are free", free >> 20);
  if (free < least_free) {
    i.how = warn;
    i.code = "low";
  }
  return i;
}

health_item certificate(std::int64_t until, std::int64_t wall) {
  health_item i{.name = "certificate"};
  i.number = (until - wall) / day_seconds;
  i.text = fmt::format("it is valid for {} days", i.number);
  if (until <= wall) {
    i.how = bad;
    i.code = "expired";
    i.text = "it has expired: mail programs refuse the connection";
  } else if (i.number < certificate_days) {
    i.how = warn;
    i.code = "soon";
  }
  return i;
}

health_item addon(const std::optional<std::int64_t>& last, std::int64_t wall) {
  if (!last) {
    return {.name = "addon",
            .code = "unseen",
            .text = "none was seen since the start"};
  }
  const std::int64_t ago = std::max<std::int64_t>(wall - *last, 0);
  return {.name = "addon",
          .number = ago,
          .text = fmt::format("last seen {} seconds ago", ago)};
}

health_item domains(const domain_health& d) {
  health_item i{.name = "domains", .number = static_cast<std::int64_t>(d.all)};
  const auto warned = [&](std::string code, std::size_t number,
                          std::string_view what) {
    i.how = warn;
    i.code = std::move(code);
    i.number = static_cast<std::int64_t>(number);
    i.text = fmt::format("{} of {} watched domains: {}", number, d.all, what);
  };
  if (d.bad > 0)
    warned("broken", d.bad, "the mail records are broken");
  else if (d.silent > 0)
    warned("silent", d.silent,
           "the DNS does not answer for all of its records");
  else if (d.changed > 0)
    warned("changed", d.changed, "a record changed in the last 24 hours");
  else
    i.text = fmt::format("the records of {} watched domain{} are as they were",
                         d.all, d.all == 1 ? "" : "s");
  return i;
}

health_item reports(const report_health& r, std::int64_t wall) {
  health_item i{.name = "reports", .number = static_cast<std::int64_t>(r.all)};
  if (r.failing > 0) {
    i.how = warn;
    i.code = "failing";
    i.number = static_cast<std::int64_t>(r.failing);
    i.text =
        fmt::format("{} of {} mailbox{} cannot be fetched; the log says why",
                    r.failing, r.all, r.all == 1 ? "" : "es");
  } else if (!r.first) {
    i.code = "waiting";
    i.text = fmt::format("{} mailbox{} not fetched since the start", r.all,
                         r.all == 1 ? " is" : "es are");
  } else {
    const std::size_t fetched = r.all - r.waiting;
    i.text = fmt::format("{} mailbox{} fetched in the last {} seconds", fetched,
                         fetched == 1 ? " was" : "es were",
                         std::max<std::int64_t>(wall - *r.first, 0));
  }
  return i;
}

}  // namespace

std::vector<health_item> health_items(const health_facts& f, steady_point now,
                                      std::int64_t wall) {
  std::vector<health_item> out;
  out.push_back(border(f));
  out.push_back(resolver(f, now));
  out.push_back(history(f, now));
  out.push_back(budget(f));
  if (f.free_octets)
    out.push_back(disk(*f.free_octets));
  if (f.certificate)
    out.push_back(certificate(*f.certificate, wall));
  if (f.knows_addons)
    out.push_back(addon(f.addon, wall));
  if (f.domains.all > 0)
    out.push_back(domains(f.domains));
  if (f.reports.all > 0)
    out.push_back(reports(f.reports, wall));
  return out;
}

}  // namespace mekiki::daemon
