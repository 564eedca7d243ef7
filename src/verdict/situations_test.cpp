// testdata/verdict/situations.json: what a mail's facts come to, as data. Each
// situation is read into `facts`, once as it is and again with what must not
// make a difference.
#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/dkim/errc.hpp"
#include "auth/dmarc/public_suffix.hpp"
#include "base/test_paths.hpp"
#include "message/header.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/decide.hpp"
#include "verdict/evidence.hpp"
#include "verdict/results.hpp"
#include "verdict/test_from_fields.hpp"
#include "verdict/test_results.hpp"

namespace mekiki::verdict {
namespace {

namespace json = boost::json;

constexpr std::int64_t now = 1'750'000'000;
constexpr std::int64_t day = 86'400;

/// RFC 7396.
void merge(json::value& target, const json::value& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object())
    target = json::object();
  for (const auto& [name, value] : patch.get_object()) {
    if (value.is_null()) {
      target.get_object().erase(name);
    } else {
      merge(target.get_object()[name], value);
    }
  }
}

/// An object whose members must all be read.
class object {
 public:
  object(const json::value& v, std::string where)
      : members_(v.as_object()), where_(std::move(where)) {}
  object(object&&) = delete;
  object& operator=(object&&) = delete;
  ~object() noexcept(false) {
    for (const auto& m : members_) {
      if (!read_.contains(m.key()) && std::uncaught_exceptions() == 0)
        throw std::runtime_error(where_ +
                                 ": no such fact: " + std::string(m.key()));
    }
  }

  const json::value* find(std::string_view name) {
    read_.insert(std::string(name));
    return members_.if_contains(name);
  }
  std::string text(std::string_view name, std::string otherwise = {}) {
    const json::value* v = find(name);
    return v != nullptr ? std::string(v->as_string()) : otherwise;
  }
  std::int64_t number(std::string_view name, std::int64_t otherwise = 0) {
    const json::value* v = find(name);
    return v != nullptr ? v->as_int64() : otherwise;
  }
  bool flag(std::string_view name, bool otherwise = false) {
    const json::value* v = find(name);
    return v != nullptr ? v->as_bool() : otherwise;
  }
  json::array list(std::string_view name) {
    const json::value* v = find(name);
    return v != nullptr ? v->as_array() : json::array();
  }
  std::vector<std::string> texts(std::string_view name,
                                 std::vector<std::string> otherwise = {}) {
    const json::value* v = find(name);
    return v != nullptr ? json::value_to<std::vector<std::string>>(*v)
                        : otherwise;
  }

 private:
  const json::object& members_;
  std::string where_;
  std::set<std::string> read_;
};

/// The enumerator with this name.
template <class Enum>
Enum named(const std::string& name, Enum last) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (to_string(static_cast<Enum>(i)) == name)
      return static_cast<Enum>(i);
  }
  throw std::runtime_error("no such word: " + name);
}

auth::result result_of(const std::string& name) {
  return named(name, auth::result::permerror);
}

tally tally_of(object& o) {
  return {static_cast<std::uint64_t>(o.number("mails")),
          static_cast<std::uint32_t>(o.number("days")),
          now - o.number("first") * day, now - o.number("last") * day};
}

tally tally_at(object& parent, std::string_view name) {
  const json::value* v = parent.find(name);
  if (v == nullptr)
    return {};
  object o(*v, std::string(name));
  return tally_of(o);
}

std::vector<pair_record> pairs_of(const json::array& list) {
  std::vector<pair_record> out;
  for (const json::value& v : list) {
    object o(v, "pair");
    out.push_back({o.text("signer"), tally_of(o)});
  }
  return out;
}

/// "trust author *@example.jp by example.jp"
rule rule_of(const std::string& text) {
  std::istringstream words(text);
  std::string effect;
  std::string kind;
  std::string by;
  rule out;
  words >> effect >> kind >> out.pattern >> by >> out.signer;
  const std::map<std::string, rule::kind> kinds = {
      {"author", rule::kind::author},
      {"signer", rule::kind::signer},
      {"list", rule::kind::list},
      {"forwarder", rule::kind::forwarder}};
  out.what = kinds.at(kind);
  out.does =
      effect == "distrust" ? rule::effect::distrust : rule::effect::trust;
  return out;
}

/// Where only the domain matters, it stands alone.
std::vector<std::string> domains_of(const std::vector<std::string>& addresses) {
  std::vector<std::string> out;
  for (const std::string& address : addresses)
    out.push_back(address.substr(address.rfind('@') + 1));
  return out;
}

void read_header(object& o, header_facts& header) {
  header.author = o.text("author");
  header.author_domain = o.text(
      "author_domain", header.author.substr(header.author.rfind('@') + 1));
  header.author_is_clear = o.flag("author_is_clear");
  header.author_count = static_cast<std::size_t>(o.number("authors"));
  header.from_fields = static_cast<std::size_t>(o.number("from_fields"));
  header.author_domains = o.texts("author_domains", {header.author_domain});
  std::erase(header.author_domains, "");
  header.list_id = o.text("list_id");
  header.reply_addresses = o.texts("reply");
  header.reply_domains = domains_of(header.reply_addresses);
  header.to.addresses = o.texts("to");
  header.to.domains = domains_of(header.to.addresses);
  header.to.fields = header.to.domains.empty() ? 0 : 1;
  header.is_cut = o.flag("header_is_cut");
  header.imitates = o.text("imitates", "");
  object shown(*o.find("shown"), "shown");
  for (std::size_t i = 0; i < shown_fields.size(); ++i) {
    header.shown[i] = static_cast<std::size_t>(shown.number(shown_fields[i]));
  }
}

