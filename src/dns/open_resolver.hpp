// The resolver that the settings ask for.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "dns/resolver.hpp"
#include "dns/unbound_resolver.hpp"

namespace mekiki::dns {

struct resolver_options {
  /// Not empty: every answer comes from this JSON zone (dns/zone_resolver.hpp),
  /// and nobody is asked.
  std::filesystem::path zone_file;
  unbound_options unbound;
};

/// `io` and `clock` outlive the resolver. The reason of a failure is a
/// sentence for people.
expected<std::unique_ptr<resolver>, std::string> open_resolver(
    boost::asio::io_context& io, const resolver_options& options,
    const clock& clock);

}  // namespace mekiki::dns
