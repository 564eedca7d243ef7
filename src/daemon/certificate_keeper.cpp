#include "daemon/certificate_keeper.hpp"

#include <utility>

#include "daemon/state.hpp"

namespace mekiki::daemon {

certificate_keeper::certificate_keeper(const config::settings& settings,
                                       std::filesystem::path state,
                                       const clock& clock,
                                       net::tls_context& tls)
    : settings_(settings), state_(std::move(state)), clock_(clock), tls_(tls) {}

expected<bool, std::string> certificate_keeper::look() {
  if (!settings_.tls.certificate.empty())
    return false;
  const auto own = own_certificates(settings_, state_, clock_);
  if (!own)
    return unexpected(own.error());
  auto made = net::tls_context::make_server(own->chain, own->key);
  if (!made)
    return unexpected(made.error());
  if (tls_.has_certificate_of(**made))
    return false;
  tls_.take_from(**made);
  return true;
}

}  // namespace mekiki::daemon
