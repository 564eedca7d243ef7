#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "base/random.hpp"
#include "mime/content.hpp"
#include "mime/parts.hpp"
#include "mime/transfer.hpp"
#include "notify/edit/rewrite.hpp"
#include "notify/edit/test_client_reading.hpp"

using mekiki::fuzz::require;

namespace {

using namespace mekiki;

class zeros final : public random_source {
 public:
  void fill(char* out, std::size_t size) override {
    std::fill_n(out, size, '\0');
  }
};

std::string change(std::string_view mail, const notify::changes& what) {
  message::spool spool({.memory = 1000});
  require(spool.append(mail).has_value(), "spool");
  verdict::judgement v;
  v.result.what = verdict::level::forged;
  v.result.why = verdict::reason("dmarc-fail").with("author", "example.jp");
  notify::choice user;
  user.in = mail.size() % 2 == 0 ? notify::language::japanese
                                 : notify::language::english;
  const notify::texts texts;
  zeros random;
  notify::changed_mail changed(
      spool, v, {.what = what, .choice = user, .texts = texts, .limits = {}},
      random);
  std::string out;
  while (!changed.ended()) {
    const auto octets = changed.read();
    require(octets.has_value(), "read");
    out += *octets;
  }
  return out;
}

/// What no client may find in a rewritten mail.
void check_rewritten(std::string_view mail, const std::string& out) {
  for (const auto ends : {notify::reading::line_ends::crlf,
                          notify::reading::line_ends::crlf_or_lf,
                          notify::reading::line_ends::any}) {
    int types = 0;
    for (const auto& f : notify::reading::read_header(out, ends)) {
      types += f.name.starts_with("content-") ? 1 : 0;
      require(f.name != "disposition-notification-to", "receipt");
    }
    require(types == 1, "one field describes the body");
  }
  const auto header = message::parse_header(out);
  const mime::content c = mime::read_content(header);
  require(c.clear && c.type == "multipart/mixed", "type");
  const auto parts =
      mime::split_parts(std::string_view(out).substr(header.body), c.boundary);
  require(parts.clear && parts.parts.size() == 2, "parts");
  for (std::size_t i = 0; i < 2; ++i) {
    const auto h = message::parse_header(parts.parts[i]);
    const mime::content part = mime::read_content(h);
    require(part.clear && part.is_file == (i == 1), "part");
    const auto octets =
        mime::decode(part.encoding, parts.parts[i].substr(h.body));
    require(octets.has_value(), "base64");
    require(i == 0 || *octets == mail, "the original");
    require(i == 1 || octets->find("://") == octets->npos, "links");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view mail(reinterpret_cast<const char*>(data), size);
  if (message::parse_header(mail).truncated)
    return 0;
  check_rewritten(mail, change(mail, {.rewrite = true}));
  // A mark once removed is gone, and nothing else changes.
  const notify::changes clean{.clean_subjects = true};
  const std::string once = change(mail, clean);
  require(change(once, clean) == once, "cleaning twice");
  change(mail, {.mark_subject = true, .clean_subjects = true});
  return 0;
}
