#include "auth/records/spf_tree.hpp"

#include <algorithm>
#include <utility>

#include "auth/spf/check_host.hpp"
#include "auth/spf/macro.hpp"
#include "auth/spf/record.hpp"
#include "dns/name.hpp"

namespace mekiki::records {
namespace {

using boost::asio::awaitable;

/// Macros whose value only a mail has.
constexpr std::string_view of_mail = "slhpivctr";

bool is_void(const dns::answer& a) {
  return !dns::is_temporary(a.status) && a.status != dns::status::success;
}

bool asks(const spf_term& t) {
  return t.is_redirect ||
         (t.kind != spf::mechanism::all && t.kind != spf::mechanism::ip4 &&
          t.kind != spf::mechanism::ip6);
}

class walk {
 public:
  walk(std::string domain, dns::resolver& resolver)
      : root_(std::move(domain)), resolver_(resolver) {}

  /// Fills `into`, whose domain is set. `above`: the domains whose records led
  /// here.
  awaitable<void> read(spf_record& into, std::vector<std::string> above);

  bool complete() const { return complete_; }

 private:
  void set_target(spf_term& t, std::string_view spec,
                  const std::string& domain) const;
  std::vector<spf_term> terms_of(const spf::record_view& record,
                                 const std::string& domain) const;
  void prefetch(const spf_term& t);
  awaitable<void> follow(spf_term& t, const std::vector<std::string>& above);
  awaitable<void> ask_addresses(spf_term& t, std::string name);
  awaitable<void> ask_exchanges(spf_term& t);

