// The digest for administrators: what came in a period, as a mail.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "notify/mail/own_mail.hpp"
#include "notify/mail/schedule.hpp"
#include "notify/words/sentence.hpp"
#include "notify/words/texts.hpp"
#include "store/forged_names.hpp"
#include "store/store.hpp"

namespace mekiki::notify {

/// What is open at the end of the period, and what happened in it.
struct open_matters {
  /// Servers for which forgeries cannot be recognised, and of how many mails
  /// it is not known where they came in.
  std::vector<store::named_count> blind;
  /// Mails that users reported or called a mistake, and nobody answered: by
  /// author domain.
  std::vector<store::named_count> reported;
  /// Of the period.
  store::forged_names forged;
  /// Unix seconds: the first day of the history, 0: not known.
  std::int64_t begins = 0;
};

/// Subject, text and HTML; the caller fills in the rest. Times are in the zone
/// of this machine. `before` is the period before it. There is no trend without
/// it, without any mail of it, or if the history began later than it. Names
/// that strangers chose are inert; all are cut.
own_mail digest(const store::period_totals& now,
                const std::optional<store::period_totals>& before, period p,
                language in, const texts& t, const open_matters& open = {});

}  // namespace mekiki::notify
