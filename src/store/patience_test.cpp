// What patience gains: mails judged one after another, each with the history
// that those before it left, as docs/verdict.md tells it ("Patience").
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "auth/dkim/verify.hpp"
#include "message/header.hpp"
#include "store/test_store.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/deception.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::store {
namespace {

using namespace test;
using auth::result;
using verdict::facts;
using verdict::level;

/// A mail that its author domain signs, through a border that proves.
struct letter {
  std::string from;
  std::string domain;     // of the author
  int day = 0;            // on which it comes
  std::string signature;  // the start of b=; empty: one of its own
  bool is_signed = true;
};

class patience_test : public testing::Test {
 protected:
  patience_test() : clock_(at(start)) {
    auto opened = open(folder_.file(),
                       {.now = clock_, .deadline = std::chrono::seconds(60)});
    EXPECT_TRUE(opened);
    store_ = std::move(*opened);
  }

  static facts facts_of(const letter& l) {
    const std::int64_t now = start + l.day * day;
    facts f;
    f.header = verdict::read_header_facts(message::parse_header(
        "From: " + l.from + "\r\nSubject: x\r\nDate: y\r\n\r\n"));
    f.now = now;
    f.upstream = "pop.example.jp";
    f.found_border.emplace();
    f.found_border->status = verdict::border_status::found;
    f.found_border->time = now;
    f.spf.source = verdict::spf_source::border;
    if (l.is_signed) {
      dkim::signature_result& r = f.dkim.emplace_back();
      r.status = result::pass;
      r.domain = l.domain;
      r.selector = "s";
      r.signed_fields = {"from", "from", "subject", "date"};
      f.dmarc.status = result::pass;
      f.dmarc.asked = dmarc::policy::reject;
    }
    return f;
  }

  verdict::answer receive(const letter& l) { return judge(l, facts_of(l)); }

  verdict::answer judge(const letter& l, facts f) {
    const std::string digest = "mail-" + std::to_string(++number_);
    if (!f.dkim.empty()) {
      f.dkim[0].signature_start =
          l.signature.empty() ? "b" + std::to_string(number_) : l.signature;
    }
    verdict::history_question q;
    q.account = account;
    q.upstream = f.upstream;
    if (f.header.author_count == 1)
      q.author = f.header.author;
    q.author_domain = f.header.author_domain;
    q.list_id = f.header.list_id;
    store_->flush();
    f.history = result_of(store_->ask(std::move(q)));
    f.dmarc.author_domain = f.header.author_domain;
    f.policies = {f.dmarc};
    if (f.changed) {
      verdict::addition added = f.changed->added;
      added.account = account;
      added.upstream = f.upstream;
      f.changed->learned = result_of(store_->ask(std::move(added)));
    }
    f.findings = verdict::find_deceptions(f.header, {{"taro@own.example"}},
                                          f.history.known.get(), &watched_);
    for (verdict::finding& it : f.findings) it.enforces = true;
    const std::int64_t now = f.now;
    verdict::judgement v = verdict::judge(std::move(f), digest, {});
    store_->note(event_of(v, {.account = account,
                              .upstream = "pop.example.jp",
                              .uidl = digest,
                              .at = now}));
    return v.result;
  }

  /// One mail each `step` days, the first on day `from`.
  void correspond(const std::string& domain, int mails, int from, int step) {
    for (int i = 0; i < mails; ++i)
      receive(
          {.from = "x@" + domain, .domain = domain, .day = from + i * step});
  }

