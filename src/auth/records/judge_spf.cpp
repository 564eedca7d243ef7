// In the order of RFC 7208: the record (3, 4.5, 4.6), its limits (4.6.4), its
// mechanisms (5), its end (4.7, 5.1, 6.1).
#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "auth/records/spf_tree.hpp"
#include "auth/spf/check_host.hpp"
#include "auth/spf/record.hpp"
#include "base/ascii.hpp"
#include "base/split.hpp"

namespace mekiki::records {
namespace {

using enum finding_id;
using state = spf_term::state;

constexpr std::size_t recommended_octets = 450;  // RFC 7208 3.4
constexpr std::size_t most_networks = 2000;      // that are compared
constexpr std::size_t most_own_networks = 400;
constexpr int widest_v4 = 12;
constexpr int widest_v6 = 24;

/// Addresses that nobody can send from over the internet.
const std::vector<ip_network>& private_networks() {
  static const std::vector<ip_network> list = ip_networks(
      {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8",
       "169.254.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10", "::1/128"});
  return list;
}

bool is_within(const ip_network& inner, const ip_network& outer) {
  return inner.address.is_v4() == outer.address.is_v4() &&
         inner.prefix_length >= outer.prefix_length &&
         outer.contains(inner.address);
}

/// The record again, read.
class reading {
 public:
  explicit reading(const spf_record& of) {
    const std::vector<std::string> texts{of.text};
    const spf::selection chosen = spf::select_spf1(texts);
    if (chosen.code != spf::errc::allowed)
      return;
    text_ = chosen.terms;
    if (auto read = spf::parse_terms(text_))
      view_ = std::move(*read);
  }
  reading(const reading&) = delete;
  reading& operator=(const reading&) = delete;

  const std::vector<spf::directive>& directives() const {
    return view_.directives;
  }

 private:
  std::string text_;
  spf::record_view view_;  // borrows text_
};

/// Calls `visit` with every term that an evaluation may come to, and the
/// record that it stands in.
template <class Visit>
void for_each_term(const spf_record& in, const Visit& visit) {
  for (const spf_term& t : in.terms) {
    if (t.what == state::ignored)
      continue;
    visit(t, in);
    if (t.below)
      for_each_term(*t.below, visit);
  }
}

/// Where a client that nothing is known of is let pass: the term, and the
/// domain in whose record it stands.
std::optional<std::pair<std::string, std::string>> find_open_door(
    const spf_record& in) {
  const reading read(in);
  const auto& directives = read.directives();
  for (std::size_t i = 0; i < in.terms.size(); ++i) {
    const spf_term& t = in.terms[i];
    if (t.what == state::ignored)
      continue;
    if (i < directives.size()) {
      const spf::directive& d = directives[i];
      if (d.meaning != spf::errc::allowed)
        continue;
      const bool is_network =
          d.kind == spf::mechanism::ip4 || d.kind == spf::mechanism::ip6;
      if (d.kind == spf::mechanism::all ||
          (is_network && d.network.prefix_length == 0) ||
          ((d.kind == spf::mechanism::a || d.kind == spf::mechanism::mx) &&
           (d.prefix4 == 0 || d.prefix6 == 0))) {
        return std::pair(t.text, in.domain);
      }
    }
    if (t.below) {
      if (auto found = find_open_door(*t.below))
        return found;
    }
  }
  return std::nullopt;
}

/// The record where an evaluation ends that nothing matched: that of the last
/// redirect=.
const spf_record* last_record(const spf_record* from) {
  for (const spf_term& t : from->terms) {
    if (t.is_redirect && t.what != state::ignored && t.below)
      return last_record(t.below.get());
  }
  return from;
}

const spf_term* find_all(const spf_record& in) {
  const auto at = std::ranges::find_if(in.terms, [](const spf_term& t) {
    return t.kind == spf::mechanism::all && !t.is_redirect &&
           t.what != state::ignored;
  });
  return at == in.terms.end() ? nullptr : &*at;
}

std::vector<std::string> words_of(const std::string& record) {
  std::vector<std::string> out;
  for (const std::string_view word : split(record, ' ')) out.emplace_back(word);
  return out;
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty())
      out += ' ';
    out += word;
  }
  return out;
}

enum class remedy : std::uint8_t { words, record };

class judge {
 public:
  judge(const spf_tree& tree, bool receives)
      : tree_(tree),
        root_(tree.root),
        receives_(receives),
        repaired_(words_of(tree.root.text)) {}