std::optional<border> border_of(object& parent) {
  const json::value* v = parent.find("border");
  if (v == nullptr)
    return {};
  object o(*v, "border");
  border out;
  out.status = named(o.text("status"), border_status::too_many_hops);
  out.by_domain_only = o.flag("by_domain_only");
  out.through_loopback = o.flag("through_loopback");
  if (const json::value* hours = o.find("hours_ago"))
    out.time = now - hours->as_int64() * 3600;
  if (const json::value* path = o.find("mail_from"))
    out.mail_from = std::string(path->as_string());
  return out;
}

dkim::signature_result signature_of(const json::value& v) {
  object o(v, "dkim");
  dkim::signature_result out;
  out.status = result_of(o.text("result"));
  if (out.status == auth::result::fail)
    out.code = dkim::errc::body_hash;
  if (out.status == auth::result::neutral)
    out.code = dkim::errc::in_future;
  out.domain = o.text("domain");
  out.selector = o.text("selector", "sel");
  out.testing = o.flag("testing");
  out.verifies = o.flag("verifies");
  out.partial = o.flag("partial");
  out.signed_fields =
      o.texts("signed", {"from", "from", "subject", "subject", "date", "date",
                         "reply-to", "content-type", "content-type", "to"});
  return out;
}

void read_spf(object& parent, spf_facts& spf) {
  object o(*parent.find("spf"), "spf");
  spf.source = named(o.text("source"), spf_source::reported);
  spf.outcome.status = result_of(o.text("result"));
  spf.outcome.domain = o.text("domain");
  spf.outcome.by_senders_words = o.flag("by_senders_words");
  spf.by_helo = o.flag("by_helo");
  spf.path_known = o.flag("path_known", true);
  spf.reporter = o.text("reporter");
}

change change_of(const json::value& v) {
  object o(v, "changed");
  change out;
  out.signature = static_cast<std::size_t>(o.number("signature"));
  out.steps = o.texts("steps");
  out.addition_only = o.flag("addition_only");
  out.added_lines = static_cast<std::size_t>(o.number("lines", 4));
  out.lossless = o.flag("lossless");
  out.other_links = o.flag("other_links");
  out.added.source = o.text("source");
  out.added.links = o.texts("links");
  out.learned.learned = o.flag("learned");
  out.learned.links_learned = o.flag("links_learned");
  return out;
}

arc::chain_result chain_of(object& parent) {
  arc::chain_result out;
  const json::value* v = parent.find("arc");
  if (v == nullptr)
    return out;
  object o(*v, "arc");
  out.status = result_of(o.text("result"));
  for (const json::value& s : o.list("sets")) {
    object set(s, "arc.sets");
    arc::instance_result& i = out.instances.emplace_back();
    i.domain = set.text("domain");
    i.message_domain = i.domain;
    i.signed_fields = set.texts("signed");
    i.partial = set.flag("partial");
    i.selector = i.message_selector = set.text("selector", "sel");
    i.seal = set.flag("wrong_seal") ? dkim::errc::signature : dkim::errc::ok;
    if (out.status == auth::result::temperror) {
      i.seal = i.message = dkim::errc::key_unavailable;
      out.pending.resize(1);
    }
    i.authentication_results = set.text("says");
  }
  for (auto at = out.instances.rbegin();
       out.status == auth::result::fail && at != out.instances.rend(); ++at) {
    out.standing.insert(out.standing.begin(), *at);
    if (*at->seal == dkim::errc::signature)
      break;
  }
  return out;
}

void read_past(object& parent, history_answer& past) {
  const json::value* v = parent.find("past");
  if (v == nullptr)
    return;
  object o(*v, "past");
  past.available = o.flag("available");
  past.pairs = pairs_of(o.list("pairs"));
  for (const pair_record& p : past.pairs) {
    if (past.first_proven == 0 || p.passed.first < past.first_proven)
      past.first_proven = p.passed.first;
  }
  for (const std::string& name : o.texts("keys")) {
    past.keys.push_back({.name = name});
  }
  if (o.flag("hands")) {
    correspondents::details more;
    more.lists = o.texts("lists");
    more.forwarders = o.texts("forwarders");
    more.changing = o.texts("changing");
    past.known = std::make_shared<const correspondents>(
        std::vector<std::string>(), "", std::vector<correspondents::named>(),
        more);
  }
  if (const json::value* h = o.find("habit")) {
    object of(*h, "habit");
    past.habits = {tally_at(of, "proven"), tally_at(of, "unproven")};
  }
  for (const std::string& text : o.texts("rules")) {
    past.rules.push_back(rule_of(text));
  }
}

