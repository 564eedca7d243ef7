// In the order of RFC 7208 sections 4 to 6. Where this differs from it, or
// decides what it leaves open:
//
// - A target-name that cannot be asked for (a label empty or too long) does
//   not match; for include and redirect it is a domain without a record (4.8).
// - Every question of a, mx and exists that finds nothing counts as void
//   (4.6.4), as most implementations have it; of ptr only the question for the
//   PTR records, and none of %{p}: those names are the client's choice.
// - An mx with more than 10 hosts is an error before any is looked at, so that
//   the result does not depend on the order of the answer.
// - %{p} asks for PTR records once for each check, and is not one of the terms.
// - A local part of more than 255 octets is cut for the macros, a HELO name of
//   more than 255 octets is "unknown" (RFC 5321 4.5.3.1: 64 and 255).
// - A record of more than 16,384 octets is an error.
#include "auth/spf/check_host.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "auth/spf/macro.hpp"
#include "base/ascii.hpp"
#include "base/unix_time.hpp"
#include "dns/name.hpp"

namespace mekiki::spf {
namespace {

using boost::asio::awaitable;

constexpr std::size_t max_value = 255;  // octets of a macro's value
constexpr std::size_t max_shown = 100;  // octets of a stranger's text
constexpr std::string_view unknown = "unknown";
constexpr std::string_view of_sender = "slhp";  // macros made of his words

/// Adds what strangers wrote, as visible ASCII and spaces.
void append_visible(std::string& out, std::string_view text) {
  for (const char c : text) out += ascii::is_graph(c) || c == ' ' ? c : '?';
}

std::string visible(std::string_view text) {
  std::string out;
  append_visible(out, text);
  return out;
}

void append_shown(std::string& out, std::string_view text) {
  append_visible(out, text.substr(0, max_shown));
  if (text.size() > max_shown)
    out += "...";
}

std::string shown(std::string_view text) {
  std::string out;
  append_shown(out, text);
  return out;
}

/// Adds: "mx" in the record of example.com
void append_place(std::string& out, std::string_view term,
                  std::string_view domain) {
  out += '"';
  append_shown(out, term);
  out += "\" in the record of ";
  append_shown(out, domain);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  });
}

/// What decided, and where it stands.
struct finding {
  errc code = errc::unmatched;
  std::string term;    // as written; may be empty
  std::string domain;  // of the record
  std::string detail;  // what else a person wants to know
};

errc failure(dns::status s) {
  return s == dns::status::bogus ? errc::dns_bogus : errc::dns_unavailable;
}

bool is_void(const dns::answer& a) {
  return a.status == dns::status::no_data || a.status == dns::status::nxdomain;
}

std::string describe_answer(const dns::answer& a) {
  if (a.status != dns::status::success) {
    return a.detail.empty() ? std::string(dns::describe(a.status))
                            : fmt::format("{}: {}", dns::describe(a.status),
                                          shown(a.detail));
  }
  std::vector<std::string> records;
  records.reserve(a.texts.size() + a.names.size() + a.addresses.size() +
                  a.exchanges.size());
  for (const auto& text : a.texts) records.push_back(shown(text));
  for (const auto& name : a.names) records.push_back(shown(name));
  for (const auto& address : a.addresses) records.push_back(format(address));
  for (const auto& mx : a.exchanges) records.push_back(shown(mx.host));
  constexpr std::size_t most = 10;
  const std::size_t n = records.size();
  records.resize(std::min(n, most));
  std::string out;
  for (const auto& record : records) out += (out.empty() ? "" : ", ") + record;
  if (n > most)
    out += fmt::format(" and {} more", n - most);
  return out;
}

/// One check_host() with all that it counts and remembers.
class evaluation {
 public:
  evaluation(const request& asked, dns::resolver& resolver, const options& how);
  evaluation(const evaluation&) = delete;
  evaluation& operator=(const evaluation&) = delete;

  /// The domain of the identity; empty if there is none.
  const std::string& domain() const { return domain_; }

  awaitable<finding> check(std::string domain);
  awaitable<std::string> explain();
  check_result conclude(finding f, std::string explanation);

 private:
  awaitable<std::optional<finding>> evaluate(const directive& d,
                                             const std::string& domain);
  awaitable<std::optional<finding>> evaluate_include(const directive& d,
                                                     const std::string& domain,
                                                     std::string target);
  awaitable<std::optional<finding>> evaluate_mx(const directive& d,
                                                const std::string& domain,
                                                std::string target);
  awaitable<dns::answer_ptr> ask(std::string name, dns::record_type type);
  awaitable<dns::answer_ptr> ask_and_tell(dns::question q);
  awaitable<std::string> validated_name(const std::string& domain);
  awaitable<void> validate_names();

