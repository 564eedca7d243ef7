// One mail judged as its octets arrive: all checks, and the one answer.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "verdict/judgement.hpp"
#include "verdict/request.hpp"

namespace mekiki::verdict {

class evaluation {
 public:
  /// `s` outlives the evaluation, too.
  evaluation(const settings& s, services with, source from = {},
             std::optional<smtp_facts> given = {});
  ~evaluation();
  evaluation(evaluation&&) noexcept;
  evaluation& operator=(evaluation&&) noexcept;

  /// The next octets of the mail, as they are on the wire without the dots
  /// of POP3. As soon as the header is complete, the DNS questions start.
  void write(std::string_view octets);

  /// After the last octet. `again` may be null; it must live until then.
  boost::asio::awaitable<judgement> finish(octet_source* again = nullptr);

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace mekiki::verdict