/// As evaluate.cpp has it decided. Those who are not in `records` publish none,
/// but for the attacker, who likes to be the one who is refused most strictly.
std::vector<dmarc::outcome> policies_of(
    const facts& f, const std::map<std::string, std::string>& records,
    const std::string& org_domain) {
  std::vector<dmarc::outcome> outcomes;
  for (const std::string& author : f.header.author_domains) {
    const auto at = records.find(author);
    std::string record = author == "evil.example" ? "v=DMARC1; p=reject" : "";
    if (at != records.end())
      record = at->second;
    const std::string org = at != records.end() && !org_domain.empty()
                                ? org_domain
                                : dmarc::registered_domain(author);
    const dmarc::identifiers of = identifiers_for(author, f);
    dmarc::organizations known;
    const auto note = [&](const std::string& domain) {
      if (!domain.empty())
        known[domain] = domain.ends_with("." + org)
                            ? org
                            : dmarc::registered_domain(domain);
    };
    for (const dkim::signature_result& r : f.dkim) note(r.domain);
    note(f.spf.outcome.domain);
    dmarc::discovery policy;
    policy.org_domain = org;
    policy.policy_domain = org;
    policy.exists = true;
    if (record == "temperror") {
      policy.problem = dmarc::errc::dns_unavailable;
    } else if (record.empty()) {
      policy.problem = dmarc::errc::no_record;
    } else {
      policy.found = *dmarc::parse_record(record, dmarc::spec::rfc9989);
    }
    outcomes.push_back(dmarc::outcome_of(of, policy, known, {}));
  }
  return outcomes;
}

policy policy_of(object& parent) {
  policy out;
  const json::value* v = parent.find("policy");
  if (v == nullptr)
    return out;
  object o(*v, "policy");
  out.accuse_within = std::chrono::days(o.number("accuse_within_days", 7));
  out.accuse_unsigned_within =
      std::chrono::days(o.number("accuse_unsigned_within_days", 30));
  const std::string senders = o.text("senders");
  out.senders = senders == "google"   ? sender_class::google
                : senders == "strict" ? sender_class::strict
                                      : sender_class::off;
  out.bulk_senders = o.texts("bulk");
  return out;
}

struct situation {
  std::string name;
  bool attack = false;
  facts known;
  policy rules;
  // For what changes the facts that DMARC is made of.
  std::map<std::string, std::string> records;
  std::string org_domain;
  std::shared_ptr<const json::value> told;  // what the facts were read from

  level expected = level::unverified;
  std::string code;
  std::map<std::string, std::string> tells;

  void decide_dmarc() {
    known.policies = policies_of(known, records, org_domain);
    known.dmarc = dmarc::strictest(known.policies);
  }
  answer decided() const { return decide(known, rules); }
  /// Too old to be accused, if a signature of the author's domain were in it.
  bool is_old() const {
    const auto& b = known.found_border;
    return b && b->time && now - *b->time >= rules.accuse_within.count();
  }
  /// A rule names who handed it over.
  bool is_by_rule() const {
    return std::ranges::any_of(known.history.rules, [](const rule& r) {
      return r.does == rule::effect::trust &&
             (r.what == rule::kind::list || r.what == rule::kind::forwarder);
    });
  }
};

json::value start_of(const json::object& starts, const std::string& name) {
  object o(starts.at(name), name);
  json::value out;
  if (const json::value* like = o.find("like"))
    out = start_of(starts, std::string(like->as_string()));
  merge(out, *o.find("but"));
  return out;
}

situation read_situation(const json::value& v, const json::object& starts) {
  situation out;
  object o(v, "situation");
  out.name = o.text("name");
  o.find("story");  // for readers
  out.attack = o.find("attack")->as_bool();
  out.expected = named(o.text("verdict"), level::forged);
  out.code = o.text("reason");
  if (const json::value* tells = o.find("tells"))
    out.tells = json::value_to<std::map<std::string, std::string>>(*tells);
  json::value merged = start_of(starts, o.text("like"));
  if (const json::value* but = o.find("but"))
    merge(merged, *but);

  out.told = std::make_shared<const json::value>(merged);
  object from(merged, out.name);
  facts& f = out.known;
  f.now = now;
  f.upstream = from.text("upstream");
  read_header(from, f.header);
  f.found_border = border_of(from);
  for (const json::value& s : from.list("dkim")) {
    f.dkim.push_back(signature_of(s));
  }
  read_spf(from, f.spf);
  if (const json::value* changed = from.find("changed"))
    f.changed = change_of(*changed);
  f.arc = chain_of(from);
  for (const std::string& field : from.texts("provider")) {
    auto read = *authres::parse(field);
    for (authres::reported_result& r : read.results) {
      f.provider.push_back({read.authserv_id, std::move(r)});
    }
  }
  for (const json::value& one : from.list("findings")) {
    object found(one, "finding");
    finding& it = f.findings.emplace_back();
    it.what = named(found.text("kind"), finding::kind::reply_elsewhere);
    it.seen = found.text("seen");
    const auto& authors = f.header.author_domains;
    const bool is_domain = std::ranges::find(authors, it.seen) != authors.end();
    it.about = found.text("about", is_domain ? it.seen : "");
    it.like = found.text("like");
    it.of = named(found.text("of", "known"), finding::standing::own);
    it.enforces = found.flag("enforces", true);
    it.is_address = it.seen.find('@') != it.seen.npos;
    it.may_be_chance = found.flag("chance");
    if (const json::value* days = found.find("steady"))
      it.steady_since = now - days->as_int64() * day;
  }
  read_past(from, f.history);
  f.key_remembered = from.flag("key_remembered");
  f.keys_kept_elsewhere = from.texts("keys_kept_elsewhere");
  if (const json::value* hours = from.find("received_hours_ago"))
    f.received = now - hours->as_int64() * 3600;
  out.rules = policy_of(from);
  const std::string owner = from.text("dmarc_owner", f.header.author_domain);
  if (const json::value* record = from.find("dmarc"))
    out.records[owner] = record->as_string();
  if (const json::value* others = from.find("dmarc_of_others"))
    out.records.merge(
        json::value_to<std::map<std::string, std::string>>(*others));
  out.org_domain = from.text("org_domain");
  out.decide_dmarc();
  return out;
}

