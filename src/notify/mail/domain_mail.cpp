#include "notify/mail/domain_mail.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "mime/unicode.hpp"
#include "notify/edit/inert.hpp"
#include "notify/words/shown_name.hpp"

namespace mekiki::notify {
namespace {

constexpr std::size_t most_domains = 20;
constexpr std::size_t most_changes = 30;   // of a domain
constexpr std::size_t longest_line = 600;  // characters

struct phrases {
  std::string_view broke, changed;  // subjects: of one domain
  std::string_view broke_many, changed_many;
  std::string_view intro;
  std::string_view domain, no_grade, ok, warn, bad;
  std::string_view remedy;
  std::string_view more_changes, more_domains;
  std::string_view end;
};

constexpr phrases english{
    .broke = "[Mekiki] The mail records of {} are broken",
    .changed = "[Mekiki] The mail records of {} changed",
    .broke_many = "[Mekiki] The mail records of {} of your domains are broken",
    .changed_many = "[Mekiki] The mail records of {} of your domains changed",
    .intro =
        "Mekiki looks once a day at the records of your domains. If you did "
        "not "
        "change them yourself, somebody else did.",
    .domain = "{} (grade: {})",
    .no_grade = "none yet",
    .ok = "in order",
    .warn = "could be better",
    .bad = "broken",
    .remedy = "What to do: {}",
    .more_changes = "and {} more",
    .more_domains = "And {} more domains.",
    .end =
        "The page \"Own domains\" of the dashboard has all of it, with the "
        "lines "
        "to publish. On the command line: mekiki domain check DOMAIN",
};

constexpr phrases japanese{
    .broke = "[Mekiki] {} のメール用レコードに不具合があります",
    .changed = "[Mekiki] {} のメール用レコードが変わりました",
    .broke_many =
        "[Mekiki] 自ドメイン {} 件のメール用レコードに不具合があります",
    .changed_many = "[Mekiki] 自ドメイン {} 件のメール用レコードが変わりました",
    .intro =
        "Mekiki は、自ドメインのレコードを 1 日に 1 "
        "回確かめています。変更に心当た"
        "りがなければ、ほかの誰かが変えたものです。",
    .domain = "{}（評価：{}）",
    .no_grade = "未定",
    .ok = "問題なし",
    .warn = "改善の余地あり",
    .bad = "不具合あり",
    .remedy = "対処：{}",
    .more_changes = "ほか {} 件",
    .more_domains = "ほか {} ドメイン。",
    .end =
        "公開する行を含むすべての内容は、ダッシュボードの「自ドメイン」にありま"
        "す。"
        "コマンドでは：mekiki domain check ドメイン",
};

std::string said(std::string_view pattern, const auto& fact) {
  return fmt::format(fmt::runtime(pattern), fact);
}

/// One line, without links. Unlike `visible` it lets quotation marks pass,
/// which the sentences have.
std::string line_of(std::string_view text) {
  constexpr std::u32string_view marks = U"\"\u201c\u201d\u300c\u300d";
  const std::u32string all = mime::unicode::to_code_points(text);
  std::string out;
  for (std::size_t at = 0; at < std::min(all.size(), longest_line);) {
    const std::size_t end = std::min(all.find_first_of(marks, at), all.size());
    out +=
        visible(mime::unicode::to_utf8(all.substr(at, end - at)), longest_line);
    if (end < all.size())
      out += mime::unicode::to_utf8(all.substr(end, 1));
    at = end + 1;
  }
  return make_inert(out);
}

/// What to do. A sentence that leads to lines to publish ends here: the
/// dashboard has them.
std::string remedy_of(std::string_view text, language in) {
  for (const std::string_view colon : {":", "："}) {
    if (text.ends_with(colon))
      return line_of(text.substr(0, text.size() - colon.size())) +
             (in == language::japanese ? "。" : ".");
  }
  return line_of(text);
}

std::string_view grade_word(std::string_view grade, const phrases& p) {
  if (grade.empty())
    return p.no_grade;
  return grade == "bad" ? p.bad : grade == "warn" ? p.warn : p.ok;
}

bool is_bad(const changed_domain& d) {
  return std::ranges::any_of(d.changes, [](const domain_change& c) {
    return level_of(c) == records::level::bad;
  });
}

std::string subject_of(const std::vector<changed_domain>& domains,
                       const phrases& p) {
  const auto broken = std::ranges::count_if(domains, is_bad);
  const auto one =
      broken > 0 ? std::ranges::find_if(domains, is_bad) : domains.begin();
  if (broken == 1 || domains.size() == 1)
    return said(broken > 0 ? p.broke : p.changed, shown_domain(one->domain));
  return broken > 0 ? said(p.broke_many, broken)
                    : said(p.changed_many, domains.size());
}

std::string text_of(const changed_domain& d, const phrases& p, language in) {
  std::string out = fmt::format(fmt::runtime(p.domain), inert_domain(d.domain),
                                grade_word(d.grade, p));
  out += '\n';
  std::size_t told = 0;
  for (const domain_change& c : d.changes) {
    if (told == most_changes)
      break;
    ++told;
    const change_words words = words_of(c, in);
    out += fmt::format("- {}\n", line_of(words.text));
    if (!words.remedy.empty())
      out += fmt::format("  {}\n", said(p.remedy, remedy_of(words.remedy, in)));
  }
  if (told < d.changes.size())
    out += fmt::format("- {}\n", said(p.more_changes, d.changes.size() - told));
  return out;
}

}  // namespace

own_mail domain_mail(const std::vector<changed_domain>& domains, language in) {
  const phrases& p = in == language::japanese ? japanese : english;
  own_mail out;
  if (domains.empty())
    return out;
  out.subject = subject_of(domains, p);
  out.text = fmt::format("{}\n", p.intro);
  std::size_t told = 0;
  for (const changed_domain& d : domains) {
    if (told == most_domains)
      break;
    ++told;
    out.text += '\n' + text_of(d, p, in);
  }
  if (told < domains.size())
    out.text +=
        fmt::format("\n{}\n", said(p.more_domains, domains.size() - told));
  out.text += fmt::format("\n{}\n", p.end);
  return out;
}

}  // namespace mekiki::notify
