// Mails: sums, lists, the story of one, and events for new ones.
#include <algorithm>
#include <memory>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "admin/api.hpp"
#include "dns/name.hpp"
#include "mime/encoded_word.hpp"
#include "mime/unicode.hpp"
#include "notify/words/reasons.hpp"
#include "notify/words/sentence.hpp"
#include "store/words.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::int64_t most_days = 730;
constexpr std::int64_t most_mails = 200;
constexpr std::int64_t usual_mails = 50;
constexpr std::int64_t latest = 1LL << 40;  // Unix seconds

json::object to_json(const store::day_sum& d) {
  return {{"day", d.day},
          {"genuine", d.level.genuine},
          {"new", d.level.new_},
          {"unverified", d.level.unverified},
          {"altered", d.level.altered},
          {"forged", d.level.forged},
          {"dkim_pass", d.dkim_check.pass},
          {"dkim_fail", d.dkim_check.fail},
          {"dkim_none", d.dkim_check.none},
          {"dmarc_pass", d.dmarc.pass},
          {"dmarc_fail", d.dmarc.fail},
          {"dmarc_none", d.dmarc.none},
          {"dmarc_other", d.dmarc.other}};
}

store::day_sum sum_of(const std::vector<store::day_sum>& days,
                      std::int64_t from) {
  store::day_sum out{.day = from};
  for (const store::day_sum& d : days) {
    out.level.genuine += d.level.genuine;
    out.level.new_ += d.level.new_;
    out.level.unverified += d.level.unverified;
    out.level.altered += d.level.altered;
    out.level.forged += d.level.forged;
    out.dkim_check.pass += d.dkim_check.pass;
    out.dkim_check.fail += d.dkim_check.fail;
    out.dkim_check.none += d.dkim_check.none;
    out.dmarc.pass += d.dmarc.pass;
    out.dmarc.fail += d.dmarc.fail;
    out.dmarc.none += d.dmarc.none;
    out.dmarc.other += d.dmarc.other;
  }
  return out;
}

/// Each day once, those without mails too.
json::array all_days(const std::vector<store::day_sum>& days, std::int64_t from,
                     std::int64_t to, time_zone zone) {
  json::array out;
  auto next = days.begin();
  for (std::int64_t day = from; day < to; ++day) {
    while (next != days.end() && next->day < day) ++next;
    const bool is_there = next != days.end() && next->day == day;
    json::object one = to_json(is_there ? *next : store::day_sum{.day = day});
    one["start"] = zone.begin_of(day);
    one["end"] = zone.begin_of(day + 1);
    out.push_back(std::move(one));
  }
  return out;
}

json::value or_null(const std::optional<std::string>& text) {
  return text ? json::value(json_text(*text)) : json::value(nullptr);
}

/// As a mail client shows it: encoded words are read (RFC 2047).
std::optional<std::string> shown_subject(const store::mail_row& m) {
  return m.subject ? std::optional(mime::decode_words(*m.subject))
                   : std::nullopt;
}

/// mail_event::way
json::object way_object(std::string_view way) {
  const std::string_view word = way.substr(0, way.find(' '));
  const std::string_view host =
      word.size() < way.size() ? way.substr(word.size() + 1) : "";
  return {{"way", json_text(word)}, {"way_host", json_text(host)}};
}

/// Nothing where a word is no verdict.
std::optional<std::vector<verdict::level>> read_levels(std::string_view text) {
  std::vector<verdict::level> out;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    const auto level = store::read_level(word);
    if (!level)
      return std::nullopt;
    if (std::ranges::find(out, *level) == out.end())
      out.push_back(*level);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return out;
}

/// A reason and its sentence, folded, without its facts.
struct reason_sentence {
  std::string_view code;
  std::string english, japanese;
};

std::vector<reason_sentence> folded_sentences() {
  std::vector<reason_sentence> out;
  for (const notify::sentence_pattern& p : notify::sentence_patterns()) {
    out.push_back({.code = p.code.substr(0, p.code.find('/')),
                   .english = mime::unicode::fold(p.english),
                   .japanese = mime::unicode::fold(p.japanese)});
  }
  return out;
}

