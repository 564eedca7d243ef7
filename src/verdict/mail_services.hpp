// Mail services: domains where strangers have addresses, so that a known domain
// says little about who writes.
#pragma once

#include <string>
#include <string_view>

namespace mekiki::verdict {

/// Whether `domain` (A-labels, lower case), or one above it, is of the
/// built-in list: free services, carriers and access providers.
bool is_mail_service(std::string_view domain);

/// What pairs with the author are about where strangers have addresses: his
/// address, in lower case. Empty where it is the domain.
std::string paired_address(std::string_view author,
                           std::string_view author_domain);

}  // namespace mekiki::verdict