  std::optional<std::string> target_name(std::string_view spec,
                                         const macro_values& values) const;
  macro_values values(const std::string& domain,
                      std::string_view validated) const;
  std::optional<finding> read_answer(const directive& d,
                                     const std::string& domain,
                                     const dns::answer& answer);
  bool covers(const directive& d, const dns::answer& answer) const;
  std::string word(const finding& f) const;
  void tell(trace_step::kind what, std::string_view subject,
            std::string outcome) const;

  bool take_term() { return ++terms_ <= how_.max_terms; }
  bool take_void() { return ++voids_ <= how_.max_void_lookups; }
  dns::record_type address_type() const {
    return ip_.is_v4() ? dns::record_type::a : dns::record_type::aaaa;
  }

  dns::resolver& resolver_;
  const options& how_;

  const ip_address ip_;
  std::string domain_;     // of the identity (4.1); empty: there is none
  std::string helo_name_;  // in A-labels, where HELO gave U-labels
  macro_values values_;    // except domain and validated name; borrows

  // Counts of the whole evaluation (4.6.4).
  std::size_t terms_ = 0;
  std::size_t voids_ = 0;
  std::size_t questions_ = 0;
  unsigned depth_ = 0;  // of includes
  bool by_senders_words_ = false;

  // The client's names that are confirmed forward (5.5), asked for once.
  bool names_asked_ = false;
  bool names_void_ = false;
  std::vector<std::string> names_;

  // exp= of the record that refused, and that record's domain (6.2).
  std::string explanation_;
  std::string explanation_domain_;
};

/// 4.1 and 4.3. RFC 8616 4: U-labels become A-labels first.
evaluation::evaluation(const request& asked, dns::resolver& resolver,
                       const options& how)
    : resolver_(resolver), how_(how), ip_(asked.ip.unmapped()) {
  const std::string_view sender =
      asked.mail_from.empty() ? asked.helo : asked.mail_from;
  const std::size_t at = sender.rfind('@');
  const std::string_view domain =
      at == std::string_view::npos ? sender : sender.substr(at + 1);
  // An address literal is no domain (4.3): nothing is asked for.
  if (!domain.starts_with('['))
    domain_ = dns::to_a_labels(domain).value_or("");
  values_.sender_domain = is_ascii(domain) ? domain : domain_;
  values_.local_part = "postmaster";
  if (at != std::string_view::npos && at > 0)
    values_.local_part = sender.substr(0, std::min(at, max_value));
  values_.helo = unknown;
  if (!is_ascii(asked.helo)) {
    helo_name_ = dns::to_a_labels(asked.helo).value_or(std::string(unknown));
    values_.helo = helo_name_;
  } else if (!asked.helo.empty() && asked.helo.size() <= max_value) {
    values_.helo = asked.helo;
  }
  values_.receiver = unknown;
  if (!asked.receiver.empty())
    values_.receiver = asked.receiver;
  values_.ip = ip_;
  values_.now = unix_seconds(asked.at);
}

void evaluation::tell(trace_step::kind what, std::string_view subject,
                      std::string outcome) const {
  const trace_step step{what, depth_, visible(subject), std::move(outcome)};
  how_.trace(step);
}

awaitable<dns::answer_ptr> evaluation::ask(std::string name,
                                           dns::record_type type) {
  ++questions_;
  dns::question q{std::move(name), type};
  return how_.trace ? ask_and_tell(std::move(q))
                    : resolver_.resolve(std::move(q));
}

awaitable<dns::answer_ptr> evaluation::ask_and_tell(dns::question q) {
  dns::answer_ptr answer = co_await resolver_.resolve(q);
  tell(trace_step::kind::lookup,
       fmt::format("{} {}", dns::to_string(q.type), q.name),
       describe_answer(*answer));
  co_return answer;
}

macro_values evaluation::values(const std::string& domain,
                                std::string_view validated) const {
  macro_values out = values_;
  out.domain = domain;
  out.validated_name = validated;
  return out;
}

