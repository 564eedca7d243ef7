// Tells administrators what is new about who sends as their domains.
#pragma once

#include <string>
#include <vector>

#include "notify/mail/own_mail.hpp"
#include "notify/words/sentence.hpp"
#include "notify/words/texts.hpp"
#include "reports/sending_news.hpp"

namespace mekiki::notify {

struct domain_sending_news {
  std::string domain;
  reports::sending_news news;
};

/// Of new senders the first are told, the rest as a number.
constexpr std::size_t most_new_senders = 10;

/// Subject and text; the caller fills in the rest. The subject names a domain
/// of ours and nothing that a report says; what reports say is cut and has no
/// links.
own_mail sending_mail(const std::vector<domain_sending_news>& news, language in,
                      const texts& t);

}  // namespace mekiki::notify
