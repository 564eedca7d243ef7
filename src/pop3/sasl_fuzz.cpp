#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/base64.hpp"
#include "pop3/sasl.hpp"

// A client's message, as it comes and in base64: a name that is taken holds
// nothing that could end a line, and what goes up is base64.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  for (const auto how : {pop3::mechanism::plain, pop3::mechanism::xoauth2,
                         pop3::mechanism::oauthbearer}) {
    for (const std::string& message :
         {std::string(octets), base64_encode(octets)}) {
      const auto read = pop3::parse_sasl(how, message);
      if (!read) {
        if (read.error().empty())
          std::abort();
        continue;
      }
      if (read->login.empty() || read->login.find_first_of(std::string_view(
                                     "\0\r\n", 3)) != std::string::npos)
        std::abort();
      const secret up = pop3::with_user(*read, "taro");
      if (!base64_decode(up.reveal()))
        std::abort();
    }
  }
  return 0;
}