const std::vector<situation>& situations() {
  static const std::vector<situation> all = [] {
    std::ifstream in(std::string(test_paths::testdata) +
                     "/verdict/situations.json");
    const json::value file =
        json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    std::vector<situation> out;
    for (const json::value& v : file.at("situations").as_array()) {
      out.push_back(read_situation(v, file.at("starts").as_object()));
    }
    return out;
  }();
  return all;
}

/// How good a verdict is for who sent the mail.
int goodness(level l) {
  switch (l) {
    case level::forged:
      return 0;
    case level::unverified:
      return 1;
    case level::altered:
      return 2;
    case level::new_:
      return 3;
    case level::genuine:
      return 4;
  }
  return 4;
}

TEST(situations, are_many_and_mostly_attacks) {
  std::set<std::string> names;
  for (const situation& s : situations()) names.insert(s.name);
  EXPECT_EQ(names.size(), situations().size()) << "a name occurs twice";
  EXPECT_GE(situations().size(), 110U);
  EXPECT_GE(std::ranges::count_if(situations(), &situation::attack), 60);
}

TEST(situations, come_to_the_verdict_that_the_design_asks_for) {
  for (const situation& s : situations()) {
    SCOPED_TRACE(s.name);
    const answer got = s.decided();
    EXPECT_EQ(to_string(got.what), to_string(s.expected)) << format(got.why);
    EXPECT_EQ(got.why.code, s.code) << format(got.why);
    for (const auto& [fact, value] : s.tells) {
      EXPECT_EQ(got.why.fact(fact), value) << fact;
    }
  }
}

TEST(situations, reach_every_row_of_the_table) {
  std::set<std::string_view> left;
  for (const std::string_view code : reason_codes()) left.insert(code);
  for (const situation& s : situations()) {
    left.erase(s.code);
  }
  // Said by evaluate.cpp of mails that were not judged.
  EXPECT_EQ(left, (std::set<std::string_view>{"not-judged"}));
}

using tampering = std::function<void(facts&)>;

dkim::signature_result foreign_signature(auth::result status) {
  dkim::signature_result r;
  r.status = status;
  r.domain = "mallory.example.com";
  r.selector = "sel";
  r.signed_fields = {"from", "subject"};
  return r;
}

/// What a sender can write or publish himself.
const std::map<std::string, tampering>& tricks() {
  static const std::map<std::string, tampering> all = {
      {"signature of his own",
       [](facts& f) {
         f.dkim.push_back(foreign_signature(auth::result::pass));
       }},
      {"signature of his own, on top",
       [](facts& f) {
         f.dkim.insert(f.dkim.begin(), foreign_signature(auth::result::pass));
         if (f.changed)
           ++f.changed->signature;
       }},
      {"key of his own that never answers",
       [](facts& f) {
         f.dkim.push_back(foreign_signature(auth::result::temperror));
       }},
      {"List-Id",
       [](facts& f) { f.header.list_id = "news.mallory.example.com"; }},
      {"List-Id and a signature of the list",
       [](facts& f) {
         f.header.list_id = "news.mallory.example.com";
         f.dkim.push_back(foreign_signature(auth::result::pass));
       }},
      {"ARC set of his own below",
       [](facts& f) {
         if (f.arc.instances.empty())
           f.arc.status = auth::result::pass;
         arc::instance_result i;
         i.domain = i.message_domain = "mallory.example.com";
         i.signed_fields = {"from", "subject"};
         i.authentication_results =
             "mx; dkim=pass header.d=example.jp; dmarc=pass "
             "header.from=example.jp";
         f.arc.instances.insert(f.arc.instances.begin(), i);
       }},
      {"second author",
       [](facts& f) {
         f.header.author_count = 2;
         f.header.author_domains.emplace_back("mallory.example.com");
         f.header.author_is_clear = false;
       }},
      {"second author of the same domain",
       [](facts& f) { f.header.author_count = 2; }},
      {"second From", [](facts& f) { f.header.from_fields = 2; }},
      {"unclear From", [](facts& f) { f.header.author_is_clear = false; }},
      {"second Subject", [](facts& f) { f.header.shown[1] += 3; }},
      {"Reply-To", [](facts& f) { ++f.header.shown[3]; }},
      {"broken signature in the author's name",
       [](facts& f) {
         f.dkim.push_back(foreign_signature(auth::result::fail));
         f.dkim.back().domain = f.header.author_domain;
       }},
      {"signature in the author's name without a key",
       [](facts& f) {
         f.dkim.push_back(foreign_signature(auth::result::permerror));
         f.dkim.back().domain = f.header.author_domain;
       }},
  };
  return all;
}

