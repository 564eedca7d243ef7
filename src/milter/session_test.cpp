#include "milter/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/test_packets.hpp"

namespace mekiki::milter {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::uint32_t all_steps = 0x1fffff;

/// An MTA that says one thing after another.
struct mta {
  explicit mta(std::uint32_t steps = all_steps, std::uint32_t version = 6,
               std::uint32_t actions = 0x1ff, session::limits l = {})
      : s("mx.test", l) {
    say('O', format({.version = version, .actions = actions, .steps = steps}));
    agreed = out;
  }

  /// What the session answers; `octets` gets those of the mail.
  answers say(char what, std::string_view data = {}) {
    out.clear();
    const auto step = s.take({what, data}, out);
    if (!step) {
      error = step.error();
      return {};
    }
    last = step->what;
    begins = step->begins;
    octets += step->octets;
    return read_answers(out);
  }

  session s;
  std::string out;
  std::string agreed;
  std::string octets;
  std::string error;
  session::event last = session::event::none;
  bool begins = false;
};

TEST(session, agrees_on_what_both_can) {
  const mta newest;
  const answers said = read_answers(newest.agreed);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].first, 'O');
  EXPECT_EQ(newest.s.agreed().version, 6u);
  EXPECT_EQ(newest.s.agreed().actions, 0x31u);
  EXPECT_TRUE(newest.s.can_quarantine());

  const mta oldest(0, 2, 0x11);
  EXPECT_EQ(oldest.s.agreed().version, 2u);
  EXPECT_EQ(oldest.s.agreed().steps, 0u);
  EXPECT_FALSE(oldest.s.can_quarantine());

  EXPECT_THAT(mta(0, 1).error, HasSubstr("version 1"));
  EXPECT_THAT(mta(0, 6, 0x01).error, HasSubstr("header fields"));
}

TEST(session, a_mail_is_what_the_sender_wrote) {
  mta m;
  m.say('C', client("mx.example", '4', "192.0.2.1"));
  m.say('H', texts({"helo.example"}));
  m.say('D', "Mi\0QUEUE1\0{auth_authen}\0taro\0"s);
  m.say('M', texts({"<a@example.jp>", "SIZE=10"}));
  m.say('R', texts({"<b@example.jp>"}));
  m.say('R', texts({"<c@example.jp>"}));
  m.say('L', texts({"From", " a@example.jp"}));
  EXPECT_TRUE(m.begins);
  m.say('L', texts({"X-Odd", "no space"}));
  EXPECT_FALSE(m.begins);
  m.say('L', texts({"Subject", "  two\n\tlines "}));
  m.say('N');
  m.say('B', "Hello\r\n");
  m.say('E', "end\r\n");
  EXPECT_EQ(m.last, session::event::end_of_mail);
  EXPECT_EQ(m.octets,
            "From: a@example.jp\r\n"
            "X-Odd:no space\r\n"
            "Subject:  two\r\n\tlines \r\n"
            "\r\n"
            "Hello\r\nend\r\n");
  EXPECT_EQ(m.s.client().name, "mx.example");
  EXPECT_EQ(m.s.client().address, ip_address::v4({192, 0, 2, 1}));
  EXPECT_EQ(m.s.client().helo, "helo.example");
  EXPECT_EQ(m.s.mail().sender, "a@example.jp");
  EXPECT_THAT(m.s.mail().recipients,
              ElementsAre("b@example.jp", "c@example.jp"));
  EXPECT_EQ(m.s.mail().user, "taro");
  EXPECT_EQ(m.s.mail().queue_id, "QUEUE1");
}

TEST(session, one_space_where_the_mta_keeps_it_for_itself) {
  mta m(0, 2);
  m.say('M', texts({"<>"}));
  m.say('L', texts({"From", "a@example.jp"}));
  m.say('N');
  EXPECT_EQ(m.octets, "From: a@example.jp\r\n\r\n");
  EXPECT_EQ(m.s.mail().sender, "");
  EXPECT_EQ(m.s.value_for_mta(" pass\r\n\tmore"), "pass\n\tmore");
  EXPECT_EQ(mta().s.value_for_mta(" pass\r\n\tmore"), " pass\n\tmore");
}

TEST(session, answers_what_the_mta_waits_for) {
  mta silent;
  mta waits(0, 2);
  const struct {
    char what;
    std::string data;
  } steps[] = {{'C', client("x", '6', "IPv6:2001:db8::1")},
               {'H', texts({"x"})},
               {'M', texts({"<a@example.jp>"})},
               {'R', texts({"<b@example.jp>"})},
               {'L', texts({"From", " a@example.jp"})},
               {'N', ""},
               {'B', "x"}};
  for (const auto& s : steps) {
    EXPECT_THAT(silent.say(s.what, s.data), IsEmpty()) << s.what;
    EXPECT_THAT(waits.say(s.what, s.data), ElementsAre(Pair('c', "")))
        << s.what;
  }
  EXPECT_EQ(silent.s.client().address, parse_ip_address("2001:db8::1"));
  // No step is left out with these, and none of them is ever silent.
  for (const char what : {'T', 'U'})
    EXPECT_THAT(silent.say(what, texts({"x"})), ElementsAre(Pair('c', "")));
  for (const char what : {'A', 'K'}) EXPECT_THAT(waits.say(what), IsEmpty());
}

