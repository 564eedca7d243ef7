#include "daemon/signing_keys.hpp"

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/verify.hpp"
#include "message/header.hpp"

namespace mekiki::daemon {
namespace {

std::string name_of(const milter::signing_key& k) {
  return fmt::format("{}._domainkey.{}", k.selector, k.domain);
}

}  // namespace

expected<milter::key_table, std::string> read_signing_keys(
    const config::settings& settings, const key_reader& read) {
  std::vector<milter::signing_key> keys;
  for (const config::signing& s : settings.milter_signing) {
    auto key = read(s.key_file);
    if (!key)
      return unexpected(key.error());
    // One that cannot sign is told now, not when a mail waits.
    const auto tried = dkim::sign(fmt::format("From: a@{}\r\n\r\n", s.domain),
                                  s.domain, s.selector, *key);
    if (!tried) {
      return unexpected(fmt::format("{}: {}", s.key_file.string(),
                                    dkim::describe(tried.error())));
    }
    keys.push_back({s.domain, s.selector, std::move(*key)});
  }
  return milter::key_table(std::move(keys));
}

boost::asio::awaitable<key_findings> compare_with_records(
    const milter::key_table& keys, dns::resolver& resolver,
    const clock& clock) {
  key_findings out;
  for (const milter::signing_key& k : keys.all()) {
    // As a verifier does it.
    std::string mail = fmt::format("From: a@{}\r\n\r\n", k.domain);
    mail.insert(0, dkim::sign(mail, k.domain, k.selector, k.key).value_or(""));
    const message::header_view header = message::parse_header(mail);
    dkim::verifier v(header, {});
    dkim::key_cache cache;
    const auto results = co_await v.finish(resolver, cache, clock.now());
    const dkim::signature_result& r = results.front();
    const std::string publish = dkim::format_key_record(k.key);
    if (r.code == dkim::errc::no_key) {
      out.missing.push_back(
          fmt::format("{} is not published, so nobody can check signatures by "
                      "it; publish as TXT: {}",
                      name_of(k), publish));
    } else if (r.status == auth::result::temperror) {
      out.missing.push_back(fmt::format(
          "the DNS gave no answer for {}, which was not compared with its key",
          name_of(k)));
    } else if (r.status != auth::result::pass) {
      out.wrong.push_back(
          fmt::format("the record {} does not fit its key: {}; "
                      "publish as TXT: {}",
                      name_of(k), r.reason, publish));
    }
  }
  co_return out;
}

expected<key_findings, std::string> compare_with_records_now(
    const milter::key_table& keys, const config::settings& settings,
    const std::filesystem::path& zone, const clock& clock) {
  boost::asio::io_context io{1};
  const auto resolver = make_resolver(io, settings, zone);
  if (!resolver)
    return unexpected(resolver.error());
  std::optional<expected<key_findings, std::string>> done;
  boost::asio::co_spawn(
      io, compare_with_records(keys, **resolver, clock),
      [&done](const std::exception_ptr& error, key_findings found) {
        if (error) {
          done = unexpected(std::string("the keys' records cannot be asked"));
        } else {
          done = std::move(found);
        }
      });
  // Not run(): the resolver waits for the network as long as it lives.
  while (!done) io.run_one();
  return std::move(*done);
}

}  // namespace mekiki::daemon
