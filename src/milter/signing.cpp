#include "milter/signing.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "verdict/facts.hpp"

namespace mekiki::milter {

std::vector<const signing_key*> key_table::for_author(
    std::string_view domain) const {
  std::vector<const signing_key*> out;
  for (const signing_key& k : keys_) {
    if (!dns::is_subdomain_of(domain, k.domain))
      continue;
    if (!out.empty() && out.front()->domain.size() < k.domain.size())
      out.clear();
    if (out.empty() || out.front()->domain == k.domain)
      out.push_back(&k);
  }
  return out;
}

dkim::sign_options options_for_mail(std::int64_t now) {
  dkim::sign_options out;
  out.oversigned = {"From",         "Reply-To",
                    "Subject",      "Date",
                    "To",           "Cc",
                    "Message-ID",   "MIME-Version",
                    "Content-Type", "Content-Transfer-Encoding"};
  out.signed_at = now;
  return out;
}

signed_fields sign_for_author(const dkim::mail_signer& signer,
                              const key_table& keys, bool is_from_elsewhere) {
  signed_fields out;
  const message::header_view& header = signer.header();
  const verdict::header_facts facts = verdict::read_header_facts(header);
  out.author_domain = facts.author_domain;
  if (facts.author_count != 1 || facts.author_domain.empty()) {
    out.why_not = "no-author";
    return out;
  }
  const bool has_come_far =
      std::ranges::any_of(header.fields, [](const message::field_view& f) {
        return ascii::iequals(f.name, "Received");
      });
  if (is_from_elsewhere && has_come_far) {
    out.why_not = "from-elsewhere";
    return out;
  }
  const auto own = keys.for_author(facts.author_domain);
  if (own.empty())
    out.why_not = "no-key";
  for (const signing_key* k : own) {
    const auto field = signer.sign(k->domain, k->selector, k->key);
    if (field) {
      out.fields += *field;
    } else {
      out.why_not = dkim::describe(field.error());
    }
  }
  return out;
}

}  // namespace mekiki::milter
