// What the tests of this folder share: a small zone, and a whole verification.
#pragma once

#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "auth/dkim/errc.hpp"
#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/verify.hpp"
#include "base/ascii.hpp"
#include "dns/resolver.hpp"
#include "message/header.hpp"

namespace mekiki::dkim {

/// TXT records by name; what is absent does not exist. Counts questions.
class text_zone final : public dns::resolver {
 public:
  using table = std::map<std::string, std::vector<std::string>>;
  explicit text_zone(table records) : records_(std::move(records)) {}

  /// Makes the name fail.
  void fail(const std::string& name, dns::status s) { failures_[name] = s; }

  void prefetch(const dns::question&) override {}
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override {
    ++asked;
    auto out = std::make_shared<dns::answer>();
    out->status = dns::status::nxdomain;
    if (const auto failure = failures_.find(q.name);
        failure != failures_.end()) {
      out->status = failure->second;
    } else if (const auto found = records_.find(q.name);
               found != records_.end()) {
      out->status = dns::status::success;
      out->texts = found->second;
    }
    co_return out;
  }

  int asked = 0;

 private:
  table records_;
  std::map<std::string, dns::status> failures_;
};

constexpr time_point test_time{std::chrono::seconds(1'790'000'000)};

/// All results for `mail`, its body given in pieces of `step` octets.
inline std::vector<signature_result> verify(
    std::string_view mail, dns::resolver& resolver,
    const verify_options& options = {}, time_point at = test_time,
    std::size_t step = std::string_view::npos) {
  const auto header = message::parse_header(mail);
  verifier v(header, options);
  for (std::string_view body = mail.substr(header.body); !body.empty();) {
    const std::string_view piece = body.substr(0, step);
    v.body(piece);
    body.remove_prefix(piece.size());
  }
  key_cache keys;
  std::vector<signature_result> out;
  boost::asio::io_context io;
  boost::asio::co_spawn(io, v.finish(resolver, keys, at),
                        [&](const std::exception_ptr& e, auto results) {
                          if (e)
                            std::rethrow_exception(e);
                          out = std::move(results);
                        });
  io.run();
  return out;
}

}  // namespace mekiki::dkim
