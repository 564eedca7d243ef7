// Zones of example.jp for the tests of what is watched.
#pragma once

#include <string_view>

namespace mekiki::daemon::test {

constexpr std::string_view good_zone =
    R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 -all"]},
        "_dmarc.example.jp": {"TXT": ["v=DMARC1; p=reject"]}})";
constexpr std::string_view open_zone =
    R"({"example.jp": {"MX": [[0, "."]], "TXT": ["v=spf1 +all"]},
        "_dmarc.example.jp": {"TXT":
            ["v=DMARC1; p=reject; rua=mailto:r@reader.example"]},
        "reader.example": {"MX": [[1, "mx.reader.example"]]},
        "example.jp._report._dmarc.reader.example": {"TXT": ["v=DMARC1"]}})";
constexpr std::string_view silent_zone =
    R"({"example.jp": {"*": {"error": "TIMEOUT"}},
        "_dmarc.example.jp": {"*": {"error": "TIMEOUT"}}})";

}  // namespace mekiki::daemon::test
