// A mail of which the DNS left something open is called later what it would
// have been called at once, had the DNS answered.
#include "verdict/reconsider.hpp"

#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/sign.hpp"
#include "crypto/private_key.hpp"
#include "dns/zone_resolver.hpp"
#include "support/seal.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/evaluate.hpp"
#include "verdict/signer_resolver.hpp"
#include "verdict/test_mail.hpp"

namespace mekiki::verdict {
namespace {

using test::through;

namespace asio = boost::asio;
using state = reconsidered::state;

// Sat, 21 Nov 2026 12:00:00 +0000
constexpr std::int64_t now_seconds = 1'795'262'400;

/// A history that answers what it was told.
class told final : public history {
 public:
  asio::awaitable<history_answer> ask(history_question /*q*/) override {
    co_return answer;
  }
  asio::awaitable<addition_answer> ask(addition /*a*/) override {
    co_return addition_answer{};
  }
  asio::awaitable<std::vector<border_view>> ask(
      border_question /*q*/) override {
    co_return std::vector<border_view>{};
  }
  history_answer answer;
};

template <class T>
T run(asio::awaitable<T> work) {
  asio::io_context io;
  std::optional<T> out;
  asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& e, T got) {
    EXPECT_EQ(e, nullptr);
    out = std::move(got);
  });
  io.run();
  return std::move(*out);
}

/// Names, and what the DNS has there.
using names = std::map<std::string, std::string>;
const std::string silent = R"({"*": {"error": "TIMEOUT"}})";

std::string text_record(const std::string& text) {
  return fmt::format(R"({{"TXT": ["{}"]}})", text);
}

class reconsidering : public testing::Test {
 protected:
  reconsidering() {
    past.answer.available = true;
    past.answer.keys = {{.name = "sel._domainkey.sender.example",
                         .text = "v=DKIM1",
                         .first = 1,
                         .last = 2},
                        {.name = "sel._domainkey.mail.sender.example",
                         .text = "v=DKIM1",
                         .first = 1,
                         .last = 2}};
    base = {
        {"provider.example", R"({"MX": [[10, "mx.provider.example"]]})"},
        {"mx.provider.example", R"({"A": ["198.51.100.1"]})"},
        {"pop.provider.example", R"({"A": ["198.51.100.2"]})"},
        {"sender.example", text_record("v=spf1 ip4:192.0.2.1 -all")},
        {"mail.sender.example", text_record("v=spf1 ip4:192.0.2.1 -all")},
        {"_dmarc.sender.example", text_record("v=DMARC1; p=reject")},
        {"sel._domainkey.sender.example",
         text_record(dkim::format_key_record(key))},
        {"sel._domainkey.mail.sender.example",
         text_record(dkim::format_key_record(key))},
        {"evil.example", text_record("v=spf1 ip4:192.0.2.9 -all")},
        {"_dmarc.mallory.example", text_record("v=DMARC1; p=quarantine")},
    };
  }

  static std::unique_ptr<dns::zone_resolver> zone_of(names with) {
    std::vector<std::string> parts;
    parts.reserve(with.size());
    for (const auto& [name, data] : with)
      parts.push_back(fmt::format(R"("{}": {})", name, data));
    auto zone = dns::parse_zone(fmt::format("{{{}}}", fmt::join(parts, ", ")));
    EXPECT_TRUE(zone);
    return std::move(*zone);
  }
  /// The usual names, but for these.
  std::unique_ptr<dns::zone_resolver> zone(const names& others = {}) {
    names with = others;
    with.insert(base.begin(), base.end());
    return zone_of(std::move(with));
  }

  judgement judge(const std::string& mail, dns::resolver& resolver) {
    dkim::key_cache keys;
    const source from{.account = "taro@provider.example%pop:995",
                      .login = "taro@provider.example",
                      .upstream = "pop.provider.example"};
    services with{resolver, keys, clock, &past};
    with.silent = &lately;
    evaluation e(limits, with, from);
    e.write(mail);
    return run(e.finish());
  }

  struct judged_later {
    state is = state::open;
    answer said;
    auth::result dkim_check = auth::result::none;
    std::vector<std::string> signers;
    std::optional<dmarc::outcome> policy;
  };
  /// By what is kept of it.
  judged_later judge_again(const judgement& first, dns::resolver& resolver) {
    std::vector<dkim::pending_signature> signatures;
    for (const dkim::pending_signature& p : first.later.open.kept())
      signatures.push_back(*dkim::parse_pending_signature(dkim::format(p)));
    const std::string kept = encode(first.later.open);
    const auto open = parse_open_checks(kept, std::move(signatures));
    EXPECT_TRUE(open) << kept;
    EXPECT_EQ(encode(*open), kept);
    const later_answers& p = first.later;
    EXPECT_EQ(p.cases.size(), count_combinations(*open));
    std::vector<std::size_t> alike;
    for (const std::size_t number : p.cases) {
      std::size_t like = 0;
      while (p.answers[like].said.what != p.answers[number].said.what ||
             p.answers[like].said.why.code != p.answers[number].said.why.code ||
             p.answers[like].dkim_check != p.answers[number].dkim_check)
        ++like;
      alike.push_back(like);
    }
    dkim::key_cache keys;
    const reconsidered found = run(reconsider(*open, alike,
                                              {.resolver = resolver,
                                               .policy_resolver = resolver,
                                               .chain_resolver = resolver,
                                               .keys = keys,
                                               .dkim = limits.dkim,
                                               .dmarc = limits.dmarc}));
    judged_later out;
    out.is = found.status;
    out.policy = found.policy;
    if (found.status != state::open) {
      const possible_answer& a = p.answers[p.cases[found.combination]];
      out.said = a.said;
      out.dkim_check = a.dkim_check;
      out.signers = a.proven.signers;
    }
    return out;
  }

