#include "net/connect.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/log.hpp"
#include "dns/name.hpp"
#include "net/connection.hpp"
#include "net/this_machine.hpp"

namespace mekiki::net {

namespace asio = boost::asio;

namespace {

using tcp = asio::ip::tcp;
using point = connection::point;

constexpr std::size_t max_addresses = 8;

using failure = unexpected<connect_error>;

failure fail(connect_errc code, std::string detail) {
  return failure(connect_error{code, std::move(detail)});
}

using addresses = std::vector<ip_address>;

// The addresses of a name, IPv6 and IPv4 in turn.
asio::awaitable<expected<addresses, connect_error>> look_up(
    dns::resolver& resolver, std::string name) {
  const dns::question v6{name, dns::record_type::aaaa};
  resolver.prefetch(v6);
  dns::question v4{name, dns::record_type::a};
  const dns::answer_ptr a4 = co_await resolver.resolve(std::move(v4));
  const dns::answer_ptr a6 = co_await resolver.resolve(v6);
  addresses out;
  for (std::size_t i = 0; out.size() < max_addresses; ++i) {
    const bool has_v6 = i < a6->addresses.size();
    const bool has_v4 = i < a4->addresses.size();
    if (!has_v6 && !has_v4)
      break;
    if (has_v6)
      out.push_back(a6->addresses[i]);
    if (has_v4)
      out.push_back(a4->addresses[i]);
  }
  if (!out.empty())
    co_return out;
  for (const dns::answer_ptr& a : {a4, a6}) {
    if (!dns::is_temporary(a->status))
      continue;
    co_return fail(connect_errc::dns_failed,
                   fmt::format("the address of {} cannot be found out: {}",
                               name, dns::describe(a->status)));
  }
  co_return fail(connect_errc::not_found,
                 a4->status == dns::status::nxdomain
                     ? fmt::format("the host {} does not exist", name)
                     : fmt::format("the host {} has no address", name));
}

/// A host that somebody named: `name`, else below the domains of the search
/// list.
asio::awaitable<expected<addresses, connect_error>> find_host(
    dns::resolver& resolver, std::string name, bool is_complete,
    point deadline) {
  auto found = co_await look_up(resolver, name);
  const dns::search_list search = resolver.search();
  const auto dots = static_cast<std::size_t>(std::ranges::count(name, '.'));
  if (found || is_complete || dots >= search.ndots)
    co_return found;
  // A resolver of the machine may refuse to answer for a name without a dot.
  for (const std::string& domain : search.domains) {
    const auto longer = dns::normalize(fmt::format("{}.{}", name, domain));
    if (!longer || !dns::is_hostname(*longer))
      continue;
    if (std::chrono::steady_clock::now() >= deadline)
      break;
    auto below = co_await look_up(resolver, *longer);
    if (below)
      co_return below;
    if (is_temporary(below.error().code))
      found = std::move(below);
  }
  co_return found;
}

bool is_unspecified(const ip_address& address) {
  const auto& octets = address.octets();
  return std::all_of(octets.begin(), octets.end(),
                     [](std::uint8_t octet) { return octet == 0; });
}

bool is_ourselves(const address_rules& rules, const endpoint& target) {
  return std::any_of(rules.own.begin(), rules.own.end(),
                     [&](const endpoint& own) {
                       if (own.port != target.port)
                         return false;
                       if (own.address.unmapped() == target.address)
                         return true;
                       // A listener on every address, or a target that means
                       // this machine.
                       return (is_unspecified(own.address) ||
                               is_unspecified(target.address)) &&
                              is_of_this_machine(target.address);
                     });
}

connect_error explain(int error, const endpoint& target) {
  const std::string where = format(target);
  switch (error) {
    case ECONNREFUSED:
      return {connect_errc::refused,
              fmt::format("{} refused the connection", where)};
    case ETIMEDOUT:
      return {connect_errc::timed_out,
              fmt::format("{} did not answer in time", where)};
    default:
      return {connect_errc::unreachable,
              fmt::format("{} cannot be reached: {}", where,
                          std::generic_category().message(error))};
  }
}

asio::awaitable<expected<stream_ptr, connect_error>> connect_to(
    endpoint target, point deadline) {
  // What a session waits for runs where it does.
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  tcp::socket socket(executor);
  boost::system::error_code opened;
  const tcp::endpoint to = to_asio(target);
  socket.open(to.protocol(), opened);
  if (opened)
    co_return failure(explain(opened.value(), target));
  const auto c = std::make_shared<connection>(std::move(socket));
  int error = 0;
  if (::connect(c->fd(), to.data(), static_cast<socklen_t>(to.size())) != 0) {
    error = errno;
  }
  if (error == EINPROGRESS) {
    const std::error_code waited =
        co_await c->wait(tcp::socket::wait_write, deadline);
    if (waited) {
      c->close();
      co_return failure(explain(
          waited == std::errc::timed_out ? ETIMEDOUT : waited.value(), target));
    }
    socklen_t size = sizeof(error);
    if (::getsockopt(c->fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
      error = errno;
    }
  }
  if (error != 0) {
    c->close();
    co_return failure(explain(error, target));
  }
  co_return make_stream(c);
}

}  // namespace

bool is_temporary(connect_errc code) {
  switch (code) {
    case connect_errc::dns_failed:
    case connect_errc::refused:
    case connect_errc::unreachable:
    case connect_errc::timed_out:
      return true;
    case connect_errc::bad_name:
    case connect_errc::port_refused:
    case connect_errc::address_refused:
    case connect_errc::self:
    case connect_errc::not_found:
      return false;
  }
  return false;
}

asio::awaitable<expected<stream_ptr, connect_error>> connect(
    dns::resolver& resolver, const address_rules& rules,
    connect_request request) {
  const point deadline = std::chrono::steady_clock::now() + request.timeout;
  if (!rules.allows_port(request.port)) {
    co_return fail(connect_errc::port_refused,
                   fmt::format("connections to port {} are not allowed here",
                               request.port));
  }
  addresses targets;
  if (const auto literal = parse_ip_address(request.host)) {
    targets.push_back(*literal);
  } else {
    const std::optional<std::string> name = dns::to_a_labels(request.host);
    if (!name || !dns::is_hostname(*name)) {
      co_return fail(connect_errc::bad_name,
                     fmt::format("{} is not the name of a host",
                                 log::quoted(request.host)));
    }
    expected<addresses, connect_error> found = co_await find_host(
        resolver, *name, request.host.ends_with('.'), deadline);
    if (!found)
      co_return failure(std::move(found).error());
    targets = std::move(*found);
  }

  std::optional<connect_error> last;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const endpoint target{targets[i].unmapped(), request.port};
    if (is_ourselves(rules, target)) {
      last = {connect_errc::self,
              fmt::format("{} is this proxy itself", format(target))};
      continue;
    }
    if (!rules.allows(target.address)) {
      last = {connect_errc::address_refused,
              fmt::format("connections to {} are not allowed here",
                          format(target.address))};
      continue;
    }
    // A firewall may hide from others what answers there.
    if ((is_of_this_machine(target.address) ||
         is_of_this_machine(innermost(target.address))) &&
        !any_contains(rules.allowed, target.address)) {
      last = {connect_errc::address_refused,
              fmt::format("{} is this machine itself, to which connections are "
                          "not allowed here",
                          format(target.address))};
      continue;
    }
    const point now = std::chrono::steady_clock::now();
    const auto left = static_cast<std::ptrdiff_t>(targets.size() - i);
    const point until = now + (deadline - now) / left;
    expected<stream_ptr, connect_error> connected =
        co_await connect_to(target, until);
    if (connected)
      co_return connected;
    last = std::move(connected).error();
  }
  co_return failure(std::move(*last));
}

}  // namespace mekiki::net
