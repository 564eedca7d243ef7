// Whatever a client says, each line has one answer, of complete lines, and
// what goes to the upstream is one command made of nothing but digits and our
// own words.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "pop3/codec.hpp"
#include "pop3/session.hpp"

using namespace mekiki::pop3;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  for (const bool transaction : {false, true}) {
    session s({});
    if (transaction)
      s.logged_in();
    line_buffer lines(512);
    lines.append(octets);
    std::string line;
    for (;;) {
      const auto event = lines.next(line);
      if (event == line_buffer::event::need_more)
        break;
      const action a =
          event == line_buffer::event::line ? s.on_line(line) : s.on_too_long();
      if (!a.text.empty() && !a.text.ends_with("\r\n"))
        std::abort();
      switch (a.what) {
        case action::kind::login: {
          const credentials c = s.take_credentials();
          with_user(c, "user");
          break;
        }
        case action::kind::single_line:
        case action::kind::multi_line:
        case action::kind::remove:
        case action::kind::reset:
        case action::kind::quit: {
          const std::string_view command(a.text.data(), a.text.size() - 2);
          for (const char c : command) {
            if (!mekiki::ascii::is_alnum(c) && c != ' ')
              std::abort();
          }
          break;
        }
        default:
          break;
      }
    }
  }
  return 0;
}
