#include "pop3/extra_mails.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "pop3/codec.hpp"

namespace mekiki::pop3 {
namespace {

/// "+OK COUNT OCTETS", and what some servers add.
struct drop_listing {
  std::uint32_t mails = 0;
  std::uint64_t octets = 0;
};

std::optional<std::uint64_t> parse_octets(std::string_view digits) {
  std::uint64_t n = 0;
  const char* end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, n);
  if (digits.empty() || error != std::errc() || at != end)
    return std::nullopt;
  return n;
}

std::optional<drop_listing> parse_stat(std::string_view status) {
  const auto parsed = parse_status(status);
  if (!parsed || !parsed->ok)
    return std::nullopt;
  const auto [first, second] = parse_command(parsed->text);
  const auto mails = parse_number(first);
  const auto octets = parse_octets(second.substr(0, second.find(' ')));
  if (!mails || !octets)
    return std::nullopt;
  return drop_listing{.mails = *mails, .octets = *octets};
}

}  // namespace

std::optional<std::uint32_t> count_of_stat(std::string_view status) {
  const auto s = parse_stat(status);
  return s ? std::optional(s->mails) : std::nullopt;
}

extra_mails::extra_mails(std::uint32_t upstream_mails,
                         const std::vector<store::listed_warning>& mails)
    : before_(upstream_mails) {
  for (const store::listed_warning& m : mails) mails_.push_back({.what = m});
}

bool extra_mails::has(std::uint32_t number) const {
  return number > before_ && number - before_ <= mails_.size();
}

bool extra_mails::is_upstreams(std::string_view line) const {
  const auto number = parse_number(parse_command(line).verb);
  return empty() || !number || *number <= before_;
}

const store::listed_warning* extra_mails::find(std::uint32_t number) const {
  if (!has(number) || mails_[number - before_ - 1].removed)
    return nullptr;
  return &mails_[number - before_ - 1].what;
}

bool extra_mails::remove(std::uint32_t number) {
  if (find(number) == nullptr)
    return false;
  mails_[number - before_ - 1].removed = true;
  return true;
}

void extra_mails::restore() {
  for (mail& m : mails_) m.removed = false;
}

std::vector<std::string> extra_mails::removed() const {
  std::vector<std::string> out;
  for (const mail& m : mails_) {
    if (m.removed)
      out.push_back(m.what.uidl);
  }
  return out;
}

// RFC 1939 5: mails marked as deleted are in neither number.
std::string extra_mails::stat(std::string_view status) const {
  auto all = parse_stat(status);
  if (!all)
    return std::string(status);
  for (const mail& m : mails_) {
    if (m.removed)
      continue;
    ++all->mails;
    all->octets += m.what.size;
  }
  return fmt::format("+OK {} {}", all->mails, all->octets);
}

std::uint32_t extra_mails::number_of(const mail& m) const {
  return before_ + 1 + static_cast<std::uint32_t>(&m - mails_.data());
}

std::string extra_mails::list() const {
  std::string out;
  for (const mail& m : mails_) {
    if (!m.removed)
      out += fmt::format("{} {}\r\n", number_of(m), m.what.size);
  }
  return out;
}

std::string extra_mails::uidl() const {
  std::string out;
  for (const mail& m : mails_) {
    if (!m.removed)
      out += fmt::format("{} {}\r\n", number_of(m), m.what.uidl);
  }
  return out;
}

std::string_view head_of(std::string_view mail, std::uint32_t lines) {
  constexpr std::string_view separator = "\r\n\r\n";
  std::size_t end = mail.find(separator);
  if (end == mail.npos)
    return mail;
  end += separator.size();
  for (; lines > 0 && end < mail.size(); --lines)
    end = std::min(mail.find('\n', end), mail.size() - 1) + 1;
  return mail.substr(0, end);
}

}  // namespace mekiki::pop3
