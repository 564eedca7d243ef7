#include "pop3/proxy.hpp"

#include "base/log.hpp"
#include "pop3/session_runner.hpp"

namespace mekiki::pop3 {

namespace asio = boost::asio;

proxy::proxy(proxy_settings settings, proxy_services with)
    : settings_{std::move(settings)},
      with_(with),
      failures_(this->settings().failed_login_delay, with.mail.verdict.clock),
      login_(this->settings().upstream,
             {.resolver = with.mail.verdict.resolver,
              .tls = with.upstream_side,
              .seen_tls = with.seen_tls,
              .clock = with.mail.verdict.clock,
              .count = &counts_.upstreams,
              .connect = with.connect},
             with.hosts),
      desk_(this->settings().mail, with.mail) {
  know_hosts();
}

void proxy::use(proxy_settings settings) {
  settings_.push_back(std::move(settings));
  login_.use(this->settings().upstream);
  desk_.use(this->settings().mail);
  know_hosts();
}

void proxy::know_hosts() {
  // The settings' own hosts have names in the counts, whatever clients ask for.
  for (const route& r : settings().routes) {
    if (!r.host.empty())
      counts_.errors.know(r.host);
  }
}

void proxy::note_deleting(const std::string& account, bool deleted_all) {
  constexpr std::size_t most = 10'000;
  if (!deleted_all) {
    deleting_.erase(account);
    return;
  }
  if (deleting_.size() >= most)
    deleting_.clear();
  deleting_.insert(account);
}

asio::awaitable<void> proxy::serve(net::stream_ptr client, bool implicit_tls) {
  const std::string address = format(client->peer().address);
  // Counts this session for its client while it lives.
  struct counted {
    std::unordered_map<std::string, std::size_t>& clients;
    counters& counts;
    const std::string& address;
    std::size_t others;
    counted(std::unordered_map<std::string, std::size_t>& c, counters& all,
            const std::string& a)
        : clients(c), counts(all), address(a), others(c[a]++) {
      ++counts.sessions;
      ++counts.all_sessions;
    }
    ~counted() {
      --counts.sessions;
      if (--clients[address] == 0)
        clients.erase(address);
    }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
  };
  const counted session(clients_, counts_, address);
  const proxy_settings& with = settings();

  if (implicit_tls) {
    const std::error_code error = co_await client->start_tls(
        *with_.server_tls, "", with.upstream.connect_timeout);
    if (error) {
      log::info("no TLS with {}: {}", address, client->tls_detail());
      co_return;
    }
  }
  if (session.others >= with.sessions_per_client) {
    const std::error_code ignored = co_await client->write(
        "-ERR [IN-USE] Mekiki: too many sessions from this address\r\n",
        with.upstream.connect_timeout);
    static_cast<void>(ignored);
    client->close();  // not aborted, or the answer would be lost
    co_return;
  }
  session_runner p(*this, std::move(client), implicit_tls);
  co_await p.run();
}

}  // namespace mekiki::pop3