  static constexpr const char* account = "taro%pop.example.jp:995";
  folder folder_;
  manual_clock clock_;
  std::unique_ptr<store> store_;
  verdict::correspondents watched_;
  int number_ = 0;
};

std::string said(const verdict::answer& a) {
  return std::string(to_string(a.what)) + ' ' + a.why.code;
}

// ------------------------------------------------------------- look-alikes

const letter bank{.from = "info@hoshibank.example",
                  .domain = "hoshibank.example"};

letter on(letter l, int when) {
  l.day = when;
  return l;
}

TEST_F(patience_test, who_comes_first_owns_nothing) {
  correspond("hoshibanc.example", 3, 0, 4);
  const verdict::answer a = receive(on(bank, 10));
  EXPECT_EQ(said(a), "new aligned-dkim");
  EXPECT_EQ(a.why.fact("finding"), "one-edit");
  EXPECT_EQ(a.why.fact("like"), "hoshibanc.example");
}

TEST_F(patience_test, a_look_alike_of_somebody_steady_is_forged) {
  correspond("hoshibank.example", 11, 0, 3);
  const letter fake{.from = "info@hoshibanc.example",
                    .domain = "hoshibanc.example",
                    .day = 32};
  EXPECT_EQ(said(receive(fake)), "forged look-alike");
}

TEST_F(patience_test, a_month_of_mails_delays_the_real_one_by_a_month) {
  correspond("hoshibanc.example", 11, 0, 3);
  for (int i = 0; i < 10; ++i) {
    const verdict::answer a = receive(on(bank, 40 + 4 * i));
    EXPECT_EQ(said(a), "forged look-alike") << i;
  }
  EXPECT_EQ(said(receive(on(bank, 80))), "genuine known-pair");
  EXPECT_EQ(said(receive(on(bank, 81))), "genuine known-pair");
}

TEST_F(patience_test, a_watched_domain_is_imitated_for_ever_in_vain) {
  watched_ = verdict::correspondents({"hoshibank.example"});
  for (int i = 0; i < 20; ++i) {
    const letter fake{.from = "info@hoshibanc.example",
                      .domain = "hoshibanc.example",
                      .day = 4 * i};
    EXPECT_EQ(said(receive(fake)), "forged look-alike") << i;
  }
}

TEST_F(patience_test, a_greek_letter_in_a_brand_is_no_obstacle) {
  const letter brand{.from = "αGEL <info@gel.example>",
                     .domain = "gel.example"};
  for (const int day : {0, 4, 8})
    EXPECT_EQ(said(receive(on(brand, day))), "new aligned-dkim") << day;
  EXPECT_EQ(said(receive(on(brand, 12))), "genuine known-pair");
  const letter copied{.from = "info\u200B@gel2.example",
                      .domain = "gel2.example"};
  for (const int day : {20, 24, 28})
    EXPECT_EQ(said(receive(on(copied, day))), "new aligned-dkim") << day;
  EXPECT_EQ(said(receive(on(copied, 32))), "genuine known-pair");
}

TEST_F(patience_test, a_cyrillic_letter_in_a_watched_name_never_heals) {
  watched_ = verdict::correspondents({"hoshibank.example"});
  const letter fake{.from = "Hoshibаnk <info@evil.example>",
                    .domain = "evil.example"};
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(said(receive(on(fake, 4 * i))), "forged look-alike") << i;
}

TEST_F(patience_test, an_early_mail_keeps_a_look_alike_from_accusation) {
  correspond("hoshibanc.example", 1, 0, 1);
  correspond("hoshibank.example", 11, 1, 3);
  const letter fake{.from = "info@hoshibanc.example",
                    .domain = "hoshibanc.example",
                    .day = 40};
  const verdict::answer a = receive(fake);
  EXPECT_EQ(said(a), "new aligned-dkim");
  EXPECT_EQ(a.why.fact("finding"), "one-edit");
}

// ----------------------------------------------------------------- replays

TEST_F(patience_test, a_replay_teaches_nothing) {
  for (int i = 0; i < 10; ++i) {
    letter replay = on(bank, 8 * i);
    replay.signature = "AbCdEfGh";
    EXPECT_EQ(said(receive(replay)), "new aligned-dkim") << i;
  }
  letter fresh = on(bank, 85);
  fresh.signature = "IjKlMnOp";
  EXPECT_EQ(said(receive(fresh)), "new aligned-dkim");
  fresh.signature = "QrStUvWx";
  fresh.day = 88;
  EXPECT_EQ(said(receive(fresh)), "new aligned-dkim");
  EXPECT_EQ(said(receive(on(bank, 89))), "genuine known-pair");
}

TEST_F(patience_test, a_replay_says_nothing_of_the_habit) {
  for (int i = 0; i < 3; ++i) {
    letter replay = on(bank, i);
    replay.signature = "AbCdEfGh";
    receive(replay);
  }
  store_->flush();
  EXPECT_EQ(
      result_of(store_->ask(about("hoshibank.example"))).habits.proven.days,
      1u);
}

// ----------------------------------------------------------- mail services

TEST_F(patience_test, at_a_mail_service_the_address_is_known) {
  letter hana{.from = "Hana <Hana@gmail.com>", .domain = "gmail.com"};
  for (int i = 0; i < 3; ++i) receive(on(hana, 4 * i));
  EXPECT_EQ(said(receive(on(hana, 9))), "genuine known-pair");
  hana.from = "hana@GMAIL.com";
  EXPECT_EQ(said(receive(on(hana, 10))), "genuine known-pair");
  EXPECT_EQ(
      said(receive({.from = "x@gmail.com", .domain = "gmail.com", .day = 10})),
      "new aligned-dkim");
  EXPECT_EQ(said(receive({.from = "Hana <x@gmail.com>, <hana@gmail.com>",
                          .domain = "gmail.com",
                          .day = 10})),
            "new aligned-dkim")
      << "one of two";
}

TEST_F(patience_test, an_address_at_a_mail_service_is_kept_as_a_hash) {
  const letter hana{.from = "hana@gmail.com", .domain = "gmail.com"};
  for (int i = 0; i < 3; ++i) receive(on(hana, 4 * i));
  store_->flush();
  const sqlite::database db(folder_.file(), sqlite::access::read_only,
                            std::chrono::seconds(5));
  EXPECT_EQ(db.number("SELECT count(*) FROM sender WHERE kind = 2 AND "
                      "length(name) = 16 AND name NOT LIKE '%hana%'"),
            1);
  EXPECT_EQ(db.number("SELECT count(*) FROM sender WHERE name LIKE '%hana%'"),
            0);
}

TEST_F(patience_test, an_address_of_a_known_service_is_not_somebodys) {
  const letter hana{.from = "hana@gmail.com", .domain = "gmail.com"};
  for (int i = 0; i < 3; ++i) receive(on(hana, 4 * i));
  const auto shows = [&](const std::string& address) {
    return said(
        receive({.from = "\"" + address + " via Forum\" <f@lists.example>",
                 .domain = "lists.example",
                 .day = 12}));
  };
  EXPECT_EQ(shows("stranger@gmail.com"), "new aligned-dkim");
  EXPECT_EQ(shows("hana@gmail.com"), "forged display-name");
}

// ------------------------------------------------------- addresses in names

TEST_F(patience_test,
       an_address_in_the_name_is_forged_until_its_writer_is_steady) {
  correspond("hoshibank.example", 3, 0, 4);
  letter list{
      .from = "\"info@hoshibank.example via Forum\" <forum@lists.example>",
      .domain = "lists.example"};
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(said(receive(on(list, 10 + 4 * i))), "forged display-name") << i;
  EXPECT_EQ(said(receive(on(list, 50))), "genuine known-pair");
}

// ---------------------------------------------------------- a friend's name

class name_test : public patience_test {
 protected:
  /// By the attacker, in mails that are proven.
  void take_name(const std::vector<int>& days) {
    for (const int day : days)
      receive({.from = "Hanako Suzuki <x@evil.example>",
               .domain = "evil.example",
               .day = day});
  }

