// Whether a host's TOP with a huge count gives the octets that RETR gives:
// one mail, which has a line that begins with a dot, is fetched both ways.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "delivery/arriving_mail.hpp"

namespace mekiki::pop3 {

class top_probe {
 public:
  enum class way : std::uint8_t { by_retr, by_top };

  /// The mail came one way; the other is still to be tried.
  void keep(std::uint32_t number, std::shared_ptr<delivery::arriving_mail> mail,
            way came) {
    number_ = number;
    mail_ = std::move(mail);
    came_ = came;
  }
  void forget() { mail_ = nullptr; }

  bool has(std::uint32_t number, way came) const {
    return mail_ && number_ == number && came_ == came;
  }
  std::size_t size() const { return mail_->size(); }

  /// The same mail came the other way: does it have the same octets? Ends the
  /// probe.
  bool compare(delivery::arriving_mail& other);

 private:
  std::uint32_t number_ = 0;
  std::shared_ptr<delivery::arriving_mail> mail_;
  way came_ = way::by_retr;
};

}  // namespace mekiki::pop3
