#include "net/listen.hpp"

#include <cerrno>
#include <chrono>
#include <exception>
#include <filesystem>
#include <list>
#include <system_error>
#include <tuple>
#include <unistd.h>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/file_remedy.hpp"
#include "base/log.hpp"
#include "net/connection.hpp"

namespace mekiki::net {

namespace asio = boost::asio;

using tcp = asio::ip::tcp;

namespace {

// How long accepting pauses when there are no descriptors or memory.
constexpr std::chrono::milliseconds pause{200};

constexpr auto as_value = asio::as_tuple(asio::use_awaitable);

}  // namespace

struct listener::state : std::enable_shared_from_this<state> {
  state(asio::io_context& loop, std::size_t most, handler each)
      : io(loop),
        acceptor(loop),
        wake(loop),
        max_sessions(most),
        serve(std::move(each)) {}

  static asio::awaitable<void> accept_all(std::shared_ptr<state> s);
  void start(tcp::socket socket);
  void finished(std::list<asio::cancellation_signal>::iterator session,
                const std::exception_ptr& error);

  asio::io_context& io;
  tcp::acceptor acceptor;
  asio::steady_timer wake;  // ends a pause
  const std::size_t max_sessions;
  const handler serve;
  place local;
  std::list<asio::cancellation_signal> sessions;
  bool full = false;
};

namespace {

void log_error(std::string_view what, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    if (e.code() == asio::error::operation_aborted)
      return;
    log::error("{}: {}", what, log::quoted(e.what()));
  } catch (const std::exception& e) {
    log::error("{}: {}", what, log::quoted(e.what()));
  }
}

}  // namespace

asio::awaitable<void> listener::state::accept_all(std::shared_ptr<state> s) {
  while (true) {
    auto [error, socket] = co_await s->acceptor.async_accept(as_value);
    if (!s->acceptor.is_open())
      co_return;
    if (!error) {
      s->start(std::move(socket));
      continue;
    }
    if (error == asio::error::connection_aborted)
      continue;
    log::error("{}: accepting failed: {}", format(s->local), error.message());
    s->wake.expires_after(pause);
    std::ignore = co_await s->wake.async_wait(as_value);
  }
}

void listener::state::start(tcp::socket socket) {
  if (sessions.size() >= max_sessions) {
    if (!std::exchange(full, true)) {
      log::warning("{}: all {} sessions are in use; more are turned away",
                   format(local), max_sessions);
    }
    return;  // closes the socket
  }
  full = false;
  const auto session = sessions.emplace(sessions.end());
  auto ended = [self = shared_from_this(),
                session](const std::exception_ptr& error) {
    self->finished(session, error);
  };
  asio::co_spawn(
      io, serve(make_stream(std::make_shared<connection>(std::move(socket)))),
      asio::bind_executor(
          io, asio::bind_cancellation_slot(session->slot(), std::move(ended))));
}

void listener::state::finished(
    std::list<asio::cancellation_signal>::iterator session,
    const std::exception_ptr& error) {
  sessions.erase(session);
  if (error)
    log_error(fmt::format("{}: session", format(local)), error);
}

namespace {

std::string remedy(const endpoint& where, const boost::system::error_code& e) {
  if (e == asio::error::address_in_use) {
    return fmt::format("; `ss -ltnp sport = :{}` tells what holds the port",
                       where.port);
  }
  if (e == asio::error::access_denied) {
    return "; ports below 1024 need the right CAP_NET_BIND_SERVICE, which "
           "mekiki.service has";
  }
  if (e == boost::system::errc::address_not_available) {
    return "; this machine has no such address (`ip address` tells which it "
           "has)";
  }
  return "";
}

}  // namespace

expected<std::unique_ptr<listener>, std::string> listener::bind(
    asio::io_context& io, endpoint where, std::size_t max_sessions,
    handler serve) {
  const auto s = std::make_shared<state>(io, max_sessions, std::move(serve));
  const tcp::endpoint to = to_asio(where);
  boost::system::error_code error;
  s->acceptor.open(to.protocol(), error);
  if (!error)
    s->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && where.address.is_v6()) {
    s->acceptor.set_option(asio::ip::v6_only(true), error);
  }
  if (!error)
    s->acceptor.bind(to, error);
  if (!error)
    s->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return unexpected(fmt::format("cannot listen on {}: {}{}", format(where),
                                  error.message(), remedy(where, error)));
  }
  return begin(s);
}

