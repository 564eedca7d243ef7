// The digest for administrators: what came in a period, as a mail.
#pragma once

#include <optional>

#include "notify/mail/own_mail.hpp"
#include "notify/mail/schedule.hpp"
#include "notify/words/sentence.hpp"
#include "notify/words/texts.hpp"
#include "store/store.hpp"

namespace mekiki::notify {

/// Subject, text and HTML; the caller fills in the rest. Times are in the zone
/// of this machine. `before` is the period before it: without it there is no
/// trend. Names of domains and accounts are inert and cut.
own_mail digest(const store::period_totals& now,
                const std::optional<store::period_totals>& before, period p,
                language in, const texts& t);

}  // namespace mekiki::notify
