#include "auth/records/spf_tree.hpp"

#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "auth/spf/check_host.hpp"
#include "auth/spf/record.hpp"
#include "dns/test_zone.hpp"

namespace mekiki::records {
namespace {

using dns::test::make_zone;
using dns::test::run;

spf_tree read(std::string_view zone, const std::string& domain) {
  const auto resolver = make_zone(zone);
  return run(read_spf_tree(domain, *resolver));
}

/// Counts questions.
class counting_resolver final : public dns::resolver {
 public:
  explicit counting_resolver(dns::resolver& inner) : inner_(inner) {}

  void prefetch(const dns::question&) override {}
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override {
    ++asked;
    return inner_.resolve(std::move(q));
  }

  std::size_t asked = 0;

 private:
  dns::resolver& inner_;
};

// RFC 7208 4.6.4: include, a, mx, ptr, exists and redirect count, each time.
TEST(spf_tree, counts_the_lookups_of_each_term) {
  const spf_tree tree = read(
      R"({"example.jp": {"TXT":
            ["v=spf1 a mx ip4:192.0.2.1 include:i.example.jp exists:%{i}.x.jp redirect=r.example.jp"],
            "A": ["192.0.2.1"], "MX": [[1, "example.jp"]]},
          "i.example.jp": {"TXT": ["v=spf1 a:example.jp ptr ~all mx"]},
          "r.example.jp": {"TXT": ["v=spf1 mx:example.jp -all"]}})",
      "example.jp");
  EXPECT_EQ(tree.lookups, 8U);
  EXPECT_EQ(tree.voids, 0U);
  ASSERT_EQ(tree.root.terms.size(), 6U);
  std::vector<std::size_t> each;
  each.reserve(tree.root.terms.size());
  for (const spf_term& t : tree.root.terms) each.push_back(t.lookups);
  EXPECT_EQ(each, (std::vector<std::size_t>{1, 1, 0, 3, 1, 2}));
  EXPECT_EQ(tree.root.terms[3].below->terms[3].what, spf_term::state::ignored);
  EXPECT_EQ(tree.root.terms[4].what, spf_term::state::per_mail);
}

// For a client that nothing matches, check_host() evaluates every term: its
// count is the tree's.
TEST(spf_tree, counts_as_check_host_does) {
  std::mt19937 random(7208);  // NOLINT: the same trees each time
  const auto below = [&random](unsigned most) {
    return static_cast<unsigned>(random() % most);
  };
  std::size_t compared = 0;
  for (unsigned round = 0; round < 300; ++round) {
    const unsigned records = 1 + below(5);
    std::string zone = R"({"h.example": {"A": ["192.0.2.1"],
        "MX": [[1, "h.example"]]})";
    for (unsigned n = 0; n < records; ++n) {
      std::string text = "v=spf1";
      const unsigned terms = below(4);
      for (unsigned i = 0; i < terms; ++i) {
        switch (below(6)) {
          case 0:
            text += " a:h.example";
            break;
          case 1:
            text += " mx:h.example";
            break;
          case 2:
            text += " ip4:192.0.2.2";
            break;
          case 3:
            text += " a:gone.example";
            break;
          default:
            if (n + 1 < records)
              text += fmt::format(" include:r{}.example", n + 1);
            break;
        }
      }
      if (n + 1 < records && below(4) == 0)
        text += fmt::format(" redirect=r{}.example", n + 1);
      else if (below(4) != 0)
        text += " -all a:h.example";
      zone += fmt::format(R"(, "r{}.example": {{"TXT": ["{}"]}})", n, text);
    }
    zone += "}";
    const spf_tree tree = read(zone, "r0.example");
    const auto resolver = make_zone(zone);
    const spf::request asked{.ip = *parse_ip_address("203.0.113.9"),
                             .mail_from = "x@r0.example",
                             .helo = "r0.example",
                             .receiver = {}};
    const spf::options how{.max_terms = 1000, .max_void_lookups = 1000};
    const spf::check_result result =
        run(spf::check_host(asked, *resolver, how));
    ASSERT_NE(result.status, auth::result::permerror) << zone;
    if (!tree.complete)
      continue;
    ++compared;
    EXPECT_EQ(tree.lookups, result.terms) << zone;
    EXPECT_EQ(tree.voids, result.voids) << zone;
  }
  EXPECT_GT(compared, 200U);
}