/// The reasons whose sentence has that word, as the reader sees it.
std::vector<std::string> codes_with(std::string_view word,
                                    notify::language in) {
  static const std::vector<reason_sentence> all = folded_sentences();
  std::vector<std::string> out;
  for (const reason_sentence& s : all) {
    const std::string& text =
        in == notify::language::japanese ? s.japanese : s.english;
    if (text.find(word) != std::string::npos &&
        (out.empty() || out.back() != s.code))
      out.emplace_back(s.code);
  }
  return out;
}

json::array to_json(const std::vector<store::kept_result>& results,
                    notify::language in) {
  json::array out;
  for (const store::kept_result& r : results) {
    json::array properties;
    for (const auto& [name, value] : r.properties) {
      properties.push_back(
          {{"name", json_text(name)}, {"value", json_text(value)}});
    }
    out.push_back({{"method", json_text(r.method)},
                   {"result", json_text(r.result)},
                   {"reason", json_text(notify::check_reason(r.reason, in))},
                   {"properties", std::move(properties)}});
  }
  return out;
}

}  // namespace

json::object to_json(const store::mail_row& m, notify::language in) {
  return {{"id", m.id},
          {"account", json_text(m.account)},
          {"fetched", m.fetched},
          {"came", m.came},
          {"verdict", verdict::to_string(m.result.what)},
          {"code", json_text(m.result.why.code)},
          {"sentence", json_text(notify::sentence(m.result.why, in))},
          {"dkim", json_text(m.dkim_check)},
          {"dmarc", json_text(m.dmarc)},
          {"policy", json_text(m.policy)},
          {"author_domain", json_text(m.author_domain)},
          {"author", or_null(m.author)},
          {"subject", or_null(shown_subject(m))},
          {"for_user", m.is_for_user}};
}

json::object to_json(time_zone zone, std::int64_t now) {
  return {{"name", json_text(zone.name(now))},
          {"east", zone.seconds_east(now)}};
}

json::object to_json(const store::forged_group& g) {
  json::array accounts;
  for (const std::string& a : g.accounts) accounts.push_back(json_text(a));
  return {{"domain", json_text(g.domain)},
          {"kind", to_string(g.kind)},
          {"like", json_text(g.like)},
          {"mails", g.mails},
          {"accounts", std::move(accounts)},
          {"all_accounts", g.all_accounts},
          {"first", g.first},
          {"last", g.last},
          {"fetched", g.fetched}};
}

json::object api::sight_object(
    const store::dashboard_queries::found_sights& found,
    const visitor& who) const {
  json::array servers;
  for (const store::server_sight& s : found.servers) {
    json::array why;
    for (const store::named_count& w : s.why) {
      json::object one = way_object(w.name);
      one["mails"] = w.mails;
      why.push_back(std::move(one));
    }
    json::array accounts;
    for (const store::named_count& a : s.accounts)
      accounts.push_back({{"name", json_text(a.name)}, {"mails", a.mails}});
    json::object& out =
        servers
            .emplace_back(json::object{{"host", json_text(s.host)},
                                       {"state", to_string(s.what)},
                                       {"mails", s.mails},
                                       {"certain", s.certain},
                                       {"inside", s.inside},
                                       {"why", std::move(why)},
                                       {"accounts", std::move(accounts)},
                                       {"all_accounts", s.all_accounts}})
            .get_object();
    if (!who.is_administrator() || s.what != store::sight::blind)
      continue;
    const border_proposal p = with_.propose(s, found.learned);
    out["settings"] = json_text(p.settings);
    out["has_provider"] = p.has_provider;
  }
  return {{"state", to_string(store::worst_of(found.servers))},
          {"servers", std::move(servers)}};
}

