#include "verdict/own_spf.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "auth/spf/record.hpp"
#include "dns/name.hpp"

namespace mekiki::verdict {
namespace {

using boost::asio::awaitable;

constexpr std::size_t most_questions = 30;
constexpr std::size_t most_depth = 5;   // of includes
constexpr std::size_t most_hosts = 10;  // of an mx

constexpr int shortest_v4 = 8;  // bits of a network
constexpr int shortest_v6 = 16;

class search {
 public:
  search(std::vector<std::string> domains, ip_address client,
         dns::resolver& resolver)
      : domains_(std::move(domains)), client_(client), resolver_(resolver) {}

  awaitable<own_spf> run() {
    for (const std::string& domain : domains_)
      resolver_.prefetch({domain, dns::record_type::txt});
    for (const std::string& domain : domains_) {
      const bool allows = co_await allowed_by(domain, 0);
      if (allows)
        co_return own_spf::allows;
    }
    co_return answered_ ? own_spf::silent : own_spf::unknown;
  }

 private:
  /// RFC 7208 4.6 and 6.1: the first term that matches decides.
  awaitable<bool> allowed_by(const std::string& domain, std::size_t depth) {
    if (depth > most_depth)
      co_return false;
    const dns::answer_ptr answer = co_await ask(domain, dns::record_type::txt);
    if (answer == nullptr)
      co_return false;
    const spf::selection chosen = spf::select_spf1(answer->texts);
    if (chosen.code != spf::errc::allowed)
      co_return false;
    const auto record = spf::parse_terms(chosen.terms);
    if (!record)
      co_return false;
    for (const spf::directive& d : record->directives) {
      if (d.kind == spf::mechanism::all)
        co_return false;
      const bool matched = co_await matches(d, domain, depth);
      if (matched)
        co_return d.meaning == spf::errc::allowed;
    }
    const auto next = own_name(record->redirect);
    if (!next)
      co_return false;
    const bool allows = co_await allowed_by(*next, depth + 1);
    co_return allows;
  }

  awaitable<bool> matches(const spf::directive& d, const std::string& here,
                          std::size_t depth) {
    const std::optional<std::string> host =
        d.target.empty() ? std::optional(here) : literal_name(d.target);
    switch (d.kind) {
      case spf::mechanism::ip4:
      case spf::mechanism::ip6:
        co_return is_narrow(d.network) && d.network.contains(client_);
      case spf::mechanism::include: {
        const auto next = own_name(d.target);
        if (!next)
          co_return false;
        const bool allows = co_await allowed_by(*next, depth + 1);
        co_return allows;
      }
      case spf::mechanism::a: {
        if (!host)
          co_return false;
        const bool found = co_await has_address(*host, d);
        co_return found;
      }
      case spf::mechanism::mx: {
        if (!host)
          co_return false;
        const bool found = co_await has_mx(*host, d);
        co_return found;
      }
      case spf::mechanism::all:
      case spf::mechanism::ptr:
      case spf::mechanism::exists:
        break;
    }
    co_return false;
  }

  awaitable<bool> has_mx(std::string domain, const spf::directive& d) {
    const dns::answer_ptr answer =
        co_await ask(std::move(domain), dns::record_type::mx);
    if (answer == nullptr || answer->exchanges.size() > most_hosts)
      co_return false;
    for (const dns::mail_exchange& mx : answer->exchanges) {
      const bool found = co_await has_address(mx.host, d);
      if (found)
        co_return true;
    }
    co_return false;
  }

  awaitable<bool> has_address(std::string host, const spf::directive& d) {
    if (!dns::is_hostname(host))
      co_return false;
    const dns::record_type type =
        client_.is_v4() ? dns::record_type::a : dns::record_type::aaaa;
    const dns::answer_ptr answer = co_await ask(std::move(host), type);
    if (answer == nullptr)
      co_return false;
    const int length = client_.is_v4() ? d.prefix4 : d.prefix6;
    co_return std::ranges::any_of(
        answer->addresses, [&](const ip_address& address) {
          const ip_network network{address, length};
          return is_narrow(network) && network.contains(client_);
        });
  }

  /// Null where the DNS had no answer, or too many questions were asked.
  awaitable<dns::answer_ptr> ask(std::string name, dns::record_type type) {
    if (questions_ == most_questions)
      co_return nullptr;
    ++questions_;
    dns::question q{std::move(name), type};
    dns::answer_ptr answer = co_await resolver_.resolve(std::move(q));
    if (dns::is_temporary(answer->status)) {
      answered_ = false;
      co_return nullptr;
    }
    co_return answer;
  }

  static bool is_narrow(const ip_network& n) {
    return n.prefix_length >= (n.address.is_v4() ? shortest_v4 : shortest_v6);
  }

  static std::optional<std::string> literal_name(std::string_view target) {
    if (target.find('%') != std::string_view::npos)
      return std::nullopt;
    return dns::normalize(target);
  }

  std::optional<std::string> own_name(std::string_view target) const {
    auto name = literal_name(target);
    const bool is_own =
        name && std::ranges::any_of(domains_, [&](const std::string& domain) {
          return dns::is_subdomain_of(*name, domain);
        });
    return is_own ? name : std::nullopt;
  }

  const std::vector<std::string> domains_;
  const ip_address client_;
  dns::resolver& resolver_;
  std::size_t questions_ = 0;
  bool answered_ = true;
};

}  // namespace

awaitable<own_spf> ask_own_spf(std::vector<std::string> domains,
                               ip_address client, dns::resolver& resolver) {
  search s(std::move(domains), client.unmapped(), resolver);
  const own_spf out = co_await s.run();
  co_return out;
}

}  // namespace mekiki::verdict
