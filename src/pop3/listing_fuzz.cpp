#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pop3/codec.hpp"
#include "pop3/maildrop.hpp"
#include "pop3/own_mails.hpp"
#include "pop3/session.hpp"

// What a server answers to CAPA, STAT, LIST and UIDL, line by line: nothing
// that is kept exceeds its bounds, and what is known of a mail stays.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  pop3::maildrop mails;
  pop3::capabilities capabilities;
  const pop3::own_mails none;
  pop3::own_mails ours(10, {{.uidl = "a", .size = 1}});
  pop3::line_buffer lines(8192);
  std::string line;
  const auto take = [&] {
    while (true) {
      const auto event = lines.next(line);
      if (event == pop3::line_buffer::event::need_more)
        return;
      if (event != pop3::line_buffer::event::line)
        continue;
      const std::string first(mails.uidl_of(1));
      mails.note(line);
      mails.note_uidl(line);
      if (!first.empty() && mails.uidl_of(1) != first)
        std::abort();
      pop3::read_capability(line, capabilities);
      pop3::count_of_stat(line);
      if (!none.is_upstreams(line) || none.stat(line).size() > line.size() + 40)
        std::abort();
      ours.is_upstreams(line);
      ours.stat(line);
    }
  };
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, 4096);
    rest.remove_prefix(piece.size());
    lines.append(piece);
    take();
  }
  if (mails.sizes.size() > 200'000)
    std::abort();
  pop3::head_of({reinterpret_cast<const char*>(data), size}, 5);
  return 0;
}