/// 4.8: the name a term is about, by default that of its record. Nothing if it
/// cannot be asked for, or (RFC 8616 4) shows a local part that is not ASCII.
std::optional<std::string> evaluation::target_name(
    std::string_view spec, const macro_values& v) const {
  if (spec.empty())
    return std::string(v.domain);
  if (spec.find('%') == std::string_view::npos && spec.size() <= 253)
    return dns::normalize(spec);
  if (!is_ascii(v.local_part) && uses_macro(spec, "sl"))
    return std::nullopt;
  return dns::normalize(expand_domain(spec, v));
}

/// Sections 4.3 to 4.7 and 6.1. `domain` is normalized.
awaitable<finding> evaluation::check(std::string domain) {
  std::optional<finding> redirected;  // what to say if there is no record
  bool by_sender = false;             // `domain` is made of his words
  for (;;) {
    // 4.3
    if (domain.find('.') == std::string::npos)
      co_return redirected.value_or(finding{errc::no_domain, {}, domain, {}});
    // 4.4
    ++questions_;
    const dns::question q{domain, dns::record_type::txt};
    const dns::answer_ptr answer = co_await resolver_.resolve(q);
    if (dns::is_temporary(answer->status)) {
      by_senders_words_ = by_senders_words_ || by_sender;
      if (how_.trace)
        tell(trace_step::kind::record, domain, describe_answer(*answer));
      co_return finding{
          failure(answer->status), {}, domain, describe_answer(*answer)};
    }
    // 4.5
    const selection chosen = how_.select(answer->texts);
    if (how_.trace) {
      std::string outcome;
      if (chosen.code == errc::allowed)
        outcome = visible(chosen.text);
      else if (is_void(*answer))
        outcome = dns::describe(answer->status);
      else
        outcome = describe(chosen.code);
      tell(trace_step::kind::record, domain, std::move(outcome));
    }
    if (chosen.code == errc::no_record && redirected)
      co_return *redirected;
    if (chosen.code == errc::no_record &&
        answer->status == dns::status::nxdomain) {
      co_return finding{errc::no_such_domain, {}, domain, {}};
    }
    if (chosen.code != errc::allowed)
      co_return finding{chosen.code, {}, domain, {}};
    // 4.6
    const auto record = parse_terms(chosen.terms);
    if (!record) {
      const auto [code, offset] = record.error();
      const std::string_view rest = chosen.terms.substr(offset);
      co_return finding{
          code, std::string(rest.substr(0, rest.find(' '))), domain, {}};
    }
    // 4.6.2
    for (const directive& d : record->directives) {
      std::optional<finding> found;
      if (d.kind == mechanism::all ||  // 5.1, 5.6
          ((d.kind == mechanism::ip4 || d.kind == mechanism::ip6) &&
           d.network.contains(ip_))) {
        found = finding{d.meaning, std::string(d.text), domain, {}};
      } else if (d.kind != mechanism::ip4 && d.kind != mechanism::ip6) {
        found = co_await evaluate(d, domain);
        if (found && to_result(found->code) == auth::result::temperror &&
            (by_sender || uses_macro(d.target, of_sender)))
          by_senders_words_ = true;
      }
      if (how_.trace) {
        tell(trace_step::kind::term, d.text,
             !found                     ? "does not match"
             : found->code == d.meaning ? "matches"
                                        : std::string(describe(found->code)));
      }
      if (!found)
        continue;
      // 6.2: where the whole ends in "fail", the record that says so is the
      // last to come here.
      if (found->code == errc::refused) {
        explanation_ = record->explanation;
        explanation_domain_ = domain;
      }
      co_return std::move(*found);
    }
    // 4.7
    if (record->redirect.empty())
      co_return finding{errc::unmatched, {}, domain, {}};
    // 6.1
    std::string term = fmt::format("redirect={}", record->redirect);
    if (how_.trace)
      tell(trace_step::kind::term, term, "is followed");
    redirected = finding{errc::redirect_target, std::move(term), domain, {}};
    if (!take_term()) {
      redirected->code = errc::too_many_terms;
      co_return *redirected;
    }
    by_sender = by_sender || uses_macro(record->redirect, of_sender);
    std::string validated;
    if (uses_macro(record->redirect, "p"))
      validated = co_await validated_name(domain);
    auto target = target_name(record->redirect, values(domain, validated));
    if (!target)
      co_return *redirected;
    domain = std::move(*target);
  }
}

