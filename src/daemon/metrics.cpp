#include "daemon/metrics.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include <boost/json/array.hpp>

namespace mekiki::daemon {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

using labels = std::vector<ClientMetric::Label>;

MetricFamily counter(std::string name, std::string help) {
  return {std::move(name), std::move(help), MetricType::Counter, {}};
}

void add(MetricFamily& family, labels l, std::uint64_t value) {
  ClientMetric m;
  m.label = std::move(l);
  m.counter.value = static_cast<double>(value);
  family.metric.push_back(std::move(m));
}

MetricFamily gauge(std::string name, std::string help, labels l, double value) {
  ClientMetric m;
  m.label = std::move(l);
  m.gauge.value = value;
  return {std::move(name), std::move(help), MetricType::Gauge, {std::move(m)}};
}

std::string word(std::string_view text) { return std::string(text); }

// What the commonest methods can answer; the others' words are there from their
// first result on.
using enum auth::result;
const std::map<std::string_view, std::vector<auth::result>> methods = {
    {"dkim", {none, pass, fail, policy, neutral, temperror, permerror}},
    {"spf",
     {none, pass, fail, softfail, policy, neutral, temperror, permerror}},
    {"dmarc", {none, pass, fail, temperror, permerror}},
    {"arc", {none, pass, fail}},
};

void of_mails(const delivery::counters& c, std::vector<MetricFamily>& out) {
  MetricFamily mails =
      counter("mekiki_mails_total",
              "Mails delivered by RETR or TOP, by verdict and X-DKIM-Check.");
  // All of them from the start: a rate needs the zero before the first.
  using verdict::level;
  for (const level l : {level::genuine, level::new_, level::unverified,
                        level::altered, level::forged}) {
    for (const auto check :
         {auth::result::pass, auth::result::fail, auth::result::none}) {
      const auto found = c.mails.find({l, check});
      add(mails,
          {{"verdict", word(to_string(l))},
           {"x_dkim_check", word(to_string(check))}},
          found == c.mails.end() ? 0 : found->second);
    }
  }
  out.push_back(std::move(mails));

  MetricFamily checks =
      counter("mekiki_checks_total",
              "Results in Authentication-Results, one for each signature.");
  auto counts = c.checks;
  for (const auto& [method, results] : methods) {
    for (const auto result : results)
      counts.try_emplace({word(method), word(to_string(result))}, 0U);
  }
  for (const auto& [what, count] : counts)
    add(checks, {{"check", what.first}, {"result", what.second}}, count);
  out.push_back(std::move(checks));

  MetricFamily ways = counter("mekiki_borders_total",
                              "Mails by whether the border is certain enough "
                              "to accuse, and if not, why.");
  auto seen = c.ways;
  for (const std::string_view way : {"certain", "provider-unknown", "name-only",
                                     "no-time", "not-looked-for"})
    seen.try_emplace(word(way), 0U);
  using status = verdict::border_status;
  for (status s = status::no_outside_hop; s <= status::too_many_hops;
       s = static_cast<status>(static_cast<int>(s) + 1))
    seen.try_emplace(word(to_string(s)), 0U);
  for (const auto& [way, count] : seen) add(ways, {{"border", way}}, count);
  out.push_back(std::move(ways));
}

/// Not a number where it is not known.
void of_sights(const std::vector<store::server_sight>* servers,
               std::vector<MetricFamily>& out) {
  const double blind =
      servers == nullptr
          ? std::numeric_limits<double>::quiet_NaN()
          : static_cast<double>(std::ranges::count(
                *servers, store::sight::blind, &store::server_sight::what));
  out.push_back(gauge("mekiki_blind_servers",
                      "Mail servers for which forgeries cannot be recognised.",
                      {}, blind));
}

void of_sessions(const pop3::counters& c, std::vector<MetricFamily>& out) {
  out.push_back(gauge("mekiki_sessions", "Mail clients that are connected.", {},
                      static_cast<double>(c.sessions)));
  MetricFamily sessions =
      counter("mekiki_sessions_total", "Mail clients that connected.");
  add(sessions, {}, c.all_sessions);
  out.push_back(std::move(sessions));

  MetricFamily octets =
      counter("mekiki_bytes_total", "Octets of POP3, without TLS.");
  add(octets, {{"direction", "from_client"}}, c.clients.received);
  add(octets, {{"direction", "to_client"}}, c.clients.sent);
  add(octets, {{"direction", "from_upstream"}}, c.upstreams.received);
  add(octets, {{"direction", "to_upstream"}}, c.upstreams.sent);
  out.push_back(std::move(octets));

  MetricFamily errors =
      counter("mekiki_upstream_errors_total",
              "Sessions with mail servers that failed, by where they did.");
  auto all = c.errors.all();
  const auto begin_at_zero = [&](const std::string& host) {
    using enum pop3::session_stage;
    for (const auto step : {connect, tls, greeting, login, session, mail})
      all.try_emplace({host, step}, 0U);
  };
  std::ranges::for_each(c.errors.known(), begin_at_zero);
  begin_at_zero("other");
  for (const auto& [where, count] : all) {
    add(errors,
        {{"host", where.first}, {"step", word(to_string(where.second))}},
        count);
  }
  out.push_back(std::move(errors));
}

void of_mail_servers(const milter::counters& c,
                     std::vector<MetricFamily>& out) {
  out.push_back(gauge("mekiki_milter_connections",
                      "Connections of mail servers that ask.", {},
                      static_cast<double>(c.connections)));
  MetricFamily faults = counter("mekiki_milter_faults_total",
                                "Connections that ended by a fault.");
  add(faults, {}, c.faults);
  out.push_back(std::move(faults));
  MetricFamily mails = counter("mekiki_milter_mails_total",
                               "Mails of strangers, by what became of them.");
  using enum milter::disposition::action;
  for (const auto action : {accept, quarantine, reject, tempfail}) {
    const auto at = c.mails.find(action);
    add(mails, {{"action", std::string(milter::to_string(action))}},
        at == c.mails.end() ? 0 : at->second);
  }
  out.push_back(std::move(mails));
  MetricFamily own = counter("mekiki_milter_own_mails_total",
                             "Mails of our own, by whether they were signed.");
  add(own, {{"signed", "yes"}}, c.signed_mails);
  add(own, {{"signed", "no"}}, c.own_mails - c.signed_mails);
  out.push_back(std::move(own));
}

template <class Counts>
MetricFamily histogram(std::string name, std::string help, const Counts& c) {
  ClientMetric times;
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < c.classes().size(); ++i) {
    all += c.classes().at(i);
    const double bound = i < Counts::bounds.size()
                             ? Counts::bounds.at(i)
                             : std::numeric_limits<double>::infinity();
    times.histogram.bucket.push_back({all, bound});
  }
  times.histogram.sample_count = all;
  times.histogram.sample_sum = c.seconds();
  return {std::move(name),
          std::move(help),
          MetricType::Histogram,
          {std::move(times)}};
}

