#include "delivery/arriving_mail.hpp"

#include <algorithm>

#include "message/header.hpp"
#include "store/warning.hpp"

namespace mekiki::delivery {
namespace {

/// A spooled mail, read once more as a whole.
class spooled_octets final : public verdict::octet_source {
 public:
  explicit spooled_octets(message::spool& s) : spool_(s) {}

  std::size_t size() const override { return spool_.size(); }
  std::optional<std::string> read() override {
    std::string out;
    out.reserve(spool_.size());
    while (out.size() < spool_.size()) {
      const auto octets = spool_.read(out.size());
      if (!octets)
        return std::nullopt;
      out += *octets;
    }
    return out;
  }

 private:
  message::spool& spool_;
};

bool is_proven_whole(const verdict::judgement& v) {
  return std::ranges::any_of(v.known.dkim, [](const dkim::signature_result& r) {
    return r.status == auth::result::pass && !r.partial;
  });
}

}  // namespace

bool arriving_mail::take(std::string_view octets) {
  if (!octets_.append(octets))
    return false;
  evaluation_.write(octets);
  return true;
}

void arriving_mail::drop_end(std::size_t octets) {
  octets_.truncate(octets_.size() - std::min(octets, octets_.size()));
  evaluation_ = verdict::evaluation(settings_, with_, from_, session_);
  is_to_be_read_again_ = true;
}

void arriving_mail::abandon() {
  evaluation_.abandon();
  octets_ = message::spool({});
}

boost::asio::awaitable<verdict::judgement> arriving_mail::judge() {
  for (std::size_t at = 0; is_to_be_read_again_ && at < octets_.size();) {
    const auto piece = octets_.read(at);
    if (!piece)
      break;  // what follows cannot be read for delivery either
    evaluation_.write(*piece);
    at += piece->size();
    for (bool goes_on = false; !goes_on;)
      goes_on = co_await evaluation_.caught_up(std::chrono::seconds(1));
  }
  spooled_octets again(octets_);
  verdict::judgement v = co_await evaluation_.finish(&again);
  if (doubt_ && !is_proven_whole(v))
    co_return verdict::undecided(*doubt_);
  co_return v;
}

bool arriving_mail::ends_with_crlf() {
  if (size() < 2)
    return false;
  const auto end = octets_.read(size() - 2);
  return end && *end == "\r\n";
}

std::string arriving_mail::header() {
  const auto octets = octets_.read(0, store::most_warning_header);
  if (!octets)
    return {};
  message::header_end_finder finder;
  return std::string(
      octets->substr(0, finder.find(*octets).value_or(octets->size())));
}

}  // namespace mekiki::delivery
