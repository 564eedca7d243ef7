// Judges stored mails, for `verify` and `explain`.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/spf/check_host.hpp"
#include "base/expected.hpp"
#include "cli/commands/options.hpp"
#include "cli/mail_files.hpp"
#include "cli/recording_resolver.hpp"
#include "config/settings.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::cli {

/// Everything one thread needs to judge mails, one after the other: a loop, a
/// resolver, a clock, a cache of keys.
class mail_evaluator {
 public:
  /// The reason of a failure is a sentence: the zone cannot be read, ...
  static expected<std::unique_ptr<mail_evaluator>, std::string> make(
      const config::settings& settings, const judging_options& options);
  ~mail_evaluator();

  /// The reason of a failure tells why the mail could not be read.
  expected<verdict::judgement, std::string> run(const stored_mail& mail);

  /// Of a mail's octets, or of its header alone: then only what the header
  /// shows is right.
  verdict::judgement run(std::string_view octets);

  /// What the DNS said about the last mail.
  const std::vector<dns_note>& notes() const;

  /// Checks SPF again, to see step by step how it went.
  std::vector<spf::trace_step> trace_spf(const spf::request& asked);

 private:
  struct state;
  explicit mail_evaluator(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

}  // namespace mekiki::cli
