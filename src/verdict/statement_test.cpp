#include "verdict/statement.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::verdict {
namespace {

std::string told(const std::string& field) {
  const std::string octets = field + "\r\n\r\n";
  const message::header_view header = message::parse_header(octets);
  const auto s = read_statement(header.fields.at(0), 0);
  if (!s)
    return "nothing";
  std::string out;
  for (const ip_address& client : s->clients) out += format(client) + ' ';
  return out + (s->mail_from ? '<' + *s->mail_from + '>' : "");
}

TEST(read_statement, reads_what_hosts_write) {
  const struct {
    const char* about;
    std::string field;
    const char* expected;
  } rows[] = {
      {"RFC 7208 9.1, first example",
       "Received-SPF: pass (mybox.example.org: domain of\r\n"
       " myname@example.com designates 192.0.2.1 as permitted sender)\r\n"
       "    receiver=mybox.example.org; client-ip=192.0.2.1;\r\n"
       "    envelope-from=\"myname@example.com\"; helo=foo.example.com;",
       "192.0.2.1 <myname@example.com>"},
      {"RFC 7208 9.1, second example",
       "Received-SPF: fail (mybox.example.org: domain of\r\n"
       " myname@example.com does not designate\r\n"
       " 192.0.2.1 as permitted sender)\r\n"
       " identity=mailfrom; client-ip=192.0.2.1;\r\n"
       " envelope-from=\"myname@example.com\";",
       "192.0.2.1 <myname@example.com>"},
      {"of HELO only",
       "Received-SPF: pass identity=helo; client-ip=2001:db8::1;\r\n"
       " envelope-from=a@example.com",
       "2001:db8::1 "},
      {"Microsoft",
       "Received-SPF: Fail (protection.outlook.com: domain of friends.example "
       "does\r\n not designate 203.0.113.99 as permitted sender)\r\n"
       " receiver=protection.outlook.com; client-ip=203.0.113.99; helo=pc;",
       "203.0.113.99 "},
      {"in angle brackets, null, mapped",
       "Received-SPF: none client-ip=::ffff:192.0.2.1; envelope-from=<>;",
       "192.0.2.1 <>"},
      {"quoted local part",
       "Received-SPF: none envelope-from=\"a; client-ip=192.0.2.9\"@a.example;"
       " client-ip=192.0.2.1",
       "192.0.2.1 <\"a; client-ip=192.0.2.9\"@a.example>"},
      {"a local part without its quotes",
       "Received-SPF: none envelope-from=a; client-ip=192.0.2.9 b@a.example;"
       " client-ip=192.0.2.1",
       "192.0.2.9 192.0.2.1 <@>"},
      {"a comment without its end",
       "Received-SPF: pass client-ip=192.0.2.1; (a client-ip=192.0.2.9",
       "192.0.2.1 "},
      {"RFC 8601",
       "Authentication-Results: mx.example.jp; spf=pass\r\n"
       " smtp.mailfrom=a@example.com; iprev=pass policy.iprev=192.0.2.1",
       "192.0.2.1 <a@example.com>"},
      {"the domain alone, and no authserv-id",
       "Authentication-Results: spf=fail (sender IP is 203.0.113.99)\r\n"
       " smtp.mailfrom=friends.example; dkim=none (message not signed)\r\n"
       " header.d=none;dmarc=fail action=oreject header.from=a.example",
       "203.0.113.99 <@friends.example>"},
      {"another method's comment",
       "Authentication-Results: mx.example.jp; dkim=none (sender IP is "
       "192.0.2.1)",
       "nothing"},
      {"of HELO", "Authentication-Results: a; spf=pass smtp.helo=a.example",
       "nothing"},
      {"an address", "X-Originating-IP: [192.0.2.1]", "192.0.2.1 "},
      {"another field", "X-Received-SPF: pass client-ip=192.0.2.1", "nothing"},
      {"empty", "Received-SPF:", "nothing"},
      {"too long",
       "Received-SPF: pass client-ip=192.0.2.1; " + std::string(9000, 'a'),
       "nothing"},
  };
  for (const auto& r : rows) EXPECT_EQ(told(r.field), r.expected) << r.about;
}

}  // namespace
}  // namespace mekiki::verdict
