// From fields in which some client shows the address USER@DOMAIN first, or
// alone, as senders may write them.
#pragma once

namespace mekiki::verdict::test {

inline constexpr const char* from_fields[] = {
    "<USER@DOMAIN>",
    "Foo, Inc. <USER@DOMAIN>",
    "Re: you <USER@DOMAIN>",
    "USER..x@DOMAIN",
    "USER.@DOMAIN",
    "USER@DOMAIN Word",
    "Word <USER@DOMAIN> Word",
    "USER@\"DOMAIN\"",
    "<USER@DOMAIN;b@evil.example>",
    "<USER@DOMAIN><b@evil.example>",
    "USER@DOMAIN, b@DOMAIN",
    "USER@DOMAIN, <b@evil.example>",
    "Team: USER@DOMAIN, b@evil.example;",
    "\"a <USER@DOMAIN>",
    "b@evil.example <USER@DOMAIN>",
    "USER@DOMAIN (b@evil.example)",
    "<USER@DOMAIN\u3000>",
    "<USER@\u0080DOMAIN>",
    "<USER@💰.DOMAIN>",
    "<USER@DOMAIN！evil.example>",
    "USER@=?utf-8?q?DOMAIN?=",
    "USER@=?utf-8?q?DOMAIN?=, b@evil.example",
    ("<@a.example,@b.example,@c.example,@d.example,@e.example,@f.example:"
     "USER@DOMAIN>, <@g.example,@h.example,@i.example,@j.example,"
     "@k.example,@l.example:b@evil.example>"),
    "USER@DOMAIN\r\nFrom: USER@DOMAIN",
    "USER@DOMAIN\r\nFrom : b@evil.example",
    "USER@DOMAIN\r\nX: y\rFrom: b@evil.example"};

}  // namespace mekiki::verdict::test
