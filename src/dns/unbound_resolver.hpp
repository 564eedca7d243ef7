// A resolver that asks the DNS through libunbound.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "dns/answer_cache.hpp"
#include "dns/lookup_counts.hpp"
#include "dns/resolver.hpp"

namespace mekiki::dns {

/// What answers that carry DNSSEC signatures are worth.
enum class dnssec {
  off,            // nothing is validated
  opportunistic,  // validated where the resolvers let signatures through
  strict,         // signatures that the chain of trust promises must be there
};

/// A zone whose servers are asked directly.
struct stub_zone {
  std::string zone;    // "example.jp"
  std::string server;  // "192.0.2.1" or "192.0.2.1@5353"
};

struct unbound_options {
  /// Recursive resolvers, "192.0.2.53" or "192.0.2.53@5353". None: those of
  /// `resolv_conf`.
  std::vector<std::string> resolvers;
  std::filesystem::path resolv_conf = "/etc/resolv.conf";
  std::vector<stub_zone> stubs;
  /// None: /etc/hosts. A name in it answers address questions before the DNS.
  std::filesystem::path hosts = "/etc/hosts";
  /// Reads these two files and those of trust anchors for a process that may
  /// not open them; "" if that fails, after telling why. Null: they are opened.
  std::function<std::string(const std::filesystem::path& file)> read;

  dnssec validation = dnssec::opportunistic;
  /// DS or DNSKEY records as in a zone file, and files of them. If both are
  /// empty: the root keys of 2017 and 2024.
  std::vector<std::string> trust_anchors;
  std::vector<std::filesystem::path> trust_anchor_files;

  /// Of each question. A caller that joins a lookup in flight waits for the
  /// rest of its deadline.
  std::chrono::milliseconds deadline{5000};
  /// Questions beyond this number in flight are answered with servfail
  /// immediately.
  std::size_t max_in_flight = 1000;
  cache_limits cache;
  /// Counts each lookup when it ends; may be null. Outlives the resolver.
  lookup_counts* counts = nullptr;
};

/// Answers come from a cache of our own where they can, since a question to
/// libunbound costs 50 us even if it knows the answer. Questions in flight
/// are joined: a prefetch and a resolve ask once. The special-use zone `test.`
/// is asked like any other.
///
/// `search` is what `resolv_conf` says, where its servers are asked.
///
/// `resolv_conf` and `hosts` are read again when they change, which is noticed
/// within a second of the next question: the cache is then cleared, and
/// questions in flight finish with the old configuration. After 4 failures in a
/// row libunbound begins anew too, at most every 10 seconds, without what it
/// remembers of servers that did not answer: the network may be another one.
/// `io` and `clock` outlive the resolver; coroutines that wait in it when it
/// goes are answered with servfail.
///
/// The reason of a failure is a sentence that names the option.
expected<std::unique_ptr<resolver>, std::string> make_unbound_resolver(
    boost::asio::io_context& io, const unbound_options& options,
    const clock& clock);

}  // namespace mekiki::dns
