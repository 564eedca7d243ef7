// Replies are the same wherever they are cut, within the limits, and never
// take what is behind them; a mail with its dots doubled cannot end early.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "net/smtp_reply.hpp"

using mekiki::fuzz::require;

using namespace mekiki::net;

namespace {

struct outcome {
  smtp_reply_reader::event event = smtp_reply_reader::event::need_more;
  smtp_reply reply;
  std::size_t taken = 0;
};

outcome read(std::string_view octets, std::size_t cut) {
  smtp_reply_reader reader;
  outcome out;
  for (std::string_view piece : {octets.substr(0, cut), octets.substr(cut)}) {
    if (out.event != smtp_reply_reader::event::need_more)
      break;
    const std::size_t size = piece.size();
    out.event = reader.next(piece);
    out.taken += size - piece.size();
  }
  if (out.event == smtp_reply_reader::event::reply)
    out.reply = reader.take();
  return out;
}

void check_replies(std::string_view octets, std::size_t seed) {
  while (!octets.empty()) {
    const outcome whole = read(octets, 0);
    const outcome cut = read(octets, seed % octets.size());
    require(whole.event == cut.event);
    if (whole.event != smtp_reply_reader::event::reply)
      return;
    require(whole.taken == cut.taken && whole.taken <= most_reply_octets);
    require(octets[whole.taken - 1] == '\n');
    require(whole.reply.code == cut.reply.code && whole.reply.code >= 200 &&
            whole.reply.code < 600);
    require(whole.reply.lines == cut.reply.lines &&
            !whole.reply.lines.empty() &&
            whole.reply.lines.size() <= most_reply_lines);
    for (const std::string& line : whole.reply.lines) {
      require(line.size() < most_reply_line &&
              line.find('\n') == std::string::npos);
    }
    const smtp_extensions can = parse_extensions(whole.reply);
    require(can.auth || (!can.plain && !can.login));
    is_about_policy(whole.reply);
    require(last_line(whole.reply).size() >= 3);
    octets.remove_prefix(whole.taken);
  }
}

// What a server makes of it is the mail, and the final line is the first that
// is a dot alone.
void check_stuffing(std::string_view mail) {
  const std::string wire = stuff_dots(mail) + ".\r\n";
  require(wire.find("\r\n.\r\n") == wire.size() - 5 || wire == ".\r\n");
  std::string back;
  for (std::string_view rest = wire; rest != ".\r\n";) {
    const std::size_t size = rest.find("\r\n") + 2;
    back += rest.substr(rest.starts_with('.') ? 1 : 0,
                        size - (rest.starts_with('.') ? 1 : 0));
    rest.remove_prefix(size);
  }
  require(back == mail || back == std::string(mail) + "\r\n");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  check_replies(octets, size == 0 ? 0 : data[size - 1]);
  check_stuffing(octets);
  return 0;
}
