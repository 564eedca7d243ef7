#include "daemon/mail_sender.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "auth/dkim/sign.hpp"
#include "base/unix_time.hpp"
#include "config/own_names.hpp"
#include "daemon/secret_files.hpp"
#include "daemon/state.hpp"

namespace mekiki::daemon {
namespace {

constexpr std::chrono::milliseconds connect_timeout = std::chrono::seconds(30);

}  // namespace

expected<std::unique_ptr<mail_sender>, std::string> mail_sender::make(
    const config::settings& settings, dns::resolver& resolver,
    const clock& clock) {
  const auto& s = settings.smtp;
  if (s.host.empty())
    return nullptr;
  std::unique_ptr<mail_sender> out(new mail_sender(resolver, clock));
  net::smarthost& to = out->smarthost_;
  to.host = s.host;
  to.port = s.port;
  to.with = s.tls;
  to.own_name = config::own_host_name(settings);
  to.timeout = s.timeout;
  to.connect_timeout = std::min(s.timeout, connect_timeout);
  if (s.tls != net::submit_tls::clear) {
    auto tls = net::tls_context::make_client(s.extra_ca);
    if (!tls)
      return unexpected(tls.error());
    to.tls = std::move(*tls);
  }
  if (!s.user.empty()) {
    auto password = load_password(s.password_file);
    if (!password)
      return unexpected(password.error());
    to.user = s.user;
    to.password = std::move(*password);
  }
  if (s.dkim_key.empty())
    return out;
  auto key = load_key(s.dkim_key);
  if (!key)
    return unexpected(key.error());
  out->signer_.emplace(signer{s.dkim_domain, s.dkim_selector, std::move(*key)});
  // A key that cannot sign is reported at start, not when a warning waits.
  const auto tried =
      out->sign(fmt::format("From: {}\r\n\r\n", config::own_address(settings)));
  if (!tried)
    return unexpected(
        fmt::format("{}: {}", s.dkim_key.string(), tried.error().reason));
  return out;
}

expected<std::string, net::submit_failure> mail_sender::sign(
    std::string_view mail) const {
  dkim::sign_options options;
  options.signed_at = unix_seconds(services_.clock.now());
  auto field = dkim::sign(mail, signer_->domain, signer_->selector,
                          signer_->key, options);
  if (!field) {
    return unexpected(net::submit_failure{
        .permanent = field.error() == dkim::errc::malformed_mail,
        .reason = fmt::format("the mail cannot be signed: {}",
                              dkim::describe(field.error()))});
  }
  return std::move(*field);
}

boost::asio::awaitable<expected<void, net::submit_failure>> mail_sender::send(
    std::string_view recipient, std::string_view mail,
    const net::submit_observer& observe) const {
  std::string octets;
  if (signer_) {
    auto field = sign(mail);
    if (!field)
      co_return unexpected(field.error());
    if (observe) {
      observe(fmt::format("signed for {} with the key {}", signer_->domain,
                          signer_->selector));
    }
    octets = std::move(*field);
  }
  octets += mail;
  auto sent =
      co_await net::submit(smarthost_, recipient, octets, services_, observe);
  co_return sent;
}

}  // namespace mekiki::daemon
