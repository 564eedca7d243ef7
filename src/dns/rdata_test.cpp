#include "dns/rdata.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::dns {
namespace {

using namespace std::string_literals;

TEST(rdata, add) {
  const struct {
    record_type type;
    std::string rdata;
    std::string expected;  // "": malformed
  } cases[] = {
      {record_type::a, "\xc0\x00\x02\x01"s, "192.0.2.1"},
      {record_type::a, "\xc0\x00\x02"s, ""},
      {record_type::a, "\xc0\x00\x02\x01\x00"s, ""},
      {record_type::aaaa, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s,
       "2001:db8::1"},
      {record_type::aaaa, "\x20\x01"s, ""},
      {record_type::txt,
       "\x05v=spf\x06"
       "1 -all"s,
       "text v=spf1 -all"},
      {record_type::txt, "\x01\xff"s, "text \xff"},
      {record_type::txt, "\x00"s, "text "},
      {record_type::txt, ""s, "text "},
      {record_type::txt, "\x05v=sp"s, ""},
      {record_type::mx,
       "\x00\x0a\x02MX\x07"
       "Example\x00"s,
       "10 mx.example"},
      {record_type::mx, "\x00\x00\x00"s, "0 "},  // RFC 7505
      {record_type::mx, "\x00\x0a"s, ""},
      {record_type::mx, "\x00\x0a\x02mx"s, ""},
      {record_type::ptr, "\x04Host\x02jp\x00"s, "host.jp"},
      {record_type::ptr, "\x04host\x02jp\x00x"s, ""},
      {record_type::ptr, "\x04host\xc0\x0c"s, ""},
      {record_type::ptr,
       "\x03"
       "a.b\x00"s,
       ""},
      {record_type::ptr,
       "\x02\x00"
       "b\x00"s,
       ""},
      {record_type::ptr, ""s, ""},
      {record_type::cname, "\x01x\x00"s, "x"},
  };
  for (const auto& c : cases) {
    answer a;
    std::string got;
    if (add_rdata(c.type, c.rdata, a)) {
      for (const auto& text : a.texts) got = "text " + text;
      for (const auto& name : a.names) got = name;
      for (const auto& address : a.addresses) got = format(address);
      for (const auto& mx : a.exchanges) {
        got = std::to_string(mx.preference) + ' ' + mx.host;
      }
    }
    EXPECT_EQ(got, c.expected) << to_string(c.type);
  }
}

}  // namespace
}  // namespace mekiki::dns
