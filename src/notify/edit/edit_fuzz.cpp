#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fuzz_require.hpp"
#include "notify/edit/edit.hpp"
#include "notify/edit/test_client_reading.hpp"

using mekiki::fuzz::require;

namespace {

using mekiki::notify::mail_editor;
using mekiki::notify::placement;
using mekiki::notify::receipts;
using mekiki::notify::reading::forged_field;

const mekiki::notify::settings ours{"id.example"};
const mekiki::notify::labels values{"5ec2e75ec2e75ec2", {}};
const std::string block =
    "X-DKIM-Check: none\r\n"
    "X-Mekiki-Label: unverified-s3cret\r\n";
const std::string orphan = "X-Mekiki-Orphan:\r\n";

// Small letters stand for what makes a difference; the rest for itself.
std::string expand(std::string_view input) {
  constexpr std::array<std::string_view, 26> words = {
      "X-DKIM-Check", "X-Mekiki-",  "Authentication-Results",
      "id.example",   "X-",         "DKIM",
      "-Check",       "Mekiki",     "-",
      "Subject",      "a",          ": ",
      "; dkim=pass",  "\r\n",       "\n",
      "\r",           "\r\n\r\n",   " ",
      "\t",           "(",          ")",
      "\"",           "\\",         std::string_view("\0", 1),
      "\xc2\xa0",     "Receipt-To",
  };
  std::string out;
  for (const char c : input) {
    if (c >= 'a' && c <= 'z') {
      out += words[static_cast<std::size_t>(c - 'a')];
    } else {
      out += c;
    }
  }
  return out;
}

std::string edit(std::string_view mail, placement where, std::size_t piece,
                 std::size_t ready, receipts r = receipts::removed) {
  mail_editor editor(ours, values, where);
  std::string out;
  if (where == placement::top)
    editor.set_fields(block, r);
  std::size_t at = 0;
  bool set = where == placement::top;
  while (at < mail.size()) {
    const std::string_view octets = mail.substr(at, piece);
    const std::size_t taken = editor.write(octets, out);
    at += taken;
    if (!set && (taken < octets.size() || at >= ready)) {
      editor.set_fields(block, r);
      set = true;
    }
  }
  if (!set)
    editor.set_fields(block, r);
  editor.finish(out);
  return out;
}

std::string without_block(std::string out) {
  const std::size_t at = out.find(block);
  require(at != std::string::npos, "our fields are there");
  out.erase(at, block.size());
  if (out.compare(at, orphan.size(), orphan) == 0)
    out.erase(at, orphan.size());
  return out;
}

// Octets that were broken may be others.
bool is_subsequence(std::string_view part, std::string_view whole) {
  std::size_t i = 0;
  for (const char c : whole) {
    if (i < part.size() && (part[i] == c || part[i] == '-'))
      ++i;
  }
  return i == part.size();
}

bool may_be_ours(std::string_view mail) {
  using namespace mekiki::notify::reading;
  for (const line_ends ends :
       {line_ends::crlf, line_ends::crlf_or_lf, line_ends::any}) {
    for (const client_field& f : read_header(mail, ends)) {
      if (f.name == "x-dkim-check" || f.name.starts_with("x-mekiki-") ||
          f.name == "authentication-results" ||
          f.name.find("receipt-") != std::string::npos) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

// No reader finds a forged field in the output; what is in it was in the mail;
// a mail without forged fields is all there; pieces make no difference.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0)
    return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string mail = expand(input.substr(1));
  if (mail.find(block) != std::string::npos)
    return 0;
  const std::size_t piece = 1 + data[0] % 7;

  const std::string whole = edit(mail, placement::top, mail.size() + 1, 0);
  require(whole == edit(mail, placement::top, piece, 0), "pieces are the same");
  require(whole.starts_with(block), "our fields are on top");
  require(forged_field(whole, block, ours.authserv_id).empty(), "none forged");
  const std::string kept = without_block(whole);
  require(is_subsequence(kept, mail), "nothing is added");
  // The scrubber holds no more of a name than that.
  require(kept.size() == mail.size() || mail.size() > (64 << 10) ||
              may_be_ours(mail),
          "nothing is lost");

  for (const placement where : {placement::top, placement::bottom}) {
    const std::string renamed = edit(mail, where, piece, 0, receipts::renamed);
    require(forged_field(renamed, block, ours.authserv_id).empty(),
            "none forged, with receipts renamed");
  }

  const std::string bottom =
      edit(mail, placement::bottom, piece, data[0] * mail.size() / 256);
  require(forged_field(bottom, block, ours.authserv_id).empty(),
          "none forged, bottom");
  // Held-back fields change their place, nothing else.
  require(without_block(bottom).size() == kept.size(), "nothing lost, bottom");
  return 0;
}
