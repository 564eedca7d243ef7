#include "daemon/signing_keys.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/query.hpp"
#include "auth/dkim/verify.hpp"
#include "message/header.hpp"

namespace mekiki::daemon {
namespace {

std::string name_of(const milter::signing_key& k) {
  return fmt::format("{}._domainkey.{}", k.selector, k.domain);
}

/// Nothing is there, or what is there is of another protocol, such as what a
/// wildcard record answers.
bool is_no_key(dkim::errc e) {
  return e == dkim::errc::no_key || e == dkim::errc::key_syntax ||
         e == dkim::errc::key_version || e == dkim::errc::key_version_place;
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
    keys.push_back(
        {s.domain, s.selector,
         std::make_shared<const crypto::private_key>(std::move(*key))});
  }
  return milter::key_table(std::move(keys));
}

boost::asio::awaitable<key_findings> compare_with_records(
    milter::key_table keys, dns::resolver& resolver, const clock& clock) {
  key_findings out;
  for (const milter::signing_key& k : keys.all()) {
    if (const auto q = dkim::key_question(k.selector, k.domain))
      resolver.prefetch(*q);
  }
  for (const milter::signing_key& k : keys.all()) {
    // As a verifier does it.
    std::string mail = fmt::format("From: a@{}\r\n\r\n", k.domain);
    mail.insert(0, dkim::sign(mail, k.domain, k.selector, *k.key).value_or(""));
    const message::header_view header = message::parse_header(mail);
    dkim::verifier v(header, {});
    dkim::key_cache cache;
    const auto results = co_await v.finish(resolver, cache, clock.now());
    const dkim::signature_result& r = results.front();
    const std::string publish = dkim::format_key_record(*k.key);
    const auto tell = [&](std::string_view what) {
      out.sentences.push_back(
          fmt::format("{} {}; publish as TXT: {}", name_of(k), what, publish));
    };
    if (r.status == auth::result::pass) {
      out.usable.push_back(k);
    } else if (r.status == auth::result::temperror) {
      out.sentences.push_back(fmt::format(
          "the DNS gave no answer for {}, which was not compared with its key",
          name_of(k)));
      out.usable.push_back(k);
    } else if (is_no_key(r.code)) {
      tell("is not published, so nobody can check signatures by it");
      out.usable.push_back(k);
    } else {
      tell("does not fit its key, by which no mail is signed: " + r.reason);
    }
  }
  co_return out;
}

}  // namespace mekiki::daemon