/// Section 5, for the mechanisms that ask the DNS. Nothing if there is no
/// match; else the directive's meaning, or why the evaluation is at an end.
awaitable<std::optional<finding>> evaluation::evaluate(
    const directive& d, const std::string& domain) {
  // 4.6.4
  if (!take_term()) {
    co_return finding{errc::too_many_terms, std::string(d.text), domain, {}};
  }
  std::string validated;
  if (uses_macro(d.target, "p"))
    validated = co_await validated_name(domain);
  auto target = target_name(d.target, values(domain, validated));
  if (d.kind == mechanism::include)
    co_return co_await evaluate_include(d, domain, target.value_or(""));
  if (!target)
    co_return std::nullopt;
  switch (d.kind) {
    case mechanism::a: {  // 5.3
      const dns::answer_ptr answer =
          co_await ask(std::move(*target), address_type());
      co_return read_answer(d, domain, *answer);
    }
    case mechanism::exists: {  // 5.7: always A
      const dns::answer_ptr answer =
          co_await ask(std::move(*target), dns::record_type::a);
      co_return read_answer(d, domain, *answer);
    }
    case mechanism::mx:  // 5.4
      co_return co_await evaluate_mx(d, domain, std::move(*target));
    default:
      break;
  }
  // 5.5: ptr
  co_await validate_names();
  if (names_void_ && !take_void()) {
    co_return finding{errc::too_many_voids, std::string(d.text), domain, {}};
  }
  const bool matches =
      std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
        return dns::is_subdomain_of(name, *target);
      });
  if (!matches)
    co_return std::nullopt;
  co_return finding{d.meaning, std::string(d.text), domain, {}};
}

/// 5.2. An empty target is one that cannot be asked for.
awaitable<std::optional<finding>> evaluation::evaluate_include(
    const directive& d, const std::string& domain, std::string target) {
  ++depth_;
  finding inner = co_await check(std::move(target));
  --depth_;
  switch (to_result(inner.code)) {
    case auth::result::pass:
      if (inner.detail.empty())
        append_place(inner.detail, inner.term, inner.domain);
      co_return finding{d.meaning, std::string(d.text), domain,
                        std::move(inner.detail)};
    case auth::result::temperror:
    case auth::result::permerror:
      co_return inner;
    case auth::result::none:
      co_return finding{errc::include_target, std::string(d.text), domain, {}};
    default:
      co_return std::nullopt;
  }
}

/// 5.4
awaitable<std::optional<finding>> evaluation::evaluate_mx(
    const directive& d, const std::string& domain, std::string target) {
  const dns::answer_ptr answer =
      co_await ask(std::move(target), dns::record_type::mx);
  std::optional<finding> problem = read_answer(d, domain, *answer);
  if (problem)
    co_return problem;
  if (answer->exchanges.size() > how_.max_names) {
    co_return finding{
        errc::too_many_exchanges, std::string(d.text), domain, {}};
  }
  std::vector<dns::question> questions;
  for (const dns::mail_exchange& mx : answer->exchanges) {
    if (auto host = dns::normalize(mx.host))
      questions.push_back({std::move(*host), address_type()});
  }
  if (questions.size() > 1) {
    for (const dns::question& q : questions) resolver_.prefetch(q);
  }
  for (const dns::question& q : questions) {
    const dns::answer_ptr addresses = co_await ask(q.name, q.type);
    std::optional<finding> found = read_answer(d, domain, *addresses);
    if (found)
      co_return found;
  }
  co_return std::nullopt;
}

/// What an answer means for a, exists and mx: an error, a match, or nothing.
std::optional<finding> evaluation::read_answer(const directive& d,
                                               const std::string& domain,
                                               const dns::answer& answer) {
  const auto end = [&](errc code, std::string detail = {}) {
    return finding{code, std::string(d.text), domain, std::move(detail)};
  };
  if (dns::is_temporary(answer.status))
    return end(failure(answer.status), describe_answer(answer));
  if (is_void(answer) && !take_void())
    return end(errc::too_many_voids);
  if (covers(d, answer))
    return end(d.meaning);
  return std::nullopt;
}

bool evaluation::covers(const directive& d, const dns::answer& answer) const {
  if (d.kind == mechanism::exists)
    return !answer.addresses.empty();
  const int length = ip_.is_v4() ? d.prefix4 : d.prefix6;
  return std::any_of(answer.addresses.begin(), answer.addresses.end(),
                     [&](const ip_address& address) {
                       return ip_network{address, length}.contains(ip_);
                     });
}

