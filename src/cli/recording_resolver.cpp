#include "cli/recording_resolver.hpp"

#include <algorithm>
#include <utility>

namespace mekiki::cli {

boost::asio::awaitable<dns::answer_ptr> recording_resolver::resolve(
    dns::question q) {
  constexpr std::size_t most_notes = 1000;
  dns::answer_ptr answer = co_await inner_.resolve(q);
  const bool is_new =
      std::ranges::find(notes_, q, &dns_note::asked) == notes_.end();
  if (is_new && notes_.size() < most_notes)
    notes_.push_back({std::move(q), answer});
  co_return answer;
}

}  // namespace mekiki::cli
