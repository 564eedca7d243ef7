// What a digest says, and how that is laid out as text and as HTML.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "notify/words/sentence.hpp"

namespace mekiki::notify::digests {

// Each contrasts with white and black alike, for light and dark clients.
constexpr std::string_view red = "#e5383b";
constexpr std::string_view amber = "#c77700";
constexpr std::string_view grey = "#767b85";
constexpr std::string_view blue = "#4a86e8";
constexpr std::string_view green = "#2a9d57";

struct row {
  std::string label;
  std::uint64_t mails = 0;
  std::string trend;   // "7 more than the day before"
  std::string line;    // all that
  std::string change;  // "+7"
  std::string_view colour;
};

struct column {
  std::string label;
  std::uint64_t mails = 0;
  std::uint64_t forged = 0;
};

struct list {
  std::string heading;
  std::vector<std::pair<std::string, std::uint64_t>> names;
  std::string more;
};

/// All texts are inert, none is HTML. Without levels there was no mail.
struct page {
  std::string title, time, headline, trend;
  std::string advice;              // what to do; may be empty
  std::string see, address, line;  // the link's words, where it leads, both
  bool is_alarming = false;
  bool is_blind = false;              // nothing may look good then
  std::string results, change, dkim;  // headings
  std::vector<row> levels, checks;
  std::string chart, legend, legend_forged, legend_other, most;
  std::size_t label_every = 1;
  std::vector<column> columns;
  std::vector<list> lists;
  std::vector<std::string> warnings;
  std::string zone;
};

/// "1,234"
std::string number(std::uint64_t n);

/// UTF-8, lines end with LF.
std::string to_text(const page& p);
/// Styles are inline; nothing is loaded from outside. It sets no background and
/// no text colour, so that it follows the client's light or dark theme.
std::string to_html(const page& p, language in);

}  // namespace mekiki::notify::digests