  const manual_clock clock{time_point(std::chrono::seconds(now_seconds))};
  silent_signers lately;
  told past;
  settings limits;
  names base;
  crypto::private_key key =
      std::move(*crypto::private_key::generate(crypto::key_type::ed25519));
};

std::string mail_from(const std::string& author) {
  return "From: " + author +
         "\r\nSubject: Hello\r\nDate: Sat, 21 Nov 2026 11:59:00 +0000\r\n"
         "\r\nHello\r\n";
}

const std::string honest_client = "192.0.2.1";
const std::string strange_client = "192.0.2.9";

TEST_F(reconsidering, nothing_is_open_where_the_dns_answered) {
  const std::string plain = mail_from("hanako@sender.example");
  for (const auto& client : {honest_client, strange_client}) {
    const judgement v =
        judge(through(client, "hanako@sender.example", plain), *zone());
    EXPECT_TRUE(v.later.open.empty());
    EXPECT_TRUE(v.later.answers.empty());
  }
}

TEST_F(reconsidering, what_spf_left_open) {
  const auto broken = zone({{"sender.example", silent}});
  const std::string plain = mail_from("hanako@sender.example");
  const std::string mail =
      through(honest_client, "hanako@sender.example", plain);
  const judgement v = judge(mail, *broken);
  EXPECT_EQ(format(v.result.why), "spf-temperror domain=sender.example");
  ASSERT_TRUE(v.later.open.spf);
  EXPECT_FALSE(v.later.open.policy);
  EXPECT_EQ(judge_again(v, *broken).is, state::open);
  judged_later later = judge_again(v, *zone());
  EXPECT_EQ(later.is, state::decided);
  EXPECT_EQ(later.said.what, level::new_);
  EXPECT_EQ(later.said.why.code, "aligned-spf");
  EXPECT_EQ(later.signers, std::vector<std::string>{"spf:sender.example"});

  const judgement bad =
      judge(through(strange_client, "hanako@sender.example", plain), *broken);
  EXPECT_EQ(bad.result.what, level::unverified) << "it might be proven";
  later = judge_again(bad, *zone());
  EXPECT_EQ(later.is, state::decided);
  EXPECT_EQ(later.said.what, level::forged);
  EXPECT_EQ(format(later.said.why),
            "dmarc-fail author=sender.example policy=reject "
            "domain=sender.example");
}

TEST_F(reconsidering, what_the_policy_left_open) {
  const auto broken = zone({{"_dmarc.sender.example", silent}});
  const std::string forged = through(strange_client, "x@evil.example",
                                     mail_from("hanako@sender.example"));
  const judgement v = judge(forged, *broken);
  EXPECT_EQ(v.result.what, level::unverified);
  ASSERT_TRUE(v.later.open.policy);
  EXPECT_EQ(judge_again(v, *broken).is, state::open);
  judged_later later = judge_again(v, *zone());
  EXPECT_EQ(later.is, state::decided);
  EXPECT_EQ(later.said.what, level::forged);
  ASSERT_TRUE(later.policy);
  EXPECT_EQ(later.policy->status, auth::result::fail);
  EXPECT_EQ(later.policy->accuses, dmarc::policy::reject);

  for (const char* record : {"v=DMARC1; p=none", "not a record"}) {
    later =
        judge_again(v, *zone({{"_dmarc.sender.example", text_record(record)}}));
    EXPECT_EQ(later.is, state::decided) << record;
    EXPECT_EQ(later.said.what, level::unverified) << record;
  }
}

// An honest mail that was proven all the same has nothing to be decided.
TEST_F(reconsidering, what_is_proven_without_the_policy_is_decided) {
  const judgement v = judge(through(honest_client, "hanako@sender.example",
                                    mail_from("hanako@sender.example")),
                            *zone({{"_dmarc.sender.example", silent}}));
  EXPECT_EQ(v.result.what, level::new_);
  EXPECT_TRUE(v.later.open.empty());
}

// The record of relaxed alignment makes it proven.
TEST_F(reconsidering, alignment_is_the_records) {
  const auto broken = zone({{"_dmarc.sender.example", silent}});
  const std::string text = mail_from("hanako@news.sender.example");
  const std::string mail =
      through(strange_client, "x@evil.example",
              *dkim::sign(text, "mail.sender.example", "sel", key, {}) + text);
  const judgement v = judge(mail, *broken);
  EXPECT_EQ(v.result.what, level::unverified);
  judged_later later = judge_again(v, *zone());
  EXPECT_EQ(later.said.what, level::new_) << format(later.said.why);
  later = judge_again(v, *zone({{"_dmarc.sender.example",
                                 text_record("v=DMARC1; p=reject; adkim=s")}}));
  EXPECT_EQ(later.said.what, level::forged) << format(later.said.why);
}

