// The one answer, from what is known about a mail. Pure; asks nobody.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "auth/result.hpp"
#include "verdict/facts.hpp"
#include "verdict/reason.hpp"

namespace mekiki::verdict {

struct evidence;  // verdict/evidence.hpp

/// The one answer for people. `new_` is spelled "new".
enum class level : std::uint8_t { genuine, new_, unverified, altered, forged };
std::string_view to_string(level l);

struct answer {
  answer() = default;
  answer(level l, reason r) : what(l), why(std::move(r)) {}

  level what = level::unverified;
  reason why;
};

/// Raised with each release whose rules give some mails another verdict. Mails
/// in a history are not judged anew, and the dashboard says so.
constexpr int rules_version = 2;

/// X-DKIM-Check from the results of all signatures.
auth::result summarize(const std::vector<dkim::signature_result>& results);

/// Optional rules for senders (docs/verdict.md, "Sender classes").
enum class sender_class : std::uint8_t { off, google, strict };

struct policy {
  /// Older mails are not called forged: the DNS has changed since.
  std::chrono::seconds accuse_within = std::chrono::days(7);
  /// The same of mails without any signature of the author's domain, whose key
  /// could be gone.
  std::chrono::seconds accuse_unsigned_within = std::chrono::days(30);
  sender_class senders = sender_class::off;
  std::vector<std::string> bulk_senders;  // domains, and all below them
};

/// The first row of the table in decide.cpp that holds (docs/verdict.md).
answer decide(const evidence& e);
answer decide(const facts& f, const policy& p);

/// Every code that a reason can have, those of mails that were not judged too.
std::vector<std::string_view> reason_codes();

}  // namespace mekiki::verdict