  /// The friend's, which nothing proves.
  std::string write(int when) {
    return said(receive({.from = "Hanako Suzuki <hanako@friend.example>",
                         .domain = "friend.example",
                         .day = when,
                         .is_signed = false}));
  }

  static constexpr const char* unproven = "unverified no-signature";
};

TEST_F(name_test, ten_mails_take_it_until_a_rule_is_made) {
  take_name({0, 3, 7, 12, 17, 22, 27, 32, 36, 37});
  for (const int day : {37, 40, 50})
    EXPECT_EQ(write(day), "forged display-name") << day;
  kept_rule r;
  r.what.what = verdict::rule::kind::author;
  r.what.pattern = "hanako@friend.example";
  ASSERT_TRUE(store_->blocking().add_rule(r));
  EXPECT_EQ(write(51), unproven);
}

TEST_F(name_test, nine_mails_do_not_take_it) {
  take_name({0, 3, 7, 12, 17, 22, 27, 36, 37});
  EXPECT_EQ(write(38), unproven);
}

TEST_F(name_test, it_is_not_taken_sooner) {
  take_name({0, 3, 7, 12, 17, 20, 22, 24, 27, 28, 30, 32, 35, 36});
  EXPECT_EQ(write(38), unproven);
}

TEST_F(name_test, a_friend_who_wrote_on_three_days_keeps_it) {
  take_name({0, 3, 7, 10, 13, 16, 19});
  for (const int day : {20, 25, 30}) EXPECT_EQ(write(day), unproven) << day;
  take_name({31, 33, 35, 37, 39});
  EXPECT_EQ(write(60), unproven);
  // Forgotten 30 days after the last mail.
  take_name({91});
  EXPECT_EQ(write(92), "forged display-name");
}

TEST_F(name_test, a_friend_who_proves_his_domain_keeps_it) {
  take_name({0, 3, 7, 12, 17, 22, 27, 32, 36, 37});
  EXPECT_EQ(said(receive({.from = "Hanako Suzuki <hanako@friend.example>",
                          .domain = "friend.example",
                          .day = 40})),
            "new aligned-dkim");
}

// ------------------------------------------------------------- own lists

/// By the list of dev.evil.example, which evil.example signs.
facts by_list(facts f) {
  f.header.list_id = "dev.evil.example";
  f.header.to.domains = {"evil.example"};
  f.header.to.fields = 1;
  f.dkim[0].signed_fields.emplace_back("to");
  dkim::signature_result list = f.dkim[0];
  list.domain = "evil.example";
  f.dkim.push_back(list);
  return f;
}

/// The bank wrote to the list, which added a footer with a link.
facts with_footer(facts f, const std::string& link) {
  f = by_list(std::move(f));
  f.dkim[0].status = result::fail;
  f.dmarc.status = result::fail;
  f.dmarc.author_domain = f.header.author_domain;
  f.dmarc.accuses = dmarc::policy::reject;
  verdict::change& c = f.changed.emplace();
  c.addition_only = true;
  c.added.source = "list:dev.evil.example";
  c.added.digest = "d";
  c.added.links = {link};
  c.added_lines = 3;
  return f;
}

TEST_F(patience_test,
       a_list_is_known_by_eight_authors_and_adds_no_link_but_its_own) {
  const auto footer = [&](int when, const std::string& link) {
    const letter l = on(bank, when);
    return said(judge(l, with_footer(facts_of(l), link)));
  };
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(footer(i, "evil.example"), "unverified changed-on-the-way") << i;
    const std::string own = "own" + std::to_string(i) + ".example";
    const letter l{.from = "x@" + own, .domain = own, .day = i};
    judge(l, by_list(facts_of(l)));
  }
  EXPECT_EQ(footer(8, "evil.example"), "altered altered-by-list");
  EXPECT_EQ(footer(9, "other.example"), "forged dmarc-fail");
}

