#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/arc/chain.hpp"
#include "auth/arc/test_chain.hpp"
#include "message/header.hpp"

namespace {

/// Has one key for every name.
class any_key final : public mekiki::dns::resolver {
 public:
  void prefetch(const mekiki::dns::question&) override {}
  boost::asio::awaitable<mekiki::dns::answer_ptr> resolve(
      mekiki::dns::question) override {
    ++asked;
    auto out = std::make_shared<mekiki::dns::answer>();
    out->status = mekiki::dns::status::success;
    out->texts = {
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="};
    co_return out;
  }
  int asked = 0;
};

}  // namespace

// A chain that nobody with this key has sealed does not pass, and is judged
// within the limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace mekiki;
  const std::string_view mail(reinterpret_cast<const char*>(data), size);
  any_key keys;
  const arc::chain_result got = arc::validate(mail, keys);
  if (got.status == auth::result::pass ||
      got.instances.size() > arc::max_sets || keys.asked > 20 ||
      got.reason.empty()) {
    std::abort();
  }
  const auto header = message::parse_header(mail);
  const dkim::field_index fields(header);
  const arc::chain_view chain = arc::read_chain(fields);
  const arc::sealed_octets octets(chain.sets);
  for (std::size_t i = 0; i < chain.sets.size(); ++i) octets.hash(i);
  return 0;
}
