#include "message/reverse_path.hpp"

#include <string>

#include <gtest/gtest.h>

namespace mekiki::message {
namespace {

TEST(parse_reverse_path, reads_what_hosts_write) {
  const struct {
    std::string value;
    std::string path;
  } rows[] = {
      {" <a@example.com>", "a@example.com"},
      {"<>", ""},
      {" < > ", ""},
      {"\r\n <a@example.com>\r\n ", "a@example.com"},
      // RFC 5321 4.1.2: Quoted-string
      {"<\"a>b\"@example.com>", "\"a>b\"@example.com"},
      {"<\"a b\"@example.com>", "\"a b\"@example.com"},
      {R"(<"a\">b"@example.com>)", R"("a\">b"@example.com)"},
      {"<\"a@b\"@example.com>", "\"a@b\"@example.com"},
      {"<a..b@example.com>", "a..b@example.com"},
      {"<a@[192.0.2.1]>", "a@[192.0.2.1]"},
      {"<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]"},
      // RFC 5321 F.2: source routes are ignored
      {"<@x.example,@y.example:a@example.com>", "a@example.com"},
      // CFWS around (RFC 5322 3.4.1)
      {"<a@example.com >", "a@example.com"},
      {"< a@example.com>", "a@example.com"},
      {"<a@example.com> (a comment)", "a@example.com"},
      {"(a comment) <a@example.com>", "a@example.com"},
      // Zimbra, old Sendmail
      {" a@example.com", "a@example.com"},
      {"a@example.com (a comment)", "a@example.com"},
      {"\"a b\"@example.com", "\"a b\"@example.com"},
      // pipe(8) of Postfix
      {"<MAILER-DAEMON>", ""},
      {"MAILER-DAEMON", ""},
      {"<mailer-daemon>", ""},
      {"<MAILER-DAEMON@example.com>", "MAILER-DAEMON@example.com"},
      // The local part is no mailbox's, but the domain is clear.
      {"<a b@example.com>", "@example.com"},
      {"<\"a>b@example.com>", "@example.com"},
      {"<\"a\"b@example.com>", "@example.com"},
      {"<a@b@example.com>", "@example.com"},
      {"<@example.com>", "@example.com"},
      // Hosts write what the client said (Postfix 3.7).
      {std::string("<a\0@example.com>", 16), "@example.com"},
      {"<a\x01b@example.com>", "@example.com"},
      {"<a\x7f@example.com>", "@example.com"},
      {"<\"a\x01\"@example.com>", "@example.com"},
      {"<" + std::string(1100, 'a') + "@example.com>", "@example.com"},
      {"a\x01@example.com", "@example.com"},
      // The domain is none that has records: that is SPF's to say.
      {"<a@exa\x01mple.com>", "a@exa?mple.com"},
      // What follows the domain does not hide it ...
      {"<a@exa mple.com>", "a@example.com"},
      {"<a@\"example.com\">", "a@example.com"},
      {"<a@example.com(b)>", "a@example.com"},
      {"<a@example.com,b>", "a@example.com"},
      {"<a@example.com;b>", "a@example.com"},
      {"<a@example.com:25>", "a@example.com"},
      {"<a@example.com\\>", "a@example.com"},
      {"<a@example.com<b>", "a@example.com"},
      {"<<a@example.com>>", "@example.com"},
      {"<a@[bad literal]>", "a@[badliteral]"},
      // ... nor does what follows the path.
      {"<a@example.com> <b@example.org>", "a@example.com"},
      {"<a@example.com> b", "a@example.com"},
      {"<a@example.com> (", "a@example.com"},
      {"a@example.com b", "a@example.com"},
      {"a@example.com>", "a@example.com"},
      {"a@example.com, b@example.org", "a@example.com"},
      {"<a@example.com", "a@example.com"},
      {"<\"a@b:c>", "@b"},
      {"<a\rb@example.com", "@example.com"},
      // A path without a domain is a path: qmail takes it from a client.
      {"<root>", "@"},
      {"<\"a@example.com\">", "@example.com"},
      {"<example.com!a>", "@"},
      {"<a%example.com>", "@"},
      {"<a@>", "@"},
      {"<@>", "@"},
      {"root", "@"},
  };
  for (const auto& r : rows)
    EXPECT_EQ(parse_reverse_path(r.value), r.path) << r.value;
}

TEST(parse_reverse_path, says_nothing_where_there_is_no_path) {
  for (const std::string value : {"", " ", "(a comment)", "not known"})
    EXPECT_EQ(parse_reverse_path(value), std::nullopt) << value;
}

}  // namespace
}  // namespace mekiki::message