TEST_F(patience_test, a_list_of_one_author_stays_unknown) {
  for (int i = 0; i < 20; ++i) {
    const letter l{.from = "x@own.example", .domain = "own.example", .day = i};
    judge(l, by_list(facts_of(l)));
  }
  const letter l = on(bank, 21);
  EXPECT_EQ(said(judge(l, with_footer(facts_of(l), "evil.example"))),
            "unverified changed-on-the-way");
}

TEST_F(patience_test, a_list_is_known_and_excuses_those_who_never_signed) {
  const auto post = [&](int when) {
    facts f = by_list(facts_of(on(bank, when)));
    f.dkim.erase(f.dkim.begin());
    f.dmarc.status = result::fail;
    f.dmarc.author_domain = f.header.author_domain;
    f.dmarc.accuses = dmarc::policy::reject;
    return said(judge(on(bank, when), std::move(f)));
  };
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(post(i), "forged dmarc-fail") << i;
    const std::string own = "own" + std::to_string(i) + ".example";
    const letter l{.from = "x@" + own, .domain = own, .day = i};
    judge(l, by_list(facts_of(l)));
  }
  EXPECT_EQ(post(8), "unverified came-by-list");
}

// --------------------------------------- own forwarders, footers, providers

facts by_path(facts f, const std::string& domain) {
  f.spf.outcome.status = result::pass;
  f.spf.outcome.domain = domain;
  if (domain == f.header.author_domain) {
    f.dmarc.status = result::pass;
    f.dmarc.accuses = dmarc::policy::none;
  }
  return f;
}