asio::awaitable<response> api::overview(const api_request& c) {
  const auto days = c.query.number("days", 1, most_days);
  if (!days)
    co_return bad_request(c, "days: expected a number from 1 to 730.");
  const std::int64_t now = seconds_now();
  const time_zone zone = with_.history->zone();
  const std::int64_t to = zone.day_of(now) + 1;
  const std::int64_t from = to - *days;
  const std::string& account = c.who.account;
  const auto sums = co_await with_.history->sums(account, from, to);
  if (!sums)
    co_return unavailable(c);
  const auto before = co_await with_.history->sums(account, from - *days, from);
  if (!before)
    co_return unavailable(c);

  const auto sights = co_await with_.history->sights(account);
  if (!sights)
    co_return unavailable(c);
  const auto forgeries = co_await with_.history->forged(
      account, "", zone.begin_of(from), zone.begin_of(to));
  if (!forgeries)
    co_return unavailable(c);
  json::array waves;
  for (const store::forged_group& w : forgeries->names.waves)
    waves.push_back(to_json(w));

  json::object out = {{"from", from},
                      {"to", to},
                      {"zone", to_json(zone, now)},
                      {"begins", forgeries->begins},
                      {"waves", std::move(waves)},
                      {"sight", sight_object(*sights, c.who)},
                      {"days", all_days(sums->days, from, to, zone)},
                      {"before", to_json(sum_of(before->days, from - *days))}};
  if (!c.who.is_administrator())
    co_return json_response(out);

  const auto busiest = co_await with_.history->busiest(from, to);
  if (!busiest)
    co_return unavailable(c);
  json::array forged;
  for (const store::named_count& n : sums->forged_domains) {
    const auto at = std::ranges::find(forgeries->names.domains, n.name,
                                      &store::forged_group::domain);
    const bool is_there = at != forgeries->names.domains.end();
    forged.push_back(
        {{"name", json_text(n.name)},
         {"mails", n.mails},
         {"kind", to_string(is_there ? at->kind : store::forged_kind::misused)},
         {"like", json_text(is_there ? at->like : "")}});
  }
  json::array accounts;
  for (const store::account_count& a : *busiest) {
    accounts.push_back({{"name", json_text(a.account)},
                        {"mails", a.mails},
                        {"forged", a.forged}});
  }
  out["forged_domains"] = std::move(forged);
  out["accounts"] = std::move(accounts);
  json::object health = co_await with_.health();
  out["health"] = std::move(health);
  co_return json_response(out);
}

/// The error is a sentence.
expected<store::mail_filter, std::string_view> api::read_filter(
    const api_request& c) const {
  store::mail_filter which;
  auto levels = read_levels(c.query.text("verdict"));
  if (!levels)
    return unexpected("verdict: expected words such as forged,altered.");
  which.levels = std::move(*levels);
  const std::string domain(c.query.text("domain"));
  which.domain = dns::to_a_labels(domain).value_or(domain);
  which.account =
      c.who.is_administrator() ? c.query.text("account") : c.who.account;
  which.from = c.query.number("from", 0, latest);
  which.to = c.query.number("to", 0, latest);
  if (const auto typed = c.query.text("search"); !typed.empty()) {
    auto words = store::read_search(typed);
    if (!words)
      return unexpected(
          "search: expected two letters or more, or one that is not of ASCII; "
          "at most 8 words and 200 octets.");
    which.search = std::move(*words);
    for (store::search_word& w : which.search)
      w.codes = codes_with(w.text, c.in);
    which.finds_accounts = c.who.is_administrator();
  }
  which.texts = c.texts;
  return which;
}

asio::awaitable<response> api::count_mails(const api_request& c) {
  auto which = read_filter(c);
  if (!which)
    co_return bad_request(c, which.error());
  const auto found = co_await with_.history->count(std::move(*which));
  if (!found)
    co_return unavailable(c);
  co_return json_response(
      {{"mails", found->mails}, {"whole", found->is_whole}});
}

/// Names that hold the first word; a user has one account alone.
asio::awaitable<response> api::suggestions(const api_request& c) {
  constexpr std::size_t most_domains = 5;
  const auto words = store::read_search(c.query.text("search"));
  json::array accounts, domains;
  if (words) {
    const std::string word = words->front().text;
    if (c.who.is_administrator()) {
      const auto found = co_await with_.history->accounts(word);
      if (!found)
        co_return unavailable(c);
      for (const std::string& name : *found)
        accounts.push_back(json_text(name));
    }
    store::dashboard_queries::domain_filter which{
        .search = dns::to_a_labels(word).value_or(word),
        .scope = scope_for(c.who)};
    const store::page_range few{.offset = 0, .limit = most_domains};
    const auto found = co_await with_.history->domains(std::move(which), few);
    if (!found)
      co_return unavailable(c);
    for (const store::domain_row& d : found->rows)
      domains.push_back(json_text(d.domain));
  }
  co_return json_response(
      {{"accounts", std::move(accounts)}, {"domains", std::move(domains)}});
}

