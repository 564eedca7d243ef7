#include "demo_history/record.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "message/date.hpp"

namespace mekiki::demo {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// A text of a template and, but for the last one, the placeholder behind it.
struct piece {
  std::string text;
  enum class kind : std::uint8_t { end, number, time } what = kind::end;
  std::size_t k = 0;  // which number of the mail's line

  auto operator<=>(const piece&) const = default;
};

void replace_all(std::string& in, std::string_view from, std::string_view to) {
  for (std::size_t at = in.find(from); at != in.npos;
       at = in.find(from, at + to.size()))
    in.replace(at, from.size(), to);
}

/// So that a part of another text does not come before that.
struct longest_first {
  bool operator()(const std::string& a, const std::string& b) const {
    return a.size() == b.size() ? a < b : a.size() > b.size();
  }
};

/// One mail: mails with the same pieces share a template.
struct split_mail {
  std::vector<piece> pieces;
  std::vector<std::int64_t> numbers;
};

class recorder {
 public:
  std::string record(const made_up_history& h) {
    std::int64_t before = 0;
    for (std::size_t i = 0; i < h.mails.size(); ++i) {
      const made_up_mail& m = h.mails[i];
      mails_.push_back(split(m, mail_names(i + 1), m.event.fetched - before));
      before = m.event.fetched;
    }
    for (std::size_t i = 0; i < mails_.size(); ++i)
      by_template_[mails_[i].pieces].push_back(i);
    std::vector<std::string> templates;
    std::vector<std::string> lines(mails_.size());
    for (const auto& [pieces, alike] : by_template_)
      templates.push_back(
          write_template(pieces, alike, templates.size(), lines));
    share_parts(templates);
    std::string out = json::serialize(json::value_from(h.people)) + '\n';
    for (const std::vector<std::string>& row : rows_)
      out += json::serialize(json::value_from(row)) + '\n';
    for (const std::string& t : templates) out += t + '\n';
    for (const std::string& line : lines) out += line + '\n';
    return out;
  }

 private:
  static constexpr std::size_t counted_at = 2;  // the number

  split_mail split(const made_up_mail& m, const mail_names& names,
                   std::int64_t since_last) {
    const std::int64_t fetched = m.event.fetched;
    split_mail out;
    out.numbers = {0, since_last, fetched - m.event.counted};
    std::string text = json::serialize(json::value_from(m.event));
    std::map<std::string, std::string, longest_first> known = {
        {names.digest, "${digest}"},
        {names.uidl, "${uidl}"},
        {names.id, "${id}"},
        {message::format_date(m.event.counted, 9h),
         fmt::format("${{{}d}}", counted_at)},
        {fmt::to_string(m.event.counted), fmt::format("${{{}t}}", counted_at)},
        {fmt::to_string(fetched), "${t}"},
    };
    for (const std::vector<std::string>& row : m.texts) {
      for (std::size_t column = 0; column < row.size(); ++column) {
        known.emplace(row[column],
                      fmt::format("${{{}.{}}}", out.numbers.size(), column));
      }
      out.numbers.push_back(row_of(row));
    }
    for (const auto& [from, to] : known) replace_all(text, from, to);
    find_numbers(text, fetched, out);
    return out;
  }

  std::int64_t row_of(const std::vector<std::string>& row) {
    auto at = std::ranges::find(rows_, row);
    if (at == rows_.end())
      at = rows_.insert(at, row);
    return at - rows_.begin();
  }

  /// Those that stand alone: 3, "3" or \"3\". One of ten digits is a time.
  static void find_numbers(std::string_view text, std::int64_t fetched,
                           split_mail& out) {
    std::string before;
    for (std::size_t i = 0; i < text.size();) {
      std::size_t end = i;
      while (end < text.size() && ascii::is_digit(text[end])) ++end;
      constexpr std::string_view left = ":,[\"=";
      constexpr std::string_view right = ",]}\"\\ ";
      if (end == i || i == 0 || end == text.size() || end - i > 10 ||
          left.find(text[i - 1]) == left.npos ||
          right.find(text[end]) == right.npos) {
        const std::size_t rest = std::max(end, i + 1);
        before += text.substr(i, rest - i);
        i = rest;
        continue;
      }
      const std::int64_t n = std::stoll(std::string(text.substr(i, end - i)));
      const bool is_time = end - i == 10;
      out.pieces.push_back(
          {.text = std::exchange(before, {}),
           .what = is_time ? piece::kind::time : piece::kind::number,
           .k = out.numbers.size()});
      out.numbers.push_back(is_time ? fetched - n : n);
      i = end;
    }
    out.pieces.push_back({.text = before});
  }

