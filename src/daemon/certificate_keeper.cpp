#include "daemon/certificate_keeper.hpp"

#include <cstddef>
#include <utility>

#include "base/small_file.hpp"
#include "daemon/state.hpp"

namespace mekiki::daemon {
namespace {

constexpr std::size_t most_octets = 64 << 10;

}  // namespace

certificate_keeper::certificate_keeper(const config::settings& settings,
                                       std::filesystem::path state,
                                       const clock& clock,
                                       net::tls_context& tls)
    : settings_(settings), state_(std::move(state)), clock_(clock), tls_(tls) {
  if (const auto own = own_certificates(settings_, state_, clock_))
    chain_ = read_small_file(own->chain, most_octets).value_or("");
}

expected<bool, std::string> certificate_keeper::look() {
  const auto own = own_certificates(settings_, state_, clock_);
  if (!own)
    return unexpected(own.error());
  auto chain = read_small_file(own->chain, most_octets);
  if (!chain)
    return unexpected(chain.error());
  if (*chain == chain_)
    return false;
  auto made = net::tls_context::make_server(own->chain, own->key);
  if (!made)
    return unexpected(made.error());
  tls_.take_from(**made);
  chain_ = std::move(*chain);
  return true;
}

}  // namespace mekiki::daemon