void of_work(const loop_busy& loop, const compute_pool& pool,
             std::vector<MetricFamily>& out) {
  out.push_back(histogram("mekiki_loop_busy_seconds",
                          "CPU time of the event loop's turns: how long "
                          "everybody else had to wait.",
                          loop));
  out.push_back(gauge("mekiki_loop_busy_seconds_max",
                      "The longest of these turns since the start.", {},
                      loop.longest()));
  out.push_back(gauge("mekiki_compute_waiting",
                      "Steps that wait for a thread that computes.", {},
                      static_cast<double>(pool.waiting())));
}

void of_sandbox(const sandbox_state& rights, std::vector<MetricFamily>& out) {
  MetricFamily parts{"mekiki_sandbox",
                     "1 for each part of the sandbox that is on, 0 if not.",
                     MetricType::Gauge,
                     {}};
  for (const sandbox_part part : sandbox_parts) {
    ClientMetric m;
    m.label = {{"part", word(to_string(part))}};
    m.gauge.value = rights.is_on(part) ? 1 : 0;
    parts.metric.push_back(std::move(m));
  }
  out.push_back(std::move(parts));
}

void of_dns(const dns::lookup_counts& c, std::vector<MetricFamily>& out) {
  out.push_back(histogram("mekiki_dns_seconds",
                          "How long questions to the DNS took. Answers from "
                          "our own cache are not among them.",
                          c));

  MetricFamily errors =
      counter("mekiki_dns_errors_total", "Questions that got no answer.");
  add(errors, {{"kind", "timeout"}}, c.failed(dns::status::timeout));
  add(errors, {{"kind", "servfail"}}, c.failed(dns::status::servfail));
  add(errors, {{"kind", "bogus"}}, c.failed(dns::status::bogus));
  out.push_back(std::move(errors));
}