/// After a week a signature in the author's name may be an honest one whose key
/// is gone, so it excuses (docs/verdict.md, "Accusable").
bool may_be_excused_by(const situation& s, const std::string& trick) {
  return s.is_old() && trick.find("in the author's name") != trick.npos;
}

TEST(properties, what_a_sender_can_add_makes_no_forgery_better) {
  for (const auto& [trick, tamper] : tricks()) {
    for (situation s : situations()) {
      if (s.expected != level::forged || may_be_excused_by(s, trick))
        continue;
      SCOPED_TRACE(s.name + " + " + trick);
      tamper(s.known);
      s.decide_dmarc();
      const answer got = s.decided();
      EXPECT_EQ(to_string(got.what), "forged") << format(got.why);
    }
  }
}

TEST(properties, what_a_sender_can_add_makes_nothing_more_proven) {
  for (const auto& [trick, tamper] : tricks()) {
    for (situation s : situations()) {
      // Who is distrusted by his List-Id can leave it out.
      if (s.code == "distrusted" && trick.starts_with("List-Id"))
        continue;
      if (may_be_excused_by(s, trick))
        continue;
      SCOPED_TRACE(s.name + " + " + trick);
      tamper(s.known);
      s.decide_dmarc();
      EXPECT_LE(goodness(s.decided().what), goodness(s.expected));
    }
  }
}

TEST(properties, a_temperror_accuses_nobody) {
  const std::map<std::string, tampering> failures = {
      {"the author's key",
       [](facts& f) {
         f.dkim.push_back(foreign_signature(auth::result::temperror));
         f.dkim.back().domain = f.header.author_domain;
         f.history.keys.push_back(
             {.name = "sel._domainkey." + f.header.author_domain});
       }},
      {"all keys",
       [](facts& f) {
         for (auto& r : f.dkim) {
           r.status = auth::result::temperror;
           f.history.keys.push_back({.name = "sel._domainkey." + r.domain});
         }
       }},
      {"SPF", [](facts& f) { f.spf.outcome.status = auth::result::temperror; }},
      {"ARC", [](facts& f) { f.arc.status = auth::result::temperror; }},
      {"the border",
       [](facts& f) {
         f.found_border.emplace().status = border_status::dns_unavailable;
         f.spf = {};
       }},
  };
  for (const auto& [what, fails] : failures) {
    for (situation s : situations()) {
      // A hand that explains must be proven, and by whom the eye is deceived
      // has no known pair: there the lack of proof is no temperror's doing.
      if (s.expected == level::forged ||
          s.known.header.author_domains.size() > 1 ||
          !s.known.findings.empty() || s.known.arc.status != auth::result::none)
        continue;
      if (what != "the author's key" && what != "the border" &&
          s.decided().why.code.starts_with("came-by") && !s.is_by_rule())
        continue;
      SCOPED_TRACE(s.name + " without " + what);
      fails(s.known);
      s.decide_dmarc();
      const answer got = s.decided();
      EXPECT_NE(to_string(got.what), "forged") << format(got.why);
    }
  }
}

TEST(properties, without_the_dmarc_record_nobody_is_accused_by_habit) {
  for (situation s : situations()) {
    if (!s.known.findings.empty())
      continue;
    SCOPED_TRACE(s.name);
    for (const std::string& author : s.known.header.author_domains)
      s.records[author] = "temperror";
    s.decide_dmarc();
    EXPECT_NE(to_string(s.decided().what), "forged");
  }
}

TEST(properties, without_a_history_nothing_is_genuine) {
  for (situation s : situations()) {
    SCOPED_TRACE(s.name);
    s.known.history = {};
    EXPECT_NE(to_string(s.decided().what), "genuine");
  }
}

TEST(properties, without_a_certain_border_only_the_eye_accuses) {
  for (const bool is_by_domain : {false, true}) {
    for (situation s : situations()) {
      SCOPED_TRACE(s.name);
      if (!s.known.found_border)
        continue;
      if (is_by_domain) {
        s.known.found_border->by_domain_only = true;
      } else {
        s.known.found_border->time.reset();
      }
      const answer got = s.decided();
      EXPECT_TRUE(got.what != level::forged || !s.known.findings.empty() ||
                  !s.known.header.imitates.empty())
          << format(got.why);
      if (got.what == level::genuine)
        EXPECT_FALSE(got.why.fact("signer").starts_with("spf:"));
    }
  }
}

TEST(properties, behind_loopback_nothing_is_proven_and_all_is_accused) {
  for (situation s : situations()) {
    SCOPED_TRACE(s.name);
    if (!s.known.found_border)
      continue;
    const answer before = s.decided();
    s.known.found_border->through_loopback = true;
    const answer got = s.decided();
    EXPECT_FALSE(got.why.fact("signer").starts_with("spf:")) << format(got.why);
    EXPECT_NE(got.why.code, "altered-after-report");
    EXPECT_TRUE(before.what != level::forged || got.what == level::forged)
        << format(got.why);
  }
}