  const std::string root_;
  dns::resolver& resolver_;
  std::size_t asked_ = 0;
  bool complete_ = true;
};

void walk::set_target(spf_term& t, std::string_view spec,
                      const std::string& domain) const {
  if (spf::uses_macro(spec, of_mail)) {
    t.what = spf_term::state::per_mail;
    return;
  }
  spf::macro_values values;
  values.domain = domain;
  values.sender_domain = root_;
  t.target =
      spec.empty()
          ? domain
          : dns::normalize(spf::expand_domain(spec, values)).value_or("");
}

/// In the order of an evaluation. What stands behind "all" is never come to.
std::vector<spf_term> walk::terms_of(const spf::record_view& record,
                                     const std::string& domain) const {
  std::vector<spf_term> out;
  bool ended = false;
  for (const spf::directive& d : record.directives) {
    spf_term t;
    t.text = d.text;
    t.kind = d.kind;
    if (d.kind == spf::mechanism::ip4 || d.kind == spf::mechanism::ip6)
      t.networks.push_back(d.network);
    t.prefix4 = d.prefix4;
    t.prefix6 = d.prefix6;
    if (ended)
      t.what = spf_term::state::ignored;
    else if (asks(t))
      set_target(t, d.target, domain);
    ended = ended || d.kind == spf::mechanism::all;
    out.push_back(std::move(t));
  }
  if (!record.redirect.empty()) {
    spf_term t;
    t.text = "redirect=";
    t.text += record.redirect;
    t.is_redirect = true;
    if (ended)
      t.what = spf_term::state::ignored;
    else
      set_target(t, record.redirect, domain);
    out.push_back(std::move(t));
  }
  return out;
}

awaitable<void> walk::read(spf_record& into, std::vector<std::string> above) {
  const dns::question q{into.domain, dns::record_type::txt};
  const dns::answer_ptr answer = co_await resolver_.resolve(q);
  if (dns::is_temporary(answer->status)) {
    into.code = answer->status == dns::status::bogus
                    ? spf::errc::dns_bogus
                    : spf::errc::dns_unavailable;
    co_return;
  }
  const spf::selection chosen = spf::select_spf1(answer->texts);
  into.code = chosen.code;
  if (chosen.code != spf::errc::allowed) {
    if (answer->status == dns::status::nxdomain)
      into.code = spf::errc::no_such_domain;
    into.texts = answer->texts;
    co_return;
  }
  into.text = chosen.text;
  const auto record = spf::parse_terms(chosen.terms);
  if (!record) {
    into.code = record.error().code;
    const auto rest = chosen.terms.substr(record.error().offset);
    into.wrong_term = rest.substr(0, rest.find(' '));
    co_return;
  }
  into.terms = terms_of(*record, into.domain);
  std::size_t ahead = asked_;
  for (const spf_term& t : into.terms) {
    if (t.what == spf_term::state::plain && asks(t) && ++ahead <= max_asked)
      prefetch(t);
  }
  above.push_back(into.domain);
  for (spf_term& t : into.terms) {
    if (!asks(t) || t.what == spf_term::state::ignored)
      continue;
    t.lookups = 1;
    if (++asked_ > max_asked) {
      t.what = spf_term::state::uncounted;
      complete_ = false;
    } else if (t.what == spf_term::state::plain) {
      co_await follow(t, above);
    }
  }
}

void walk::prefetch(const spf_term& t) {
  using dns::record_type;
  if (t.target.empty() || t.kind == spf::mechanism::ptr)
    return;
  if (t.is_redirect || t.kind == spf::mechanism::include)
    resolver_.prefetch({t.target, record_type::txt});
  else if (t.kind == spf::mechanism::mx)
    resolver_.prefetch({t.target, record_type::mx});
  else
    resolver_.prefetch({t.target, record_type::a});
}

awaitable<void> walk::follow(spf_term& t,
                             const std::vector<std::string>& above) {
  if (t.is_redirect || t.kind == spf::mechanism::include) {
    if (std::ranges::find(above, t.target) != above.end()) {
      t.what = spf_term::state::loop;
      co_return;
    }
    t.below = std::make_unique<spf_record>();
    t.below->domain = t.target;
    if (t.target.find('.') == std::string::npos) {  // RFC 7208 4.3
      t.below->code = spf::errc::no_domain;
      co_return;
    }
    co_await read(*t.below, above);
    for (const spf_term& inner : t.below->terms) {
      t.lookups += inner.lookups;
      t.voids += inner.voids;
    }
    co_return;
  }
  if (t.kind == spf::mechanism::ptr)
    co_return;
  if (t.target.empty()) {  // cannot be asked for: never matches
    t.what = spf_term::state::empty;
    co_return;
  }
  if (t.kind == spf::mechanism::mx) {
    co_await ask_exchanges(t);
    co_return;
  }
  co_await ask_addresses(t, t.target);
}

awaitable<void> walk::ask_addresses(spf_term& t, std::string name) {
  const bool is_test = t.kind == spf::mechanism::exists;
  bool found = false;
  bool temporary = false;
  for (const dns::record_type type :
       {dns::record_type::a, dns::record_type::aaaa}) {
    if (is_test && type == dns::record_type::aaaa)
      break;  // RFC 7208 5.7: always A
    const dns::question q{name, type};
    const dns::answer_ptr answer = co_await resolver_.resolve(q);
    found = found || answer->status == dns::status::success;
    temporary = temporary || dns::is_temporary(answer->status);
    if (is_test)
      continue;
    for (const ip_address& address : answer->addresses) {
      t.networks.push_back({address, address.is_v4() ? t.prefix4 : t.prefix6});
    }
  }
  if (found)
    co_return;
  if (temporary) {
    t.what = spf_term::state::silent;
    co_return;
  }
  ++t.voids;
  if (!is_test)  // whose names may come and go
    t.what = spf_term::state::empty;
}

awaitable<void> walk::ask_exchanges(spf_term& t) {
  const dns::question q{t.target, dns::record_type::mx};
  const dns::answer_ptr answer = co_await resolver_.resolve(q);
  if (dns::is_temporary(answer->status)) {
    t.what = spf_term::state::silent;
    co_return;
  }
  if (is_void(*answer)) {
    t.what = spf_term::state::empty;
    ++t.voids;
    co_return;
  }
  if (answer->exchanges.size() > spf::options().max_names) {
    t.what = spf_term::state::crowded;
    co_return;
  }
  for (const dns::mail_exchange& mx : answer->exchanges) {
    auto host = dns::normalize(mx.host);
    if (!host)
      continue;
    co_await ask_addresses(t, std::move(*host));
  }
  if (t.what == spf_term::state::empty)  // one of the hosts, not the term
    t.what = spf_term::state::plain;
}

}  // namespace

awaitable<spf_tree> read_spf_tree(std::string domain, dns::resolver& resolver) {
  spf_tree out;
  out.root.domain = domain;
  walk reader(std::move(domain), resolver);
  co_await reader.read(out.root, {});
  for (const spf_term& t : out.root.terms) {
    out.lookups += t.lookups;
    out.voids += t.voids;
  }
  out.complete = reader.complete();
  co_return out;
}

void trim(spf_record& record, std::size_t most) {
  if (record.terms.size() > most) {
    record.left_out += record.terms.size() - most;
    record.terms.erase(record.terms.begin() + static_cast<std::ptrdiff_t>(most),
                       record.terms.end());
    record.terms.shrink_to_fit();
  }
  for (spf_term& t : record.terms) {
    if (t.below)
      trim(*t.below, most);
  }
}

}  // namespace mekiki::records
