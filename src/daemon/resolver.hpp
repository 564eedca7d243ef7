// Makes the resolver that the settings and the command line name.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/expected.hpp"
#include "config/settings.hpp"
#include "dns/lookup_counts.hpp"
#include "dns/resolver.hpp"

namespace mekiki::daemon {

/// Reads a file that the process may not open itself; "" if that fails.
using file_reader = std::function<std::string(const std::filesystem::path&)>;

/// Answers from the JSON zone in the file `zone`, or asks the DNS as the
/// settings say if `zone` is empty, and counts in `counts` (unbound_options).
/// `read` reads resolv.conf and hosts, now and later; null: they are opened.
/// The reason of a failure is a sentence.
expected<std::unique_ptr<dns::resolver>, std::string> make_resolver(
    boost::asio::io_context& io, const config::settings& settings,
    const std::filesystem::path& zone, dns::lookup_counts* counts = nullptr,
    file_reader read = {});

}  // namespace mekiki::daemon
