#include "pop3/mail_receiver.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/log.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

using delivery::arriving_mail;
using fill_result = server_link::fill_result;

namespace {

/// What still belongs to an answer that looked complete comes within this time.
constexpr std::chrono::seconds stray_time{1};
/// A server whose mails end in LF "." CRLF is silent for so long at their end.
constexpr std::chrono::seconds lf_end_time{2};

std::string ending(arriving_mail& mail) {
  constexpr std::size_t most = 5;
  const std::size_t size = mail.size();
  const auto octets = mail.octets().read(size - std::min(size, most));
  return octets ? std::string(*octets) : std::string();
}

/// The length of a final "." line after a bare LF, or 0.
std::size_t lf_end(arriving_mail& mail) {
  const std::string end = ending(mail);
  if (end.ends_with("\n.\r\n"))
    return 3;
  return end.ends_with("\n.\n") ? 2 : 0;
}

}  // namespace

void mail_receiver::begin() {
  decoder_ = {};
  wire_octets_ = counted_ = line_ends_ = 0;
}

void mail_receiver::take(std::size_t octets) {
  link_.consume(octets);
  wire_octets_ += octets;
}

asio::awaitable<arrival> mail_receiver::receive(
    arriving_mail& mail, std::optional<std::size_t> listed, std::size_t most) {
  const steady_point begun = clock_.steady();
  for (;;) {
    std::string_view octets = link_.buffered();
    const std::size_t all = octets.size();
    std::string_view left_over;
    while (!octets.empty() && !decoder_.ended() && left_over.empty()) {
      const std::string_view piece = decoder_.next(octets);
      if (!mail.take(piece))
        left_over = piece;
    }
    left_over_ = left_over;  // a copy: what follows is consumed
    take(all - octets.size());
    if (decoder_.ended())
      break;
    if (!left_over_.empty())
      co_return arrival::no_room;
    if (mail.size() > most)
      co_return arrival::too_long;

    const bool goes_on = co_await link_.wait_for(mail);
    if (!goes_on)
      co_return arrival::abandoned;
    fill_result w = fill_result::silent;
    const bool is_at_end = may_end_in_lf(mail, listed);
    if (!is_at_end) {
      w = co_await link_.fill();
    } else {
      const net::duration longest =
          lf_lines_ ? lf_end_time : net::duration::max();
      w = co_await link_.fill(std::min(link_.patience(), longest));
    }
    if (w == fill_result::abandoned)
      co_return arrival::abandoned;
    if (w == fill_result::lost)
      co_return arrival::lost;
    if (w == fill_result::filled)
      continue;
    // Nothing else comes: the server ends its mails after a bare LF.
    log::info("a mail ended in LF \".\" instead of CRLF \".\" at {}",
              net::format(link_.connection().connection().peer()));
    lf_lines_ = true;
    mail.drop_end(lf_end(mail));
    break;
  }
  mail.took += clock_.steady() - begun;
  co_return arrival::complete;
}

/// The mail ends in a "." line after a bare LF, and is as long as LIST says if
/// that is known: with its line ends as they are, or as CRLF.
bool mail_receiver::may_end_in_lf(arriving_mail& mail,
                                  std::optional<std::size_t> listed) {
  const std::size_t end = lf_end(mail);
  if (end == 0 || !listed)
    return end != 0;
  const std::size_t size = mail.size() - end;
  if (size == *listed)
    return true;
  while (counted_ < size) {
    const auto octets = mail.octets().read(counted_, size - counted_);
    if (!octets)
      return false;
    line_ends_ += static_cast<std::size_t>(
        std::count(octets->begin(), octets->end(), '\n'));
    counted_ += octets->size();
  }
  return size + line_ends_ == *listed;
}

asio::awaitable<mail_receiver::piece> mail_receiver::next_piece() {
  piece out;
  if (!left_over_.empty()) {
    out.octets = std::exchange(left_over_, {});
    co_return out;
  }
  for (;;) {
    std::string_view octets = link_.buffered();
    const std::size_t all = octets.size();
    if (!octets.empty() && !decoder_.ended())
      out.octets = decoder_.next(octets);
    take(all - octets.size());
    out.ended = decoder_.ended();
    if (out.ended || !out.octets.empty())
      co_return out;
    if (all > 0)
      continue;
    const fill_result w = co_await link_.fill();
    if (w != fill_result::filled) {
      out.failed =
          w == fill_result::abandoned ? arrival::abandoned : arrival::lost;
      co_return out;
    }
  }
}

asio::awaitable<bool> mail_receiver::drop_rest() {
  for (;;) {
    const piece p = co_await next_piece();
    if (p.failed)
      co_return false;
    if (p.ended)
      co_return true;
  }
}

void mail_receiver::suspect_end(std::size_t size) {
  if (size > 0 && wire_octets_ > size)
    return;  // too long is no sign of a part
  still_due_ = size - std::min(size, wire_octets_);
  suspected_ = clock_.steady();
}

asio::awaitable<bool> mail_receiver::drop_after_end() {
  const std::size_t left = *std::exchange(still_due_, std::nullopt);
  constexpr std::string_view end = "\r\n.\r\n";
  std::string last(end);  // octets
  std::size_t dropped = 0;
  net::duration patience = std::max<net::duration>(
      suspected_ + stray_time - clock_.steady(), net::duration::zero());
  for (;;) {
    const std::string_view octets = link_.buffered();
    dropped += octets.size();
    last += octets.substr(octets.size() - std::min(octets.size(), end.size()));
    last.erase(0, last.size() - end.size());
    link_.consume(octets.size());
    // A part ends at once; else there is about as much as LIST says.
    constexpr std::size_t slack = 64;
    const bool may_end =
        last == end && (dropped == 0 || dropped + slack >= left);
    if (may_end && (dropped == left + 3 || dropped == left + 5))
      co_return true;
    fill_result w = fill_result::lost;
    if (may_end)
      w = co_await link_.fill(patience);
    else
      w = co_await link_.fill();
    patience = stray_time;
    if (w == fill_result::silent)
      co_return true;
    if (w != fill_result::filled)
      co_return false;
  }
}

}  // namespace mekiki::pop3