// A signature without an answer does not hold up what SPF decides, nor the
// other way round.
TEST_F(reconsidering, what_does_not_matter_any_more_is_not_awaited) {
  const std::string text = mail_from("hanako@sender.example");
  const std::string mail =
      through(honest_client, "hanako@sender.example",
              *dkim::sign(text, "sender.example", "sel", key, {}) + text);
  const names all = {{"sender.example", silent},
                     {"sel._domainkey.sender.example", silent},
                     {"_dmarc.sender.example", silent}};
  const judgement v = judge(mail, *zone(all));
  EXPECT_EQ(v.result.what, level::unverified);
  ASSERT_TRUE(v.later.open.spf);
  ASSERT_TRUE(v.later.open.policy);
  ASSERT_EQ(v.later.open.signatures.size(), 1U);
  names less = all;
  less.erase("sel._domainkey.sender.example");
  const judged_later later = judge_again(v, *zone(less));
  EXPECT_EQ(later.is, state::decided) << "no record refuses it";
  EXPECT_EQ(later.said.why.code, "aligned-dkim");
  less = all;
  less.erase("_dmarc.sender.example");
  EXPECT_EQ(judge_again(v, *zone(less)).is, state::open);
}

// What the sender made up never answers: it may be tried, and excuses nobody.
TEST_F(reconsidering, what_excuses_nobody_delays_nothing) {
  const names made_up = {{"x._domainkey.sender.example", silent}};
  names broken = made_up;
  broken["_dmarc.sender.example"] = silent;
  const std::string text = mail_from("hanako@sender.example");
  const judgement v =
      judge(through(strange_client, "x@evil.example",
                    *dkim::sign(text, "sender.example", "x", key, {}) + text),
            *zone(broken));
  EXPECT_EQ(v.result.what, level::unverified);
  ASSERT_EQ(v.later.open.signatures.size(), 1U);
  EXPECT_FALSE(v.later.open.signatures[0].excuses.any());
  judged_later later = judge_again(v, *zone(made_up));
  EXPECT_EQ(later.is, state::so_far);
  EXPECT_EQ(later.said.what, level::forged);
  // Unless it was not made up.
  later = judge_again(v, *zone({{"x._domainkey.sender.example",
                                 text_record(dkim::format_key_record(key))}}));
  EXPECT_EQ(later.is, state::decided);
  EXPECT_EQ(later.said.what, level::new_);
}

// A name that an SPF macro makes of the sender's words, too.
TEST_F(reconsidering, nor_does_a_name_of_the_senders_words) {
  const names macro = {
      {"sender.example",
       text_record("v=spf1 exists:%{l}._spf.sender.example -all")},
      {"lame._spf.sender.example", silent}};
  names broken = macro;
  broken["_dmarc.sender.example"] = silent;
  const judgement v = judge(through(strange_client, "lame@sender.example",
                                    mail_from("hanako@sender.example")),
                            *zone(broken));
  EXPECT_EQ(v.result.what, level::unverified);
  const judged_later later = judge_again(v, *zone(macro));
  EXPECT_EQ(later.is, state::so_far);
  EXPECT_EQ(later.said.what, level::forged);
}

// Nor if the record that has the macro could not be had at first.
TEST_F(reconsidering, nor_does_such_a_name_that_is_found_later) {
  const judgement v = judge(
      through(strange_client, "lame@sender.example",
              mail_from("hanako@sender.example")),
      *zone({{"sender.example", silent}, {"_dmarc.sender.example", silent}}));
  EXPECT_EQ(v.result.what, level::unverified);
  ASSERT_TRUE(v.later.open.spf);
  EXPECT_TRUE(v.later.open.spf->excuses.any());
  const judged_later later = judge_again(
      v, *zone({{"sender.example",
                 text_record("v=spf1 exists:%{l}._spf.sender.example -all")},
                {"lame._spf.sender.example", silent}}));
  EXPECT_EQ(later.is, state::so_far);
  EXPECT_EQ(later.said.what, level::forged);
}

/// ptr asks for names that the owner of the client's address has chosen: the
/// time that they take is missing for what is asked next.
TEST_F(reconsidering, nor_do_names_of_the_clients_address) {
  const names others = {
      {"sender.example",
       text_record("v=spf1 ptr include:spf.sender.example -all")},
      {"spf.sender.example", silent},
      {"9.2.0.192.in-addr.arpa", R"({"PTR": ["h1.evil.example"]})"},
      {"h1.evil.example", silent}};
  const judgement v = judge(through(strange_client, "hanako@sender.example",
                                    mail_from("hanako@sender.example")),
                            *zone(others));
  EXPECT_EQ(v.known.spf.outcome.status, auth::result::temperror);
  EXPECT_EQ(v.result.what, level::forged) << format(v.result.why);
}

