#include "milter/signing.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "verdict/facts.hpp"

namespace mekiki::milter {
namespace {

/// Another host has taken the mail. Not where there is one Received field and
/// it has no client: "(from taro@localhost) by ...", as Sendmail's own program
/// for sending begins it.
bool was_elsewhere(const message::header_view& header) {
  std::size_t fields = 0;
  bool is_local = true;
  for (const message::field_view& f : header.fields) {
    if (!ascii::iequals(f.name, "Received"))
      continue;
    ++fields;
    is_local = ascii::istarts_with(ascii::trim(f.value), "(from ");
  }
  return fields > 1 || (fields == 1 && !is_local);
}

bool is_list_of_addresses(std::string_view name) {
  return ascii::iequals(name, "To") || ascii::iequals(name, "Cc") ||
         ascii::iequals(name, "Reply-To");
}

bool has_tight_comma(std::string_view list) {
  for (std::size_t at = list.find(','); at != list.npos;
       at = list.find(',', at + 1)) {
    if (at + 1 < list.size() && !ascii::is_fws(list[at + 1]))
      return true;
  }
  return false;
}

}  // namespace

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

signed_fields sign_for_author(dkim::mail_signer& signer, const key_table& keys,
                              const mail_of_our_own& m) {
  signed_fields out;
  const message::header_view& header = signer.header();
  const verdict::header_facts facts = verdict::read_header_facts(header);
  out.author_domain = facts.author_domain;
  if (facts.author_count != 1 || facts.author_domain.empty()) {
    out.why_not = "no-author";
    return out;
  }
  if (m.is_from_this_machine && was_elsewhere(header)) {
    out.why_not = "from-elsewhere";
    return out;
  }
  if (m.has_lists_rewritten) {
    for (const message::field_view& f : header.fields) {
      if (is_list_of_addresses(f.name) && has_tight_comma(f.value))
        signer.leave_out(f.name);
    }
  }
  const auto own = keys.for_author(facts.author_domain);
  if (own.empty())
    out.why_not = "no-key";
  for (const signing_key* k : own) {
    const auto field = signer.sign(k->domain, k->selector, *k->key);
    if (field) {
      out.fields += *field;
    } else {
      out.why_not = dkim::describe(field.error());
    }
  }
  return out;
}

}  // namespace mekiki::milter
