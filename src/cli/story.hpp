// The whole story of one judged mail, for a person.
#pragma once

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
};

/// Lines of text: the way the mail came, each check with the records it rests
/// on, what earlier mails taught, and the verdict. Nothing in it that a
/// terminal obeys comes from the mail or the DNS.
/// In that language, but for what a check says of its result in a sentence of
/// its own: that is English.
std::string story(const explained_mail& mail, notify::language in);

}  // namespace mekiki::cli
