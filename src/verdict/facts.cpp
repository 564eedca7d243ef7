#include "verdict/facts.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "message/address.hpp"

namespace mekiki::verdict {
namespace {

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

constexpr std::size_t most_reply_domains = 20;

void look_at_reply_to(std::string_view value, header_facts& facts) {
  for (const message::mailbox& m : message::parse_addresses(value).mailboxes) {
    std::string domain = domain_name(m.domain);
    if (!domain.empty() && facts.reply_domains.size() < most_reply_domains)
      facts.reply_domains.push_back(std::move(domain));
  }
}

}  // namespace

header_facts read_header_facts(const message::header_view& header) {
  header_facts facts;
  const message::author_list authors = message::authors(header);
  facts.author_count = authors.from.count;
  facts.from_fields = authors.fields;
  facts.author_is_clear = authors.from.well_formed;
  if (!authors.from.mailboxes.empty()) {
    const message::mailbox& first = authors.from.mailboxes.front();
    facts.author = first.address();
    facts.author_domain = domain_name(first.domain);
    facts.display_name = first.display_name;
  }
  for (std::size_t i = 0; i < shown_fields.size(); ++i) {
    facts.shown[i] = message::count_possible(header, shown_fields[i]);
  }
  std::size_t lists = 0;
  for (const message::field_view& field : header.fields) {
    if (ascii::iequals(field.name, "reply-to")) {
      look_at_reply_to(field.value, facts);
    } else if (ascii::iequals(field.name, "subject")) {
      if (facts.subject.empty())
        facts.subject = ascii::trim(field.value.substr(0, 998));
    } else if (ascii::iequals(field.name, "list-id")) {
      // Of several nobody knows which one a client goes by.
      facts.list_id.clear();
      if (const auto id = message::parse_list_id(field.value);
          id && ++lists == 1)
        facts.list_id = domain_name(*id);
    } else if (ascii::iequals(field.name, "domainkey-signature")) {
      ++facts.domainkeys;
    }
  }
  return facts;
}

bool can_accuse(const std::optional<border>& b) {
  return b && b->status == border_status::found && b->time &&
         !b->by_domain_only && !b->provider_unknown;
}

bool can_prove(const std::optional<border>& b) {
  return can_accuse(b) && !b->through_loopback && !b->by_view;
}

std::string_view to_string(spf_source s) {
  switch (s) {
    case spf_source::left_out:
      return "left-out";
    case spf_source::border:
      return "border";
    case spf_source::given:
      return "given";
    case spf_source::reported:
      return "reported";
  }
  return "left-out";
}

std::string_view to_string(finding::kind k) {
  switch (k) {
    case finding::kind::display_address:
      return "display-address";
    case finding::kind::display_name:
      return "display-name";
    case finding::kind::confusable:
      return "confusable";
    case finding::kind::one_edit:
      return "one-edit";
    case finding::kind::other_suffix:
      return "other-suffix";
    case finding::kind::contained:
      return "contained";
    case finding::kind::mixed_script:
      return "mixed-script";
    case finding::kind::bidi:
      return "bidi";
    case finding::kind::own_address:
      return "own-address";
    case finding::kind::reply_elsewhere:
      return "reply-elsewhere";
  }
  return "confusable";
}

}  // namespace mekiki::verdict
