// Mails as tests of several checks deliver them.
#pragma once

#include <string>

namespace mekiki::verdict::test {

/// As the provider delivers it: the trace on top, the mail below.
inline std::string through(const std::string& client, const std::string& path,
                           const std::string& mail) {
  return "Return-Path: <" + path +
         ">\r\n"
         "Received: from mx.provider.example (mx.provider.example"
         " [198.51.100.1])\r\n"
         "\tby store.provider.example with LMTP id 1;"
         " Sat, 21 Nov 2026 11:59:31 +0000\r\n"
         "Received: from mail.sender.example (unknown [" +
         client +
         "])\r\n"
         "\tby mx.provider.example (Postfix) with ESMTPS id 2\r\n"
         "\tfor <taro@provider.example>; Sat, 21 Nov 2026 11:59:30 +0000\r\n" +
         mail;
}

}  // namespace mekiki::verdict::test
