#include "verdict/facts.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "message/address.hpp"
#include "mime/encoded_word.hpp"
#include "mime/unicode.hpp"
#include "verdict/display_name.hpp"

namespace mekiki::verdict {
namespace {

namespace unicode = mime::unicode;

constexpr std::size_t most_authors = 10;
// Places that encoded words alone have, for the first ones and the last ones of
// them, and for what each of these may be read as.
constexpr std::size_t most_encoded_each = 2;
constexpr std::size_t most_with_encoded = most_authors + 8;

constexpr std::size_t most_decoded = 64 << 10;

/// Clients show something else than the octets: an encoded word, a raw shift
/// between character sets, text beyond ASCII.
bool is_coded(std::string_view text) {
  return text.find("=?") != text.npos || text.find('\x1b') != text.npos ||
         !unicode::is_ascii(text);
}

std::string decoded(std::string_view text) {
  return mime::decode_words(text, most_decoded, mime::controls::nothing);
}

bool is_dot(char32_t c) {
  return c == U'.' || c == U'\u3002' || c == U'\uff0e' || c == U'\uff61';
}

/// The labels at the end of `text` that make a domain name, two at least.
std::string name_at_end(std::u32string_view text) {
  constexpr std::size_t longest = 253;
  std::string out;
  bool has_dot = false;
  while (!text.empty()) {
    std::size_t begin = text.size();
    while (begin > 0 && !is_dot(text[begin - 1])) --begin;
    const std::u32string_view label = text.substr(begin);
    text = text.substr(0, begin == 0 ? 0 : begin - 1);
    if (label.empty())
      continue;
    const std::string shown = unicode::to_utf8(label);
    std::string name = dns::domain_name(shown);
    if (name.empty())
      name = dns::domain_name(unicode::without_accents(shown));
    if (name.empty() || name.size() + 1 + out.size() > longest)
      break;
    has_dot = !out.empty();
    if (has_dot)
      name.append(1, '.').append(out);
    out = std::move(name);
  }
  return has_dot ? out : std::string();
}

/// What is seen as a blank, or as nothing.
bool is_blank(char32_t c) {
  const bool is_nobodys = (c >= U'\ue000' && c <= U'\uf8ff') || c >= 0xf0000 ||
                          (c & 0xfffe) == 0xfffe || c == U'\ufffc';
  return unicode::is_control(c) || unicode::is_space(c) || c == U'\ufffd' ||
         is_nobodys || unicode::is_invisible(c);
}

/// `text` is cut at what no domain has, at blanks only if they `cut`, too. Of
/// the parts the names at the ends of the first and of the last.
void note_parts(std::u32string_view text, bool blanks_cut,
                std::vector<std::string>& out) {
  std::vector<std::u32string> parts(1);
  for (const char32_t c : text) {
    if (is_blank(c) && (!blanks_cut || unicode::is_invisible(c)))
      continue;
    if (is_dot(c) || c == U'-' || c == U'_' || unicode::is_letter_or_digit(c))
      parts.back() += c;
    else if (!parts.back().empty())
      parts.emplace_back();
  }
  if (parts.back().empty() && parts.size() > 1)
    parts.pop_back();
  for (const std::size_t i : {std::size_t{0}, parts.size() - 1}) {
    std::string name = name_at_end(parts[i]);
    if (!name.empty() && std::ranges::find(out, name) == out.end())
      out.push_back(std::move(name));
  }
}

/// The domains that a client may show for one that is written so. What is no
/// name has signs or other octets in it: there it begins or ends. Blanks do so,
/// too, or they are seen as nothing.
std::vector<std::string> shown_domains(std::string_view written) {
  std::vector<std::string> out;
  const auto read = [&out](std::string_view text) {
    if (std::string name = dns::domain_name(text); !name.empty()) {
      if (std::ranges::find(out, name) == out.end())
        out.push_back(std::move(name));
      return;
    }
    if (text.starts_with('['))
      return;
    const std::u32string points = unicode::to_code_points(text);
    note_parts(points, false, out);
    note_parts(points, true, out);
  };
  // Octets of no charset are left out, or they are Shift_JIS.
  const bool is_raw = written.find("=?") == written.npos &&
                      written.find('\x1b') == written.npos;
  if (is_raw)
    read(written);
  if (is_coded(written))
    read(decoded(written));
  return out;
}

std::string first_shown(std::string_view written) {
  std::vector<std::string> all = shown_domains(written);
  return all.empty() ? std::string() : std::move(all.front());
}

/// Shifts between character sets are nothing that may stand in a text.
std::string shown_address(const message::mailbox& m) {
  std::string address = m.address();
  return address.find('\x1b') == address.npos ? address : decoded(address);
}

void note_author(std::string domain, header_facts& facts,
                 std::size_t most = most_authors) {
  auto& all = facts.author_domains;
  if (!domain.empty() && all.size() < most &&
      std::ranges::find(all, domain) == all.end())
    all.push_back(std::move(domain));
}

/// Each that may be shown for one that is `written`. False if it is no domain
/// name as it stands.
bool note_authors(std::string_view written, header_facts& facts,
                  std::size_t most = most_authors) {
  if (std::string name = dns::domain_name(written); !name.empty()) {
    note_author(std::move(name), facts, most);
    return true;
  }
  for (std::string& name : shown_domains(written))
    note_author(std::move(name), facts, most);
  return false;
}

/// In order, each once.
class written_domains {
 public:
  void add(const message::domain_list& list) {
    for (const std::string& domain : list.domains) {
      if (known_.insert(domain).second)
        all_.push_back(domain);
    }
  }
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
  std::unordered_set<std::string> known_;
};

/// Of the first five or of the last four.
bool is_at_an_end(std::size_t i, std::size_t size) {
  return i < most_authors / 2 || size - i < most_authors / 2;
}

/// Domains in encoded words where an address may stand (RFC 2047 5 (3) forbids
/// them there) are shown all the same, as are those in raw Japanese; and where
/// no author is found, those in a name, too. True if there are any that were
/// not known.
bool note_encoded_authors(const message::header_view& header,
                          header_facts& facts) {
  const std::size_t before = facts.author_domains.size();
  const bool is_alone = before == 0;
  written_domains found;
  const auto note = [&found](std::string_view text) {
    found.add(message::possible_domains(decoded(text)));
  };
  for (const auto* fields : {&header.fields, &header.later_from}) {
    for (const message::field_view& field : *fields) {
      if (!ascii::iequals(field.name, "from") || !is_coded(field.value))
        continue;
      if (is_alone)
        note(field.value);
      for (const std::string& part : message::address_parts(field.value)) {
        if (!is_alone && is_coded(part))
          note(part);
      }
    }
  }
  const std::vector<std::string>& all = found.all();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i < most_encoded_each || all.size() - i <= most_encoded_each)
      note_authors(all[i], facts, most_with_encoded);
  }
  for (const std::string& written : all) note_authors(written, facts);
  return facts.author_domains.size() > before;
}