  std::vector<finding> run();

 private:
  /// `remedy::record`: the repaired record is told with it.
  void add(finding_id id, const std::vector<std::string>& facts,
           remedy how = remedy::words) {
    add_at(id, root_.domain, facts, how);
  }
  void add_at(finding_id id, const std::string& domain,
              const std::vector<std::string>& facts,
              remedy how = remedy::words);

  /// Takes a term of the root's from the repaired record.
  remedy drop(const std::string& term, const spf_record& in);
  /// The repaired record ends with it.
  void end_with(std::string term);

  void without_record();
  void several();
  void limits();
  void term(const spf_term& t, const spf_record& in);
  void below(const spf_term& t, const spf_record& in);
  void repeated();
  void end();
  void networks();
  void judge_record();

  const spf_tree& tree_;
  const spf_record& root_;
  const bool receives_;
  std::vector<std::string> repaired_;  // what to publish, word by word
  std::vector<finding> found_;
  std::vector<std::size_t> repaired_by_;  // the findings that tell it
};

void judge::add_at(finding_id id, const std::string& domain,
                   const std::vector<std::string>& facts, remedy how) {
  if (is_told_enough(id, found_))
    return;
  finding f;
  f.id = id;
  f.record = record_name(domain, dns::record_type::txt);
  for (const std::string& fact : facts) f.facts.push_back(shown(fact));
  if (how == remedy::record)
    repaired_by_.push_back(found_.size());
  found_.push_back(std::move(f));
}

remedy judge::drop(const std::string& term, const spf_record& in) {
  if (&in != &root_)
    return remedy::words;
  std::erase(repaired_, term);
  return remedy::record;
}

void judge::end_with(std::string term) {
  std::erase(repaired_, term);
  repaired_.push_back(std::move(term));
}

/// RFC 7208 4.5
void judge::without_record() {
  const auto written_wrong =
      std::ranges::find_if(root_.texts, [](const std::string& text) {
        std::string_view rest = text;
        while (!rest.empty() && !ascii::is_alpha(rest.front()))
          rest.remove_prefix(1);
        return ascii::istarts_with(rest, "v=spf") ||
               ascii::istarts_with(rest, "v = spf");
      });
  if (written_wrong != root_.texts.end()) {
    add(spf_version, {*written_wrong});
    return;
  }
  repaired_ = {"v=spf1"};
  if (receives_)
    repaired_.emplace_back("mx");
  repaired_.emplace_back(receives_ ? "~all" : "-all");
  add(spf_missing, {}, remedy::record);
}

/// One record with the terms of all.
void judge::several() {
  repaired_ = {"v=spf1"};
  std::string end;
  std::size_t records = 0;
  for (const std::string& text : root_.texts) {
    const std::vector<std::string> one{text};
    if (spf::select_spf1(one).code != spf::errc::allowed)
      continue;
    ++records;
    for (const std::string& word : words_of(text)) {
      if (ascii::istarts_with(word, "v=spf1"))
        continue;
      const std::string_view bare =
          std::string_view(word).substr(ascii::is_alpha(word.front()) ? 0 : 1);
      if (ascii::iequals(bare, "all")) {
        // The most careful of them: nobody is to lose mail by the merging.
        if (end.empty() || word != "-all")
          end = word == "-all" ? "-all" : "~all";
      } else if (std::ranges::find(repaired_, word) == repaired_.end()) {
        repaired_.push_back(word);
      }
    }
  }
  repaired_.push_back(end.empty() ? "~all" : end);
  add(spf_several, {std::to_string(records)}, remedy::record);
}

/// RFC 7208 3.4, 4.6.4
void judge::limits() {
  const spf::options limit;
  if (tree_.lookups > limit.max_terms || !tree_.complete) {
    const auto most = std::ranges::max_element(
        root_.terms, {}, [](const spf_term& t) { return t.lookups; });
    add(spf_too_many_lookups,
        {std::to_string(tree_.lookups) + (tree_.complete ? "" : "+"),
         std::to_string(limit.max_terms), most->text,
         std::to_string(most->lookups)});
  }
  if (tree_.voids > 0) {
    std::string names;
    remedy how = remedy::words;
    for_each_term(root_, [&](const spf_term& t, const spf_record& in) {
      if (t.below || t.voids == 0)
        return;
      constexpr std::size_t enough = 80;
      if (names.size() < enough) {
        names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", t.text,
                             in.domain);
      }
      if (t.what == state::empty && drop(t.text, in) == remedy::record)
        how = remedy::record;
    });
    add(tree_.voids > limit.max_void_lookups ? spf_too_many_voids
                                             : spf_void_lookup,
        {std::to_string(tree_.voids), std::to_string(limit.max_void_lookups),
         names},
        how);
  }
  if (root_.text.size() > recommended_octets)
    add(spf_too_long, {std::to_string(root_.text.size()),
                       std::to_string(recommended_octets)});
}

