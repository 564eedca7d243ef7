#include "admin/http.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/ip_address.hpp"
#include "base/secret.hpp"

namespace mekiki::admin {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view scheme = "http://";
constexpr std::size_t never_short = 64;  // of a wiped_string

constexpr std::array<std::pair<std::string_view, std::string_view>, 4>
    fields_of_all = {{
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
    }};

std::string_view view(boost::core::string_view text) {
  return {text.data(), text.size()};
}

unsigned status_of(const boost::system::error_code& error) {
  if (error == http::error::header_limit)
    return 431;
  if (error == http::error::body_limit)
    return 413;
  if (error == http::error::bad_version)
    return 505;
  return 400;
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), [](char c) {
           return ascii::is_digit(c);
         });
}

/// uri-host [ ":" port ] (RFC 9112 3.2), uri-host a name, an IPv4 address or
/// "[" IPv6 address "]".
std::optional<std::string> parse_host(std::string_view text) {
  std::string_view host = text.substr(0, text.find(':'));
  std::string_view rest = text.substr(host.size());
  if (text.starts_with('[')) {
    const std::size_t end = std::min(text.find(']'), text.size());
    host = text.substr(1, end - 1);
    rest = text.substr(std::min(end + 1, text.size()));
    const auto address = parse_ip_address(host);
    if (end == text.size() || !address || address->is_v4())
      return std::nullopt;
  }
  if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1))))
    return std::nullopt;
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
    return ascii::is_alnum(c) || c == '.' || c == '-' || c == '_' || c == ':';
  });
  return plain ? std::optional(ascii::to_lower(host)) : std::nullopt;
}

struct reading {
  request made;
  unsigned status = 0;  // why there is none
};

reading refused(unsigned status) { return {.made = {}, .status = status}; }

using body = http::basic_string_body<char, std::char_traits<char>,
                                     wiping_allocator<char>>;
using message = http::request<body>;

/// False if the field was sent twice: a proxy in between may have read the
/// other one.
bool read_field(const message& m, std::string_view name, std::string& out) {
  const auto [first, end] = m.equal_range({name.data(), name.size()});
  if (first == end)
    return true;
  out = view(first->value());
  return std::next(first) == end;
}

/// An Accept-Encoding that names gzip (RFC 9110 12.5.3), not with weight 0.
bool takes_gzip(std::string_view field) {
  while (!field.empty()) {
    const std::string_view coding = field.substr(0, field.find(','));
    const std::string_view name =
        ascii::trim(coding.substr(0, coding.find(';')));
    if (ascii::iequals(name, "gzip"))
      return coding.find("q=0") == std::string_view::npos ||
             coding.find("q=0.") != std::string_view::npos;
    field.remove_prefix(std::min(coding.size() + 1, field.size()));
  }
  return false;
}

/// origin-form, absolute-form or asterisk-form (RFC 9112 3.2). The authority
/// of an absolute one counts instead of Host.
reading read(message&& message, bool keep_alive) {
  reading r;
  r.made.method = view(message.method_string());
  r.made.body = std::move(message.body());
  if (!read_field(message, "Cookie", r.made.cookie) ||
      !read_field(message, "Origin", r.made.origin) ||
      !read_field(message, "Content-Type", r.made.content_type) ||
      !read_field(message, "Authorization", r.made.authorization) ||
      !read_field(message, "X-Mekiki-CSRF", r.made.csrf) ||
      !read_field(message, "X-Forwarded-Proto", r.made.forwarded_proto))
    return refused(400);
  const auto forwarded = message.equal_range("X-Forwarded-For");
  for (auto f = forwarded.first; f != forwarded.second; ++f) {
    if (!r.made.forwarded_for) {
      r.made.forwarded_for.emplace();
    } else {
      *r.made.forwarded_for += ',';
    }
    *r.made.forwarded_for += view(f->value());
  }
  r.made.takes_gzip = takes_gzip(view(message[http::field::accept_encoding]));
  const auto [first, end] = message.equal_range(http::field::host);
  const auto hosts = std::distance(first, end);
  if (hosts > 1 || (hosts == 0 && message.version() >= 11))
    return refused(400);
  std::optional<std::string_view> host;
  if (hosts == 1)
    host = view(first->value());

  std::string_view target = view(message.target());
  if (ascii::iequals(target.substr(0, scheme.size()), scheme)) {
    target.remove_prefix(scheme.size());
    const std::size_t path =
        std::min(target.find_first_of("/?"), target.size());
    host = target.substr(0, path);
    target.remove_prefix(path);
    if (target.empty())
      target = "/";
  }
  if (!target.starts_with('/') && target != "*")
    return refused(400);
  const std::size_t question = std::min(target.find('?'), target.size());
  r.made.path = target.substr(0, question);
  if (question < target.size())
    r.made.query = target.substr(question + 1);

  if (host) {
    r.made.host = parse_host(*host);
    r.made.authority = *host;
    if (!r.made.host)
      return refused(400);
  }
  // An HTTP/1.0 client waits for the end of the connection. If a body was sent,
  // a proxy in between may see its end elsewhere.
  const bool has_body =
      !r.made.body.empty() || message.count(http::field::transfer_encoding) > 0;
  r.made.keep_alive = keep_alive && message.version() >= 11 && !has_body;
  return r;
}

}  // namespace