void of_store(const store::store& s, std::vector<MetricFamily>& out) {
  out.push_back(gauge("mekiki_store_waiting",
                      "Events that wait to be written to the history.", {},
                      static_cast<double>(s.waiting())));
  const store::lost_events lost = s.lost();
  MetricFamily losses = counter("mekiki_store_lost_total",
                                "Events that the history did not keep.");
  add(losses, {{"why", "queue_full"}}, lost.queue_full);
  add(losses, {{"why", "not_written"}}, lost.not_written);
  add(losses, {{"why", "no_room"}}, lost.no_room);
  add(losses, {{"why", "over_share"}}, lost.over_share);
  out.push_back(std::move(losses));
  out.push_back(gauge("mekiki_store_octets",
                      "How much of the history's file is in use.", {},
                      static_cast<double>(s.used_octets())));
  out.push_back(gauge("mekiki_store_noting",
                      "0 if mails are not noted, since there is no room.", {},
                      s.lacks_room() == store::lack_of_room::none ? 1 : 0));
}

void of_certificate(const net::tls_context& tls,
                    std::vector<MetricFamily>& out) {
  if (const auto until = tls.valid_until()) {
    out.push_back(gauge("mekiki_certificate_expiry_seconds",
                        "Until when the server certificate is valid, in "
                        "seconds since 1970.",
                        {}, static_cast<double>(*until)));
  }
}

void of_domains(const domain_watch& watch, std::vector<MetricFamily>& out) {
  std::map<std::string_view, double> grades{
      {"ok", 0}, {"warn", 0}, {"bad", 0}, {"unknown", 0}};
  for (const std::string& domain : watch.domains()) {
    const seen_domain* const seen = watch.seen(domain);
    const auto found =
        seen == nullptr ? grades.end() : grades.find(seen->grade);
    ++(found == grades.end() ? grades["unknown"] : found->second);
  }
  MetricFamily family = gauge(
      "mekiki_domains", "Domains of domains.watch, by their grade.", {}, 0);
  family.metric.clear();
  for (const auto& [grade, number] : grades) {
    ClientMetric m;
    m.label = {{"grade", word(grade)}};
    m.gauge.value = number;
    family.metric.push_back(std::move(m));
  }
  out.push_back(std::move(family));
  MetricFamily changes =
      counter("mekiki_domain_changes_total",
              "Records of these domains that a look found changed.");
  add(changes, {}, watch.changed());
  out.push_back(std::move(changes));
}

void of_reports(const report_fetcher& fetcher, const report_keeper& keeper,
                std::vector<MetricFamily>& out) {
  const report_keeper::counters& kept = keeper.counted();
  MetricFamily reports = counter("mekiki_reports_total",
                                 "Reports about domains that mails brought.");
  add(reports, {{"result", "kept"}}, kept.kept);
  add(reports, {{"result", "known"}}, kept.known);
  out.push_back(std::move(reports));
  const report_fetcher::counters& n = fetcher.counted();
  MetricFamily looks = counter("mekiki_report_fetches_total",
                               "Looks into mailboxes with reports.");
  add(looks, {{"result", "ok"}}, n.fetched);
  add(looks, {{"result", "failed"}}, n.failed);
  out.push_back(std::move(looks));
  MetricFamily mails =
      counter("mekiki_report_mails_total", "Mails in these mailboxes.");
  add(mails, {{"result", "unread"}}, n.unread);
  add(mails, {{"result", "deleted"}}, n.deleted);
  out.push_back(std::move(mails));
  MetricFamily last =
      gauge("mekiki_report_fetch_time_seconds",
            "When a mailbox was last fetched, in seconds since 1970; 0: not "
            "since the start.",
            {}, 0);
  last.metric.clear();
  std::size_t number = 0;
  for (const report_fetcher::box_state& b : fetcher.boxes()) {
    ClientMetric m;
    m.label = {{"mailbox", std::to_string(++number)}};
    m.gauge.value = static_cast<double>(b.fetched.value_or(0));
    last.metric.push_back(std::move(m));
  }
  if (number > 0)
    out.push_back(std::move(last));
}

}  // namespace

