#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "auth/dkim/errc.hpp"
#include "auth/dkim/key_cache.hpp"
#include "auth/dkim/sign.hpp"
#include "changes/addition.hpp"
#include "changes/test_undo.hpp"
#include "crypto/private_key.hpp"
#include "mime/transfer.hpp"

namespace {

using namespace mekiki;

const crypto::private_key& key() {
  static const auto made =
      crypto::private_key::generate(crypto::key_type::ed25519);
  return *made;
}

/// One key for whatever is asked.
class one_key final : public dns::resolver {
 public:
  void prefetch(const dns::question&) override {}
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question) override {
    static const dns::answer_ptr answer = [] {
      auto out = std::make_shared<dns::answer>();
      out->status = dns::status::success;
      out->texts.push_back(dkim::format_key_record(key()));
      return out;
    }();
    co_return answer;
  }
};

std::optional<changes::undone> undo(const std::string& mail) {
  const auto header = message::parse_header(mail);
  dkim::signature_result broken;
  broken.code = dkim::errc::body_hash;
  broken.selector = "s";
  broken.domain = "example.jp";
  const std::vector<dkim::signature_result> results{broken};
  one_key resolver;
  dkim::key_cache keys;
  const changes::undo_options options;
  return changes::test::ask_and_undo(mail, header, results, resolver, keys,
                                     options);
}

}  // namespace

// The input is a mail; what stands behind a NUL is added to it after it was
// signed. An addition at the end of lines is always found.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\0');
  const std::string original(input.substr(0, end));
  const std::string added(
      end == std::string_view::npos ? "" : input.substr(end + 1));

  changes::report({{added, false, ""}, {added, true, "iso-2022-jp"}}, "");
  for (const auto encoding : {mime::transfer_encoding::quoted_printable,
                              mime::transfer_encoding::base64})
    mime::decode(encoding, original);
  const std::string quoted = mime::encode_quoted_printable(added);
  if (!mime::decode(mime::transfer_encoding::quoted_printable, quoted))
    std::abort();

  dkim::sign_options options;
  if (size % 2 == 0)
    options.body = dkim::canonicalization::simple;
  if (size % 3 == 0)
    options.fields = {"From"};
  const auto field = dkim::sign(original, "example.com", "s", key(), options);
  if (!field) {
    undo(original);
    return 0;
  }
  const auto found = undo(*field + original + added);
  const auto header = message::parse_header(original);
  if (header.fields.front().is_field() && header.has_separator &&
      original.ends_with("x\r\n") && header.body + 3 <= original.size() &&
      original.size() > header.body && added.starts_with('y') &&
      added.size() < 100 && !found) {
    std::abort();
  }
  return 0;
}
