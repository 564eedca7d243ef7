#include "notify/mail/warning_mail.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "notify/edit/inert.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::notify {
namespace {

using store::warning;
using verdict::level;

constexpr std::size_t most_shown = 200;  // octets of a subject or sender

/// One line of a mail's own text, fit to be shown.
std::string shown(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\r' || c == '\n'; },
      ' ');
  std::string_view part = first_octets(line, most_shown);
  return make_inert(part) + (part.size() < line.size() ? "\u2026" : "");
}

/// A login name that the upstream took: no text of a mail.
std::string shown_account(std::string_view account) {
  std::string out(first_octets(account, most_shown));
  std::ranges::replace_if(out, ascii::is_control, '?');
  return out;
}

/// Of several empty lines one is left, at the beginning none.
std::string without_gaps(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_gap = c == '\n' && (out.empty() || out.ends_with("\n\n"));
    if (!is_gap)
      out += c;
  }
  return out;
}

/// "2026-11-25 14:03 +0900", by the reader's clock.
std::string shown_time(std::int64_t unix_seconds, std::chrono::minutes east) {
  using namespace std::chrono;
  const sys_seconds at = sys_seconds(seconds(unix_seconds)) + east;
  const sys_days midnight = floor<days>(at);
  const year_month_day date(midnight);
  const hh_mm_ss time(at - midnight);
  const std::int64_t offset = std::abs(east.count());
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} {}{:02}{:02}",
                     static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), east.count() < 0 ? '-' : '+',
                     offset / 60, offset % 60);
}

std::string level_word(level what, language in, const texts& t) {
  return t.fill(fmt::format("level-{}", verdict::to_string(what)), in);
}

bool is_forged(const warning& w) {
  return w.what != warning::kind::budget && w.result.what == level::forged;
}

/// What is dangerous is not to stand among what is not. What concerns many
/// mails stays where it is.
std::vector<const warning*> forged_first(const std::vector<warning>& all) {
  std::vector<const warning*> out;
  for (const bool harmless : {false, true}) {
    for (const warning& w : all) {
      const bool is_harmless =
          w.what != warning::kind::budget && w.result.what != level::forged;
      if (is_harmless == harmless)
        out.push_back(&w);
    }
  }
  return out;
}

/// "Forged: "
std::string level_mark(level what, language in, const texts& t) {
  std::string word = level_word(what, in, t);
  if (in == language::japanese)
    return word + "：";
  if (!word.empty() && word[0] >= 'a' && word[0] <= 'z')
    word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word + ": ";
}

class composer {
 public:
  composer(const store::waiting_warnings& waiting,
           const warning_recipient& reader, const texts& t)
      : waiting_(waiting), reader_(reader), texts_(t) {}

  own_mail compose() {
    own_mail m;
    m.subject = subject();
    std::string items;
    for (const warning* w : forged_first(waiting_.first)) {
      items += item(*w);
      items += '\n';
      attach(*w, m);
    }
    if (!items.empty())
      items.pop_back();
    const std::uint64_t told = waiting_.first.size();
    m.text = without_gaps(fill(
        "warning-notice",
        {{"secret", reader_.secret_word.empty()
                        ? ""
                        : fill("secret-word", {{"word", reader_.secret_word}})},
         {"items", items},
         {"more", waiting_.count > told
                      ? fill("warning-more",
                             {{"count", std::to_string(waiting_.count - told)}})
                      : ""},
         {"advice", has_forged() ? fill("warning-advice") : ""},
         {"about",
          reader_.account.empty()
              ? fill("warning-about-all")
              : fill("warning-about",
                     {{"account", shown_account(reader_.account)}})}}));
    return m;
  }

 private:
  std::string fill(std::string_view name,
                   const texts::values& with = {}) const {
    return texts_.fill(name, reader_.in, with);
  }

  bool has_forged() const {
    return std::ranges::any_of(waiting_.first, is_forged);
  }

