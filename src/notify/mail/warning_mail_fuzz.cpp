// What a forged mail says of itself cannot break the mail that tells of it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "notify/mail/warning_mail.hpp"

namespace {

using namespace mekiki;

class zeros final : public random_source {
 public:
  void fill(char* out, std::size_t size) override { std::memset(out, 0, size); }
};

void check(bool holds) {
  if (!holds)
    std::abort();
}

std::string_view next_line(std::string_view& input) {
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view line = input.substr(0, end);
  input.remove_prefix(std::min(end + 1, input.size()));
  return line;
}

store::warning warning_of(std::string_view input, store::warning::kind kind) {
  store::warning w;
  w.what = kind;
  w.account = "taro%pop.example.jp";
  w.result.what = verdict::level::forged;
  w.result.why = verdict::parse_reason(next_line(input));
  w.author = next_line(input);
  w.author_name = next_line(input);
  w.subject = input;
  w.header = input;
  return w;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const auto in :
       {notify::language::english, notify::language::japanese}) {
    store::waiting_warnings waiting;
    for (const auto kind :
         {store::warning::kind::mail, store::warning::kind::second})
      waiting.first.push_back(warning_of(input, kind));
    waiting.count = waiting.first.size();
    notify::own_mail m =
        notify::warning_mail(waiting, {.in = in}, notify::texts());
    check(m.subject.size() < 200);
    check(m.text.find("://") == m.text.npos);
    check(m.text.size() < 8'000);
    m.from = m.to = "mekiki@pc.example";

    zeros random;
    std::string_view octets;
    const std::string mail = notify::format(m, random);
    octets = mail;
    std::size_t ends = 0;
    while (!octets.empty()) {
      const std::size_t lf = octets.find('\n');
      check(lf != octets.npos && lf > 0 && octets[lf - 1] == '\r');
      const std::string_view line = octets.substr(0, lf - 1);
      check(line.size() <= 998 && std::ranges::all_of(line, [](char c) {
              return c >= ' ' && c <= '~';
            }));
      ends += line == "--=_mekiki_00000000000000000000000000000000--" ? 1 : 0;
      octets.remove_prefix(lf + 1);
    }
    check(ends <= 1);
  }
  return 0;
}
