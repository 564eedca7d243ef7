#include "pop3/own_mails.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "pop3/codec.hpp"

namespace mekiki::pop3 {
namespace {

std::optional<drop_listing> listing_of(std::string_view status) {
  const auto parsed = parse_status(status);
  return parsed ? parse_stat(*parsed) : std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> count_of_stat(std::string_view status) {
  const auto s = listing_of(status);
  return s ? std::optional(s->mails) : std::nullopt;
}

own_mails::own_mails(std::uint32_t upstream_mails,
                     const std::vector<store::listed_warning>& mails)
    : before_(upstream_mails) {
  for (const store::listed_warning& m : mails) mails_.push_back({.what = m});
}

bool own_mails::has(std::uint32_t number) const {
  return number > before_ && number - before_ <= mails_.size();
}

bool own_mails::is_upstreams(std::string_view line) const {
  const auto listed = parse_numbered(line);
  return empty() || !listed || listed->number <= before_;
}

const store::listed_warning* own_mails::find(std::uint32_t number) const {
  if (!has(number) || mails_[number - before_ - 1].removed)
    return nullptr;
  return &mails_[number - before_ - 1].what;
}

bool own_mails::remove(std::uint32_t number) {
  if (find(number) == nullptr)
    return false;
  mails_[number - before_ - 1].removed = true;
  return true;
}

void own_mails::restore() {
  for (mail& m : mails_) m.removed = false;
}

std::vector<std::string> own_mails::removed() const {
  std::vector<std::string> out;
  for (const mail& m : mails_) {
    if (m.removed)
      out.push_back(m.what.uidl);
  }
  return out;
}

// RFC 1939 5: mails marked as deleted are in neither number.
std::string own_mails::stat(std::string_view status) const {
  auto all = listing_of(status);
  if (!all)
    return std::string(status);
  std::uint64_t octets = all->octets.value_or(0);
  for (const mail& m : mails_) {
    if (m.removed)
      continue;
    ++all->mails;
    octets += m.what.size;
  }
  return fmt::format("+OK {} {}", all->mails, octets);
}

std::uint32_t own_mails::number_of(const mail& m) const {
  return before_ + 1 + static_cast<std::uint32_t>(&m - mails_.data());
}

std::string own_mails::list() const {
  std::string out;
  for (const mail& m : mails_) {
    if (!m.removed)
      out += fmt::format("{} {}\r\n", number_of(m), m.what.size);
  }
  return out;
}

std::string own_mails::uidl() const {
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
