#include "verdict/decide.hpp"

#include <algorithm>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "message/address.hpp"

namespace mekiki::verdict {
namespace {

using dkim::signature_result;

// A reason code and its facts. Facts may come from the mail: what could end a
// fact or the field becomes '?'.
class reason {
 public:
  explicit reason(std::string_view code) : text_(code) {}

  reason& with(std::string_view name, std::string_view value) {
    text_ += ' ';
    text_ += name;
    text_ += '=';
    for (const char c : value.substr(0, 255)) {
      text_ += ascii::is_graph(c) && c != '=' ? c : '?';
    }
    return *this;
  }
  reason& with(std::string_view name, std::size_t value) {
    return with(name, std::to_string(value));
  }

  operator std::string() const {
    return text_;
  }  // NOLINT(google-explicit-constructor)

 private:
  std::string text_;
};

// In A-labels; empty for what no domain can be called: literals, and names
// whose mapping brings other octets in.
std::string domain_name(std::string_view written) {
  std::string name = dns::to_a_labels(written).value_or("");
  for (const char c : name) {
    if (!ascii::is_alnum(c) && c != '-' && c != '_' && c != '.')
      return {};
  }
  return name;
}

bool is_aligned(const signature_result& r, const std::string& author_domain) {
  if (author_domain.empty() || r.domain.empty())
    return false;
  if (r.domain == author_domain)
    return true;
  return dns::is_subdomain_of(author_domain, r.domain) &&
         !dmarc::is_public_suffix(r.domain);
}

std::size_t times_signed(const signature_result& r, std::string_view field) {
  return static_cast<std::size_t>(
      std::count(r.signed_fields.begin(), r.signed_fields.end(), field));
}

// What keeps a signature that passed from proving the author; empty if nothing.
std::string objection(const signature_result& r, const header_facts& facts) {
  if (r.testing)
    return reason("test-key").with("signer", r.domain);
  if (r.partial) {
    return reason("partial-signature")
        .with("signer", r.domain)
        .with("covered", r.body_covered)
        .with("of", r.body_octets);
  }
  for (std::size_t i = 0; i < shown_fields.size(); ++i) {
    if (facts.shown[i] > times_signed(r, shown_fields[i])) {
      return reason("unsigned-field")
          .with("signer", r.domain)
          .with("field", shown_fields[i]);
    }
  }
  return {};
}

// Why no signature passed, by the one that came nearest.
std::string not_passed(const std::vector<signature_result>& results) {
  const auto first = [&](auth::result status) {
    return std::find_if(
        results.begin(), results.end(),
        [&](const signature_result& r) { return r.status == status; });
  };
  for (const auto& [status, code] :
       {std::pair{auth::result::temperror, "dkim-temperror"},
        std::pair{auth::result::fail, "dkim-fail"}}) {
    if (const auto r = first(status); r != results.end()) {
      return reason(code).with("signer", r->domain);
    }
  }
  if (results.empty())
    return reason("no-signature");
  return reason("no-usable-signature")
      .with("signer", results.front().domain)
      .with("result", to_string(results.front().status));
}

}  // namespace

header_facts look_at(const message::header_view& header) {
  header_facts facts;
  const message::author_list authors = message::authors(header);
  facts.author_count = authors.from.count;
  facts.from_fields = authors.fields;
  facts.author_is_clear = authors.from.well_formed;
  if (!authors.from.mailboxes.empty()) {
    const message::mailbox& first = authors.from.mailboxes.front();
    facts.author = first.address();
    facts.author_domain = domain_name(first.domain);
  }
  for (std::size_t i = 0; i < shown_fields.size(); ++i) {
    facts.shown[i] = message::count_possible(header, shown_fields[i]);
  }
  return facts;
}

verdict decide(const header_facts& facts,
               std::vector<signature_result> results) {
  verdict v;
  v.author = facts.author;
  v.author_domain = facts.author_domain;
  v.author_count = facts.author_count;
  v.dkim_check = summarize(results);
  v.dkim = std::move(results);

  if (facts.author_count == 0) {
    v.reason = reason("no-author");
    return v;
  }
  if (facts.author_count > 1 || facts.from_fields > 1) {
    v.reason = reason("several-authors")
                   .with("authors", facts.author_count)
                   .with("fields", facts.from_fields);
    return v;
  }
  if (!facts.author_is_clear || v.author_domain.empty()) {
    v.reason = reason("unclear-author").with("author", v.author);
    return v;
  }
  std::string why;
  const signature_result* third_party = nullptr;
  for (const signature_result& r : v.dkim) {
    if (r.status != auth::result::pass)
      continue;
    if (!is_aligned(r, v.author_domain)) {
      if (third_party == nullptr)
        third_party = &r;
      continue;
    }
    std::string against = objection(r, facts);
    if (against.empty()) {
      v.answer = level::new_;
      v.reason = reason("aligned-dkim")
                     .with("author", v.author_domain)
                     .with("signer", r.domain)
                     .with("selector", r.selector);
      return v;
    }
    if (why.empty())
      why = std::move(against);
  }
  if (!why.empty()) {
    v.reason = std::move(why);
  } else if (third_party != nullptr) {
    v.reason = reason("third-party-signature")
                   .with("author", v.author_domain)
                   .with("signer", third_party->domain);
  } else {
    v.reason = not_passed(v.dkim);
  }
  return v;
}

}  // namespace mekiki::verdict
