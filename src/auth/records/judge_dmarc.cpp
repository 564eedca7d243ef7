// In the order of RFC 9989: where the record is (4.5, 4.10), its tags (4.7,
// 4.8), what they ask for, and where reports go (RFC 9990 4).
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "auth/dmarc/public_suffix.hpp"
#include "auth/records/dmarc_policy.hpp"
#include "base/ascii.hpp"
#include "base/split.hpp"

namespace mekiki::records {
namespace {

using dns::record_type;
using enum finding_id;

/// RFC 9989 4.7, and what RFC 7489 6.3 had.
constexpr std::array<std::string_view, 11> known_tags{
    "v", "p", "sp", "np", "rua", "ruf", "adkim", "aspf", "fo", "psd", "t"};
constexpr std::array<std::string_view, 3> removed_tags{"pct", "rf", "ri"};

bool is_among(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(
      names, [name](std::string_view n) { return ascii::iequals(n, name); });
}

/// How many octets to insert, remove or replace; the arguments are short.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced =
          corner + (ascii::to_lower(a[i - 1]) == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

/// The tag that is likely meant; empty if none is near.
std::string_view nearest_tag(std::string_view name) {
  constexpr std::size_t longest = 16;
  if (name.size() > longest)
    return {};
  std::string_view best;
  std::size_t least = name.size() < 3 ? 1 : 2;
  for (const std::string_view tag : known_tags) {
    // Names of one letter are near to everything.
    if (tag.size() == 1)
      continue;
    const std::size_t d = distance(name, tag);
    if (d < least || (d == least && best.empty())) {
      least = d;
      best = tag;
    }
  }
  return best;
}

bool is_policy(std::string_view value) {
  return ascii::iequals(value, "none") || ascii::iequals(value, "quarantine") ||
         ascii::iequals(value, "reject");
}

/// RFC 9989 4.8
bool is_value_of(std::string_view tag, std::string_view value) {
  const auto one_of = [value](std::string_view letters) {
    return value.size() == 1 &&
           letters.find(ascii::to_lower(value[0])) != std::string_view::npos;
  };
  if (ascii::iequals(tag, "adkim") || ascii::iequals(tag, "aspf"))
    return one_of("rs");
  if (ascii::iequals(tag, "t"))
    return one_of("yn");
  if (ascii::iequals(tag, "psd"))
    return one_of("ynu");
  if (!ascii::iequals(tag, "fo"))
    return true;
  //   dmarc-fo = "0" / "1" / "d" / "s" / "d:s" / "s:d" and the like
  std::string seen;
  for (const std::string_view part : split(value, ':')) {
    const auto letter = ascii::trim(part);
    if (letter.size() != 1 || std::string_view("01ds").find(ascii::to_lower(
                                  letter[0])) == std::string_view::npos)
      return false;
    if (seen.find(ascii::to_lower(letter[0])) != std::string::npos)
      return false;
    seen += ascii::to_lower(letter[0]);
  }
  const bool both = seen.find('0') != std::string::npos &&
                    seen.find('1') != std::string::npos;
  return !seen.empty() && !both;
}

struct tag {
  std::string name;
  std::string value;
};

class judge {
 public:
  explicit judge(const dmarc_facts& facts) : facts_(facts) {
    policy_domain_ =
        facts.record() != nullptr ? facts.found.policy_domain : facts.domain;
  }

  std::vector<finding> run();

 private:
  std::string place() const { return "_dmarc." + policy_domain_; }

  void add(finding_id id, const std::vector<std::string>& facts,
           bool repaired) {
    if (is_told_enough(id, found_))
      return;
    finding f;
    f.id = id;
    f.record = record_name(place(), record_type::txt);
    for (const std::string& fact : facts) f.facts.push_back(shown(fact));
    if (repaired)
      repaired_by_.push_back(found_.size());
    found_.push_back(std::move(f));
  }

  tag* find(std::string_view name) {
    const auto at = std::ranges::find_if(
        tags_, [name](const tag& t) { return ascii::iequals(t.name, name); });
    return at == tags_.end() ? nullptr : &*at;
  }
  void drop(std::string_view name) {
    std::erase_if(
        tags_, [name](const tag& t) { return ascii::iequals(t.name, name); });
  }
  void set_policy(std::string_view value);
  std::string repaired() const;
  std::string default_address() const {
    return "mailto:" + (facts_.report_address.empty()
                            ? "dmarc-reports@" + policy_domain_
                            : facts_.report_address);
  }

  void other_texts();
  void without_record();
  void tags();
  void one_tag(const dmarc::element_view& element, std::size_t number);
  void policies();
  void differences();
  void reports();
  void one_address(const report_address& address);

  const dmarc_facts& facts_;
  std::string policy_domain_;
  std::vector<tag> tags_;  // of the repaired record, without v=
  std::vector<finding> found_;
  std::vector<std::size_t> repaired_by_;
  bool has_valid_policy_ = true;
};

void judge::set_policy(std::string_view value) {
  if (tag* const p = find("p"))
    p->value = value;
  else
    tags_.insert(tags_.begin(), {"p", std::string(value)});
}

std::string judge::repaired() const {
  std::string out = "v=DMARC1";
  for (const tag& t : tags_) {
    out += "; ";
    out += t.name;
    out += '=';
    out += visible(t.value);
  }
  return out;
}

/// 4.5: what is at the name, and is no record.
void judge::other_texts() {
  for (const std::string& text : facts_.texts) {
    if (dmarc::parse_record(text, dmarc::spec::rfc9989))
      continue;
    const std::string lower = ascii::to_lower(text);
    const std::size_t version = lower.find("dmarc1");
    finding f;
    f.id = version == std::string::npos ? dmarc_other_text : dmarc_version;
    f.record = record_name("_dmarc." + facts_.domain, record_type::txt);
    f.facts = {shown(text)};
    if (is_told_enough(f.id, found_))
      continue;
    constexpr std::size_t near = 8;  // "v = ", quotation marks
    if (version <= near && facts_.record() == nullptr) {
      std::string_view rest = std::string_view(text).substr(
          version + std::string_view("dmarc1").size());
      while (!rest.empty() && !ascii::is_alpha(rest.front()))
        rest.remove_prefix(1);
      f.publish.push_back({"_dmarc." + facts_.domain, record_type::txt,
                           "v=DMARC1; " + visible(rest)});
    }
    found_.push_back(std::move(f));
  }
  for (const std::string& text : facts_.misplaced) {
    if (is_told_enough(dmarc_misplaced, found_))
      break;
    finding f;
    f.id = dmarc_misplaced;
    f.record = record_name(facts_.domain, record_type::txt);
    f.facts = {shown("_dmarc." + facts_.domain)};
    if (facts_.record() == nullptr)
      f.publish.push_back(
          {"_dmarc." + facts_.domain, record_type::txt, visible(text)});
    found_.push_back(std::move(f));
  }
}

void judge::without_record() {
  auto problem = facts_.found.problem.value_or(dmarc::errc::no_record);
  if (problem == dmarc::errc::no_record &&
      facts_.older.problem == dmarc::errc::several_records) {
    // The tree walk passes over them; RFC 7489 stops there.
    problem = dmarc::errc::several_records;
    policy_domain_ = facts_.older.policy_domain;
  }
  switch (problem) {
    case dmarc::errc::several_records:
      add(dmarc_several, {}, false);
      return;
    case dmarc::errc::dns_unavailable:
      add(dns_no_answer, {place()}, false);
      return;
    case dmarc::errc::dns_bogus:
      add(dnssec_bogus, {place()}, false);
      return;
    default:
      break;
  }
  if (!found_.empty() && std::ranges::any_of(found_, [](const finding& f) {
        return f.id == dmarc_version;
      }))
    return;  // that says it
  tags_ = {{"p", "none"}, {"rua", default_address()}};
  add(dmarc_missing, {}, true);
}

/// 4.7, 4.8
void judge::tags() {
  std::string_view rest = facts_.record()->text;
  std::size_t number = 0;
  dmarc::take_element(rest);  // the version
  while (const auto element = dmarc::take_element(rest))
    one_tag(*element, ++number);
  const tag* const p = find("p");
  if (p == nullptr || !is_policy(p->value)) {
    add(dmarc_policy_invalid, {p == nullptr ? "p" : "p=" + p->value}, true);
    set_policy("none");
    has_valid_policy_ = false;
  }
  for (const std::string_view name : {"sp", "np"}) {
    tag* const t = find(name);
    if (t == nullptr || is_policy(t->value))
      continue;
    add(dmarc_policy_invalid, {t->name + "=" + t->value}, true);
    drop(name);
    has_valid_policy_ = false;
  }
}

void judge::one_tag(const dmarc::element_view& element, std::size_t number) {
  const std::string name = ascii::to_lower(element.name);
  if (name.empty()) {
    add(dmarc_not_a_tag, {std::string(ascii::trim(element.text))}, true);
    return;
  }
  if (find(name) != nullptr) {
    add(dmarc_tag_twice, {name}, true);
    return;
  }
  if (name == "pct" && element.value != "100") {
    add(dmarc_sampling, {std::string(element.value)}, true);
    return;
  }
  if (is_among(name, removed_tags)) {
    add(dmarc_removed_tag, {name}, true);
    return;
  }
  if (!is_among(name, known_tags)) {
    const std::string meant(nearest_tag(name));
    const bool free = !meant.empty() && find(meant) == nullptr;
    add(dmarc_unknown_tag, {name, free ? " (" + meant + "?)" : ""}, true);
    if (free)
      tags_.push_back({meant, std::string(element.value)});
    return;
  }
  if (name == "v")
    return;
  if (name == "p" && number != 1) {
    add(dmarc_p_not_second, {}, true);
    tags_.insert(tags_.begin(), {name, std::string(element.value)});
    return;
  }
  if (!is_value_of(name, element.value)) {
    add(dmarc_value_invalid, {name, std::string(element.value)}, true);
    return;
  }
  tags_.push_back({name, std::string(element.value)});
}

void judge::policies() {
  using dmarc::policy;
  const dmarc::record& record = *facts_.record();
  if (!record.p || !has_valid_policy_)
    return;
  if (record.testing && *record.p != policy::none) {
    add(dmarc_testing, {std::string(to_string(*record.p))}, true);
    drop("t");
  }
  if (facts_.policy == policy::none && !record.testing)
    add(dmarc_policy_none, {facts_.domain}, false);
  if (*record.p == policy::none || facts_.domain != policy_domain_)
    return;
  std::string open;
  for (const std::string_view name : {"sp", "np"}) {
    const tag* const t = find(name);
    if (t == nullptr || !ascii::iequals(t->value, "none"))
      continue;
    open += fmt::format("{}{}=none", open.empty() ? "" : ", ", name);
    drop(name);
  }
  if (!open.empty())
    add(dmarc_subdomains_open, {std::string(to_string(*record.p)), open}, true);
}

/// 4.10.2 and RFC 7489 3.2
void judge::differences() {
  const dmarc::record& record = *facts_.record();
  if (record.psd == dmarc::suffix_flag::yes &&
      !dmarc::is_public_suffix(policy_domain_)) {
    add(dmarc_public_suffix, {policy_domain_}, true);
    drop("psd");
  }
  const dmarc::discovery& newer = facts_.found;
  const dmarc::discovery& older = facts_.older;
  const bool readable = older.found || older.problem == dmarc::errc::no_record;
  const bool same = older.found && older.policy_domain == newer.policy_domain &&
                    older.org_domain == newer.org_domain;
  if (!readable || same || newer.org_domain.empty())
    return;
  add(dmarc_rfcs_differ,
      {newer.policy_domain, newer.org_domain,
       older.found ? older.policy_domain : "-", older.org_domain},
      false);
}

void judge::one_address(const report_address& address) {
  tag* const t = find(address.tag);
  const auto replace = [&](const std::string& by) {
    if (t == nullptr)
      return;
    const std::size_t at = t->value.find(address.uri);
    if (at != std::string::npos)
      t->value.replace(at, address.uri.size(), by);
  };
  if (!address.is_uri) {
    const bool is_address = address.uri.find('@') != std::string::npos &&
                            address.uri.find(':') == std::string::npos &&
                            address.uri.find(' ') == std::string::npos;
    add(dmarc_report_uri, {address.tag, address.uri}, true);
    replace(is_address ? "mailto:" + address.uri : default_address());
    return;
  }
  if (address.host.empty()) {
    add(dmarc_report_scheme, {address.tag, address.uri}, false);
    return;
  }
  if (address.has_size) {
    add(dmarc_report_size, {address.tag, address.uri}, true);
    replace(address.uri.substr(0, address.uri.find('!')));
  }
  if (address.reachable == false) {
    add(dmarc_report_unreachable, {address.tag, address.host}, false);
    return;
  }
  if (address.agreed == false &&
      !is_told_enough(dmarc_report_not_allowed, found_)) {
    add(dmarc_report_not_allowed, {address.tag, address.host, policy_domain_},
        false);
    const std::string name =
        fmt::format("{}._report._dmarc.{}", policy_domain_, address.host);
    found_.back().record = record_name(name, record_type::txt);
    found_.back().publish.push_back({name, record_type::txt, "v=DMARC1"});
  }
}

/// RFC 9990 4
void judge::reports() {
  std::size_t aggregate = 0;
  for (const report_address& address : facts_.reports) {
    one_address(address);
    if (address.tag == "rua")
      ++aggregate;
  }
  constexpr std::size_t sure = 2;
  if (aggregate > sure)
    add(dmarc_report_many, {std::to_string(aggregate)}, false);
  if (aggregate == 0) {
    if (find("rua") == nullptr)  // else it was misspelt
      tags_.push_back({"rua", default_address()});
    add(dmarc_no_reports, {}, true);
  }
}

std::vector<finding> judge::run() {
  other_texts();
  if (facts_.record() == nullptr) {
    without_record();
  } else {
    tags();
    policies();
    differences();
    reports();
  }
  for (const std::size_t which : repaired_by_) {
    found_[which].publish.push_back({place(), record_type::txt, repaired()});
  }
  for (finding& f : found_) {
    if (f.id != dmarc_policy_none || policy_domain_ != facts_.domain)
      continue;
    set_policy("quarantine");
    f.publish.push_back({place(), record_type::txt, repaired()});
  }
  return std::move(found_);
}

}  // namespace

std::vector<finding> judge_dmarc(const dmarc_facts& dmarc) {
  return judge(dmarc).run();
}

}  // namespace mekiki::records