std::vector<std::string> seen_texts(const std::vector<std::string>& written);

/// Where From says nothing, clients show who sent it, in whatever way it is
/// written.
void note_sender(const message::header_view& header, header_facts& facts) {
  written_domains found;
  std::vector<message::mailbox> mailboxes;
  std::vector<std::string> texts;
  message::visit_possible(header, "sender", [&](std::string_view value) {
    message::address_list list = message::parse_addresses(value);
    for (const message::mailbox& m : list.mailboxes)
      found.add({.domains = {m.domain}, .first_address = {}});
    found.add(message::possible_domains(value));
    if (is_coded(value))
      found.add(message::possible_domains(decoded(value)));
    std::ranges::move(list.mailboxes, std::back_inserter(mailboxes));
    std::ranges::move(list.texts, std::back_inserter(texts));
  });
  texts = seen_texts(texts);
  for (const std::string& text : texts)
    found.add(message::possible_domains(text));
  for (std::size_t i = 0; i < found.all().size(); ++i) {
    if (is_at_an_end(i, found.all().size()))
      note_authors(found.all()[i], facts);
  }
  for (std::size_t i = 0; i < mailboxes.size(); ++i) {
    const message::mailbox& m = mailboxes[i];
    if (is_at_an_end(i, mailboxes.size()))
      facts.other_authors.push_back(
          {shown_address(m), first_shown(m.domain), m.display_name});
  }
  std::ranges::move(texts, std::back_inserter(facts.author_texts));
}

/// Decoded, of those that are not blank for the eye, each once, the first fifty
/// and the last fifty: who wants to hide one must write as many before it and
/// behind it that are seen.
std::vector<std::string> seen_texts(const std::vector<std::string>& written) {
  constexpr std::size_t most = 50;
  std::unordered_set<std::string_view> read;
  std::unordered_set<std::string> seen;
  const auto add = [&](std::string_view one, std::vector<std::string>& out) {
    if (!read.insert(one).second)
      return;
    std::string text = decoded(one);
    std::string part = visible_part(text);
    if (!ascii::trim(part).empty() && seen.insert(std::move(part)).second)
      out.push_back(std::move(text));
  };
  std::vector<std::string> out;
  std::size_t begin = 0;
  while (begin < written.size() && out.size() < most)
    add(written[begin++], out);
  std::vector<std::string> last;
  for (std::size_t end = written.size(); end > begin && last.size() < most;)
    add(written[--end], last);
  std::move(last.rbegin(), last.rend(), std::back_inserter(out));
  return out;
}

