// What the commands below `domain` share.
#pragma once

#include <string>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>

#include "auth/records/check.hpp"
#include "dns/resolver.hpp"

namespace mekiki::cli {

/// Checks the domain's records within limits of number and time. `io` is the
/// one that the resolver works on.
records::domain_report check_records(const std::string& domain,
                                     records::known_keys keys,
                                     dns::resolver& resolver,
                                     boost::asio::io_context& io);

void add_domain_make(CLI::App& domain, int& code);

}  // namespace mekiki::cli