  /// The template of the mails `alike`, and their lines. Numbers that are the
  /// same in all of them are written into the template; of two that are always
  /// equal one is kept.
  std::string write_template(const std::vector<piece>& pieces,
                             const std::vector<std::size_t>& alike,
                             std::size_t number,
                             std::vector<std::string>& lines) {
    const auto column = [&](std::size_t k) {
      std::vector<std::int64_t> out;
      for (const std::size_t i : alike) out.push_back(mails_[i].numbers[k]);
      return out;
    };
    const std::size_t rows_end =
        mails_[alike.front()].numbers.size() - pieces.size() + 1;
    std::vector<std::size_t> kept(rows_end);
    for (std::size_t k = 0; k < rows_end; ++k) kept[k] = k;
    std::string out;
    for (const piece& p : pieces) {
      out += p.text;
      if (p.what == piece::kind::end)
        break;
      const auto here = column(p.k);
      const bool is_time = p.what == piece::kind::time;
      if (!is_time && std::ranges::count(here, here.front()) ==
                          static_cast<std::ptrdiff_t>(here.size())) {
        out += fmt::to_string(here.front());
        continue;
      }
      auto same = std::ranges::find_if(kept, [&](std::size_t k) {
        return k >= rows_end && column(k) == here;
      });
      if (same == kept.end())
        same = kept.insert(same, p.k);
      out += fmt::format("${{{}{}}}", same - kept.begin(), is_time ? "t" : "");
    }
    for (const std::size_t i : alike) {
      mails_[i].numbers[0] = static_cast<std::int64_t>(number);
      for (const std::size_t k : kept) {
        lines[i] += lines[i].empty() ? "" : " ";
        lines[i] += fmt::to_string(mails_[i].numbers[k]);
      }
    }
    return out;
  }

  /// What occurs in several templates becomes a row.
  void share_parts(std::vector<std::string>& templates) {
    constexpr std::size_t worth_it = 24;  // octets
    std::map<std::string, std::set<std::string>> templates_with;
    for (const std::string& t : templates) {
      for (const std::string& part : parts_of(t))
        templates_with[part].insert(t);
    }
    for (std::string& t : templates) {
      std::string shared;
      for (const std::string& part : parts_of(t)) {
        if (part.size() < worth_it || templates_with[part].size() < 2)
          shared += part;
        else
          shared += fmt::format("#{{{}}}", row_of({part}));
      }
      t = std::move(shared);
    }
  }

  /// Cut before each member that is an object, an array or a long text.
  static std::vector<std::string> parts_of(std::string_view text) {
    std::vector<std::string> out;
    std::size_t begin = 0;
    for (std::size_t at = 1; at < text.size(); ++at) {
      const std::string_view rest = text.substr(at);
      if (!rest.starts_with(",\"") && !rest.starts_with(",\\\""))
        continue;
      const std::size_t colon = rest.find(':');
      const std::size_t next = rest.find(',', 1);
      if (colon == rest.npos || next < colon || colon + 1 == rest.size())
        continue;
      const char first = rest[colon + 1];
      if (first != '{' && first != '[' && !rest.starts_with(",\"header\"") &&
          !rest.starts_with(",\"story\""))
        continue;
      out.emplace_back(text.substr(begin, at - begin));
      begin = at;
    }
    out.emplace_back(text.substr(begin));
    return out;
  }

  std::vector<std::vector<std::string>> rows_;
  std::vector<split_mail> mails_;
  std::map<std::vector<piece>, std::vector<std::size_t>> by_template_;
};

}  // namespace

std::string record(const made_up_history& h) { return recorder().record(h); }

}  // namespace mekiki::demo
