#include "cli/mbox.hpp"

#include "base/ascii.hpp"

namespace mekiki::cli {
namespace {

constexpr std::size_t kept_of_line = 200;
constexpr std::string_view from = "From ";
constexpr std::uint64_t most_quotes = 1000;  // held back; nobody quotes deeper

}  // namespace

bool is_from_line(std::string_view line) {
  if (!line.starts_with(from))
    return false;
  // The date's "HH:MM". A sentence that begins with "From " has none.
  for (std::size_t i = from.size(); i + 5 <= line.size(); ++i) {
    if (ascii::is_digit(line[i]) && ascii::is_digit(line[i + 1]) &&
        line[i + 2] == ':' && ascii::is_digit(line[i + 3]) &&
        ascii::is_digit(line[i + 4])) {
      return true;
    }
  }
  return false;
}

void mbox_splitter::end_line(std::vector<mail_range>& mails) {
  if (after_empty_ && is_from_line(start_)) {
    if (in_mail_)
      mails.push_back({mail_begin_, empty_begin_});
    in_mail_ = true;
    mail_begin_ = at_;
    // A mail may be empty: the next "From " line then follows at once.
    after_empty_ = false;
  } else {
    after_empty_ = start_.empty() || start_ == "\r";
    if (after_empty_)
      empty_begin_ = line_begin_;
  }
  start_.clear();
  line_begin_ = at_;
}

void mbox_splitter::write(std::string_view octets,
                          std::vector<mail_range>& mails) {
  while (!octets.empty()) {
    const std::size_t lf = octets.find('\n');
    const std::string_view line = octets.substr(0, lf);
    start_ += line.substr(0, kept_of_line - start_.size());
    if (lf == std::string_view::npos) {
      at_ += octets.size();
      return;
    }
    at_ += lf + 1;
    octets.remove_prefix(lf + 1);
    end_line(mails);
  }
}

void mbox_splitter::finish(std::vector<mail_range>& mails) {
  if (at_ != line_begin_)
    end_line(mails);  // the last line has no LF
  if (!in_mail_)
    return;
  const bool ends_empty = after_empty_ && empty_begin_ >= mail_begin_;
  mails.push_back({mail_begin_, ends_empty ? empty_begin_ : at_});
}

void from_unquoter::write(std::string_view octets, std::string& out) {
  for (std::size_t i = 0; i < octets.size();) {
    if (!line_start_) {
      const std::size_t lf = octets.find('\n', i);
      const std::size_t end =
          lf == std::string_view::npos ? octets.size() : lf + 1;
      out.append(octets.substr(i, end - i));
      line_start_ = lf != std::string_view::npos;
      i = end;
      continue;
    }
    const char c = octets[i];
    if (held_.empty() && c == '>' && quotes_ < most_quotes) {
      ++quotes_;
      ++i;
    } else if (quotes_ > 0 && c == from[held_.size()]) {
      held_ += c;
      ++i;
      if (held_ == from) {
        --quotes_;
        finish(out);
      }
    } else {
      finish(out);  // and look at this octet again
    }
  }
}

void from_unquoter::finish(std::string& out) {
  out.append(quotes_, '>');
  out += held_;
  quotes_ = 0;
  held_.clear();
  line_start_ = false;
}

void line_end_finder::write(std::string_view octets) {
  if (crlf_ || octets.empty())
    return;
  crlf_ = (after_cr_ && octets.front() == '\n') ||
          octets.find("\r\n") != std::string_view::npos;
  after_cr_ = octets.back() == '\r';
}

void append_crlf(std::string_view octets, std::string& out) {
  while (!octets.empty()) {
    const std::size_t lf = octets.find('\n');
    out.append(octets.substr(0, lf));
    if (lf == std::string_view::npos)
      return;
    out += "\r\n";
    octets.remove_prefix(lf + 1);
  }
}

}  // namespace mekiki::cli
