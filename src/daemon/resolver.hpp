// Makes the resolver that the settings and the command line name.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/expected.hpp"
#include "config/settings.hpp"
#include "dns/lookup_counts.hpp"
#include "dns/resolver.hpp"

namespace mekiki::daemon {

/// Answers from the JSON zone in the file `zone`, or asks the DNS as the
/// settings say if `zone` is empty, and counts in `counts` (unbound_options).
/// The reason of a failure is a sentence.
expected<std::unique_ptr<dns::resolver>, std::string> make_resolver(
    boost::asio::io_context& io, const config::settings& settings,
    const std::filesystem::path& zone, dns::lookup_counts* counts = nullptr);

}  // namespace mekiki::daemon