  // Names the mail, if it is about one. Clients show a subject in many places:
  // its links are made unusable, and our mark stands before it.
  std::string subject() const {
    const auto are_all = [&](warning::kind what) {
      return waiting_.count == waiting_.first.size() &&
             std::ranges::all_of(waiting_.first, [&](const warning& w) {
               return w.what == what;
             });
    };
    if (are_all(warning::kind::second))
      return fill("warning-subject-second");
    if (are_all(warning::kind::budget) && !reader_.account.empty())
      return fill("warning-subject-unmarked");
    if (waiting_.count == 1 && waiting_.first.size() == 1 &&
        waiting_.first[0].what == warning::kind::mail)
      return subject_of(waiting_.first[0]);
    return fill("warning-subject-many",
                {{"count", std::to_string(waiting_.count)}});
  }

  std::string subject_of(const warning& w) const {
    constexpr std::size_t most_named = 80;  // octets
    const std::string_view part = first_octets(w.subject, most_named);
    const std::string name =
        shown(part) + (part.size() < w.subject.size() ? "\u2026" : "");
    return fill(
        "warning-subject-one",
        {{"verdict", level_mark(w.result.what, reader_.in, texts_)},
         {"subject",
          ascii::trim(name).empty() ? fill("warning-no-subject") : name}});
  }

  std::string item(const warning& w) {
    ++number_;
    if (w.what != warning::kind::mail)
      told_.clear();
    if (w.what == warning::kind::budget && !reader_.account.empty()) {
      return fill("warning-unmarked",
                  {{"number", std::to_string(number_)}, {"count", w.subject}});
    }
    if (w.what == warning::kind::budget) {
      return fill("warning-budget", {{"number", std::to_string(number_)},
                                     {"account", shown_account(w.account)}});
    }
    const std::string reason = make_inert(sentence(w.result.why, reader_.in));
    const std::string head =
        w.what == warning::kind::second
            ? fill("warning-second",
                   {{"number", std::to_string(number_)},
                    {"before", level_word(w.before, reader_.in, texts_)},
                    {"after", level_word(w.result.what, reader_.in, texts_)},
                    {"reason", reason}})
            : head_of(w, reason);
    std::string from = w.author;
    if (!w.author_name.empty())
      from = w.author_name + " <" + w.author + '>';
    return fill("warning-item",
                {{"head", head},
                 {"subject", shown(w.subject)},
                 {"from", shown(from)},
                 {"date", shown_time(w.noted, reader_.east_of_utc)},
                 {"mailbox", reader_.account.empty()
                                 ? fill("warning-mailbox",
                                        {{"account", shown_account(w.account)}})
                                 : ""},
                 {"more", page_of(w)}});
  }

  /// Where the dashboard tells more about it, if its address is known.
  std::string page_of(const warning& w) const {
    const bool is_digest =
        !w.digest.empty() && std::ranges::all_of(w.digest, ascii::is_alnum);
    const std::string page =
        is_digest ? texts_.page("mail/digest/" + w.digest) : "";
    return page.empty() ? "" : fill("warning-page", {{"page", page}});
  }

  /// In a wave the reason is told once.
  std::string head_of(const warning& w, const std::string& reason) {
    const std::string verdict = level_mark(w.result.what, reader_.in, texts_);
    const std::string number = std::to_string(number_);
    if (std::exchange(told_, verdict + reason) == verdict + reason)
      return fill("warning-same", {{"number", number}, {"verdict", verdict}});
    return fill("warning-first",
                {{"number", number}, {"reason", verdict + reason}});
  }

  // RFC 6522 5 has the type.
  void attach(const warning& w, own_mail& m) const {
    if (w.header.empty())
      return;
    m.files.push_back({.type = "text/rfc822-headers",
                       .name = fmt::format("header-{}.txt", number_),
                       .octets = w.header});
  }

  const store::waiting_warnings& waiting_;
  const warning_recipient& reader_;
  const texts& texts_;
  int number_ = 0;
  std::string told_;  // verdict and reason of the mail before
};

}  // namespace

own_mail warning_mail(const store::waiting_warnings& waiting,
                      const warning_recipient& reader, const texts& t) {
  return composer(waiting, reader, t).compose();
}

}  // namespace mekiki::notify