TEST(properties, distrust_never_helps) {
  for (situation s : situations()) {
    SCOPED_TRACE(s.name);
    rule everybody;
    everybody.does = rule::effect::distrust;
    everybody.pattern = "*";
    s.known.history.rules.push_back(everybody);
    const answer got = s.decided();
    EXPECT_EQ(got.what == level::forged, s.expected == level::forged);
    EXPECT_LE(goodness(got.what), goodness(level::unverified));
  }
}

TEST(properties, authentication_results_never_contradict_themselves) {
  const auto check = [](situation s) {
    facts& f = s.known;
    f.spf.asked.mail_from = "x@" + f.spf.outcome.domain;
    f.spf.asked.helo = f.spf.outcome.domain;
    s.decide_dmarc();
    const auto results = results_of(f);
    EXPECT_EQ(test::contradiction_in(results, s.org_domain), "");
    const auto dmarc =
        std::ranges::find(results, "dmarc", &authres::method_result::method);
    ASSERT_NE(dmarc, results.end());
    // Who fails by all that is told is not called proven.
    const level what = s.decided().what;
    EXPECT_FALSE(dmarc->result == auth::result::fail &&
                 (what == level::genuine || what == level::new_))
        << format(s.decided().why);
  };
  for (const situation& s : situations()) {
    SCOPED_TRACE(s.name);
    check(s);
    for (const auto& [trick, tamper] : tricks()) {
      SCOPED_TRACE(trick);
      situation other = s;
      tamper(other.known);
      check(std::move(other));
    }
  }
}

TEST(properties, a_contradiction_is_found) {
  using all = std::vector<authres::method_result>;
  using auth::result;
  const authres::method_result passes{
      "dmarc", result::pass, "", {{"header", "from", "example.jp"}}};
  const auto dkim = [](result r, const char* d, const char* i) {
    return authres::method_result{
        "dkim", r, "", {{"header", "d", d}, {"header", "i", i}}};
  };
  EXPECT_EQ(test::contradiction_in(all{
                dkim(result::pass, "example.jp", "x@a.example.jp"), passes}),
            "");
  for (const all& wrong :
       {all{dkim(result::pass, "evil.example", ""), passes},
        all{dkim(result::fail, "example.jp", ""), passes},
        all{dkim(result::fail, "example.jp", "x@evil.example")},
        all{dkim(result::none, "", ""), dkim(result::fail, "a.example", "")},
        all{passes, passes}})
    EXPECT_NE(test::contradiction_in(wrong), "");
}

// ------------------------------------- what the sender wrote never excuses

struct mutation {
  std::string name;
  tampering apply;
};
using mutations = std::vector<mutation>;

/// The facts of a From field, as they are read from a mail that has it.
void write_from(facts& f, const std::string& lines) {
  static std::map<std::string, header_facts> known;
  const auto [at, is_new] = known.try_emplace(lines);
  if (is_new) {
    const std::string octets = lines + "\r\nSubject: x\r\n\r\n";
    at->second = read_header_facts(message::parse_header(octets));
  }
  const header_facts& read = at->second;
  header_facts& h = f.header;
  h.author = read.author;
  h.author_domain = read.author_domain;
  h.author_domains = read.author_domains;
  h.author_count = read.author_count;
  h.from_fields = read.from_fields;
  h.author_is_clear = read.author_is_clear;
  h.shown[0] = read.shown[0];
}

/// `text` has USER, DOMAIN and, where there are two authors, OTHER of them.
mutation from_field(const std::string& text) {
  return {text, [text](facts& f) {
            const std::string address = f.header.author;
            const std::string domain = f.header.author_domain;
            const std::string other = f.header.author_domains.back();
            std::string lines = "From: " + text;
            for (const auto& [word, value] :
                 {std::pair{"USER", address.substr(0, address.rfind('@'))},
                  std::pair{"DOMAIN", domain}, std::pair{"OTHER", other}}) {
              for (auto at = lines.find(word); at != lines.npos;
                   at = lines.find(word, at + value.size()))
                lines.replace(at, std::string_view(word).size(), value);
            }
            write_from(f, lines);
          }};
}

/// The author stays the one whom clients show first, or alone.
const mutations& from_fields() {
  static const mutations all = [] {
    mutations out = {{"From as it is", [](facts&) {}}};
    for (const char* text : test::from_fields) out.push_back(from_field(text));
    return out;
  }();
  return all;
}

const mutations& from_fields_of_two() {
  static const mutations all = [] {
    mutations out = {{"From as it is", [](facts&) {}}};
    for (const char* text :
         {"USER@DOMAIN, b@OTHER", "\"b@OTHER\" <USER@DOMAIN>, <b@OTHER>",
          "USER@DOMAIN; b@OTHER", "<USER@DOMAIN;b@OTHER>",
          "<USER@DOMAIN> <b@OTHER>", "Team: USER@DOMAIN;, Others: b@OTHER;",
          "USER@DOMAIN, b@\"OTHER\"", "USER@DOMAIN, b@OTHER Word",
          "USER@DOMAIN, =?utf-8?q?b?= <b@OTHER>", "USER..@DOMAIN, b..@OTHER",
          "USER@DOMAIN,,, , b@OTHER", "USER@DOMAIN,\r\n\t<b@OTHER>",
          "USER@DOMAIN\r\nFrom: b@OTHER", "USER@DOMAIN\r\nFrom : b@OTHER"})
      out.push_back(from_field(text));
    return out;
  }();
  return all;
}

