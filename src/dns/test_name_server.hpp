// A name server on loopback for tests, and what its answers are made of.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "dns/resolver.hpp"

namespace mekiki::dns::test {

namespace asio = boost::asio;
using asio::ip::udp;

inline std::string number16(std::size_t n) {
  return {static_cast<char>(n >> 8), static_cast<char>(n & 0xff)};
}

inline std::string wire_name(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    out += static_cast<char>(dot);
    out += name.substr(0, dot);
    name.remove_prefix(std::min(dot + 1, name.size()));
  }
  return out + '\0';
}

inline std::string wire_text(std::initializer_list<std::string> strings) {
  std::string out;
  for (const std::string& s : strings) out += static_cast<char>(s.size()) + s;
  return out;
}

// A name server on loopback that answers as it was told, and counts.
class name_server {
 public:
  struct reply {
    int rcode = 0;
    std::vector<std::string> rdata;
    std::uint32_t ttl = 300;
    bool silent = false;
    int dropped = 0;    // so many times it is silent, and then answers
    bool held = false;  // until `release`
  };

  explicit name_server(asio::io_context& io)
      : socket_(io, udp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    asio::co_spawn(io, serve(), [](const std::exception_ptr& error) {
      if (error)
        std::rethrow_exception(error);
    });
  }

  std::string address() const {
    return fmt::format("127.0.0.1@{}", socket_.local_endpoint().port());
  }
  void close() { socket_.close(); }
  /// Sends the answers that were held back.
  void release() {
    for (const auto& [to, out] : held_) socket_.send_to(asio::buffer(out), to);
    held_.clear();
  }

  std::map<question, reply> replies;  // absent: NXDOMAIN
  std::map<question, int> asked;

 private:
  asio::awaitable<void> serve() {
    std::array<char, 4096> buffer{};
    while (true) {
      udp::endpoint from;
      const auto [error, size] = co_await socket_.async_receive_from(
          asio::buffer(buffer), from, asio::as_tuple(asio::use_awaitable));
      if (error)
        co_return;
      bool is_held = false;
      const std::string out = answer_to({buffer.data(), size}, is_held);
      if (is_held)
        held_.emplace_back(from, out);
      else if (!out.empty())
        socket_.send_to(asio::buffer(out), from);
    }
  }

  std::string answer_to(std::string_view query, bool& is_held) {
    std::size_t at = 12;
    std::string name;
    while (query[at] != 0) {
      const std::size_t length = static_cast<unsigned char>(query[at]);
      if (!name.empty())
        name += '.';
      name += ascii::to_lower(query.substr(at + 1, length));
      at += length + 1;
    }
    const auto type = static_cast<record_type>(query[at + 2]);
    const std::string_view question_section = query.substr(12, at + 5 - 12);
    const question q{name, type};
    ++asked[q];
    reply r;
    r.rcode = 3;
    if (const auto told = replies.find(q); told != replies.end()) {
      r = told->second;
      if (told->second.dropped > 0) {
        --told->second.dropped;
        return {};
      }
    }
    if (r.silent)
      return {};
    is_held = r.held;
    std::string out(query.substr(0, 2));
    out += '\x81';  // an answer, recursion desired
    out += static_cast<char>(0x80 | r.rcode);
    out += number16(1) + number16(r.rdata.size()) + number16(0) + number16(0);
    out += question_section;
    for (const std::string& rdata : r.rdata) {
      out += "\xc0\x0c" + number16(static_cast<std::size_t>(type)) +
             number16(1) + number16(r.ttl >> 16) + number16(r.ttl & 0xffff) +
             number16(rdata.size()) + rdata;
    }
    return out;
  }

  udp::socket socket_;
  std::vector<std::pair<udp::endpoint, std::string>> held_;
};

}  // namespace mekiki::dns::test