namespace {

/// An error's text, or nothing.
std::string bind_local(int descriptor, const std::filesystem::path& where) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  where.string().copy(to.sun_path, sizeof to.sun_path - 1);
  const auto* address = reinterpret_cast<const sockaddr*>(&to);
  struct stat old {};
  if (::lstat(where.c_str(), &old) == 0 && S_ISSOCK(old.st_mode)) {
    const int probe =
        ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const bool answers = ::connect(probe, address, sizeof to) == 0 ||
                         errno == EAGAIN;  // many wait there
    ::close(probe);
    if (answers)
      return "somebody listens there already";
    ::unlink(where.c_str());
  }
  // While there is one thread. A folder with the setgid bit gives its group.
  const mode_t before = ::umask(0117);
  const bool is_bound = ::bind(descriptor, address, sizeof to) == 0;
  const int error = errno;
  ::umask(before);
  if (!is_bound)
    return std::system_category().message(error) + file_remedy(where, error);
  if (::listen(descriptor, SOMAXCONN) != 0)
    return std::system_category().message(errno);
  return {};
}

}  // namespace

expected<std::unique_ptr<listener>, std::string> listener::bind(
    asio::io_context& io, const std::filesystem::path& where,
    std::size_t max_sessions, handler serve) {
  const auto s = std::make_shared<state>(io, max_sessions, std::move(serve));
  s->local.path = where;
  const int descriptor =
      ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const std::string why = bind_local(descriptor, where);
  boost::system::error_code error;
  // Nothing of what is done with the sockets depends on their family.
  if (why.empty())
    s->acceptor.assign(tcp::v4(), descriptor, error);
  if (!why.empty() || error) {
    ::close(descriptor);
    return unexpected(fmt::format("cannot listen on {}: {}", format(s->local),
                                  why.empty() ? error.message() : why));
  }
  return begin(s);
}

std::string format(const place& p) {
  return p.path.empty() ? format(p.at) : "unix:" + p.path.string();
}

std::vector<ip_network> loopback_networks() {
  return {{ip_address::v4({127, 0, 0, 0}), 8}, {*parse_ip_address("::1"), 128}};
}

expected<std::unique_ptr<listener>, std::string> listener::adopt(
    asio::io_context& io, int descriptor, std::size_t max_sessions,
    handler serve) {
  const auto s = std::make_shared<state>(io, max_sessions, std::move(serve));
  int family = 0;
  int listens = 0;
  socklen_t size = sizeof family;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0 ||
      ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) !=
          0 ||
      (family != AF_INET && family != AF_INET6) || listens == 0) {
    ::close(descriptor);
    return unexpected(std::string(
        "a socket that was handed over is none that listens for TCP"));
  }
  boost::system::error_code error;
  s->acceptor.assign(family == AF_INET ? tcp::v4() : tcp::v6(), descriptor,
                     error);
  if (error) {
    ::close(descriptor);
    return unexpected(fmt::format(
        "cannot use the socket that was handed over: {}", error.message()));
  }
  return begin(s);
}

endpoint listener::address_of(int descriptor) {
  tcp::endpoint at;
  socklen_t size = static_cast<socklen_t>(at.capacity());
  if (::getsockname(descriptor, at.data(), &size) != 0 ||
      (at.data()->sa_family != AF_INET && at.data()->sa_family != AF_INET6))
    return {};
  return {from_asio(at.address()), at.port()};
}

std::unique_ptr<listener> listener::begin(std::shared_ptr<state> s) {
  boost::system::error_code error;
  if (s->local.path.empty()) {
    const tcp::endpoint bound = s->acceptor.local_endpoint(error);
    s->local.at = {from_asio(bound.address()), bound.port()};
  }
  asio::co_spawn(
      s->io, state::accept_all(s), [s](const std::exception_ptr& thrown) {
        if (thrown)
          log_error(fmt::format("{}: listener", format(s->local)), thrown);
      });
  return std::unique_ptr<listener>(new listener(std::move(s)));
}

listener::listener(std::shared_ptr<state> s) : state_(std::move(s)) {}

listener::~listener() { stop(); }

endpoint listener::local() const { return state_->local.at; }

std::size_t listener::sessions() const { return state_->sessions.size(); }

void listener::close() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  state_->wake.cancel();
}

void listener::stop() {
  close();
  for (asio::cancellation_signal& session : state_->sessions) {
    session.emit(asio::cancellation_type::terminal);
  }
}

}  // namespace mekiki::net
