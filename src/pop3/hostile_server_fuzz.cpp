// A session with a server that says whatever it likes, at each step of it. The
// client gets answers that it can read, each to its own command, and no mail
// that looks whole where the server sent none; and the session ends.
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"
#include "base/fuzz_require.hpp"
#include "pop3/test_rig.hpp"

using mekiki::fuzz::require;

namespace {

using namespace mekiki;
using namespace mekiki::pop3;

// In the order in which the pieces of an input answer them. Both legs are in
// clear: TLS is the business of others.
constexpr std::array<std::string_view, 12> commands = {
    "",     "CAPA",   "USER *", "PASS *", "STAT", "LIST",
    "UIDL", "RETR *", "TOP *",  "DELE *", "NOOP", "QUIT"};
constexpr char separator = '\xff';

/// A line that is a dot and nothing else, by any idea of a line end.
bool has_final_dot(std::string_view octets) {
  for (std::size_t at = octets.find('.'); at != octets.npos;
       at = octets.find('.', at + 1)) {
    const auto ends = [](char c) { return c == '\r' || c == '\n'; };
    if ((at == 0 || ends(octets[at - 1])) &&
        (at + 1 == octets.size() || ends(octets[at + 1])))
      return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0)
    return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto how = static_cast<unsigned char>(rest.front());
  rest.remove_prefix(1);

  test::rig all;
  all.settings.upstream.clear_hosts = {"pop.example.jp"};
  all.upstream.ways.has_tls = false;
  all.upstream.add(*test::make_mail("plain", 1));
  all.piece = how % 4 == 0 ? 1 : SIZE_MAX;
  std::string all_said;
  for (std::size_t i = 0; i < commands.size() && !rest.empty(); ++i) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string said(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (said.empty())
      continue;  // as it should be
    all_said += said;
    if (i == 0) {
      all.upstream.ways.greeting = said;
      continue;
    }
    test::reaction r;
    r.command = commands[i];
    r.say = said;
    if (how % 8 == 7)
      r.then = test::reaction::end::close;
    all.upstream.ways.reactions.push_back(std::move(r));
  }

  test::client& client = all.connect();
  const std::vector<std::string> session = {"USER taro%pop.example.jp\r\n",
                                            "PASS secret\r\n",
                                            "STAT\r\n",
                                            "LIST\r\n",
                                            "UIDL\r\n",
                                            "RETR 1\r\n",
                                            "TOP 1 0\r\n",
                                            "DELE 1\r\n",
                                            "NOOP\r\n",
                                            "QUIT\r\n"};
  std::size_t asked = 1;  // the greeting
  for (const std::string& command : session) {
    if (client.has_ended())
      break;
    client.say(command);
    ++asked;
    all.await_answers(asked, std::chrono::minutes(20));
  }
  client.close();
  require(all.await_end(), "the session does not end");

  // The last may be a farewell.
  const bool parts = client.has_ended() && !client.answers().empty() &&
                     client.answers().back().status.starts_with("-ERR");
  require(client.answers().size() <= asked + (parts ? 1 : 0),
          "an answer to nothing");
  for (const test::answer& a : client.answers()) {
    if (a.status.empty() && !a.is_whole)
      continue;
    // A server's own goes on as it is.
    require(ascii::istarts_with(a.status, "+OK") ||
                ascii::istarts_with(a.status, "-ERR"),
            "a status line");
    // What the server really has is whole, too.
    const bool is_mail =
        a.command.starts_with("RETR") && a.is_whole && a.is_ok();
    require(!is_mail || has_final_dot(all_said) ||
                a.body.find("Subject") != a.body.npos,
            "a whole mail that nobody sent");
  }
  for (const std::string& heard : all.upstream.heard) {
    require(heard.find("secret") == heard.npos || heard.starts_with("PASS ") ||
                heard.starts_with("AUTH "),
            "the password in another command");
  }
  return 0;
}
