// Makes the mails of `mekiki demo`, good and forged, really signed with fresh
// keys, and the DNS zone that goes with them.
#pragma once

#include <string>
#include <vector>

#include "auth/result.hpp"
#include "base/clock.hpp"
#include "base/expected.hpp"
#include "verdict/request.hpp"

namespace mekiki::demo {

struct demo_mail {
  std::string name;    // fit for a file name
  std::string story;   // one line: what it is, for people
  std::string octets;  // the mail, lines ending in CRLF
  auth::result expected = auth::result::none;           // X-DKIM-Check
  verdict::level verdict = verdict::level::unverified;  // without a history
};

struct demo_mailbox {
  std::vector<demo_mail> mails;
  std::string zone;  // JSON, as dns::parse_zone reads it
};

/// Our name in Authentication-Results of the demo; one mail claims it.
inline constexpr const char* demo_authserv_id = "mekiki.demo.example";

/// The demo's settings: its provider, and a bank whose domain is watched.
verdict::settings demo_verdict_settings();

/// The mails came in the days before `now`. The reason of a failure is a
/// sentence.
expected<demo_mailbox, std::string> make_demo_mails(time_point now);

}  // namespace mekiki::demo
