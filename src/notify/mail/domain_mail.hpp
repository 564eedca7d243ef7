// Tells administrators that records of a watched domain changed or broke.
#pragma once

#include <string>
#include <vector>

#include "notify/mail/own_mail.hpp"
#include "notify/words/domain_change.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::notify {

struct changed_domain {
  std::string domain;
  std::string grade;  // "ok", "warn", "bad", or "" for none
  std::vector<domain_change> changes;
};

/// Subject and text; the caller fills in the rest. The first 20 domains, and of
/// each the first 30 changes, are told, the rest as a number. What strangers
/// published is cut and has no links.
own_mail domain_mail(const std::vector<changed_domain>& domains, language in);

}  // namespace mekiki::notify
