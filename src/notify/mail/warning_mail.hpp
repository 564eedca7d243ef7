// Method B: makes one mail of the waiting warnings.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "notify/mail/own_mail.hpp"
#include "notify/policy/choice.hpp"
#include "notify/words/texts.hpp"
#include "store/warning.hpp"

namespace mekiki::notify {

/// Who reads it: the user of one mailbox, or the administrators of all.
struct warning_recipient {
  language in = language::english;
  std::string secret_word;  // may be empty
  std::string account;      // empty: administrators
  std::chrono::minutes east_of_utc{0};
};

/// Subject, text and, for administrators, the headers of the forged mails as
/// files; addresses, date and label are the caller's to fill in. Everything
/// that came from a mail is bounded and made inert. `waiting` must not be
/// empty.
own_mail warning_mail(const store::waiting_warnings& waiting,
                      const warning_recipient& reader, const texts& t);

}  // namespace mekiki::notify