asio::awaitable<response> api::mails(const api_request& c) {
  auto which = read_filter(c);
  if (!which)
    co_return bad_request(c, which.error());
  const std::int64_t limit =
      c.query.number("limit", 1, most_mails).value_or(usual_mails);
  std::string cursor(c.query.text("before"));
  const auto found = co_await with_.history->mails(
      std::move(*which), std::move(cursor), static_cast<std::size_t>(limit));
  if (!found)
    co_return unavailable(c);
  json::array rows;
  for (const store::mail_row& m : found->mails)
    rows.push_back(to_json(m, c.in));
  json::value next = nullptr;
  if (!found->next.empty())
    next = found->next;
  co_return json_response({{"mails", std::move(rows)},
                           {"next", std::move(next)},
                           {"rules_since", found->rules_since}});
}

asio::awaitable<response> api::mail(const api_request& c) {
  auto id = c.query.number("id", 1, std::int64_t{1} << 53);
  std::string uidl(c.query.text("uidl"));
  std::string digest(c.query.text("digest"));
  if (!id && uidl.empty() && digest.empty())
    co_return bad_request(c, "id: expected a number.");
  if (!id) {
    std::string account = c.who.account;
    const auto number = co_await with_.history->mail_number(
        std::move(account), std::move(uidl), std::move(digest));
    if (!number)
      co_return unavailable(c);
    id = *number;
  }
  if (!id)
    co_return error_response(c, 404, "not-found", "There is no such mail.");
  const auto found = co_await with_.history->mail(*id, c.who.account, c.texts);
  if (!found)
    co_return unavailable(c);
  if (!*found)
    co_return error_response(c, 404, "not-found", "There is no such mail.");
  const store::mail_detail& m = **found;
  json::object out = to_json(m.row, c.in);
  out["uidl"] = json_text(m.uidl);
  for (auto& [name, value] : way_object(m.way)) out[name] = value;
  out["text_of"] = json_text(m.row.result.why.fact("text-of"));
  out["results"] = to_json(m.results, c.in);
  out["header"] = or_null(m.header);
  out["rules_since"] = m.rules_since;
  out["feedback"] = to_json(m.said);
  out["own_domain"] = with_.is_own_domain(m.row.account, m.row.author_domain) ||
                      with_.own_domains.is_watched(m.row.author_domain);
  out["story"] = nullptr;
  if (m.story)
    out["story"] = json_text(with_.story(m, c.in));
  co_return json_response(out);
}

// ------------------------------------------------------------------ events

namespace {

/// A closed page is noticed after this time at most.
constexpr std::chrono::seconds heartbeat{5};

struct event_stream {
  std::shared_ptr<event_hub::listener> source;
  sessions& open;
  admin::authenticator& authenticator;
  std::string token;  // of the session; "": of an add-on
  notify::language in;
  bool has_begun = false;
};

/// Ends with the session.
asio::awaitable<std::string> next_events(std::shared_ptr<event_stream> s) {
  if (!std::exchange(s->has_begun, true))
    co_return std::string("retry: 3000\n\n");
  const auto came = co_await s->source->next(heartbeat);
  if (s->authenticator.password_has_changed())
    s->open.end_administrators();
  if (!s->token.empty() && !s->open.is_open(s->token))
    co_return std::string();
  std::string out;
  for (const store::mail_row& m : came) {
    out += fmt::format("event: mail\ndata: {}\n\n",
                       json::serialize(admin::to_json(m, s->in)));
  }
  co_return out.empty() ? std::string(":\n\n") : out;
}

}  // namespace

asio::awaitable<response> api::listen(const api_request& c) {
  auto source = with_.events.listen(c.who.account, c.texts);
  if (!source)
    co_return error_response(c, 503, "unavailable", "Too many pages listen.");
  auto stream = std::make_shared<event_stream>(
      event_stream{.source = std::move(source),
                   .open = with_.sessions,
                   .authenticator = with_.authenticator,
                   .token = std::string(session_token(c.asked.cookie)),
                   .in = c.in});
  if (c.who.csrf.empty())
    stream->token.clear();
  response r;
  r.type = "text/event-stream";
  r.next = [stream] { return next_events(stream); };
  co_return r;
}

}  // namespace mekiki::admin