/// MAIL FROM and HELO, and what the DNS says of names that the sender chooses.
const mutations& envelopes() {
  const auto spf = [](std::string name, auth::result status,
                      std::string domain) {
    return mutation{
        std::move(name), [status, domain = std::move(domain)](facts& f) {
          if (f.spf.source != spf_source::border &&
              f.spf.source != spf_source::given)
            return;
          f.spf.outcome.status = status;
          f.spf.outcome.domain =
              domain.ends_with('.') ? domain + f.header.author_domain : domain;
        }};
  };
  using auth::result;
  static const mutations all = {
      {"envelope as it is", [](facts&) {}},
      spf("own path passes", result::pass, "mallory.example.com"),
      spf("own path has no SPF", result::none, "mallory.example.com"),
      spf("own path never answers", result::temperror, "mallory.example.com"),
      spf("own path has errors", result::permerror, "mallory.example.com"),
      spf("path without a domain", result::none, ""),
      spf("path at a lame sub-domain", result::temperror, "lame."),
      spf("path at a sub-domain that is not there", result::none, "none."),
      {"null path, own HELO",
       [](facts& f) {
         f.spf.by_helo = true;
         f.spf.outcome.status = result::pass;
         f.spf.outcome.domain = "mallory.example.com";
       }},
      {"SPF macro of the sender's words",
       [](facts& f) {
         f.spf.outcome.status = result::temperror;
         f.spf.outcome.domain = f.header.author_domain;
         f.spf.outcome.by_senders_words = true;
       }},
  };
  return all;
}

const mutations& extra_fields() {
  static const mutations all = [] {
    mutations out = {{"no field more", [](facts&) {}}};
    for (const auto& [name, apply] : tricks()) {
      if (!name.starts_with("second author") && name != "second From" &&
          name != "unclear From")
        out.push_back({name, apply});
    }
    out.push_back({"ten thousand fields", [](facts& f) {
                     f.header.is_cut = true;
                     f.header.author_is_clear = false;
                   }});
    return out;
  }();
  return all;
}

const mutations& failures() {
  const auto silent = [](const char* domain, const char* selector) {
    return [domain = std::string(domain),
            selector = std::string(selector)](facts& f) {
      f.dkim.push_back(foreign_signature(auth::result::temperror));
      f.dkim.back().domain = domain.empty() || domain.ends_with('.')
                                 ? domain + f.header.author_domain
                                 : domain;
      f.dkim.back().selector = selector;
    };
  };
  static const mutations all = {
      {"the DNS answers", [](facts&) {}},
      {"key of a lame sub-domain", silent("lame.", "sel")},
      {"key of a sub-domain, selector of several labels",
       silent("lame.", "a.b.c")},
      {"made-up selector", silent("", "made-up")},
      {"made-up selector of several labels", silent("", "made.up")},
      {"selector that is no name", silent("", "..")},
      {"own key", silent("mallory.example.com", "sel")},
      // Who shows another's name under his own domain has proven that.
      {"own signature, made ahead",
       [](facts& f) {
         if (std::ranges::any_of(f.findings, [](const finding& it) {
               return it.about == "evil.example";
             }))
           return;
         f.dkim.push_back(foreign_signature(auth::result::neutral));
         f.dkim.back().domain = "evil.example";
         f.dkim.back().verifies = true;
       }},
  };
  return all;
}

#ifdef MEKIKI_SANITIZED
constexpr unsigned products = 40;
constexpr bool are_pairs_made = false;
#else
constexpr unsigned products = 100;
constexpr bool are_pairs_made = true;
#endif

using kinds = std::vector<const mutations*>;

/// A situation, and mutations of it.
struct mutant {
  std::string name;
  situation what;

  void apply(const mutation& m) {
    name += " + " + m.name;
    m.apply(what.known);
  }
};

/// Calls `check` with each of `starts`, under no mutation, under each alone,
/// under each pair of two kinds, and under `many` of all kinds at once. The
/// product of all kinds is 30,000 mails for each situation, of which these are
/// a choice.
void for_mutants(const std::vector<situation>& starts, const kinds& by,
                 unsigned many, std::uint64_t seed,
                 const std::function<void(mutant&)>& check) {
  // splitmix64, so that a seed means the same everywhere
  const auto next = [&seed] {
    std::uint64_t z = seed += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  };
  for (const situation& s : starts) {
    const auto run = [&](const std::vector<const mutation*>& all) {
      mutant one{s.name, s};
      for (const mutation* m : all) one.apply(*m);
      one.what.decide_dmarc();
      check(one);
    };
    // The first of each kind changes nothing.
    run({});
    for (std::size_t i = 0; i < by.size(); ++i) {
      for (std::size_t a = 1; a < by[i]->size(); ++a) {
        run({&(*by[i])[a]});
        if (!are_pairs_made)
          continue;
        for (std::size_t j = i + 1; j < by.size(); ++j) {
          for (std::size_t b = 1; b < by[j]->size(); ++b)
            run({&(*by[i])[a], &(*by[j])[b]});
        }
      }
    }
    for (unsigned i = 0; i < many; ++i) {
      std::vector<const mutation*> all;
      for (const mutations* kind : by)
        all.push_back(&(*kind)[next() % kind->size()]);
      run(all);
    }
  }
}

