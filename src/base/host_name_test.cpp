#include "base/host_name.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki {
namespace {

TEST(host_name, rfc1123_2_1) {
  const std::string label(63, 'a');
  const std::string three = label + '.' + label + '.' + label + '.';
  const struct {
    std::string text;
    bool expected;
  } table[] = {
      {"pop.example.jp", true},
      {"Pop.Example.JP", true},
      {"localhost", true},
      {"3com.example", true},
      {"a-b.example", true},
      {"a--b.example", true},
      {"xn--wgv71a119e.jp", true},
      {"1.example", true},
      {"", false},
      {".", false},
      {".a", false},
      {"a..b", false},
      {"a.example.", false},
      {"-a.example", false},
      {"a-.example", false},
      {"a.example-", false},
      {"a.-", false},
      {"a_b.example", false},
      {"a b.example", false},
      {"a/b", false},
      {"\xe6\x97\xa5.jp", false},
      {std::string("a\0b", 3), false},
      {"192.0.2.1", false},
      {"example.1", false},
      {"1", false},
      {"::1", false},
      {label + ".jp", true},
      {label + "a.jp", false},
      {three + std::string(61, 'a'), true},
      {three + std::string(62, 'a'), false},
  };
  for (const auto& t : table)
    EXPECT_EQ(is_host_name(t.text), t.expected) << t.text;
}

}  // namespace
}  // namespace mekiki
