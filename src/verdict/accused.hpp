// Whom a warning is about, where a mail shows several authors.
#pragma once

#include "verdict/judgement.hpp"

namespace mekiki::verdict {

/// Whom a forged mail is accused for: the author for whom DMARC fails or whom a
/// finding is about; else, and of other mails, the one that clients show first.
/// The address is the domain alone where it is not known.
shown_author accused_author(const judgement& j);

}  // namespace mekiki::verdict
