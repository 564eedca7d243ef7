// The public suites, each case as its manifest says.
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "auth/spf/macro.hpp"
#include "auth/spf/test_zone.hpp"
#include "base/ascii.hpp"
#include "base/test_conformance.hpp"

namespace mekiki::spf {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using conformance::manifest;

/// Cases on which we differ from a suite, with reason and company.
const std::map<std::string, std::string> exceptions{
    // RFC 7208 7.2: c is the client's address; the suite's is the receiver's.
    // pyspf has the client's too, and so has exp-txt-macro-char of spf-rfc7208.
    {"spf-macro/e00", "10.0.0.1"},
};

/// A string, or nothing for null.
std::string text(const json::value& v) {
  return v.is_null() ? "" : std::string(v.as_string());
}

ip_address address(const json::value& v) {
  const auto ip = parse_ip_address(text(v));
  if (!ip)
    throw std::runtime_error("no address: " + text(v));
  return *ip;
}

class zones {
 public:
  explicit zones(std::string corpus) : corpus_(std::move(corpus)) {}
  dns::resolver& get(const std::string& file) {
    auto& zone = loaded_[file];
    if (!zone) {
      auto read = dns::load_zone(conformance::folder() / corpus_ / file);
      if (!read)
        throw std::runtime_error(read.error());
      zone = std::move(*read);
    }
    return *zone;
  }

 private:
  std::string corpus_;
  std::map<std::string, std::unique_ptr<dns::zone_resolver>> loaded_;
};

class spf_conformance : public testing::TestWithParam<const char*> {};

TEST_P(spf_conformance, check_host) {
  const std::string corpus = GetParam();
  if (!fs::exists(conformance::folder() / corpus))
    GTEST_SKIP() << "NOT RUN: no conformance data at " << conformance::folder();
  const json::value m = manifest(corpus);
  zones dns(corpus);
  std::size_t run = 0;
  for (const json::value& c : m.at("cases").as_array()) {
    SCOPED_TRACE(text(c.at("id")));
    request asked;
    asked.ip = address(c.at("ip"));
    asked.helo = text(c.at("helo"));
    asked.mail_from = text(c.at("mailfrom"));
    const auto got = check(asked, dns.get(text(c.at("dns"))));
    const json::object& expect = c.at("expect").as_object();
    // Where several results are acceptable, the first is the preferred one.
    EXPECT_EQ(to_string(got.status),
              expect.at("result_any").as_array().at(0).as_string())
        << got.reason;
    if (const json::value* wanted = expect.if_contains("explanation")) {
      const std::string word = text(*wanted) == "DEFAULT" ? "" : text(*wanted);
      EXPECT_EQ(ascii::to_lower(got.explanation), ascii::to_lower(word));
    }
    ++run;
  }
  EXPECT_EQ(run, m.at("count").to_number<std::size_t>());
}

INSTANTIATE_TEST_SUITE_P(suites, spf_conformance,
                         testing::Values("spf-rfc7208", "spf-rfc7208-appendix"),
                         [](const auto& info) {
                           return info.index == 0 ? "rfc7208" : "appendix";
                         });

/// Adds a policy to a zone.
class with_policy final : public dns::resolver {
 public:
  with_policy(dns::resolver& inner, std::string name, std::string policy)
      : inner_(inner), name_(std::move(name)) {
    policy_.status = dns::status::success;
    policy_.texts.push_back(std::move(policy));
  }
  void prefetch(const dns::question&) override {}
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override {
    if (q.name == name_ && q.type == dns::record_type::txt)
      co_return std::make_shared<const dns::answer>(policy_);
    co_return co_await inner_.resolve(std::move(q));
  }

 private:
  dns::resolver& inner_;
  std::string name_;
  dns::answer policy_;
};

/// What a whole check makes of %{p}: the name it asks for.
std::string validated_name(const ip_address& ip, const std::string& domain,
                           dns::resolver& zone) {
  with_policy resolver(zone, domain, "v=spf1 exists:%{p} -all");
  request asked;
  asked.ip = ip;
  asked.mail_from = domain;
  std::string last;
  options how;
  how.trace = [&last](const trace_step& step) {
    if (step.what == trace_step::kind::lookup)
      last = step.subject;
  };
  check(asked, resolver, how);
  return last.substr(last.find(' ') + 1);
}

TEST(spf_data, macro) {
  const std::string corpus = "spf-macro";
  if (!fs::exists(conformance::folder() / corpus))
    GTEST_SKIP() << "NOT RUN: no conformance data at " << conformance::folder();
  const json::value m = manifest(corpus);
  zones dns(corpus);
  for (const json::value& c : m.at("cases").as_array()) {
    SCOPED_TRACE(text(c.at("id")));
    const std::string id = corpus + "/" + text(c.at("id"));
    const std::string macro = text(c.at("macro"));
    const bool explains = text(c.at("where")) == "explanation";
    const json::value& wanted = c.at("expect").at("expanded");
    const bool valid = explains
                           ? is_macro_string(macro, macro_place::explanation)
                           : is_domain_spec(macro);
    EXPECT_EQ(valid, !wanted.is_null());
    if (!valid)
      continue;
    const json::value& context = c.at("context");
    const std::string local = text(context.at("sender_local"));
    const std::string sender_domain = text(context.at("sender_domain"));
    const std::string domain = text(context.at("domain"));
    const std::string helo = text(context.at("helo"));
    const std::string receiver = text(context.at("receiver"));
    std::string validated;
    if (uses_macro(macro, "p")) {
      validated = validated_name(address(c.at("ip")), domain,
                                 dns.get(text(c.at("dns"))));
    }
    macro_values values{.local_part = local,
                        .sender_domain = sender_domain,
                        .domain = domain,
                        .ip = {},
                        .validated_name = validated,
                        .helo = helo,
                        .receiver = receiver};
    if (!c.at("ip").is_null())
      values.ip = address(c.at("ip"));
    const auto exception = exceptions.find(id);
    EXPECT_EQ(explains ? expand_explanation(macro, values, 500)
                       : expand_domain(macro, values),
              exception != exceptions.end() ? exception->second : text(wanted));
  }
}

}  // namespace
}  // namespace mekiki::spf
