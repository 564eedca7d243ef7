#include "demo/server.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "pop3/codec.hpp"

namespace mekiki::demo {
namespace {

constexpr auto patience = std::chrono::minutes(10);

/// One client's login and marks. Turns commands into answers.
class mailbox_session {
 public:
  explicit mailbox_session(const std::vector<demo_mail>& mails)
      : mails_(mails), deleted_(mails.size(), false) {}

  bool ended() const { return ended_; }

  std::string answer(std::string_view line) {
    const pop3::command_view command = pop3::parse_command(line);
    const auto is = [&](std::string_view verb) {
      return ascii::iequals(command.verb, verb);
    };
    if (is("QUIT")) {
      ended_ = true;
      return "+OK goodbye\r\n";
    }
    if (is("CAPA")) {
      return "+OK\r\nUSER\r\nTOP\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\n"
             "EXPIRE NEVER\r\n.\r\n";
    }
    if (is("USER")) {
      user_ = command.argument;
      return "+OK\r\n";
    }
    if (is("PASS"))
      return log_in(command.argument);
    if (!logged_in_)
      return "-ERR log in first\r\n";

    if (is("NOOP"))
      return "+OK\r\n";
    if (is("RSET")) {
      deleted_.assign(mails_.size(), false);
      return "+OK\r\n";
    }
    if (is("STAT"))
      return stat();
    if (is("LIST")) {
      return listing(command.argument, [this](std::size_t i) {
        return fmt::format("{}", mails_[i].octets.size());
      });
    }
    if (is("UIDL")) {
      return listing(command.argument, [this](std::size_t i) {
        return fmt::format("demo-{}", mails_[i].name);
      });
    }
    if (is("DELE")) {
      const auto i = find(command.argument);
      if (!i)
        return no_such_mail();
      deleted_[*i] = true;
      return "+OK\r\n";
    }
    if (is("RETR")) {
      const auto i = find(command.argument);
      return i ? mail(mails_[*i].octets) : no_such_mail();
    }
    if (is("TOP"))
      return top(command.argument);
    return "-ERR no such command\r\n";
  }

 private:
  static std::string no_such_mail() { return "-ERR no such mail\r\n"; }

  std::string log_in(std::string_view password) {
    if (user_ != "demo" || password != "demo") {
      return "-ERR [AUTH] user and password are both \"demo\"\r\n";
    }
    logged_in_ = true;
    return fmt::format("+OK {} mails\r\n", mails_.size());
  }

  std::optional<std::size_t> find(std::string_view number) const {
    const auto n = pop3::parse_number(number);
    if (!n || *n == 0 || *n > mails_.size() || deleted_[*n - 1]) {
      return std::nullopt;
    }
    return *n - 1;
  }

  std::string stat() const {
    std::size_t count = 0;
    std::size_t octets = 0;
    for (std::size_t i = 0; i < mails_.size(); ++i) {
      if (deleted_[i])
        continue;
      ++count;
      octets += mails_[i].octets.size();
    }
    return fmt::format("+OK {} {}\r\n", count, octets);
  }

  template <class Fact>
  std::string listing(std::string_view number, Fact fact) const {
    if (!number.empty()) {
      const auto i = find(number);
      if (!i)
        return no_such_mail();
      return fmt::format("+OK {} {}\r\n", *i + 1, fact(*i));
    }
    std::string out = "+OK\r\n";
    for (std::size_t i = 0; i < mails_.size(); ++i) {
      if (!deleted_[i])
        out += fmt::format("{} {}\r\n", i + 1, fact(i));
    }
    return out + ".\r\n";
  }

  static std::string mail(std::string_view octets) {
    std::string out = "+OK\r\n";
    pop3::dot_encoder encoder;
    encoder.write(octets, out);
    encoder.finish(out);
    return out;
  }

  // The header, its empty line, and as many lines of the body as asked for.
  std::string top(std::string_view arguments) const {
    const std::size_t space = arguments.find(' ');
    const auto i = find(arguments.substr(0, space));
    const auto lines = space == std::string_view::npos
                           ? std::nullopt
                           : pop3::parse_number(arguments.substr(space + 1));
    if (!i || !lines)
      return "-ERR TOP wants a mail and a number of lines\r\n";
    const std::string_view octets = mails_[*i].octets;
    std::size_t end = octets.find("\r\n\r\n");
    if (end == std::string_view::npos)
      return mail(octets);
    end += 4;
    for (std::uint32_t n = 0; n < *lines && end < octets.size(); ++n) {
      const std::size_t lf = octets.find('\n', end);
      end = lf == std::string_view::npos ? octets.size() : lf + 1;
    }
    return mail(octets.substr(0, end));
  }

  const std::vector<demo_mail>& mails_;
  std::vector<bool> deleted_;
  std::string user_;
  bool logged_in_ = false;
  bool ended_ = false;
};

}  // namespace

boost::asio::awaitable<void> demo_server::serve(net::stream_ptr client) const {
  constexpr std::size_t longest_line = 512;
  mailbox_session session(mails_);
  pop3::line_buffer lines(longest_line);
  std::array<char, 1024> buffer{};
  std::string line;
  std::string out = "+OK the mailbox of mekiki demo\r\n";
  for (;;) {
    const std::error_code error = co_await client->write(out, patience);
    if (error || session.ended())
      break;
    out.clear();
    const net::read_result got = co_await client->read_some(buffer, patience);
    if (got.error || got.octets == 0)
      break;
    lines.append(std::string_view(buffer.data(), got.octets));
    for (auto event = lines.next(line);
         event != pop3::line_buffer::event::need_more && !session.ended();
         event = lines.next(line)) {
      out += event == pop3::line_buffer::event::line ? session.answer(line)
                                                     : "-ERR too long\r\n";
    }
  }
  client->close();
}

expected<std::unique_ptr<demo_server>, std::string> demo_server::start(
    net::endpoint where, std::vector<demo_mail> mails) {
  constexpr std::size_t most_sessions = 100;
  std::unique_ptr<demo_server> server(new demo_server(std::move(mails)));
  auto listener =
      net::listener::bind(server->io_, where, most_sessions,
                          [s = server.get()](net::stream_ptr client) {
                            return s->serve(std::move(client));
                          });
  if (!listener)
    return unexpected(listener.error());
  server->listener_ = std::move(*listener);
  server->thread_ = std::thread([s = server.get()] { s->io_.run(); });
  return server;
}

demo_server::~demo_server() {
  if (!thread_.joinable())
    return;
  // The sessions end on their own thread; then the loop has no more work.
  boost::asio::post(io_, [this] { listener_->stop(); });
  thread_.join();
}

}  // namespace mekiki::demo
