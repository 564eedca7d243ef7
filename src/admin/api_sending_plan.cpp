// The plan of a domain's policy, and what administrators say of its senders and
// of those who report them.
#include <utility>

#include <boost/json/array.hpp>

#include "admin/api.hpp"
#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "base/unix_time.hpp"
#include "base/utf8.hpp"
#include "dns/name.hpp"
#include "notify/words/plan_words.hpp"

namespace mekiki::admin {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t most_senders = 100;
constexpr std::size_t longest_name = 255;

json::value day_or_null(const std::optional<std::int64_t>& day) {
  return day ? json::value(*day) : json::value(nullptr);
}

json::value word_or_null(const std::optional<dmarc::policy>& p) {
  return p ? json::value(to_string(*p)) : json::value(nullptr);
}

std::string domain_of(std::string_view text) {
  return dns::to_a_labels(text).value_or(ascii::to_lower(text));
}

json::array stages_of(const reports::sending_plan& plan) {
  json::array out;
  for (const reports::plan_stage& s : plan.stages) {
    out.push_back({{"policy", to_string(s.policy)},
                   {"state", to_string(s.at)},
                   {"since", day_or_null(s.since)},
                   {"earliest", day_or_null(s.earliest)}});
  }
  return out;
}

json::array senders_of(const reports::sending_plan& plan) {
  json::array out;
  for (const reports::plan_sender& s : plan.senders) {
    if (out.size() == most_senders)
      break;
    json::array by;
    for (const std::string& author : s.failed_by)
      by.push_back(json_text(author));
    out.push_back({{"name", json_text(s.name)},
                   {"owner", to_string(s.of.of)},
                   {"why", to_string(s.of.why)},
                   {"passed", s.passed},
                   {"failed", s.failed},
                   {"unbacked", s.unbacked},
                   {"failed_by", std::move(by)}});
  }
  return out;
}

json::array obstacles_of(const records::plan& plan,
                         const notify::plan_words& words) {
  json::array out;
  for (std::size_t i = 0; i < plan.obstacles.size(); ++i) {
    const records::plan_obstacle& o = plan.obstacles[i];
    out.push_back({{"kind", to_string(o.what)},
                   {"name", json_text(o.source)},
                   {"have", o.have},
                   {"need", o.need},
                   {"text", json_text(words.why.at(i))}});
  }
  return out;
}

}  // namespace

asio::awaitable<response> api::sending_plan(const api_request& c) {
  std::string domain = domain_of(c.query.text("domain"));
  if (domain.empty())
    co_return bad_request(c, "name: expected a domain.");
  auto now = with_.own_domains.policy(domain);
  const bool is_asked = now.has_value();
  std::string asked = domain;
  const auto found = co_await with_.history->sending_plan(
      std::move(asked), std::move(now), seconds_now() / day_seconds);
  if (!found)
    co_return unavailable(c);
  const reports::sending_plan& plan = found->plan;
  const notify::plan_words words = notify::words_of(plan.made, c.in);
  json::value record = nullptr;
  if (!plan.record.empty()) {
    record = json::object{{"name", json_text("_dmarc." + domain)},
                          {"text", json_text(plan.record)}};
  }
  json::array why = obstacles_of(plan.made, words);
  co_return json_response({{"domain", json_text(domain)},
                           {"policy", word_or_null(plan.published.policy)},
                           {"testing", plan.published.testing},
                           {"asked", is_asked},
                           {"step", to_string(plan.made.next)},
                           {"text", json_text(words.next)},
                           {"why", std::move(why)},
                           {"from", found->from},
                           {"days", plan.facts.days},
                           {"need_days", records::plan_days},
                           {"reporters", found->reporters},
                           {"whole", found->is_whole},
                           {"stages", stages_of(plan)},
                           {"record", std::move(record)},
                           {"senders", senders_of(plan)}});
}

asio::awaitable<response> api::mark_sender(const api_request& c) {
  store::sender_mark m{.domain = domain_of(c.text("domain").value_or("")),
                       .name = c.text("sender").value_or(""),
                       .note = c.text("note").value_or(""),
                       .at = seconds_now(),
                       .who = c.who.name};
  const auto owner = reports::parse_owner(c.text("owner").value_or(""));
  if (m.domain.empty() || !dns::is_normalized(m.domain))
    co_return bad_request(c, "name: expected a domain.");
  if (!owner || !c.text("sender") || m.name.size() > longest_name)
    co_return bad_request(
        c, "owner: expected ours, foreign or unknown, and a sender.");
  if (m.note.size() > store::longest_note_of_mark)
    co_return bad_request(c, "note: expected at most 600 octets.");
  m.of = *owner;
  for (char& octet : m.note)
    if (static_cast<unsigned char>(octet) < ' ')
      octet = ' ';
  store::dashboard_queries::change_work work = [store = with_.changes, m] {
    return store->blocking().mark_sender(m);
  };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  co_return json_response(json::object());
}

asio::awaitable<response> api::ignore_reporter(const api_request& c) {
  const std::string author = domain_of(c.text("author").value_or(""));
  const auto ignored = c.truth("ignored");
  // What is kept of an author is the registered domain.
  if (!ignored || !dns::is_normalized(author) ||
      dmarc::registered_domain(author) != author)
    co_return bad_request(
        c, "author: expected a reporter's domain, and whether it is left out.");
  const store::ignored_reporter r{
      .author = author, .at = seconds_now(), .who = c.who.name};
  store::dashboard_queries::change_work work = [store = with_.changes, r,
                                                ignored = *ignored] {
    return store->blocking().ignore_reporter(r, ignored);
  };
  const auto done = co_await with_.history->change(std::move(work));
  if (!done)
    co_return conflict(c, done.error());
  co_return json_response(json::object());
}

}  // namespace mekiki::admin