std::vector<MetricFamily> metrics(const metric_sources& f) {
  std::vector<MetricFamily> out;
  out.push_back(gauge("mekiki_build_info", "Which program this is.",
                      {{"version", MEKIKI_VERSION}}, 1));
  out.push_back(gauge("mekiki_start_time_seconds",
                      "When it was started, in seconds since 1970.", {},
                      static_cast<double>(f.since)));
  of_mails(f.mails, out);
  of_sessions(f.proxy, out);
  if (f.milter != nullptr)
    of_mail_servers(*f.milter, out);
  of_dns(f.lookups, out);
  if (f.loop != nullptr && f.pool != nullptr)
    of_work(*f.loop, *f.pool, out);
  if (f.memory != nullptr)
    out.push_back(gauge("mekiki_mail_memory_bytes",
                        "Memory of mails that wait or are on their way.", {},
                        static_cast<double>(f.memory->used())));
  if (f.rights != nullptr)
    of_sandbox(*f.rights, out);
  out.push_back(gauge("mekiki_store_open", "1 if there is a history, 0 if not.",
                      {}, f.history == nullptr ? 0 : 1));
  if (f.history != nullptr)
    of_store(*f.history, out);
  if (f.domains != nullptr)
    of_domains(*f.domains, out);
  if (f.fetcher != nullptr && f.reports != nullptr)
    of_reports(*f.fetcher, *f.reports, out);
  of_sights(f.servers, out);
  if (f.tls != nullptr)
    of_certificate(*f.tls, out);
  return out;
}

boost::json::object health(const metric_sources& f,
                           const std::vector<admin::health_item>& items,
                           std::int64_t since) {
  namespace json = boost::json;
  json::array said;
  for (const admin::health_item& i : items) {
    said.push_back({{"name", i.name},
                    {"state", to_string(i.how)},
                    {"code", i.code},
                    {"number", i.number},
                    {"text", i.text}});
  }

  std::uint64_t questions = 0;
  for (const std::uint64_t n : f.lookups.classes()) questions += n;
  const std::uint64_t failed = f.lookups.failed(dns::status::timeout) +
                               f.lookups.failed(dns::status::servfail) +
                               f.lookups.failed(dns::status::bogus);
  json::value mean = nullptr;
  if (questions > 0)
    mean = f.lookups.seconds() * 1000 / static_cast<double>(questions);

  // Who types a wrong password, or a name that is no server, tells nothing of
  // servers.
  std::uint64_t refused = 0;
  std::uint64_t strange = 0;
  std::map<std::string, std::uint64_t> by_host;
  for (const auto& [where, count] : f.proxy.errors.all()) {
    const auto& [host, step] = where;
    if (step == pop3::session_stage::login)
      refused += count;
    else if (host == "other")
      strange += count;
    else
      by_host[host] += count;
  }
  json::array upstreams;
  for (const auto& [host, errors] : by_host)
    upstreams.push_back({{"host", host}, {"errors", errors}});

  const store::lost_events lost =
      f.history == nullptr ? store::lost_events{} : f.history->lost();
  return {{"items", std::move(said)},
          {"since", since},
          {"sessions", f.proxy.sessions},
          {"waiting", f.history == nullptr ? 0 : f.history->waiting()},
          {"lost", lost.queue_full + lost.not_written + lost.no_room},
          {"dns",
           {{"questions", questions},
            {"failed", failed},
            {"mean_ms", std::move(mean)}}},
          {"refused_logins", refused},
          {"strange_servers", strange},
          {"upstreams", std::move(upstreams)}};
}

}  // namespace mekiki::daemon