void judge::term(const spf_term& t, const spf_record& in) {
  if (t.kind == spf::mechanism::ptr && !t.is_redirect)
    add(spf_ptr, {t.text, in.domain}, drop(t.text, in));
  switch (t.what) {
    case state::crowded:
      add(spf_too_many_mx, {t.text, in.domain});
      break;
    case state::loop:
      add(spf_loop, {t.text, in.domain}, drop(t.text, in));
      break;
    case state::silent:
      add_at(dns_no_answer, t.target, {t.target});
      break;
    default:
      break;
  }
  if (t.below)
    below(t, in);
}

/// RFC 7208 5.2, 6.1
void judge::below(const spf_term& t, const spf_record& in) {
  const spf_record& record = *t.below;
  switch (record.code) {
    case spf::errc::allowed:
      break;
    case spf::errc::dns_unavailable:
      add_at(dns_no_answer, record.domain, {record.domain});
      break;
    case spf::errc::dns_bogus:
      add_at(dnssec_bogus, record.domain, {record.domain});
      break;
    case spf::errc::no_domain:
    case spf::errc::no_such_domain:
    case spf::errc::no_record:
      add(t.is_redirect ? spf_redirect_missing : spf_include_missing,
          {t.text, in.domain}, drop(t.text, in));
      break;
    default:
      add_at(spf_include_broken, record.domain,
             {t.text, std::string(spf::describe(record.code)),
              record.wrong_term.empty() ? "" : " (" + record.wrong_term + ")"});
      break;
  }
}

/// The same record twice costs twice (RFC 7208 4.6.4).
void judge::repeated() {
  struct use {
    std::size_t times = 0;
    std::size_t own = 0;
    std::size_t lookups = 0;
    std::string text;  // as it stands in the root
  };
  std::map<std::string, use> uses;
  for_each_term(root_, [&](const spf_term& t, const spf_record& in) {
    if (t.kind != spf::mechanism::include || t.is_redirect ||
        t.target.empty() || t.what == state::loop) {
      return;
    }
    use& u = uses[t.target];
    ++u.times;
    u.lookups = std::max(u.lookups, t.lookups);
    if (&in == &root_) {
      ++u.own;
      u.text = t.text;
    }
  });
  for (const auto& [target, u] : uses) {
    if (u.times < 2 || u.own == 0)
      continue;
    const auto first = std::ranges::find(repaired_, u.text);
    const auto at = first - repaired_.begin();
    drop(u.text, root_);
    if (u.own == u.times)  // nobody else includes it
      repaired_.insert(repaired_.begin() + at, u.text);
    add(spf_include_twice,
        {target, std::to_string(u.times), std::to_string(u.lookups)},
        remedy::record);
  }
}

/// RFC 7208 4.7, 5.1, 6.1
void judge::end() {
  const spf_term* const all = find_all(root_);
  std::string behind;
  for (const spf_term& t : root_.terms) {
    if (t.what != state::ignored)
      continue;
    if (t.is_redirect)
      add(spf_redirect_ignored, {t.text}, drop(t.text, root_));
    else
      behind += (behind.empty() ? "" : " ") + t.text;
  }
  if (!behind.empty() && all != nullptr) {
    end_with(all->text);  // what stands behind it is meant to count
    add(spf_after_all, {behind, all->text}, remedy::record);
  }
  if (const auto open = find_open_door(root_)) {
    // A record that names nobody else would then refuse all: no line to copy.
    const bool has_others =
        std::ranges::any_of(root_.terms, [&](const spf_term& t) {
          return t.text != open->first && t.text.front() != '-' &&
                 t.what != state::ignored;
        });
    const remedy how = open->second == root_.domain && has_others
                           ? remedy::record
                           : remedy::words;
    if (how == remedy::record) {
      drop(open->first, root_);
      if (all != nullptr && open->first == all->text)
        end_with("~all");
    }
    add(spf_allows_all, {open->first, open->second}, how);
  }
  const spf_record& last = *last_record(&root_);
  if (last.code != spf::errc::allowed)
    return;
  const bool leads_on = std::ranges::any_of(last.terms, [](const spf_term& t) {
    return t.is_redirect && t.what != state::ignored;
  });
  const spf_term* const ending = find_all(last);
  if (ending == nullptr ? leads_on : ending->text.front() != '?')
    return;
  const remedy how = &last == &root_ ? remedy::record : remedy::words;
  if (how == remedy::record) {
    if (ending != nullptr)
      drop(ending->text, root_);
    end_with("~all");
  }
  add(spf_neutral_all,
      {last.domain, ending == nullptr ? "" : " (" + ending->text + ")"}, how);
}

