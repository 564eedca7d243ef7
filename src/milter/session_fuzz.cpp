// Whatever an MTA says: memory is bounded, each packet that needs an answer has
// one, and the octets of a mail hold a header that ends once.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "milter/codec.hpp"
#include "milter/session.hpp"

using mekiki::fuzz::require;

using namespace mekiki::milter;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  packet_reader packets;
  session s("mx.test",
            {.header = 64 << 10, .fields = 1000, .recipients = 1000});
  // Not all of what is said is well formed: in pieces, as it is.
  std::string out;
  bool in_mail = false;
  for (std::size_t at = 0; at < octets.size(); at += 100) {
    packets.append(octets.substr(at, 100));
    for (;;) {
      const auto p = packets.next();
      if (!p)
        return 0;
      if (!*p)
        break;
      out.clear();
      const auto step = s.take(**p, out);
      if (!step)
        return 0;
      require(out.size() < 100);
      require(!step->begins || !in_mail || (*p)->what != 'B');
      in_mail = step->what == session::event::octets;
      require(s.mail().recipients.size() <= 1000);
      for (const forged_fields::change& c : s.forged().changes()) {
        require(c.n > 0);
        require(c.value.find("X-Mekiki-Verdict:") == std::string::npos);
      }
      s.value_for_mta(step->octets.substr(0, 1000));
    }
  }
  return 0;
}
