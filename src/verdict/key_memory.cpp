#include "verdict/key_memory.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "auth/dkim/key_record.hpp"
#include "base/unix_time.hpp"

namespace mekiki::verdict {
namespace {

constexpr std::int64_t grace = 2 * day_seconds;
constexpr std::size_t most_texts = 4;  // remembered of one name

}  // namespace

dns::answer_ptr key_memory::recall(const dns::question& q) const {
  if (!came_)
    return nullptr;
  auto found = std::make_shared<dns::answer>();
  for (const remembered_key& key : keys_) {
    if (key.name != q.name)
      continue;
    if (key.revoked)
      return nullptr;
    if (*came_ >= key.first && *came_ <= key.last + grace)
      found->texts.push_back(key.text);
  }
  if (found->texts.empty())
    return nullptr;
  found->status = dns::status::success;
  return found;
}

boost::asio::awaitable<dns::answer_ptr> key_memory::resolve(dns::question q) {
  dns::answer_ptr answer = co_await inner_.resolve(q);
  if (answer->status == dns::status::success) {
    const std::size_t texts = std::min(answer->texts.size(), most_texts);
    for (std::size_t i = 0; i < texts; ++i) {
      remembered_key key;
      key.name = q.name;
      key.text = answer->texts[i];
      key.authentic = answer->authentic;
      const auto record = dkim::parse_key_record(key.text);
      key.revoked = record && record->is_revoked();
      seen_.push_back(std::move(key));
    }
    co_return answer;
  }
  if (answer->status == dns::status::nxdomain ||
      answer->status == dns::status::no_data) {
    dns::answer_ptr remembered = recall(q);
    if (remembered != nullptr) {
      used_.push_back(q.name);
      co_return remembered;
    }
  }
  co_return answer;
}

}  // namespace mekiki::verdict