void judge::networks() {
  struct place {
    ip_network network;
    std::string text;
    const spf_record* in;
  };
  std::vector<place> all;
  const auto take = [&](const spf_record& in) {
    const reading read(in);
    bool ended = false;
    for (const spf::directive& d : read.directives()) {
      ended = ended || d.kind == spf::mechanism::all;
      const bool is_network =
          d.kind == spf::mechanism::ip4 || d.kind == spf::mechanism::ip6;
      if (is_network && !ended && d.meaning == spf::errc::allowed &&
          all.size() < most_networks)
        all.push_back({d.network, std::string(d.text), &in});
    }
  };
  take(root_);
  const std::size_t own = std::min(all.size(), most_own_networks);
  for_each_term(root_, [&](const spf_term& t, const spf_record&) {
    if (t.below && t.below->code == spf::errc::allowed)
      take(*t.below);
  });

  std::string pairs;
  for (std::size_t i = 0; i < own; ++i) {
    const place& p = all[i];
    const int length = p.network.prefix_length;
    const bool is_private = std::ranges::any_of(
        private_networks(),
        [&](const ip_network& n) { return is_within(p.network, n); });
    if (is_private)
      add(spf_private_network, {p.text}, drop(p.text, root_));
    const int widest = p.network.address.is_v4() ? widest_v4 : widest_v6;
    if (length > 0 && length < widest)
      add(spf_wide_network, {p.text});
    const auto other = std::ranges::find_if(all, [&](const place& o) {
      if (&o == &p || !is_within(p.network, o.network))
        return false;
      // Of two that are the same the first stays.
      return o.network.prefix_length < length || o.in != p.in || &o < &p;
    });
    if (other == all.end())
      continue;
    const auto kept = std::ranges::find(repaired_, p.text);
    const auto at = kept - repaired_.begin();
    drop(p.text, root_);
    if (other->in == &root_ && other->text == p.text)
      repaired_.insert(repaired_.begin() + at, p.text);
    constexpr std::size_t enough = 80;
    if (pairs.size() < enough) {
      pairs += fmt::format("{}{} < {}{}", pairs.empty() ? "" : ", ",
                           format(p.network), format(other->network),
                           other->in == &root_
                               ? std::string()
                               : fmt::format(" ({})", other->in->domain));
    }
  }
  if (!pairs.empty())
    add(spf_overlap, {pairs}, remedy::record);
}

void judge::judge_record() {
  switch (root_.code) {
    case spf::errc::allowed:
      break;
    case spf::errc::dns_unavailable:
      add(dns_no_answer, {root_.domain});
      return;
    case spf::errc::dns_bogus:
      add(dnssec_bogus, {root_.domain});
      return;
    case spf::errc::no_domain:
    case spf::errc::no_such_domain:
    case spf::errc::no_record:
      without_record();
      return;
    case spf::errc::several_records:
      several();
      return;
    default:
      add(spf_syntax,
          {root_.wrong_term, std::string(spf::describe(root_.code))});
      return;
  }
  limits();
  for_each_term(
      root_, [this](const spf_term& t, const spf_record& in) { term(t, in); });
  repeated();
  end();
  networks();
}

std::vector<finding> judge::run() {
  judge_record();
  for (const std::size_t which : repaired_by_) {
    found_[which].publish.push_back(
        {root_.domain, dns::record_type::txt, visible(join(repaired_))});
  }
  return std::move(found_);
}

}  // namespace

std::vector<finding> judge_spf(const spf_tree& tree, bool receives) {
  return judge(tree, receives).run();
}

}  // namespace mekiki::records
