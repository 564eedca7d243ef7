#include "auth/records/mx_hosts.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "auth/spf/macro.hpp"
#include "dns/name.hpp"

namespace mekiki::records {
namespace {

using boost::asio::awaitable;
using dns::record_type;
using enum finding_id;

constexpr std::size_t max_hosts = 10;
constexpr std::size_t max_addresses = 4;  // of a host
constexpr std::size_t max_names = 4;      // of an address

const std::vector<ip_network>& unreachable() {
  static const std::vector<ip_network> list =
      ip_networks({"0.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                   "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "::/128",
                   "::1/128", "fc00::/7", "fe80::/10"});
  return list;
}

/// Whether reverse names can be known at all: the real DNS has both trees.
struct reverse_trees {
  bool v4 = false;
  bool v6 = false;
};

awaitable<bool> exists(std::string name, dns::resolver& resolver) {
  const dns::question q{std::move(name), record_type::ptr};
  const dns::answer_ptr answer = co_await resolver.resolve(q);
  co_return answer->status == dns::status::success ||
      answer->status == dns::status::no_data;
}

awaitable<bool> leads_to(std::string name, ip_address address,
                         dns::resolver& resolver) {
  const record_type type = address.is_v4() ? record_type::a : record_type::aaaa;
  const dns::question q{std::move(name), type};
  const dns::answer_ptr answer = co_await resolver.resolve(q);
  co_return std::ranges::find(answer->addresses, address) !=
      answer->addresses.end();
}

awaitable<void> read_reverse(reverse_name_facts& into,
                             dns::resolver& resolver) {
  const dns::question q{spf::reverse_name(into.address), record_type::ptr};
  const dns::answer_ptr answer = co_await resolver.resolve(q);
  if (dns::is_temporary(answer->status))
    co_return;
  into.confirmed = false;
  for (const std::string& written : answer->names) {
    if (into.names.size() == max_names)
      break;
    auto name = dns::normalize(written);
    if (!name)
      continue;
    into.names.push_back(*name);
    const bool back =
        co_await leads_to(std::move(*name), into.address, resolver);
    into.confirmed = *into.confirmed || back;
  }
}

awaitable<void> read_host(mx_host& host, reverse_trees trees,
                          dns::resolver& resolver) {
  dns::question q{host.name, record_type::cname};
  const dns::answer_ptr alias = co_await resolver.resolve(q);
  host.is_alias = !alias->names.empty();
  q.type = record_type::a;
  const dns::answer_ptr v4 = co_await resolver.resolve(q);
  q.type = record_type::aaaa;
  const dns::answer_ptr v6 = co_await resolver.resolve(q);
  for (const dns::answer_ptr& answer : {v4, v6}) {
    for (const ip_address& address : answer->addresses) {
      if (host.addresses.size() < max_addresses)
        host.addresses.push_back({address, {}, std::nullopt});
    }
  }
  host.status = v4->status;
  if (v6->status == dns::status::success || dns::is_temporary(v6->status)) {
    if (v4->status != dns::status::success)
      host.status = v6->status;
  }
  for (reverse_name_facts& each : host.addresses) {
    if (each.address.is_v4() ? trees.v4 : trees.v6)
      co_await read_reverse(each, resolver);
  }
}

bool is_written_as_address(std::string_view name) {
  return parse_ip_address(name).has_value();
}

void judge_host(const mx_host& host, std::vector<finding>& out) {
  const auto add = [&](finding_id id, record_type type,
                       std::vector<std::string> facts) {
    facts.insert(facts.begin(), shown(host.name));
    out.push_back({.id = id,
                   .record = record_name(host.name, type),
                   .facts = std::move(facts),
                   .publish = {}});
  };
  if (host.is_address) {
    add(mx_host_address, record_type::mx, {});
    return;
  }
  if (dns::is_temporary(host.status) && host.addresses.empty()) {
    add(dns_no_answer, record_type::a, {});
    return;
  }
  if (host.addresses.empty()) {
    add(mx_host_missing, record_type::a, {});
    return;
  }
  if (host.is_alias)
    add(mx_host_alias, record_type::cname, {});
  for (const reverse_name_facts& r : host.addresses) {
    const std::string address = format(r.address);
    if (any_contains(unreachable(), r.address)) {
      add(mx_host_private,
          r.address.is_v4() ? record_type::a : record_type::aaaa, {address});
      continue;
    }
    if (r.confirmed != false)
      continue;
    add(r.names.empty() ? mx_reverse_missing : mx_reverse_mismatch,
        record_type::ptr,
        {address, r.names.empty() ? "" : shown(r.names.front())});
    out.back().record =
        record_name(spf::reverse_name(r.address), record_type::ptr);
    out.back().publish.push_back(
        {spf::reverse_name(r.address), record_type::ptr, host.name + "."});
  }
}

}  // namespace

awaitable<mx_facts> read_mx(std::string domain, dns::resolver& resolver) {
  mx_facts out;
  dns::question q{domain, record_type::mx};
  const dns::answer_ptr answer = co_await resolver.resolve(q);
  out.status = answer->status;
  reverse_trees trees;
  trees.v4 = co_await exists("in-addr.arpa", resolver);
  trees.v6 = co_await exists("ip6.arpa", resolver);
  std::vector<dns::mail_exchange> exchanges = answer->exchanges;
  std::ranges::sort(exchanges, [](const auto& a, const auto& b) {
    return std::pair(a.preference, std::string_view(a.host)) <
           std::pair(b.preference, std::string_view(b.host));
  });
  for (const dns::mail_exchange& mx : exchanges) {
    if (mx.host.empty() || mx.host == ".") {
      out.null = true;
      continue;
    }
    if (out.hosts.size() == max_hosts)
      break;
    mx_host host;
    host.preference = mx.preference;
    host.name = mx.host;
    host.is_address = is_written_as_address(mx.host);
    const auto name = dns::normalize(mx.host);
    if (!name) {
      host.status = dns::status::malformed;
    } else if (!host.is_address) {
      host.name = *name;
      co_await read_host(host, trees, resolver);
    }
    out.hosts.push_back(std::move(host));
  }
  if (exchanges.empty()) {
    for (const record_type type : {record_type::a, record_type::aaaa}) {
      q.type = type;
      const dns::answer_ptr own = co_await resolver.resolve(q);
      out.implicit = out.implicit || own->status == dns::status::success;
    }
  }
  co_return out;
}

std::vector<finding> judge_mx(const std::string& domain, const mx_facts& mx) {
  std::vector<finding> out;
  const std::string record = record_name(domain, record_type::mx);
  if (mx.status == dns::status::bogus)
    out.push_back({dnssec_bogus, record, {shown(domain)}, {}});
  else if (dns::is_temporary(mx.status))
    out.push_back({dns_no_answer, record, {shown(domain)}, {}});
  else if (mx.hosts.empty() && !mx.null)
    out.push_back({mx_missing, record, {}, {}});
  if (mx.null && !mx.hosts.empty())
    out.push_back({mx_null_mixed, record, {}, {}});
  for (const mx_host& host : mx.hosts) judge_host(host, out);
  return out;
}

}  // namespace mekiki::records
