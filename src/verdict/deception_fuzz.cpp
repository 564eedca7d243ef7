#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "message/header.hpp"
#include "mime/charset.hpp"
#include "mime/encoded_word.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/deception.hpp"
#include "verdict/display_name.hpp"

using mekiki::fuzz::require;

namespace {

using namespace mekiki;

bool is_utf8(std::string_view text) {
  return mime::decode_charset(text, "utf-8") == text;
}

const verdict::correspondents& known() {
  static const verdict::correspondents c(
      {"example.co.jp", "wingtips.com", "gmail.test", "nec.test",
       "xn--wgv71a119e.jp", "tokyo-gas.test"},
      "salt",
      {{verdict::name_mark(verdict::name_key("Taro Yamada"), "salt"),
        "example.co.jp"}});
  return c;
}

}  // namespace

// The octets are a header. What is found is UTF-8 of bounded size, at most
// twenty of each kind, about another domain than the author's; a name read
// again has the same key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const verdict::header_facts header =
      verdict::read_header_facts(message::parse_header(octets));
  const verdict::own_addresses own{{"taro@northwind.jp"}};
  std::map<verdict::finding::kind, int> of_a_kind;
  for (const verdict::finding& f :
       verdict::find_deceptions(header, own, &known(), nullptr)) {
    require(f.seen.size() <= 256 && f.like.size() <= 256);
    require(is_utf8(f.like));
    require(++of_a_kind[f.what] <= 20);
  }
  const std::string name = mime::decode_words(
      header.display_name, mime::most_of_header_text, mime::controls::nothing);
  require(is_utf8(name));
  if (name.find("=?") == name.npos && name.find('\x1b') == name.npos &&
      name.size() <= mime::most_of_header_text)
    require(verdict::name_key(name) == verdict::name_key(header.display_name));

  if (!header.author_domain.empty()) {
    const auto shape = verdict::shape_of(header.author_domain);
    require(!verdict::compare(shape, shape));
    for (const std::string_view domain : known().candidates(shape)) {
      const auto like = verdict::shape_of(domain);
      const auto there = verdict::compare(shape, like);
      if (there == verdict::finding::kind::one_edit)
        require(verdict::compare(like, shape) == there);
    }
  }
  return 0;
}
