// Durations, sizes, addresses and times as people write them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/listen.hpp"
#include "net/stream.hpp"

namespace mekiki::config {

/// A whole number without sign, at most 18 digits.
std::optional<std::uint64_t> parse_count(std::string_view text);

/// "500ms", "30s", "5m", "2h", "7d": a whole number and its unit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// In the largest unit that needs no fraction.
std::string format_duration(std::chrono::milliseconds d);

/// "512B", "256KiB", "2MiB", "4GiB": a whole number and its unit.
std::optional<std::size_t> parse_size(std::string_view text);
std::string format_size(std::size_t octets);

/// "127.0.0.1:1110", "[::1]:995"; without port if `default_port` is not 0.
std::optional<net::endpoint> parse_endpoint(std::string_view text,
                                            std::uint16_t default_port = 0);

/// "127.0.0.1:8892", "[::1]:8892", "unix:/run/mekiki/milter.sock".
std::optional<net::place> parse_place(std::string_view text);

/// RFC 3339 5.6 ("2026-03-01T12:00:00Z", "2026-03-01 12:00:00.5+09:00"; a date
/// alone is its midnight in UTC) or Unix seconds.
std::optional<time_point> parse_time(std::string_view text);
/// RFC 3339 in UTC, whole seconds.
std::string format_time(time_point t);

/// The name of a host (base/host_name.hpp), or an address.
bool is_host(std::string_view text);
/// Labels of letters, digits, hyphens and underscores: what a zone, a selector
/// or an authserv-id may be called, though no host.
bool is_domain_name(std::string_view text);

/// "::1" of "[::1]"; any other text unchanged.
std::string_view without_brackets(std::string_view text);

}  // namespace mekiki::config
