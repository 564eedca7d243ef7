// The whole story of one judged mail, for a person.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "auth/spf/check_host.hpp"
#include "cli/recording_resolver.hpp"
#include "notify/words/sentence.hpp"
#include "verdict/judgement.hpp"

namespace mekiki::cli {

struct explained_mail {
  std::string file;
  std::string header;  // its octets, as they were judged
  verdict::judgement verdict;
  std::vector<spf::trace_step> spf_steps;  // where SPF was checked
  std::vector<dns_note> dns;               // all that was asked for it
  std::string authserv_id;
  /// How old the mail may be to be accused, in seconds (verdict.accuse_within,
  /// or accuse_unsigned_within); 0 where it is not known any more.
  std::int64_t accuse_within = 0;
  /// Whose mail it is was not told: so nothing is known of his provider.
  bool without_account = false;
};

/// Lines of text: the path of the mail, each check with the records it rests
/// on, what earlier mails taught, and the verdict. No control sequence in it
/// comes from the mail or the DNS. In that language, except for the sentence in
/// which a check explains its own result: that is English.
std::string story(const explained_mail& mail, notify::language in);

}  // namespace mekiki::cli
