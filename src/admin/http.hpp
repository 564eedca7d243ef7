// The codec of HTTP/1 (RFC 9110, RFC 9112): parses requests and formats
// answers. No sockets; Boost.Beast stays behind this header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/ip_address.hpp"
#include "base/secret.hpp"

namespace mekiki::admin {

struct request {
  std::string method;  // as it was sent
  std::string path;    // begins with "/", is never decoded; or "*"
  std::string query;   // what follows the first "?"
  /// The name or address that is asked for, in lower case and without its port
  /// or brackets. Nothing: an HTTP/1.0 client does not say.
  std::optional<std::string> host;
  std::string authority;  // the same as it was sent, with its port; or ""
  wiped_string body;      // may hold a password

  // Fields that pages look at; empty where they were not sent.
  std::string cookie;
  std::string origin;
  std::string content_type;
  std::string authorization;
  std::string csrf;  // X-Mekiki-CSRF
  /// X-Forwarded-For; several fields joined by commas.
  std::optional<std::string> forwarded_for;
  std::string forwarded_proto;  // X-Forwarded-Proto
  bool takes_gzip = false;

  // Who asks, and whether by TLS, on the way to a reverse proxy of ours or to
  // us; set by the server.
  ip_address client;
  bool is_tls = false;

  /// The connection stays open for a further request. False also if the next
  /// request could be mistaken for a part of this one.
  bool keep_alive = false;
};

/// What a browser may do with an answer: show it, and nothing more.
constexpr std::string_view shown_only =
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

struct response {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;  // further ones
  std::string_view policy = shown_only;  // content security policy
  std::string_view cache = "no-store";
  /// More of the body, piece by piece; "" ends it, and with it the connection.
  /// Not for HEAD.
  std::function<boost::asio::awaitable<std::string>()> next = {};
};

/// A status and its name as text.
response make_error(unsigned status);

struct request_limits {
  std::size_t header = 8192;  // request line and fields, in octets
  std::size_t body = 16'384;
};

class request_reader {
 public:
  explicit request_reader(request_limits limits = {});
  ~request_reader();
  request_reader(request_reader&&) noexcept;
  request_reader& operator=(request_reader&&) noexcept;

  enum class event : std::uint8_t {
    need_more,
    request,
    failed,  // nothing more can be read; `status` says what to answer
  };

  /// Octets that came. Called only after `need_more`, so that at most one
  /// request and one piece are kept.
  void append(std::string_view octets);
  /// Gives `out` the next request.
  event next(request& out);

  /// After `failed`: 400, 413 (body too large), 417 (Expect), 431 (header too
  /// large), 501 (a transfer coding but chunked) or 505 (version).
  unsigned status() const { return status_; }
  /// Part of a request has come.
  bool is_within_request() const;

 private:
  struct parser;
  event fail(unsigned status);

  request_limits limits_;
  std::unique_ptr<parser> parser_;
  wiped_string octets_;
  unsigned status_ = 0;
};

enum class body_part : std::uint8_t { sent, left_out };  // left out for HEAD
enum class connection : std::uint8_t { stays, closes };

/// The answer in full, or, where `r.next` is set, up to where its pieces begin.
/// Beside its own fields it has those that keep a browser from doing more with
/// it than it should: its policy, nosniff, no referrer, same origin.
std::string format(const response& r, body_part body, connection after,
                   time_point now);

}  // namespace mekiki::admin
