// Mail services: domains where strangers have addresses, so that a known domain
// says little about who writes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mekiki::verdict {

/// Whether `domain` (A-labels, lower case), or one above it, is of the
/// built-in list: free services, carriers and access providers.
bool is_mail_service(std::string_view domain);

/// A domain of which more addresses wrote on two days is a mail service, too.
constexpr std::size_t most_colleagues = 20;

/// An address as pairs know it: in lower case, with its domain in A-labels.
/// Empty if there is none.
std::string paired_address(std::string_view author,
                           std::string_view author_domain);

}  // namespace mekiki::verdict