/// 5.5: the client's names, each of which has the client's address.
awaitable<void> evaluation::validate_names() {
  if (names_asked_)
    co_return;
  names_asked_ = true;
  const steady_point began =
      how_.clock != nullptr ? how_.clock->steady() : steady_point();
  const dns::answer_ptr answer =
      co_await ask(reverse_name(ip_), dns::record_type::ptr);
  bool was_silent = dns::is_temporary(answer->status);
  names_void_ = is_void(*answer);
  std::vector<dns::question> questions;
  for (const std::string& name : answer->names) {
    if (questions.size() == how_.max_names)
      break;
    if (auto normal = dns::normalize(name))
      questions.push_back({std::move(*normal), address_type()});
  }
  if (questions.size() > 1) {
    for (const dns::question& q : questions) resolver_.prefetch(q);
  }
  for (dns::question& q : questions) {
    const dns::answer_ptr addresses = co_await ask(q.name, q.type);
    const auto& list = addresses->addresses;
    if (std::find(list.begin(), list.end(), ip_) != list.end())
      names_.push_back(std::move(q.name));
    was_silent = was_silent || dns::is_temporary(addresses->status);
  }
  // Whoever owns the client's address chose these names, and how long their
  // servers take: the time that is then missing is his.
  if (was_silent || (how_.clock != nullptr &&
                     how_.clock->steady() - began > std::chrono::seconds(1)))
    by_senders_words_ = true;
}

/// 7.3: %{p} is the domain itself, or a name below it, or any.
awaitable<std::string> evaluation::validated_name(const std::string& domain) {
  co_await validate_names();
  if (names_.empty())
    co_return std::string(unknown);
  if (std::find(names_.begin(), names_.end(), domain) != names_.end())
    co_return domain;
  const auto below =
      std::find_if(names_.begin(), names_.end(), [&](const std::string& name) {
        return dns::is_subdomain_of(name, domain);
      });
  co_return below != names_.end() ? *below : names_.front();
}

/// 6.2: whatever is wrong, there is no explanation.
awaitable<std::string> evaluation::explain() {
  if (explanation_.empty())
    co_return std::string();
  std::string validated;
  if (uses_macro(explanation_, "p"))
    validated = co_await validated_name(explanation_domain_);
  auto target =
      target_name(explanation_, values(explanation_domain_, validated));
  if (!target)
    co_return std::string();
  const dns::answer_ptr answer =
      co_await ask(std::move(*target), dns::record_type::txt);
  if (answer->texts.size() != 1)
    co_return std::string();
  const std::string& text = answer->texts.front();
  if (text.size() > max_record_octets ||
      !is_macro_string(text, macro_place::explanation)) {
    co_return std::string();
  }
  if (uses_macro(text, "p"))
    validated = co_await validated_name(explanation_domain_);
  const std::string expanded = expand_explanation(
      text, values(explanation_domain_, validated), how_.max_explanation);
  co_return visible(expanded);
}

/// The facts that a person wants beside the wording of the code.
std::string evaluation::word(const finding& f) const {
  std::string out;
  out.reserve(256);
  out += describe(f.code);
  switch (f.code) {
    case errc::allowed:
    case errc::refused:
    case errc::doubted:
    case errc::unstated:
      out += ": ";
      out += format(ip_);
      out += " matches ";
      append_place(out, f.term, f.domain);
      if (!f.detail.empty()) {
        out += ", through ";
        out += f.detail;
      }
      return out;
    case errc::unmatched:
      out += ": ";
      append_shown(out, f.domain);
      out += ", ";
      out += format(ip_);
      return out;
    default:
      break;
  }
  if (!f.domain.empty()) {
    out += ": ";
    if (f.term.empty())
      append_shown(out, f.domain);
    else
      append_place(out, f.term, f.domain);
  }
  if (!f.detail.empty()) {
    out += " (";
    out += f.detail;
    out += ')';
  }
  return out;
}

check_result evaluation::conclude(finding f, std::string explanation) {
  check_result out;
  out.code = f.code;
  out.status = to_result(f.code);
  out.reason = word(f);
  out.domain = std::move(domain_);
  out.mechanism = visible(f.term);
  out.record_domain = std::move(f.domain);
  out.explanation = std::move(explanation);
  out.by_senders_words = by_senders_words_;
  out.terms = std::min(terms_, how_.max_terms);
  out.voids = voids_;
  out.questions = questions_;
  return out;
}

}  // namespace

awaitable<check_result> check_host(const request& asked,
                                   dns::resolver& resolver,
                                   const options& how) {
  evaluation e(asked, resolver, how);
  finding f = co_await e.check(e.domain());
  std::string explanation;
  if (f.code == errc::refused)
    explanation = co_await e.explain();
  co_return e.conclude(std::move(f), std::move(explanation));
}

}  // namespace mekiki::spf