void read_authors(const message::header_view& header, header_facts& facts) {
  message::author_list authors = message::authors(header);
  const std::vector<message::mailbox>& mailboxes = authors.from.mailboxes;
  facts.author_count = authors.from.count;
  facts.from_fields = authors.fields;
  bool all_are_domains = true;
  if (!mailboxes.empty()) {
    const message::mailbox& first = mailboxes.front();
    facts.author = shown_address(first);
    facts.author_domain = first_shown(first.domain);
    facts.display_name = first.display_name;
  }
  // Where the grammar is broken, clients show what comes first.
  if (!authors.from.well_formed && !authors.shown.domains.empty() &&
      facts.author_count > 0) {
    facts.author = authors.shown.first_address;
    if (facts.author.find('\x1b') != facts.author.npos)
      facts.author = decoded(facts.author);
    facts.author_domain = first_shown(authors.shown.domains.front());
  }
  note_author(facts.author_domain, facts);
  // Mailboxes come first: what else may be a domain is cheap to write.
  std::vector<std::string_view> domains;
  for (const message::mailbox& m : mailboxes) {
    if (std::ranges::find(domains, m.domain) == domains.end())
      domains.emplace_back(m.domain);
  }
  for (std::size_t i = 0; i < domains.size(); ++i) {
    if (is_at_an_end(i, domains.size()))
      all_are_domains = note_authors(domains[i], facts) && all_are_domains;
  }
  // Whoever does not come first by all readings is another one.
  const std::size_t others =
      !mailboxes.empty() && shown_address(mailboxes.front()) == facts.author
          ? 1
          : 0;
  for (std::size_t i = others; i < mailboxes.size(); ++i) {
    const message::mailbox& m = mailboxes[i];
    if (!m.display_name.empty() ||
        is_at_an_end(i - others, mailboxes.size() - others))
      facts.other_authors.push_back(
          {shown_address(m), first_shown(m.domain), m.display_name});
  }
  for (const std::string& written : authors.shown.domains)
    all_are_domains = note_authors(written, facts) && all_are_domains;
  if (note_encoded_authors(header, facts))
    all_are_domains = false;
  facts.author_texts = seen_texts(authors.from.texts);
  if (facts.author_domains.empty()) {
    for (const std::string& text : facts.author_texts) {
      for (const std::string& d : message::possible_domains(text).domains)
        note_authors(d, facts);
    }
    note_sender(header, facts);
  }
  facts.author_is_clear = !header.truncated && authors.shown.is_certain &&
                          all_are_domains && facts.author_domains.size() == 1 &&
                          facts.author_domains.front() == facts.author_domain;
}

constexpr std::size_t most_domains = 20;  // of a field

void add_addresses(const message::address_list& list,
                   std::vector<std::string>& domains,
                   std::vector<std::string>& addresses) {
  for (const message::mailbox& m : list.mailboxes) {
    std::string domain = dns::domain_name(m.domain);
    if (domain.empty() || domains.size() >= most_domains)
      continue;
    domains.push_back(std::move(domain));
    addresses.push_back(m.address());
  }
}

// "" where not all of it is read for certain.
void look_at_reply_to(std::string_view value, header_facts& facts) {
  const std::size_t before = facts.reply_domains.size();
  const message::address_list list = message::parse_addresses(value);
  add_addresses(list, facts.reply_domains, facts.reply_addresses);
  const std::size_t read = facts.reply_domains.size() - before;
  if (read < list.count || !list.well_formed) {
    facts.reply_domains.emplace_back();
    facts.reply_addresses.emplace_back();
  }
}

void add_recipients(std::string_view value, recipients& to) {
  ++to.fields;
  add_addresses(message::parse_addresses(value), to.domains, to.addresses);
}

}  // namespace

std::string comparable_address(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == address.npos)
    return {};
  std::string local(address.substr(0, at));
  if (is_coded(local))
    local = decoded(local);
  std::erase_if(local, [](char c) { return c == '"' || c == '\\'; });
  local = unicode::fold(local);
  if (!unicode::is_ascii(local)) {
    std::u32string seen = unicode::to_code_points(local);
    std::erase_if(seen, [](char32_t c) {
      return unicode::is_invisible(c) || unicode::is_control(c) ||
             c == U'\ufffd';
    });
    local = unicode::to_utf8(seen);
  }
  std::erase_if(local, [](char c) { return ascii::is_control(c) || c == ' '; });
  return local + '@' + first_shown(address.substr(at + 1));
}

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
        facts.list_id = dns::domain_name(*id);
      has_list_id = true;
    } else if (ascii::iequals(field.name, "list-post")) {
      const auto list = message::parse_list_post(field.value);
      posts_to = list && ++posts == 1 ? dns::domain_name(*list) : "";
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
          dns::domain_name(std::string_view(own.address).substr(at + 1))) ==
          facts.author_domains.end())
    return {};
  const message::author_list authors = message::authors(header);
  const std::string whose = comparable_address(own.address);
  bool is_author = comparable_address(authors.shown.first_address) == whose;
  bool says_mekiki = false;
  for (const message::mailbox& m : authors.from.mailboxes) {
    is_author = is_author || comparable_address(m.address()) == whose;
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

bool has_client(const spf_facts& f) {
  return f.source == spf_source::border || f.source == spf_source::given ||
         f.source == spf_source::session;
}

std::string_view to_string(spf_source s) {
  switch (s) {
    case spf_source::left_out:
      return "left-out";
    case spf_source::border:
      return "border";
    case spf_source::given:
      return "given";
    case spf_source::session:
      return "session";
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
