// Rules by which mail clients colour mails (method C).
//
// They match on X-Mekiki-Label, exactly where the client can; most compare by
// "contains", and then the account's value, which nobody else knows, keeps a
// mail from colouring itself. The classic rules match on X-DKIM-Check, one bare
// word.
// docs/clients.md lists the clients and versions in which they were tried.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notify/words/sentence.hpp"

namespace mekiki::notify {

enum class mail_client : std::uint8_t {
  thunderbird,
  claws,
  sylpheed,
  mutt,
  becky,
  outlook,
  sieve,
};
std::optional<mail_client> parse_mail_client(std::string_view word);

struct rule_file {
  std::string name;  // as the client calls it
  std::string text;
};

struct client_rules {
  std::vector<rule_file> files;  // none where there are only steps
  std::string steps;             // what to do, for people
};

struct rule_options {
  /// The new and perhaps the old one of each account; unused by classic rules.
  std::vector<std::string> label_values;
  /// The end of the keys of Thunderbird's tags (notify/edit/labels.hpp).
  std::string tag_value;
  bool classic = false;
  language in = language::english;  // of steps, and of the names of rules
};

client_rules make_rules(mail_client c, const rule_options& o);

}  // namespace mekiki::notify
