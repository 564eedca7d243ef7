// The base of `serve` and `try`: the settings turned into the proxy's own, and
// the objects that outlive every session.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "auth/dkim/key_cache.hpp"
#include "base/clock.hpp"
#include "base/expected.hpp"
#include "config/settings.hpp"
#include "daemon/resolver.hpp"
#include "dns/resolver.hpp"
#include "net/tls.hpp"
#include "pop3/host_memory.hpp"
#include "pop3/proxy.hpp"
#include "pop3/tls_memory.hpp"

namespace mekiki::daemon {

/// The settings in the proxy's own form, without our own endpoints and the
/// label's secret, which `serve` adds.
pop3::proxy_settings proxy_settings(const config::settings& settings);

/// Resolver, TLS towards upstreams, and remembered facts about them.
struct upstream_parts {
  std::unique_ptr<dns::lookup_counts> lookups;  // of the resolver
  std::unique_ptr<dns::resolver> resolver;
  std::unique_ptr<net::tls_context> tls;
  pop3::tls_memory seen_tls;
  pop3::host_memory hosts;
};

/// `zone` and `state` as in serve_options, `read` as in make_resolver; `clock`
/// outlives them. The reason of a failure is a sentence.
expected<upstream_parts, std::string> make_upstream_parts(
    boost::asio::io_context& io, const config::settings& settings,
    const std::filesystem::path& zone, const std::filesystem::path& state,
    const clock& clock, file_reader read = {});

}  // namespace mekiki::daemon
