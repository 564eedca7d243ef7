// The fields that edit.hpp adds to a mail, from its judgement.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authres/format.hpp"
#include "message/fold.hpp"
#include "notify/edit/edit.hpp"
#include "notify/edit/label_guard.hpp"

namespace mekiki::notify {
namespace {

constexpr std::size_t longest_reason = 1600;  // of X-Mekiki-Reason
constexpr std::size_t longest_word = 800;     // a name, and 255 times %XX

/// The words of a reason; those that do not fit are left out as a whole.
std::vector<std::string> reason_words(std::string_view text) {
  std::vector<std::string> words;
  std::size_t octets = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > longest_word || octets + end > longest_reason)
      break;
    if (end > 0)
      words.emplace_back(text.substr(0, end));
    octets += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

std::string annotate(const verdict::judgement& v, const settings& s,
                     const labels& l) {
  const std::string level(to_string(v.result.what));
  // What the sender wrote is in these, too.
  std::string told = authres::format(s.authserv_id, v.results);
  told += message::format_field("X-Mekiki-Verdict", {level});
  told += message::format_field("X-Mekiki-Reason",
                                reason_words(verdict::encode(v.result.why)));
  label_guard(l).write(told);
  std::string out = message::format_field(
      "X-DKIM-Check", {std::string(to_string(v.dkim_check))});
  out += told;
  if (!l.current.empty())
    out += message::format_field("X-Mekiki-Label", {level + '-' + l.current});
  if (!l.previous.empty())
    out += message::format_field("X-Mekiki-Label", {level + '-' + l.previous});
  return out;
}

}  // namespace mekiki::notify