TEST_F(reconsidering, a_second_author_is_not_forgotten) {
  base["mallory.example"] = text_record("v=spf1 ip4:192.0.2.9 -all");
  const std::string mail =
      through(strange_client, "x@mallory.example",
              mail_from("x@mallory.example, hanako@sender.example"));
  const judgement v = judge(mail, *zone({{"_dmarc.sender.example", silent}}));
  EXPECT_EQ(v.result.what, level::unverified);
  const judged_later later = judge_again(v, *zone());
  EXPECT_EQ(later.said.what, level::forged);
  ASSERT_TRUE(later.policy);
  EXPECT_EQ(later.policy->author_domain, "sender.example");
}

// Nor is the one who is accused behind one whom his own signature excuses.
TEST_F(reconsidering, an_author_who_excuses_himself_hides_nobody) {
  base["_dmarc.evil.example"] = text_record("v=DMARC1; p=reject");
  base["sel._domainkey.evil.example"] =
      text_record(dkim::format_key_record(key));
  for (const char* authors : {"x@evil.example, hanako@sender.example",
                              "hanako@sender.example, x@evil.example"}) {
    const std::string text = mail_from(authors);
    const auto signed_ahead =
        dkim::sign(text, "evil.example", "sel", key,
                   {.signed_at = now_seconds + std::int64_t{3} * 86'400});
    const std::string mail =
        through(strange_client, "x@other.example", *signed_ahead + text);
    const judgement v = judge(mail, *zone({{"_dmarc.sender.example", silent}}));
    EXPECT_EQ(v.result.what, level::unverified);
    const judged_later later = judge_again(v, *zone());
    EXPECT_EQ(later.is, state::decided);
    EXPECT_EQ(later.said.what, level::forged) << authors;
    ASSERT_TRUE(later.policy);
    EXPECT_EQ(later.policy->author_domain, "sender.example");
    EXPECT_EQ(judge(mail, *zone()).result.what, level::forged);
    EXPECT_EQ(judge_again(v, *zone({{"_dmarc.sender.example",
                                     text_record("v=DMARC1; p=none")}}))
                  .said.what,
              level::unverified);
  }
}

// A stray line or a clock that is ahead is an objection to a signature, before
// its key is known and after.
TEST_F(reconsidering, a_signature_with_an_objection) {
  const std::string text = mail_from("hanako@sender.example");
  const auto early =
      dkim::sign(text, "sender.example", "sel", key,
                 {.signed_at = now_seconds + std::int64_t{2} * 86'400});
  const auto good = dkim::sign(text, "sender.example", "sel", key, {});
  for (const std::string& mail :
       {*early + text, "Not a field\r\n" + *good + text}) {
    const std::string whole = through(strange_client, "x@evil.example", mail);
    const judgement at_once = judge(whole, *zone());
    EXPECT_EQ(at_once.result.what, level::unverified);
    const judgement v =
        judge(whole, *zone({{"sel._domainkey.sender.example", silent}}));
    EXPECT_EQ(v.result.what, level::unverified) << format(v.result.why);
    judged_later later = judge_again(v, *zone());
    EXPECT_EQ(later.is, state::decided);
    EXPECT_EQ(later.said.why.code, at_once.result.why.code);
    EXPECT_TRUE(later.signers.empty());
    later = judge_again(v, *zone({{"sel._domainkey.sender.example", "{}"}}));
    EXPECT_EQ(later.said.what, level::forged);
  }
}

// Who is trusted to change mail excuses it as long as he may have done so.
TEST_F(reconsidering, a_trusted_list_is_asked_again) {
  base["lists.example"] = text_record("v=spf1 ip4:192.0.2.1 -all");
  base["sel._domainkey.lists.example"] =
      text_record(dkim::format_key_record(key));
  past.answer.rules.push_back(
      {.what = rule::kind::list, .pattern = "dev.lists.example"});
  const std::string text =
      "List-Id: <dev.lists.example>\r\n" + mail_from("hanako@sender.example");
  const auto list_signature = dkim::sign(text, "lists.example", "sel", key, {});
  const struct {
    std::string mail;
    std::string silent_name;
  } mails[] = {
      {through(strange_client, "x@other.example", *list_signature + text),
       "sel._domainkey.lists.example"},
      {through(honest_client, "dev@lists.example", text), "lists.example"}};
  for (const auto& [mail, silent_name] : mails) {
    ASSERT_EQ(judge(mail, *zone()).result.why.code, "came-by-list");
    const judgement v = judge(mail, *zone({{silent_name, silent}}));
    EXPECT_EQ(v.result.what, level::unverified) << silent_name;
    EXPECT_EQ(judge_again(v, *zone({{silent_name, silent}})).is, state::open);
    judged_later later = judge_again(v, *zone());
    EXPECT_EQ(later.is, state::decided);
    EXPECT_EQ(later.said.why.code, "came-by-list");
    later = judge_again(v, *zone({{silent_name, "{}"}}));
    EXPECT_EQ(later.is, state::decided);
    EXPECT_EQ(later.said.why.code, "dmarc-fail");
  }
  // And is asked whatever strangers who signed it before say.
  const auto dead = dkim::sign(text, "dead.example", "sel", key, {});
  const std::string above = through(strange_client, "x@other.example",
                                    *dead + *list_signature + text);
  EXPECT_EQ(judge(above, *zone({{"sel._domainkey.dead.example", silent}}))
                .result.why.code,
            "came-by-list");
}

/// A forwarder that changes the mail and seals it.
TEST_F(reconsidering, a_sealed_mail_is_asked_again) {
  base["gw.example"] = text_record("v=spf1 -all");
  base["sel._domainkey.gw.example"] = text_record(dkim::format_key_record(key));
  const std::string text = mail_from("hanako@sender.example");
  const std::string changed =
      *dkim::sign(text, "sender.example", "sel", key, {}) + text + "More.\r\n";
  const auto seal = [&](const std::string& m, const std::string& domain) {
    return *arc::seal(m, auth::result::pass, "mx.example; none", domain, "sel",
                      key) +
           m;
  };
  const std::string mail =
      through(strange_client, "x@gw.example", seal(changed, "gw.example"));
  const std::string behind_other =
      through(strange_client, "x@gw.example",
              seal(seal(changed, "other.example"), "gw.example"));
  base["sel._domainkey.other.example"] = base["sel._domainkey.gw.example"];
  const names gone = {{"sel._domainkey.gw.example", silent}};
  const names other_gone = {{"sel._domainkey.other.example", silent}};

  EXPECT_EQ(judge(mail, *zone(gone)).result.what, level::forged)
      << "nobody trusts it";
  EXPECT_TRUE(judge(mail, *zone(gone)).later.open.empty());

  past.answer.rules.push_back(
      {.what = rule::kind::forwarder, .pattern = "gw.example"});
  const judgement at_once = judge(mail, *zone());
  ASSERT_EQ(at_once.result.why.code, "came-by-forwarder");
  for (const auto& [m, without] :
       {std::pair(mail, gone), std::pair(behind_other, gone),
        std::pair(behind_other, other_gone)}) {
    const judgement v = judge(m, *zone(without));
    EXPECT_EQ(v.result.what, level::unverified) << format(v.result.why);
    ASSERT_TRUE(v.later.open.chain);
    EXPECT_EQ(judge_again(v, *zone(without)).is, state::open);
    judged_later later = judge_again(v, *zone());
    EXPECT_EQ(later.is, state::decided);
    EXPECT_EQ(later.said.why.code, at_once.result.why.code);
    names wrong;
    for (const auto& [name, data] : without) wrong[name] = "{}";
    later = judge_again(v, *zone(wrong));
    EXPECT_EQ(later.is, state::decided);
    EXPECT_EQ(later.said.what, level::forged) << format(later.said.why);
    EXPECT_EQ(later.said.why.code, judge(m, *zone(wrong)).result.why.code);
  }

  // What the forger did himself is seen at once, whatever does not answer.
  const std::string other_text =
      through(strange_client, "x@gw.example",
              seal(changed, "gw.example") + "And more.\r\n");
  EXPECT_EQ(judge(other_text, *zone(gone)).result.what, level::forged);
  std::string many = changed;
  for (int i = 0; i < 20; ++i) many = seal(many, "gw.example");
  EXPECT_EQ(judge(through(strange_client, "x@gw.example", many), *zone(gone))
                .result.what,
            level::forged)
      << "too many to be kept";
}

/// No rule excuses it, but the forwarder is known: the verdict does not wait,
/// and is corrected.
TEST_F(reconsidering, a_known_forwarders_seal_corrects) {
  base["sel._domainkey.gw.example"] = text_record(dkim::format_key_record(key));
  const std::string text = mail_from("hanako@sender.example");
  const std::string mail =
      through(strange_client, "x@gw.example",
              *arc::seal(text, auth::result::pass, "mx.example; none",
                         "gw.example", "sel", key) +
                  text);
  correspondents::details hands;
  hands.forwarders = {"gw.example"};
  past.answer.known = std::make_shared<const correspondents>(
      std::vector<std::string>(), "", std::vector<correspondents::named>(),
      hands);
  const judgement at_once = judge(mail, *zone());
  ASSERT_NE(at_once.result.what, level::forged) << format(at_once.result.why);
  const names gone = {{"sel._domainkey.gw.example", silent}};
  const judgement v = judge(mail, *zone(gone));
  EXPECT_EQ(v.result.what, level::forged);
  ASSERT_TRUE(v.later.open.chain);
  EXPECT_FALSE(v.later.open.chain->excuses.any());
  const judged_later still = judge_again(v, *zone(gone));
  EXPECT_EQ(still.is, state::so_far);
  EXPECT_EQ(still.said.what, level::forged);
  const judged_later later = judge_again(v, *zone());
  EXPECT_EQ(later.is, state::decided);
  EXPECT_EQ(later.said.why.code, at_once.result.why.code);
}

/// The trusted forwarder says in its seal that DMARC had failed there. Whatever
/// its sender put below that seal, it does not make the mail better.
TEST_F(reconsidering, what_failed_at_the_forwarder_stays_failed) {
  base["gw.example"] = text_record("v=spf1 ip4:192.0.2.1 -all");
  for (const char* domain : {"gw.example", "evil.example", "second.example"})
    base[std::string("sel._domainkey.") + domain] =
        text_record(dkim::format_key_record(key));
  past.answer.rules.push_back(
      {.what = rule::kind::forwarder, .pattern = "gw.example"});
  const std::string text = mail_from("hanako@sender.example");
  using auth::result;
  const auto seal = [&](const std::string& m, result chain,
                        const std::string& domain, const std::string& dmarc) {
    return *arc::seal(
               m, chain,
               "mx.example; dmarc=" + dmarc + " header.from=sender.example",
               domain, "sel", key) +
           m;
  };
  const std::string below = seal(text, result::none, "evil.example", "pass");
  const std::string junk =
      "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=evil.example; s=sel; "
      "b=AAAA\r\n" +
      text;
  const std::string mails[] = {seal(text, result::none, "gw.example", "fail"),
                               seal(below, result::pass, "gw.example", "fail"),
                               seal(junk, result::fail, "gw.example", "fail")};
  const std::string key_of = "sel._domainkey.";
  const names zones[] = {{},
                         {{key_of + "evil.example", silent}},
                         {{key_of + "evil.example", "{}"}},
                         {{key_of + "gw.example", silent}}};
  for (const std::string& client : {honest_client, strange_client}) {
    for (const std::string& mail : mails) {
      for (const names& with : zones) {
        const judgement v =
            judge(through(client, "x@gw.example", mail), *zone(with));
        EXPECT_EQ(v.result.what, level::forged)
            << client << mail << format(v.result.why);
      }
    }
  }
  // What stands beside the forwarder's set, or was done behind it.
  const std::string& seen = mails[0];
  std::string many = text;
  for (int i = 0; i < 21; ++i) {
    const std::string selector = fmt::format("s{}", i);
    many = *arc::seal(many, i == 0 ? result::none : result::pass,
                      "mx.example; none", "evil.example", selector, key) +
           many;
  }
  const auto below_set = [](std::string m, const std::string& field) {
    return m.insert(m.find("From: "), field);
  };
  const std::string others[] = {
      below_set(seen, "ARC-Authentication-Results: mx.example; none\r\n"),
      below_set(seen, "ARC-Authentication-Results: i=1; mx.example; none\r\n"),
      below_set(seen, "ARC-Message-Signature: ;;\r\n"),
      below_set(seen, "ARC-Message-Signature: i=7; a=rsa-sha256; d=x\r\n"),
      below_set(mails[2],
                "ARC-Authentication-Results: i=9; mx.example; none\r\n"),
      seen + "A footer.\r\n",
      seal(seal(text, result::none, "x.gw.example", "pass"), result::fail,
           "gw.example", "fail"),
      seal(many, result::pass, "gw.example", "fail")};
  for (const std::string& mail : others) {
    const judgement v =
        judge(through(honest_client, "x@gw.example", mail), *zone());
    EXPECT_EQ(v.result.what, level::forged) << mail << format(v.result.why);
  }

  // Nobody else can say so of a mail that the forwarder took well.
  const auto is_spared = [&](const std::string& mail) {
    const judgement v =
        judge(through(honest_client, "x@gw.example", mail), *zone());
    EXPECT_NE(v.result.what, level::forged) << mail << format(v.result.why);
  };
  const std::string good = seal(text, result::none, "gw.example", "pass");
  is_spared(good);
  is_spared(seal(text, result::none, "second.example", "fail"));
  // He changes it himself, and takes the chain for broken then.
  is_spared(seal(good, result::fail, "gw.example", "fail"));
  // A second forwarder does.
  past.answer.rules.push_back(
      {.what = rule::kind::forwarder, .pattern = "second.example"});
  is_spared(seal(good, result::fail, "second.example", "fail"));

  // A trusted list stands between, which signed the mail as it is.
  past.answer.rules.push_back(
      {.what = rule::kind::list, .pattern = "dev.lists.example"});
  base["sel._domainkey.lists.example"] = base["sel._domainkey.gw.example"];
  const std::string listed = "List-Id: <dev.lists.example>\r\n" + below;
  const std::string signed_by_list =
      *dkim::sign(listed, "lists.example", "sel", key, {}) + listed;
  is_spared(seal(signed_by_list, result::fail, "gw.example", "fail"));
}

/// All that the sender makes us ask for takes no answer from who handed it
/// over: else a wrong seal would be an open one.
TEST_F(reconsidering, a_wrong_seal_is_not_hidden_behind_questions) {
  names big;
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) {
    const std::string name = fmt::format("m{}.evil.example", i);
    record += " mx:" + name;
    std::vector<std::string> hosts;
    for (int j = 0; j < 10; ++j) {
      hosts.push_back(fmt::format(R"([10, "h{}.{}"])", j, name));
      big[fmt::format("h{}.{}", j, name)] = R"({"A": ["203.0.113.7"]})";
    }
    big[name] = fmt::format(R"({{"MX": [{}]}})", fmt::join(hosts, ","));
  }
  big["evil.example"] = text_record(record + " -all");
  for (const char* domain : {"gw.example", "lists.example"})
    base[std::string("sel._domainkey.") + domain] =
        text_record(dkim::format_key_record(key));
  past.answer.rules = {
      {.what = rule::kind::forwarder, .pattern = "gw.example"},
      {.what = rule::kind::list, .pattern = "dev.lists.example"}};
  const auto other = *crypto::private_key::generate(crypto::key_type::ed25519);
  const std::string text =
      "List-Id: <dev.lists.example>\r\n" + mail_from("hanako@sender.example");
  const std::string sealed =
      *arc::seal(text, auth::result::none, "mx.example; none", "gw.example",
                 "sel", other) +
      text;
  std::string listed;
  for (int i = 0; i < 9; ++i)
    listed += *dkim::sign(text, fmt::format("s{}.example", i), "sel", key, {});
  listed += *dkim::sign(text, "lists.example", "sel", other, {}) + text;
  for (const std::string& mail : {sealed, listed}) {
    const judgement v =
        judge(through(strange_client, "x@evil.example", mail), *zone(big));
    EXPECT_EQ(v.known.spf.outcome.status, auth::result::temperror);
    EXPECT_EQ(v.result.what, level::forged) << format(v.result.why);
  }
}

/// The way in shows a known list: a name server that is silent for now delays
/// that at most.
TEST_F(reconsidering, a_known_lists_spf_corrects) {
  base["lists.example"] = text_record("v=spf1 ip4:192.0.2.1 -all");
  base["_dmarc.lists.example"] = text_record("v=DMARC1; p=none");
  correspondents::details hands;
  hands.lists = {"lists.example"};
  past.answer.known = std::make_shared<const correspondents>(
      std::vector<std::string>(), "", std::vector<correspondents::named>(),
      hands);
  const std::string mail = through(
      honest_client, "dev@lists.example",
      "List-Id: <dev.lists.example>\r\n" + mail_from("hanako@sender.example"));
  ASSERT_EQ(judge(mail, *zone()).result.why.code, "came-by-list");
  const names gone = {{"lists.example", silent}};
  const judgement v = judge(mail, *zone(gone));
  EXPECT_EQ(v.result.what, level::forged);
  EXPECT_EQ(judge_again(v, *zone(gone)).is, state::so_far);
  const judged_later later = judge_again(v, *zone());
  EXPECT_EQ(later.is, state::decided);
  EXPECT_EQ(later.said.why.code, "came-by-list");

  // Another mail, whose envelope has a lame name of that domain, leaves it
  // marked as silent.
  lately.note("lists.example", std::chrono::seconds(5), clock.steady());
  EXPECT_EQ(judge(mail, *zone()).result.why.code, "came-by-list");
}

TEST_F(reconsidering, a_strangers_chain_is_not_kept) {
  const std::string text = mail_from("hanako@sender.example");
  const std::string mail =
      through(strange_client, "x@sender.example",
              *arc::seal(text, auth::result::none, "mx.example; none",
                         "evil.example", "sel", key) +
                  text);
  const judgement v =
      judge(mail, *zone({{"sender.example", silent},
                         {"sel._domainkey.evil.example", silent}}));
  EXPECT_TRUE(v.later.open.spf);
  EXPECT_FALSE(v.later.open.chain);
}

TEST_F(reconsidering, what_is_kept_is_read_as_a_whole_or_not) {
  base["gw.example"] = text_record("v=spf1 -all");
  past.answer.rules.push_back(
      {.what = rule::kind::forwarder, .pattern = "gw.example"});
  const std::string text = mail_from("hanako@sender.example");
  const auto seal = [&](const std::string& m) {
    return *arc::seal(m, auth::result::pass, "mx.example; none", "gw.example",
                      "sel", key) +
           m;
  };
  const std::string mail = through(
      strange_client, "x@gw.example",
      seal(seal(*dkim::sign(text, "sender.example", "sel", key, {}) + text)));
  const judgement v =
      judge(mail, *zone({{"sel._domainkey.gw.example", silent},
                         {"sel._domainkey.sender.example", silent}}));
  ASSERT_TRUE(v.later.open.chain);
  const auto all = v.later.open.kept();
  EXPECT_EQ(all.size(), 4U);  // the author's, a message's, two seals
  const std::string kept = encode(v.later.open);
  EXPECT_TRUE(parse_open_checks(kept, all));
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto fewer = all;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(parse_open_checks(kept, fewer));
    EXPECT_EQ(
        dkim::format(*dkim::parse_pending_signature(dkim::format(all[i]))),
        dkim::format(all[i]));
  }
}

TEST_F(reconsidering, what_is_kept_is_short) {
  const names all = {{"sender.example", silent},
                     {"_dmarc.sender.example", silent}};
  const judgement v =
      judge(through(strange_client, std::string(64, 'a') + "@sender.example",
                    mail_from("hanako@sender.example")),
            *zone(all));
  ASSERT_TRUE(v.later.open.spf);
  EXPECT_LT(encode(v.later.open).size(), 400U) << encode(v.later.open);
  EXPECT_LE(v.later.answers.size(), 8U);
}

/// Keys are changed, and some mail services sign for each of their customers'
/// names: one of many signatures is enough.
TEST_F(reconsidering, one_of_many_signatures_proves_the_author) {
  const std::string text = mail_from("hanako@sender.example");
  for (const std::size_t many : {1U, 2U, 3U, 9U}) {
    // Of the others the keys are gone.
    std::string gone;
    names silent_keys = {{"sel._domainkey.sender.example", silent}};
    for (std::size_t i = 0; i < many; ++i) {
      const std::string selector = fmt::format("old{}", i);
      gone += *dkim::sign(text, "sender.example", selector, key, {});
      silent_keys[selector + "._domainkey.sender.example"] = silent;
    }
    const std::string good =
        *dkim::sign(text, "sender.example", "sel", key, {});
    for (const std::string& signatures : {good + gone, gone + good}) {
      const std::string mail =
          through(strange_client, "hanako@sender.example", signatures + text);
      const judgement at_once = judge(mail, *zone());
      ASSERT_TRUE(at_once.proven.signed_by_author);
      const judgement v = judge(mail, *zone(silent_keys));
      EXPECT_EQ(v.result.what, level::unverified);
      EXPECT_EQ(v.later.open.signatures.size(), many + 1);
      const judged_later later = judge_again(v, *zone());
      EXPECT_EQ(later.is, state::decided);
      EXPECT_EQ(later.said.what, at_once.result.what) << many;
      EXPECT_EQ(later.signers, at_once.proven.signers);
    }
  }
}

/// Every way in which checks were left open, for honest mail and forgeries:
/// the second answer is the one that would have been the first.
TEST_F(reconsidering, is_as_if_the_dns_had_answered) {
  const std::vector<std::string> authors = {
      "hanako@sender.example", "hanako@news.sender.example",
      "x@evil.example, hanako@sender.example",
      "hanako@sender.example, x@mallory.example"};
  const std::vector<std::string> paths = {
      "hanako@sender.example", "b@mail.sender.example", "x@evil.example", ""};
  const std::vector<std::string> signers = {"", "sender.example",
                                            "mail.sender.example"};
  const std::vector<std::string> records = {
      "v=DMARC1; p=reject", "v=DMARC1; p=reject; adkim=s; aspf=s",
      "v=DMARC1; p=none", "v=DMARC1; p=none; sp=quarantine; adkim=s"};
  const std::vector<std::string> closable = {
      "sender.example",
      "mail.sender.example",
      "_dmarc.sender.example",
      "_dmarc.news.sender.example",
      "sel._domainkey.sender.example",
      "sel._domainkey.mail.sender.example",
      "sel._domainkey.gw.example"};
  base["sel._domainkey.gw.example"] = text_record(dkim::format_key_record(key));
  past.answer.rules.push_back(
      {.what = rule::kind::forwarder, .pattern = "gw.example"});
  std::size_t reconsidered_mails = 0;
  std::size_t forged = 0;
  unsigned turn = 0;
  for (const auto& author : authors)
    for (const auto& path : paths)
      for (const auto& signer : signers)
        for (const auto& record : records)
          for (const auto& client : {honest_client, strange_client})
            for (const unsigned way : {0U, 1U, 2U, 3U}) {
              const bool is_changed = (way & 1U) != 0;
              const bool is_sealed = (way & 2U) != 0;
              if (signer.empty() && is_changed)
                continue;
              std::string text = mail_from(author);
              if (!signer.empty())
                text = *dkim::sign(text, signer, "sel", key, {}) + text;
              if (is_changed)
                text += "Buy!\r\n";
              if (is_sealed) {
                text = *arc::seal(text, auth::result::none, "gw.example; none",
                                  "gw.example", "sel", key) +
                       text;
              }
              const std::string mail = through(client, path, text);
              const names others = {
                  {"_dmarc.sender.example", text_record(record)}};
              const auto whole = zone(others);
              const judgement at_once = judge(mail, *whole);
              // Each mail with others of the 127 ways in which some are silent.
              // The forwarder alone is silent for each.
              for (int i = 0; i < 5; ++i) {
                if (i > 0)
                  turn = turn % 127 + 1;
                const unsigned closed = i > 0 ? turn : 64;
                names broken = others;
                for (std::size_t at = 0; at < closable.size(); ++at) {
                  if ((closed >> at & 1U) != 0)
                    broken[closable[at]] = silent;
                }
                const judgement first = judge(mail, *zone(broken));
                const std::string what = fmt::format(
                    "{} {} signed {} {} from {}{}{}, {:07b} closed: {}, {}",
                    author, path, signer, record, client,
                    is_changed ? ", changed" : "", is_sealed ? ", sealed" : "",
                    closed, format(first.result.why), encode(first.later.open));
                if (first.later.open.empty()) {
                  EXPECT_EQ(first.result.what, at_once.result.what) << what;
                  continue;
                }
                ++reconsidered_mails;
                const judged_later later = judge_again(first, *whole);
                EXPECT_EQ(later.is, state::decided) << what;
                EXPECT_EQ(later.said.what, at_once.result.what)
                    << what << ": " << format(later.said.why) << " instead of "
                    << format(at_once.result.why);
                EXPECT_EQ(later.said.why.code, at_once.result.why.code) << what;
                EXPECT_EQ(later.signers, at_once.proven.signers) << what;
                forged += later.said.what == level::forged &&
                                  first.result.what != level::forged
                              ? 1
                              : 0;
              }
            }
  EXPECT_GT(reconsidered_mails, 1000U);
  EXPECT_GT(forged, 100U);
}

}  // namespace
}  // namespace mekiki::verdict