TEST(session, nothing_of_a_mail_is_left_for_the_next_one) {
  mta m;
  m.say('C', client("x", '4', "192.0.2.1"));
  m.say('D', "Mi\0ONE\0{auth_authen}\0taro\0"s);
  m.say('M', texts({"<a@example.jp>"}));
  m.say('R', texts({"<b@example.jp>"}));
  m.say('L', texts({"X-DKIM-Check", " pass"}));
  EXPECT_EQ(m.s.forged().changes().size(), 1u);
  m.say('A');
  EXPECT_EQ(m.last, session::event::aborted);
  m.say('M', texts({"<c@example.jp>"}));
  EXPECT_EQ(m.s.mail().user, "");
  EXPECT_EQ(m.s.mail().queue_id, "");
  EXPECT_THAT(m.s.mail().recipients, IsEmpty());
  EXPECT_THAT(m.s.forged().changes(), IsEmpty());
  m.say('A');
  EXPECT_EQ(m.last, session::event::none) << "no octet of it was there";
  m.say('K');
  EXPECT_EQ(m.s.client().address, std::nullopt);
}

TEST(session, clients_without_an_address_have_none) {
  for (const auto& [family, address] :
       {std::pair('U', ""), std::pair('L', "/run/socket"),
        std::pair('4', "nonsense"), std::pair('6', "192.0.2.1.1")}) {
    mta m;
    m.say('C', client("x", family, address));
    EXPECT_EQ(m.error, "");
    EXPECT_EQ(m.s.client().address, std::nullopt) << family << address;
  }
}

TEST(session, what_comes_in_no_order_ends_it) {
  EXPECT_THAT(
      [] {
        session s("mx.test", {});
        std::string out;
        return s.take({'H', "x"}, out).error();
      }(),
      HasSubstr("does not begin"));
  for (const char what : {'L', 'N', 'B', 'E'}) {
    mta m;
    m.say(what, what == 'L' ? texts({"From", "x"}) : "");
    EXPECT_NE(m.error, "") << what;
  }
  mta m;
  m.say('M', texts({"<a@example.jp>"}));
  m.say('N');
  m.say('L', texts({"From", "x"}));
  EXPECT_THAT(m.error, HasSubstr("outside"));
}

TEST(session, is_bounded) {
  mta m(all_steps, 6, 0x1ff,
        {.header = 100, .fields = 3, .imitations = 1, .recipients = 30});
  m.say('M', texts({"<a@example.jp>"}));
  for (int i = 0; i < 10'000; ++i) m.say('R', texts({"<b@example.jp>"}));
  EXPECT_EQ(m.s.mail().recipient_count, 10'000u);
  EXPECT_EQ(m.s.mail().recipients.size(), 2u);
  for (int i = 0; i < 3; ++i) m.say('L', texts({"A", "b"}));
  EXPECT_EQ(m.s.mail().excess, "");
  const std::size_t octets = m.octets.size();
  m.say('L', texts({"A", "b"}));
  EXPECT_THAT(m.s.mail().excess, HasSubstr("too large"));
  EXPECT_EQ(m.octets.size(), octets);
  // The next mail is seen.
  m.say('N');
  m.say('E');
  EXPECT_EQ(m.last, session::event::end_of_mail);
  EXPECT_EQ(m.error, "");
  m.say('M', texts({"<a@example.jp>"}));
  EXPECT_EQ(m.s.mail().excess, "");
  m.say('L', texts({"X-DKIM-Check", "pass"}));
  EXPECT_EQ(m.s.mail().excess, "");
  m.say('L', texts({"X-DKIM-Check", "pass"}));
  EXPECT_THAT(m.s.mail().excess, HasSubstr("only this server writes"));
}

TEST(session, a_login_is_the_next_mails_alone) {
  for (const char what : {'K', 'C'}) {
    mta m;
    m.say('D', "M{auth_authen}\0taro\0"s);
    m.say(what, what == 'C' ? client("x", '4', "192.0.2.1") : "");
    m.say('M', texts({"<a@example.jp>"}));
    EXPECT_EQ(m.s.mail().user, "") << what;
  }
}

TEST(session, a_header_without_its_end_is_ended) {
  mta m;
  m.say('M', texts({"<a@example.jp>"}));
  m.say('L', texts({"From", " a@example.jp"}));
  m.say('E', "body");
  EXPECT_EQ(m.octets, "From: a@example.jp\r\n\r\nbody");
}

}  // namespace
}  // namespace mekiki::milter