// A record of 16 KB holds no more than 1,300 includes: none is followed beyond
// the limit.
TEST(spf_tree, follows_few_of_many_includes) {
  std::string record = "v=spf1";
  std::string zone = "{";
  for (unsigned i = 0; i < 1000; ++i) {
    record += fmt::format(" include:i{}.jp", i);
    zone += fmt::format(R"("i{}.jp": {{"TXT": ["v=spf1 -all"]}}, )", i);
  }
  ASSERT_LT(record.size(), spf::max_record_octets);
  zone += fmt::format(R"("example.jp": {{"TXT": ["{}"]}}}})", record);
  const auto inner = make_zone(zone);
  counting_resolver counting(*inner);
  const spf_tree tree = run(read_spf_tree("example.jp", counting));
  EXPECT_FALSE(tree.complete);
  EXPECT_EQ(tree.lookups, 1000U);
  EXPECT_LE(counting.asked, max_asked + 1);
}

// Each record includes the next one twice: 2^40 evaluations.
TEST(spf_tree, does_not_grow_with_what_it_includes) {
  std::string zone = "{";
  for (unsigned i = 0; i < 40; ++i) {
    zone += fmt::format(
        R"("r{0}.jp": {{"TXT": ["v=spf1 include:r{1}.jp include:r{1}.jp -all"]}}, )",
        i, i + 1);
  }
  zone += R"("r40.jp": {"TXT": ["v=spf1 -all"]}})";
  const auto inner = make_zone(zone);
  counting_resolver counting(*inner);
  const spf_tree tree = run(read_spf_tree("r0.jp", counting));
  EXPECT_FALSE(tree.complete);
  EXPECT_LE(counting.asked, max_asked + 1);
}

TEST(spf_tree, does_not_read_a_huge_record) {
  const std::string record = "v=spf1 " + std::string(1 << 20, 'a');
  const spf_tree tree =
      read(fmt::format(R"({{"example.jp": {{"TXT": ["{}"]}}}})", record),
           "example.jp");
  EXPECT_EQ(tree.root.code, spf::errc::record_size);
  EXPECT_EQ(judge_spf(tree, true).front().id, finding_id::spf_syntax);
}

// All repairs of one record are in one line.
TEST(judge_spf, publishes_one_record_for_all_findings) {
  const spf_tree tree = read(
      R"({"example.jp": {"TXT":
            ["v=spf1 a ptr include:gone.jp ip4:192.168.0.1 exp=e.jp ?all mx"],
            "A": ["192.0.2.1"], "MX": [[1, "example.jp"]]}})",
      "example.jp");
  const std::vector<finding> found = judge_spf(tree, true);
  ASSERT_EQ(found.size(), 5U);
  for (const finding& f : found) {
    ASSERT_EQ(f.publish.size(), 1U);
    EXPECT_EQ(f.publish.front().data, "v=spf1 a exp=e.jp mx ~all");
  }
}

TEST(spf_tree, is_trimmed_at_each_level) {
  std::string networks;
  for (int i = 0; i < 50; ++i) networks += " ip4:10.0.0." + std::to_string(i);
  const auto zone =
      make_zone(R"({"example.jp": {"TXT": ["v=spf1 a)" + networks + R"( -all"]},
      "other.example": {"TXT": ["v=spf1 include:example.jp -all"]}})");
  spf_tree tree = run(read_spf_tree("other.example", *zone));
  trim(tree.root, 10);
  EXPECT_EQ(tree.root.terms.size(), 2U);
  EXPECT_EQ(tree.root.left_out, 0U);
  const spf_record& below = *tree.root.terms.front().below;
  EXPECT_EQ(below.terms.size(), 10U);
  EXPECT_EQ(below.left_out, 42U);
  EXPECT_EQ(tree.lookups, 2U);
  trim(tree.root, 1);
  EXPECT_EQ(tree.root.terms.front().below->left_out, 51U);
}

}  // namespace
}  // namespace mekiki::records