constexpr std::uint64_t fixed_seed = 20'261'129;

/// How many domains clients may show as authors, where the first one is shown.
std::size_t authors_of(const situation& s) {
  return s.known.header.author.empty() ? 0
                                       : s.known.header.author_domains.size();
}

std::vector<situation> forgeries(std::size_t authors) {
  std::vector<situation> out;
  for (const situation& s : situations()) {
    if (s.expected == level::forged && authors_of(s) == authors && !s.is_old())
      out.push_back(s);
  }
  return out;
}

/// The same mails as honest ones, without what deceives the eye, each still to
/// be proven. Of those that differ only in `replaced` facts one.
std::vector<situation> honest_mails(std::vector<std::string> replaced) {
  replaced.insert(replaced.end(), {"findings", "changed", "dkim"});
  std::vector<situation> out;
  std::set<std::string> made;
  for (situation& s : forgeries(1)) {
    json::object rest = s.told->as_object();
    for (const std::string& fact : replaced) rest.erase(fact);
    if (!made.insert(json::serialize(rest)).second)
      continue;
    facts& f = s.known;
    f.findings.clear();
    f.changed.reset();
    // Whom he names beside himself signs, too.
    f.dkim = {foreign_signature(auth::result::pass)};
    f.dkim[0].domain = "evil.example";
    out.push_back(std::move(s));
  }
  return out;
}

/// Whether all mutants of `starts` are forged, or none of them is. `whose`
/// begins the name of each in what a failure says.
void expect_all(bool are_forged, std::string_view whose,
                const std::vector<situation>& starts, const kinds& by,
                std::size_t least) {
  std::size_t judged = 0;
  int failed = 0;
  for_mutants(starts, by, products, fixed_seed, [&](const mutant& m) {
    ++judged;
    const answer got = m.what.decided();
    if ((got.what == level::forged) == are_forged || ++failed > 20)
      return;
    ADD_FAILURE() << whose << m.name << " (seed " << fixed_seed
                  << ") is: " << to_string(got.what) << ' ' << format(got.why);
  });
  EXPECT_EQ(failed, 0);
  EXPECT_TRUE(!are_pairs_made || judged >= least) << judged;
}

TEST(properties, nothing_that_the_sender_wrote_excuses_him) {
  expect_all(true, "", forgeries(1),
             {&from_fields(), &envelopes(), &extra_fields(), &failures()},
             100'000);
}

TEST(properties, nothing_excuses_who_writes_in_several_names_or_in_none) {
  EXPECT_GE(forgeries(2).size(), 10U);
  expect_all(
      true, "", forgeries(2),
      {&from_fields_of_two(), &envelopes(), &extra_fields(), &failures()},
      5'000);
  std::vector<situation> others;
  for (const situation& s : situations()) {
    if (s.expected == level::forged && authors_of(s) != 1 && authors_of(s) != 2)
      others.push_back(s);
  }
  EXPECT_GE(others.size(), 2U);
  expect_all(true, "", others, {&envelopes(), &extra_fields(), &failures()},
             600);
}

TEST(properties, who_signs_is_never_accused_for_what_he_wrote) {
  std::vector<situation> honest = honest_mails({});
  for (situation& s : honest) {
    s.known.dkim.push_back(foreign_signature(auth::result::pass));
    s.known.dkim.back().domain = s.known.header.author_domain;
  }
  expect_all(false, "signed twin of ", honest,
             {&from_fields(), &envelopes(), &extra_fields(), &failures()},
             50'000);
}

/// From a host of his own. Another envelope would be another proof, so that it
/// stays.
TEST(properties, who_sends_from_his_host_is_never_accused_for_what_he_wrote) {
  std::vector<situation> honest = honest_mails({"spf", "border"});
  for (situation& s : honest) {
    facts& f = s.known;
    f.spf = {};
    f.spf.source = spf_source::border;
    f.spf.outcome.status = auth::result::pass;
    f.spf.outcome.domain = f.header.author_domain;
    f.found_border.emplace();
    f.found_border->status = border_status::found;
    f.found_border->time = now - 3600;
  }
  expect_all(false, "twin by SPF of ", honest,
             {&from_fields(), &extra_fields(), &failures()}, 20'000);
}

/// Signed with all that he wrote, and changed on the way without any loss.
TEST(properties, whose_signature_is_undone_is_never_accused_for_what_he_wrote) {
  std::vector<situation> honest = honest_mails({});
  for (situation& s : honest) {
    facts& f = s.known;
    f.dkim.insert(f.dkim.begin(), foreign_signature(auth::result::fail));
    dkim::signature_result& own = f.dkim.front();
    own.domain = f.header.author_domain;
    own.code = dkim::errc::body_hash;
    own.signed_fields = {"from",    "from",         "from",     "subject",
                         "subject", "subject",      "subject",  "subject",
                         "date",    "content-type", "reply-to", "reply-to"};
    change& c = f.changed.emplace();
    c.steps = {"footer"};
    c.addition_only = c.lossless = true;
  }
  expect_all(false, "undone twin of ", honest,
             {&from_fields(), &envelopes(), &extra_fields(), &failures()},
             50'000);
}

}  // namespace
}  // namespace mekiki::verdict
