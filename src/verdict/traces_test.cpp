// The public traces with every name replaced by another: what the border is
// found by may be no name that somebody wrote into the code, but where the
// built-in table knows a provider.
#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/dkim/key_cache.hpp"
#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "base/test_conformance.hpp"
#include "dns/name.hpp"
#include "dns/zone_resolver.hpp"
#include "verdict/evaluate.hpp"

namespace mekiki::verdict {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

// ------------------------------------------------------------------ renaming

bool may_be_in_name(char c) {
  return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/// Each letter another one.
char other_letter(char c) {
  constexpr int letters = 26;
  constexpr int step = 13;
  if (!ascii::is_alpha(c))
    return c;
  const char first = c >= 'a' ? 'a' : 'A';
  return static_cast<char>(first + (c - first + step) % letters);
}

/// Names that mean something by themselves (RFC 6761, RFC 9476).
bool is_special(std::string_view name) {
  return std::ranges::any_of(
      std::vector<std::string_view>{".arpa", ".internal", ".local",
                                    ".localdomain", ".localhost"},
      [&](std::string_view end) { return name.ends_with(end); });
}

class renaming {
 public:
  /// Of all names in the zone and in the trace.
  renaming(const json::object& zone, const trace& t,
           const std::string& account) {
    for (const auto& [name, records] : zone) {
      add(name);
      if (const json::value* mx = records.as_object().if_contains("MX")) {
        for (const json::value& one : mx->as_array())
          add(one.as_array().at(1).as_string());
      }
    }
    add(account.substr(account.rfind('%') + 1));
    for (const hop& h : t.hops) {
      for (const std::string& name : {h.by, h.helo, h.reverse_name}) add(name);
    }
  }

  std::string operator()(std::string_view text) const {
    std::string out;
    while (!text.empty()) {
      const auto length = static_cast<std::size_t>(
          std::ranges::find_if_not(text, may_be_in_name) - text.begin());
      if (length == 0) {
        out += text.front();
        text.remove_prefix(1);
        continue;
      }
      out += renamed(text.substr(0, length));
      text.remove_prefix(length);
    }
    return out;
  }

  std::size_t domains() const { return new_.size(); }

 private:
  void add(std::string_view written) {
    const auto name = dns::normalize(written);
    if (!name || is_special(*name))
      return;
    if (name->find('.') == name->npos) {
      bare_.insert(*name);
    } else if (name->find_first_not_of("0123456789.") != name->npos &&
               !dmarc::is_public_suffix(*name)) {
      const std::string domain = dmarc::registered_domain(*name);
      new_.try_emplace(domain,
                       "renamed" + std::to_string(new_.size()) + ".test");
    }
  }

  std::string renamed(std::string_view word) const {
    const std::string_view dot = word.ends_with('.') ? "." : "";
    const auto name = dns::normalize(word);
    if (!name || dmarc::is_public_suffix(*name))
      return std::string(word);
    const std::string domain = dmarc::registered_domain(*name);
    const auto found = new_.find(domain);
    if (found == new_.end())
      return std::string(word);
    std::string out;
    std::string_view below =
        std::string_view(*name).substr(0, name->size() - domain.size());
    while (!below.empty()) {
      const std::string label(below.substr(0, below.find('.')));
      below.remove_prefix(label.size() + 1);
      out += other(label) + '.';
    }
    return out + found->second + std::string(dot);
  }

  // A host that is named without its domain elsewhere keeps its name, as does
  // what is no host's: "_dmarc".
  std::string other(std::string label) const {
    if (label.starts_with('_') || bare_.contains(label))
      return label;
    std::ranges::transform(label, label.begin(), other_letter);
    return label;
  }

  std::map<std::string, std::string> new_;  // by registered domain
  std::set<std::string> bare_;
};

// ------------------------------------------------------------------- judging

/// A history that knows nothing but views of traces.
class views final : public history {
 public:
  asio::awaitable<history_answer> ask(history_question /*q*/) override {
    history_answer a;
    a.available = true;
    co_return a;
  }
  asio::awaitable<addition_answer> ask(addition /*a*/) override {
    co_return addition_answer{};
  }
  asio::awaitable<std::vector<border_view>> ask(
      border_question /*q*/) override {
    co_return known;
  }
  std::vector<border_view> known;
};

struct judged {
  std::optional<border> found_border;
  level what = level::unverified;
};

judged judge(const std::string& mail, const std::string& zone_text,
             const std::string& account, std::int64_t now, views& past) {
  const auto zone = std::move(*dns::parse_zone(zone_text));
  const manual_clock clock{time_point(std::chrono::seconds(now))};
  dkim::key_cache keys;
  const settings limits;
  const services with{
      .resolver = *zone, .keys = keys, .clock = clock, .history = &past};
  const std::size_t at = account.rfind('%');
  const source from{.account = account,
                    .login = account.substr(0, at),
                    .upstream = account.substr(at + 1)};
  asio::io_context io;
  evaluation e(limits, with, from, std::nullopt);
  e.write(mail);
  judged out;
  asio::co_spawn(io, e.finish(nullptr),
                 [&](const std::exception_ptr& error, const judgement& got) {
                   EXPECT_EQ(error, nullptr);
                   out = {got.known.found_border, got.result.what};
                 });
  io.run();
  return out;
}

/// The view that earlier mails would have taught of such a trace.
std::vector<border_view> view_of(const std::string& mail, std::size_t border) {
  const message::header_view header = message::parse_header(mail);
  for (const border_place& place : border_places(trace_of(header), header)) {
    if (place.hop + 1 == border)
      return {{.view = place.view}};
  }
  return {};
}

std::string told(const judged& j) {
  if (!j.found_border)
    return "not looked for";
  std::string out(to_string(j.found_border->status));
  if (j.found_border->field)
    out += " at field " + std::to_string(*j.found_border->field);
  if (j.found_border->status == border_status::found)
    out += " from " + format(j.found_border->client);
  if (can_accuse(j.found_border))
    out += " accuses";
  if (can_prove(j.found_border))
    out += " proves";
  return out + ", " + std::string(to_string(j.what));
}

/// Whether the built-in table has an entry for the account's MX hosts.
bool selects_table(const std::string& zone, const std::string& account) {
  const json::value all = json::parse(zone);
  const std::string login = account.substr(0, account.rfind('%'));
  const json::value* domain =
      all.as_object().if_contains(login.substr(login.rfind('@') + 1));
  const json::value* mx =
      domain == nullptr ? nullptr : domain->as_object().if_contains("MX");
  std::vector<std::string> hosts;
  if (mx != nullptr) {
    for (const json::value& one : mx->as_array())
      hosts.emplace_back(one.as_array().at(1).as_string());
  }
  return !known_providers(hosts).empty();
}

TEST(traces, names_alone_decide_nothing) {
  const auto folder = conformance::folder("traces");
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << "NOT RUN: no conformance data at " << folder;
  const json::value manifest = conformance::manifest("traces");
  std::map<std::string, std::size_t> compared;
  for (const json::value& c : manifest.at("cases").as_array()) {
    const auto text = [&](const char* name) {
      return std::string(c.at(name).as_string());
    };
    SCOPED_TRACE(text("id"));
    const std::string mail = conformance::read(folder / text("message"));
    const std::string zone = conformance::read(folder / text("dns"));
    const std::string account = text("account");
    const message::header_view header = message::parse_header(mail);
    const renaming rename(json::parse(zone).as_object(), trace_of(header),
                          account);
    ASSERT_GE(rename.domains(), 2U);
    const std::string other_mail = rename(mail);
    ASSERT_NE(other_mail, mail);

    views past;
    views other_past;
    const std::string certain_by = text("certain_by");
    if (certain_by == "learned") {
      const auto border = c.at("border").at("index").to_number<std::size_t>();
      past.known = view_of(mail, border);
      other_past.known = view_of(other_mail, border);
    }
    const auto now = c.at("now").to_number<std::int64_t>();
    const judged as_it_is = judge(mail, zone, account, now, past);
    const judged renamed =
        judge(other_mail, rename(zone), rename(account), now, other_past);
    const bool needs_no_name =
        certain_by == "dns" || certain_by == "parse" || certain_by == "learned";
    if (needs_no_name && !selects_table(zone, account)) {
      ++compared[certain_by];
      EXPECT_EQ(told(renamed), told(as_it_is));
    } else if (can_accuse(renamed.found_border)) {
      // What the table knows is lost, and nothing else comes in its place.
      EXPECT_TRUE(can_accuse(as_it_is.found_border));
      EXPECT_EQ(renamed.found_border->field, as_it_is.found_border->field);
      EXPECT_EQ(renamed.found_border->client, as_it_is.found_border->client);
    }
    EXPECT_TRUE(renamed.what != level::forged ||
                c.at("nature").as_string() != "good");
  }
  EXPECT_GE(compared["dns"], 56U);
  EXPECT_GE(compared["learned"], 16U);
}

}  // namespace
}  // namespace mekiki::verdict
