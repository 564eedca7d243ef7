#include "verdict/facts.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "message/address.hpp"
#include "mime/encoded_word.hpp"
#include "mime/unicode.hpp"

namespace mekiki::verdict {
namespace {

constexpr std::size_t most_authors = 10;

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

void note_author(std::string domain, header_facts& facts) {
  auto& all = facts.author_domains;
  if (!domain.empty() && std::ranges::find(all, domain) == all.end())
    all.push_back(std::move(domain));
}

/// Addresses that are nowhere but in encoded words (RFC 2047 5 (3) forbids
/// them) are shown all the same.
void note_encoded_authors(const message::header_view& header,
                          header_facts& facts) {
  for (const message::field_view& field : header.fields) {
    if (!ascii::iequals(field.name, "from") ||
        facts.author_domains.size() >= most_authors)
      continue;
    const std::string text = mime::decode_words(field.value);
    for (const std::string& written : message::possible_domains(text).domains)
      note_author(domain_name(written), facts);
  }
}

void read_authors(const message::header_view& header, header_facts& facts) {
  const message::author_list authors = message::authors(header);
  facts.author_count = authors.from.count;
  facts.from_fields = authors.fields;
  bool all_are_domains = true;
  if (!authors.from.mailboxes.empty()) {
    const message::mailbox& first = authors.from.mailboxes.front();
    facts.author = first.address();
    facts.author_domain = domain_name(first.domain);
    facts.display_name = first.display_name;
  }
  // Where the grammar is broken, clients show what comes first.
  if (!authors.from.well_formed && !authors.shown.domains.empty() &&
      facts.author_count > 0) {
    facts.author = authors.shown.first_address;
    facts.author_domain = domain_name(authors.shown.domains.front());
  }
  note_author(facts.author_domain, facts);
  for (const message::mailbox& m : authors.from.mailboxes) {
    if (&m != authors.from.mailboxes.data() &&
        facts.other_authors.size() + 1 < most_authors)
      facts.other_authors.push_back(
          {m.address(), domain_name(m.domain), m.display_name});
  }
  for (const std::string& written : authors.shown.domains) {
    std::string domain = domain_name(written);
    all_are_domains = all_are_domains && !domain.empty();
    note_author(std::move(domain), facts);
  }
  if (facts.author_domains.empty())
    note_encoded_authors(header, facts);
  if (facts.author_domains.size() > most_authors)
    facts.author_domains.resize(most_authors);
  facts.author_is_clear = !header.truncated && authors.shown.is_certain &&
                          all_are_domains && facts.author_domains.size() == 1 &&
                          facts.author_domains.front() == facts.author_domain;
}

constexpr std::size_t most_domains = 20;  // of a field

void add_domains(const message::address_list& list,
                 std::vector<std::string>& domains) {
  for (const message::mailbox& m : list.mailboxes) {
    std::string domain = domain_name(m.domain);
    if (!domain.empty() && domains.size() < most_domains)
      domains.push_back(std::move(domain));
  }
}

// "" where not all of it is read for certain.
void look_at_reply_to(std::string_view value, header_facts& facts) {
  const std::size_t before = facts.reply_domains.size();
  const message::address_list list = message::parse_addresses(value);
  add_domains(list, facts.reply_domains);
  const std::size_t read = facts.reply_domains.size() - before;
  if (read < list.count || !list.well_formed)
    facts.reply_domains.emplace_back();
}

void add_recipients(std::string_view value, recipients& to) {
  ++to.fields;
  add_domains(message::parse_addresses(value), to.domains);
}

}  // namespace

header_facts read_header_facts(const message::header_view& header) {
  header_facts facts;
  facts.is_cut = header.truncated;
  read_authors(header, facts);
  for (std::size_t i = 0; i < shown_fields.size(); ++i) {
    facts.shown[i] = message::count_possible(header, shown_fields[i]);
  }
  std::size_t lists = 0;
  bool has_list_id = false;
  std::size_t posts = 0;
  std::string posts_to;
  for (const message::field_view& field : header.fields) {
    if (ascii::iequals(field.name, "reply-to")) {
      look_at_reply_to(field.value, facts);
    } else if (ascii::iequals(field.name, "to")) {
      add_recipients(field.value, facts.to);
    } else if (ascii::iequals(field.name, "cc")) {
      add_recipients(field.value, facts.cc);
    } else if (ascii::iequals(field.name, "subject")) {
      if (facts.subject.empty())
        facts.subject = ascii::trim(field.value.substr(0, 998));
    } else if (ascii::iequals(field.name, "list-id")) {
      // Of several nobody knows which one a client goes by.
      facts.list_id.clear();
      if (const auto id = message::parse_list_id(field.value);
          id && ++lists == 1)
        facts.list_id = domain_name(*id);
      has_list_id = true;
    } else if (ascii::iequals(field.name, "list-post")) {
      const auto list = message::parse_list_post(field.value);
      posts_to = list && ++posts == 1 ? domain_name(*list) : "";
    } else if (ascii::iequals(field.name, "domainkey-signature")) {
      ++facts.domainkeys;
    }
  }
  if (!has_list_id)
    facts.list_id = std::move(posts_to);
  return facts;
}

std::string find_imitation(const message::header_view& header,
                           const header_facts& facts, const own_sender& own) {
  const std::size_t at = own.address.rfind('@');
  if (at == own.address.npos ||
      std::ranges::find(
          facts.author_domains,
          domain_name(std::string_view(own.address).substr(at + 1))) ==
          facts.author_domains.end())
    return {};
  const message::author_list authors = message::authors(header);
  bool is_author = ascii::iequals(authors.shown.first_address, own.address);
  bool says_mekiki = false;
  for (const message::mailbox& m : authors.from.mailboxes) {
    is_author = is_author || ascii::iequals(m.address(), own.address);
    says_mekiki =
        says_mekiki ||
        mime::unicode::skeleton(
            mime::unicode::fold(mime::decode_words(m.display_name)))
                .find(mime::unicode::skeleton("mekiki")) != std::string::npos;
  }
  if (!is_author || (!own.is_ours_alone && !says_mekiki) ||
      (own.wrote && own.wrote(header)))
    return {};
  return own.address;
}

bool can_accuse(const std::optional<border>& b) {
  return b && b->status == border_status::found && b->time &&
         !b->by_domain_only && !b->provider_unknown;
}

bool can_prove(const std::optional<border>& b) {
  return can_accuse(b) && !b->through_loopback && !b->by_view && !b->is_doubted;
}

std::string_view way_of(const std::optional<border>& b) {
  if (!b)
    return "";
  if (can_accuse(b))
    return "certain";
  // Then it is no wonder that nothing shows where mail comes in.
  const bool may_be_a_border =
      b->status == border_status::found || b->status == border_status::no_entry;
  if (b->provider_unknown && may_be_a_border)
    return "provider-unknown";
  if (b->status != border_status::found)
    return to_string(b->status);
  return b->by_domain_only ? "name-only" : "no-time";
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

std::string_view to_string(finding::standing s) {
  switch (s) {
    case finding::standing::nobodys:
      return "nobodys";
    case finding::standing::known:
      return "known";
    case finding::standing::watched:
      return "watched";
    case finding::standing::own:
      return "own";
  }
  return "nobodys";
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
