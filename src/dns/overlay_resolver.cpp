#include "dns/overlay_resolver.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"

namespace mekiki::dns {
namespace {

/// "v=spf1", "v=DMARC1"
std::string_view version_of(std::string_view text) {
  return text.substr(0, text.find_first_of(" ;"));
}

}  // namespace

void overlay_resolver::add_text(std::string name, std::string text) {
  own_[std::move(name)].texts.push_back(std::move(text));
}

void overlay_resolver::set_exchanges(std::string name,
                                     std::vector<mail_exchange> exchanges) {
  own_[std::move(name)].exchanges = std::move(exchanges);
}

boost::asio::awaitable<answer_ptr> overlay_resolver::resolve(question q) {
  const auto at = own_.find(q.name);
  const record_type type = q.type;
  answer_ptr published = co_await inner_.resolve(std::move(q));
  if (at == own_.end())
    co_return published;
  const own_records& own = at->second;
  answer made = *published;
  // The name exists now, whatever it has.
  if (made.status == status::nxdomain)
    made.status = status::no_data;
  if (type == record_type::txt && !own.texts.empty()) {
    std::erase_if(made.texts, [&](const std::string& text) {
      return std::ranges::any_of(own.texts, [&](const std::string& mine) {
        return ascii::iequals(version_of(mine), version_of(text));
      });
    });
    made.texts.insert(made.texts.end(), own.texts.begin(), own.texts.end());
    made.status = status::success;
  } else if (type == record_type::mx && !own.exchanges.empty()) {
    made.exchanges = own.exchanges;
    made.status = status::success;
  }
  co_return std::make_shared<const answer>(std::move(made));
}

}  // namespace mekiki::dns
