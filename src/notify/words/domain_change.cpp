#include "notify/words/domain_change.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/printable.hpp"
#include "notify/words/findings.hpp"

namespace mekiki::notify {
namespace {

using kind = domain_change::kind;

constexpr std::array<std::pair<kind, std::string_view>, 7> words{{
    {kind::watched, "watched"},
    {kind::record, "record"},
    {kind::finding, "finding"},
    {kind::mended, "mended"},
    {kind::grade, "grade"},
    {kind::silent, "silent"},
    {kind::answers, "answers"},
}};

std::optional<records::finding_id> id_of(std::string_view name) {
  for (std::size_t i = 0; i < records::finding_count; ++i) {
    const auto id = static_cast<records::finding_id>(i);
    if (to_string(id) == name)
      return id;
  }
  return std::nullopt;
}

std::string or_none(const std::string& text, language in) {
  if (!text.empty())
    return printable(text);
  return in == language::japanese ? "（なし）" : "(none)";
}

}  // namespace

std::string_view to_string(kind k) {
  for (const auto& [which, word] : words) {
    if (which == k)
      return word;
  }
  return "watched";
}

std::optional<kind> parse_change_kind(std::string_view word) {
  for (const auto& [which, name] : words) {
    if (name == word)
      return which;
  }
  return std::nullopt;
}

records::level level_of(const domain_change& c) {
  switch (c.what) {
    case kind::record:
    case kind::silent:
      return records::level::warn;
    case kind::finding:
      if (const auto id = id_of(c.name))
        return records::level_of(*id);
      break;
    case kind::watched:
    case kind::mended:
    case kind::grade:
    case kind::answers:
      break;
  }
  return records::level::info;
}

bool is_news(const domain_change& c) {
  return level_of(c) != records::level::info || c.what == kind::mended;
}

change_words words_of(const domain_change& c, language in) {
  const bool ja = in == language::japanese;
  const std::string name = printable(c.name);
  switch (c.what) {
    case kind::watched:
      break;
    case kind::record:
      return {fmt::format(fmt::runtime(ja ? "{} が {} から {} に変わりました"
                                          : "{} changed from {} to {}"),
                          name, or_none(c.was, in), or_none(c.is, in)),
              {}};
    case kind::finding: {
      const auto id = id_of(c.name);
      if (!id)
        return {fmt::format("{} ({})", name, printable(c.record)), {}};
      finding_words found =
          words_of(records::finding{*id, c.record, c.facts, {}}, in);
      return {fmt::format(fmt::runtime(ja ? "{}（{}）：{}" : "{} ({}): {}"),
                          name, printable(c.record), found.text),
              std::move(found.remedy)};
    }
    case kind::mended:
      return {fmt::format(
                  fmt::runtime(ja ? "直りました：{}（{}）" : "mended: {} ({})"),
                  name, printable(c.record)),
              {}};
    case kind::grade:
      return {fmt::format(fmt::runtime(ja ? "評価は {}（前は {}）"
                                          : "grade {}, was {}"),
                          printable(c.is), printable(c.was)),
              {}};
    case kind::silent:
      return {ja ? "一部のレコードについて、DNS が数時間答えていません"
                 : "the DNS has not answered for some of its records for hours",
              {}};
    case kind::answers:
      return {ja ? "DNS がまた答えるようになりました" : "the DNS answers again",
              {}};
  }
  return {fmt::format(fmt::runtime(ja ? "今から監視します。評価は {}"
                                      : "watched from now on; grade {}"),
                      printable(c.is)),
          {}};
}

}  // namespace mekiki::notify
