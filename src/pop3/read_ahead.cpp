#include "pop3/read_ahead.hpp"

#include <algorithm>

namespace mekiki::pop3 {

void read_ahead::retrieved(std::uint32_t number) {
  const bool goes_on = last_ == 0 || number == last_ + 1;
  if (!goes_on || !last_deleted_)
    pairs_ = 0;
  if (!goes_on)
    deletes_ = false;
  in_a_row_ = goes_on ? in_a_row_ + 1 : 1;
  last_ = number;
  last_deleted_ = false;
  ++fetched_;
}

void read_ahead::deleted(std::uint32_t number) {
  ++removed_;
  if (number != last_ || last_deleted_)  // again, after RSET
    return;
  last_deleted_ = true;
  ++pairs_;
}

std::optional<bool> read_ahead::deleted_all() const {
  if (fetched_ == 0)
    return std::nullopt;
  return !has_reset_ && removed_ == fetched_;
}

bool read_ahead::goes_on_after(int mails) const {
  if (stopped_ || rules_.mode == prefetch::off)
    return false;
  return pairs_ >= mails || (deletes_ && last_ != 0) ||
         (rules_.whom == prefetch_for::all && in_a_row_ >= mails);
}

void read_ahead::measured(std::size_t octets, duration took) {
  using seconds = std::chrono::duration<double>;
  const double elapsed =
      std::max(std::chrono::duration_cast<seconds>(took).count(), 0.001);
  const double speed = static_cast<double>(octets) / elapsed;
  // Between the time in all and the time beyond a round trip.
  double at_most = octets_a_second_;
  if (is_long(took))
    at_most = speed;
  else if (elapsed > quickest_)
    at_most = static_cast<double>(octets) / (elapsed - quickest_);
  octets_a_second_ = std::max(speed, std::min(octets_a_second_, at_most));
  quickest_ = std::min(quickest_, elapsed);
}

bool read_ahead::is_exact(std::size_t listed, std::size_t octets,
                          bool ends_with_crlf) {
  // POP3 has to add the line break that a mail's last line lacks.
  return octets == listed || (ends_with_crlf && octets == listed + 2);
}

std::size_t read_ahead::most_on_the_way() const {
  using seconds = std::chrono::duration<double>;
  const double time = std::chrono::duration_cast<seconds>(rules_.time).count();
  const double octets = octets_a_second_ * time;
  return octets >= static_cast<double>(rules_.octets)
             ? rules_.octets
             : static_cast<std::size_t>(octets);
}

bool read_ahead::has_room(const load& now, std::size_t size) const {
  return (rules_.memory == nullptr || rules_.memory->is_ample()) &&
         now.mails < rules_.commands && now.octets + size <= rules_.octets &&
         now.on_the_way + size <= most_on_the_way();
}

bool read_ahead::is_due(const load& now) const {
  return 2 * now.mails <= rules_.commands && 2 * now.octets <= rules_.octets &&
         2 * now.on_the_way <= most_on_the_way();
}

}  // namespace mekiki::pop3