struct request_reader::parser {
  explicit parser(const request_limits& limits) {
    of_beast.eager(false);  // to see where the header ends
    of_beast.header_limit(static_cast<std::uint32_t>(limits.header));
    of_beast.body_limit(limits.body);
    of_beast.get().body().reserve(never_short);
  }
  http::request_parser<body> of_beast;
  std::size_t header = 0;  // octets of it so far
};

request_reader::request_reader(request_limits limits)
    : limits_(limits), parser_(std::make_unique<parser>(limits)) {
  octets_.reserve(never_short);
}
request_reader::~request_reader() = default;
request_reader::request_reader(request_reader&&) noexcept = default;
request_reader& request_reader::operator=(request_reader&&) noexcept = default;

void request_reader::append(std::string_view octets) { octets_ += octets; }

bool request_reader::is_within_request() const {
  return !octets_.empty() || parser_->of_beast.got_some();
}

request_reader::event request_reader::fail(unsigned status) {
  status_ = status;
  octets_.clear();
  return event::failed;
}

request_reader::event request_reader::next(request& out) {
  if (status_ != 0)
    return event::failed;
  auto& p = parser_->of_beast;
  while (!p.is_done()) {
    if (octets_.empty())
      return event::need_more;
    boost::system::error_code error;
    const bool had_header = p.is_header_done();
    const std::size_t taken =
        p.put(boost::asio::buffer(octets_.data(), octets_.size()), error);
    octets_.erase(0, taken);
    // Beast's own limit is for what it has not understood yet: fields that come
    // one by one are no end of memory to it.
    if (!had_header) {
      parser_->header += taken;
      if (parser_->header > limits_.header)
        return fail(431);
    }
    if (error && error != http::error::need_more)
      return fail(status_of(error));
    if (!had_header && p.is_header_done()) {
      const auto& header = p.get();
      // We send no 100 (Continue); a client that waits for it gets an answer at
      // once.
      if (header.count(http::field::expect) > 0)
        return fail(417);
      if (header.count(http::field::transfer_encoding) > 0 && !p.chunked())
        return fail(501);
    }
    // The header, or the line of a chunk, or a trailer, may not go on for ever.
    if (error) {
      const std::size_t so_far =
          octets_.size() + (p.is_header_done() ? 0 : parser_->header);
      return so_far > limits_.header ? fail(431) : event::need_more;
    }
  }
  const bool keep_alive = p.keep_alive();
  reading r = read(p.release(), keep_alive);
  // There may have been a password in what lies there still.
  if (octets_.empty())
    wipe(octets_.data(), octets_.capacity());
  parser_ = std::make_unique<parser>(limits_);
  if (r.status != 0)
    return fail(r.status);
  out = std::move(r.made);
  return event::request;
}

response make_error(unsigned status) {
  const std::string_view name =
      view(http::obsolete_reason(http::int_to_status(status)));
  return {.status = status,
          .body = fmt::format("{} {}\n", status, name),
          .fields = {}};
}

std::string format(const response& r, body_part body, connection after,
                   time_point now) {
  const std::tm utc = fmt::gmtime(std::chrono::system_clock::to_time_t(now));
  std::string out = fmt::format(
      "HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", r.status,
      view(http::obsolete_reason(http::int_to_status(r.status))), utc);
  out += fmt::format("Content-Type: {}\r\n", r.type);
  if (!r.next)
    out += fmt::format("Content-Length: {}\r\n", r.body.size());
  out += fmt::format("Content-Security-Policy: {}\r\nCache-Control: {}\r\n",
                     r.policy, r.cache);
  for (const auto& [name, value] : fields_of_all)
    out += fmt::format("{}: {}\r\n", name, value);
  for (const auto& [name, value] : r.fields)
    out += fmt::format("{}: {}\r\n", name, value);
  if (after == connection::closes)
    out += "Connection: close\r\n";
  out += "\r\n";
  if (body == body_part::sent)
    out += r.body;
  return out;
}

}  // namespace mekiki::admin