facts broken(facts f) {
  f.dkim[0].status = result::fail;
  f.dkim[0].code = dkim::errc::body_hash;
  f.dmarc.status = result::fail;
  f.dmarc.author_domain = f.header.author_domain;
  f.dmarc.accuses = dmarc::policy::reject;
  return f;
}

/// Broken, by lines that were added.
facts amended(facts f, const std::string& source,
              const std::vector<std::string>& links) {
  f = broken(std::move(f));
  verdict::change& c = f.changed.emplace();
  c.addition_only = true;
  c.added.source = source;
  c.added.digest = "d";
  c.added.links = links;
  c.added_lines = 3;
  return f;
}

/// Of one of eight domains of his own.
letter own_letter(int number, int when) {
  const std::string own = "own" + std::to_string(number) + ".example";
  return {.from = "x@" + own, .domain = own, .day = when};
}

TEST_F(patience_test, a_forwarder_is_known_by_eight_authors_and_adds_no_link) {
  const auto forwarded = [&](int when, const std::vector<std::string>& links) {
    const letter l = on(bank, when);
    return said(
        judge(l, by_path(amended(facts_of(l), "forwarder:evil.example", links),
                         "evil.example")));
  };
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(forwarded(i, {}), "unverified changed-on-the-way") << i;
    const letter l = own_letter(i, i);
    judge(l, by_path(facts_of(l), "evil.example"));
  }
  EXPECT_EQ(forwarded(8, {}), "altered altered-by-forwarder");
  EXPECT_EQ(forwarded(9, {"evil.example"}), "forged dmarc-fail");
}

TEST_F(patience_test, a_footer_is_learned_from_eight_authors_with_its_links) {
  const std::string provider = "provider:pop.example.jp";
  const auto resent = [&](int when, const std::string& link) {
    const letter l = on(bank, when);
    return said(judge(l, by_path(amended(facts_of(l), provider, {link}),
                                 "mailer.evil.example")));
  };
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(resent(i, "evil.example"), "forged dmarc-fail") << i;
    const letter l = own_letter(i, i);
    judge(l,
          by_path(amended(facts_of(l), provider, {"evil.example"}), l.domain));
  }
  EXPECT_EQ(resent(8, "evil.example"), "altered altered-by-provider");
  EXPECT_EQ(resent(9, "other.example"), "forged dmarc-fail");
}

TEST_F(patience_test, a_provider_seems_to_change_mails_by_eight_known_pairs) {
  const auto send = [&](int number, int when) {
    const letter l = own_letter(number, when);
    judge(l, by_path(amended(facts_of(l), "provider:pop.example.jp", {}),
                     l.domain));
  };
  const auto fake = [&](int when) {
    const letter l = on(bank, when);
    return said(judge(l, by_path(broken(facts_of(l)), "mailer.evil.example")));
  };
  for (const int when : {0, 3, 7})
    for (int i = 0; i < 8; ++i) send(i, when);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(fake(7 + i), "forged dmarc-fail") << i;
    send(i, 7 + i);
  }
  EXPECT_EQ(fake(14), "unverified dkim-fail");
}

// ------------------------------------------------------------------ habits

TEST_F(patience_test, an_unsigned_mail_breaks_a_steady_habit) {
  correspond("hoshibank.example", 12, 0, 3);
  letter fake = on(bank, 34);
  fake.is_signed = false;
  EXPECT_EQ(said(receive(fake)), "forged signature-missing");
}

TEST_F(patience_test, unsigned_mails_on_many_days_spoil_a_habit) {
  letter fake = bank;
  fake.is_signed = false;
  for (int i = 0; i < 12; ++i) {
    receive(on(bank, 3 * i));
    if (i % 3 == 0)
      EXPECT_EQ(said(receive(on(fake, 3 * i + 1))), "unverified no-signature");
  }
  EXPECT_EQ(said(receive(on(fake, 34))), "unverified no-signature");
}

}  // namespace
}  // namespace mekiki::store
