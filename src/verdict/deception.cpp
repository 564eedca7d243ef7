#include "verdict/deception.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mime/encoded_word.hpp"
#include "mime/unicode.hpp"
#include "verdict/display_name.hpp"
#include "verdict/lookalike.hpp"
#include "verdict/mail_services.hpp"

namespace mekiki::verdict {

namespace unicode = mime::unicode;

namespace {

using kind = finding::kind;
using standing = finding::standing;

constexpr std::size_t most_own = 8;
constexpr std::size_t most_users_of_a_name = 3;
constexpr std::size_t most_octets = 1 << 20;  // of a name
constexpr std::size_t most_claims = 5;        // of a text
constexpr std::size_t most_of_a_kind = 20;    // of all texts and authors
constexpr std::size_t most_compared = 100;    // hosts in a text
constexpr std::size_t most_shown = 256;       // octets of a text from the mail

std::string readable(std::string_view text) {
  return std::string(first_octets(to_utf8(text), most_shown));
}

/// Other letters than Latin and a sign that an address or a host has.
bool may_claim_in_other_letters(std::string_view name) {
  constexpr std::u32string_view signs =
      U".@"
      U"\uff0e\uff20\ufe52\ufe6b\u2024\u3002\uff61\u0660\u06f0\u06d4\u0701"
      U"\u0702"
      U"\ua4f8\U00010a50\U0001d16d";
  return !unicode::is_ascii(name) &&
         std::ranges::any_of(unicode::to_code_points(name), [&](char32_t c) {
           return signs.find(c) != signs.npos;
         });
}

class search {
 public:
  search(const header_facts& header, const own_addresses& own,
         const correspondents* known, const correspondents* watched)
      : header_(header), own_(own), known_(known), watched_(watched) {
    for (const std::string& address : own.addresses) {
      if (own_domains_.size() == most_own)
        break;
      own_addresses_.push_back(comparable_address(address));
      const std::size_t at = address.rfind('@');
      if (at != address.npos)
        own_domains_.push_back(dmarc::registered_domain(
            ascii::to_lower(std::string_view(address).substr(at + 1))));
    }
  }

  std::vector<finding> run() {
    look_at_address(header_.author, header_.author_domain);
    if (!header_.author_domain.empty()) {
      author_ = shape_of(header_.author_domain);
      if (!is_ours(author_.domain))
        look_at_domain(header_.author_domain, author_);
      look_at_reply();
    }
    for (const std::string& domain : header_.author_domains) {
      if (domain == header_.author_domain)
        continue;
      const domain_shape shape = shape_of(domain);
      if (!is_ours(shape.domain))
        look_at_domain(domain, shape);
    }
    look_at_text(header_.display_name, header_.author_domain, place::name);
    // Some client may show any of them.
    for (const shown_author& other : header_.other_authors) {
      look_at_address(other.address, other.domain);
      look_at_text(other.display_name, other.domain, place::name);
    }
    for (const std::string& text : header_.author_texts) {
      look_at_text(text, header_.author_domain, place::beside);
      if (header_.author_count == 0)
        look_at_addresses(text);
    }
    for (const kind what : {kind::own_address, kind::mixed_script, kind::bidi,
                            kind::display_address, kind::display_name})
      keep_strongest(what);
    return std::move(found_);
  }

 private:
  void add(kind what, const std::string& about, std::string_view seen,
           const std::string& like) {
    const std::string whose = dmarc::registered_domain(like);
    const std::int64_t steady =
        known_ != nullptr ? known_->steady_since(whose) : 0;
    found_.push_back({.what = what,
                      .seen = readable(seen),
                      .like = readable(like),
                      .of = standing_of(whose),
                      .steady_since = steady,
                      .about = about});
  }

  /// The least is the strongest.
  using strength =
      std::tuple<bool, bool, int, bool, std::pair<int, std::int64_t>>;

  /// So that many of one kind, and the questions about them, hide no other.
  void keep_strongest(kind what) {
    std::vector<finding> all;
    for (const finding& f : found_) {
      if (f.what == what)
        all.push_back(f);
    }
    if (all.size() < 2)
      return;
    std::erase_if(found_, [what](const finding& f) { return f.what == what; });
    for (std::size_t i = 0; i < most_of_a_kind && !all.empty(); ++i) {
      const auto best = std::ranges::min_element(
          all, {}, [this](const finding& f) { return strength_of(f); });
      found_.push_back(std::move(*best));
      all.erase(best);
    }
  }
  /// Hosts come behind addresses, which alone accuse against a pass.
  strength strength_of(const finding& f) const {
    return {f.may_be_chance, !f.is_address, -static_cast<int>(f.of),
            is_mail_service(f.like),
            weakness_of(dmarc::registered_domain(f.like))};
  }
  bool is_known_finding(kind what, std::string_view like,
                        std::string_view about) const {
    return std::ranges::any_of(found_, [&](const finding& f) {
      return f.what == what && f.like == like && f.about == about;
    });
  }

  standing standing_of(std::string_view registered) const {
    if (std::find(own_domains_.begin(), own_domains_.end(), registered) !=
        own_domains_.end())
      return standing::own;
    if (watched_ != nullptr && watched_->has(registered))
      return standing::watched;
    const bool known = known_ != nullptr && known_->has(registered);
    return known ? standing::known : standing::nobodys;
  }

  /// At a mail service the address counts, not the domain.
  standing standing_of(const named_domain& c) const {
    const standing of = standing_of(dmarc::registered_domain(c.domain));
    if (!is_mail_service(c.domain) || of == standing::watched ||
        of == standing::nobodys || !c.is_address)
      return of;
    if (is_own(c.text))
      return standing::own;
    return known_ != nullptr && known_->has_address(c.text) ? standing::known
                                                            : standing::nobodys;
  }

  bool is_ours(std::string_view registered) const {
    return standing_of(registered) != standing::nobodys;
  }

  void look_at_address(const std::string& author, const std::string& domain) {
    note_own(author, domain);
    const std::string address =
        mime::decode_words(author, most_octets, mime::controls::nothing);
    if (const bool turns = turns_direction(address);
        turns || has_stray_invisible(address)) {
      add(kind::bidi, domain, address, domain);
      found_.back().may_be_chance = !turns;
    }
    look_at_local_part(author.substr(0, author.rfind('@')), domain);
  }

  void note_own(const std::string& author, const std::string& domain) {
    if (!own_.sent_from_inside && !author.empty() && is_own(author))
      add(kind::own_address, domain, author, author);
  }

  /// Where there is no other author, those whom a text names are.
  void look_at_addresses(const std::string& text) {
    for (const named_domain& c : claims_in(visible_part(text))) {
      if (c.is_address)
        note_own(c.text, c.domain);
    }
  }

  /// "ceo@example.jp"@example.org, and encoded words (RFC 2047 5 (3) forbids
  /// them there), which some clients read.
  void look_at_local_part(std::string local, const std::string& domain) {
    const bool is_encoded = local.find("=?") != local.npos;
    if (!is_encoded && local.find_first_of("@\"") == local.npos)
      return;
    std::erase_if(local, [](char c) { return c == '"' || c == '\\'; });
    look_at_text(local, domain, place::local_part);
  }

  bool is_own(std::string_view address) const {
    if (own_addresses_.empty())
      return false;
    const std::string whose = comparable_address(address);
    return !whose.empty() &&
           std::ranges::find(own_addresses_, whose) != own_addresses_.end();
  }

  using candidates = std::vector<std::string_view> (correspondents::*)(
      const domain_shape&) const;

  /// Calls `use` for each domain of ours that `seen` may be taken for.
  template <typename Use>
  void for_each_of(candidates which, const domain_shape& seen, Use use) const {
    for (const correspondents* index : {known_, watched_}) {
      if (index == nullptr)
        continue;
      for (const std::string_view domain : (index->*which)(seen))
        use(shape_of(domain));
    }
    for (const std::string& domain : own_domains_) use(shape_of(domain));
  }

  void look_at_domain(const std::string& author, const domain_shape& shape) {
    std::vector<std::pair<kind, std::string>> likes;
    std::vector<std::string> suffixes;  // below which the same label is known
    const auto weigh = [&](const domain_shape& like) {
      const std::optional<kind> why = compare(shape, like);
      if (why == kind::other_suffix)
        suffixes.push_back(like.suffix);
      if (why)
        likes.emplace_back(*why, like.domain);
    };
    for_each_of(&correspondents::candidates, shape, weigh);
    if (has_several(suffixes) && is_usual(shape.suffix))
      std::erase_if(
          likes, [](const auto& l) { return l.first == kind::other_suffix; });
    std::ranges::sort(likes, {}, [this](const auto& like) {
      return std::tuple(rank(like.first), weakness_of(like.second),
                        std::string_view(like.second));
    });
    // The strongest of each kind: which of them accuse is not known here.
    for (std::size_t i = 0; i < likes.size(); ++i) {
      if (i == 0 || likes[i].first != likes[i - 1].first)
        add(likes[i].first, author, author, likes[i].second);
    }

    look_at_scripts(author);
  }

  void look_at_scripts(const std::string& author) {
    std::string shown;
    bool mixed = false;
    for (std::string_view rest = author; !rest.empty();) {
      const std::size_t dot = std::min(rest.find('.'), rest.size());
      const std::string label = unicode::to_u_label(rest.substr(0, dot));
      mixed = mixed || unicode::mixes_scripts(label);
      shown += (shown.empty() ? "" : ".") + label;
      rest.remove_prefix(std::min(dot + 1, rest.size()));
    }
    if (mixed)
      add(kind::mixed_script, author, author, unicode::latin_reading(shown));
  }

  static bool has_several(std::vector<std::string> suffixes) {
    std::sort(suffixes.begin(), suffixes.end());
    return std::unique(suffixes.begin(), suffixes.end()) - suffixes.begin() > 1;
  }

  // Suffixes under which a company with several of them has its name, too.
  static bool is_usual(std::string_view suffix) {
    const std::string_view top = suffix.substr(suffix.rfind('.') + 1);
    return top.size() == 2 || suffix == "com" || suffix == "net" ||
           suffix == "org";
  }

  /// What is known steadily for longer, or is more than known, comes first.
  std::pair<int, std::int64_t> weakness_of(const std::string& like) const {
    const std::int64_t steady =
        known_ != nullptr ? known_->steady_since(like) : 0;
    const std::int64_t last = std::numeric_limits<std::int64_t>::max();
    return {-static_cast<int>(standing_of(like)), steady == 0 ? last : steady};
  }

  static int rank(kind k) {
    switch (k) {
      case kind::confusable:
        return 0;
      case kind::one_edit:
        return 1;
      case kind::contained:
        return 2;
      default:
        return 3;
    }
  }

  /// Where a text stands.
  enum class place : std::uint8_t {
    name,
    local_part,
    /// Beside names. An address of nobody's there is none of a forger's: "(by
    /// way of jiro@example.org)".
    beside,
  };

  void look_at_text(const std::string& written, const std::string& domain,
                    place where) {
    const std::string whole =
        mime::decode_words(written, most_octets, mime::controls::nothing);
    const std::string text = visible_part(whole);
    if (text.empty())
      return;
    if (deceives_by_direction(whole) && !is_found(kind::bidi))
      add(kind::bidi, domain, whole, domain);
    if (const std::vector<std::string> mixed = mixed_words(text);
        !mixed.empty() && !is_found(kind::mixed_script))
      look_at_mixed_words(text, mixed, domain, where != place::name);
    look_at_claims(text, domain, where == place::beside);
    if (const std::string shown = unicode::as_displayed(whole); shown != whole)
      look_at_claims(visible_part(shown), domain, true);
    if (const std::string joined = without_odd_spaces(whole); joined != whole)
      look_at_claims(visible_part(joined), domain, true);
    look_at_known_name(text, domain);
  }

  /// One that is no accident.
  bool is_found(kind what) const {
    return std::ranges::any_of(found_, [what](const finding& f) {
      return f.what == what && !f.may_be_chance;
    });
  }

  /// A Greek letter in a brand is no lie; the name or domain of somebody else
  /// that is written with one is.
  void look_at_mixed_words(const std::string& name,
                           const std::vector<std::string>& words,
                           const std::string& domain, bool only_ours) {
    const std::string author = dmarc::registered_domain(domain);
    std::vector<std::string> likes;
    for (const named_domain& c : claims_in(latin_letters(name)))
      likes.push_back(dmarc::registered_domain(c.domain));
    for (const correspondents::name_user& u : users_of(name, author))
      likes.emplace_back(u.domain);
    for (const std::string& word : words) add_namesakes(word, likes);
    std::erase_if(likes, [&](const std::string& like) {
      return like == author || !is_ours(like);
    });
    const auto best = std::ranges::min_element(
        likes, {},
        [this](const std::string& like) { return weakness_of(like); });
    if (best == likes.end() && only_ours)
      return;
    const std::size_t before = found_.size();
    add(kind::mixed_script, domain, name,
        best == likes.end() ? unicode::latin_reading(name) : *best);
    finding& last = found_.back();
    last.may_be_chance = true;
    // One for each author, the strongest.
    for (std::size_t i = 0; i < before; ++i) {
      finding& f = found_[i];
      if (f.what != kind::mixed_script || f.about != domain)
        continue;
      if (strength_of(last) < strength_of(f))
        f = std::move(last);
      found_.pop_back();
      return;
    }
  }

  /// Domains of ours whose label reads like `word`.
  void add_namesakes(const std::string& word, std::vector<std::string>& likes) {
    constexpr std::size_t shortest = 5;
    constexpr std::size_t longest = 63;
    if (word.size() < shortest || word.size() > longest)
      return;
    const domain_shape said = shape_of(word + ".com");
    const auto weigh = [&](const domain_shape& like) {
      if (like.skeleton == said.skeleton)
        likes.push_back(like.domain);
    };
    for_each_of(&correspondents::confusable, said, weigh);
  }

  /// What a name claims, and to whom that leads.
  struct claim {
    std::string text;
    std::string domain;
    bool is_address = false;
    standing of = standing::nobodys;
    std::string whose;  // registered domain
  };

  /// Of a host that only looks like one of ours it is that one.
  /// `compared` counts those of one text that were looked up.
  claim read_claim(const named_domain& c, std::size_t& compared) const {
    claim out{.text = c.text,
              .domain = c.domain,
              .is_address = c.is_address,
              .of = standing_of(c),
              .whose = dmarc::registered_domain(c.domain)};
    if (out.of != standing::nobodys || is_ours(out.whose))
      return out;
    if (compared++ >= most_compared)
      return out;
    const domain_shape seen = shape_of(c.domain);
    const auto weigh = [&](const domain_shape& like) {
      const standing of = standing_of(like.domain);
      if (of > out.of && !is_mail_service(like.domain) &&
          compare(seen, like) == kind::confusable) {
        out.of = of;
        out.domain = out.whose = like.domain;
      }
    };
    for_each_of(&correspondents::confusable, seen, weigh);
    return out;
  }

  bool is_author(std::string_view registered) const {
    return std::ranges::any_of(
        header_.author_domains, [&](const std::string& domain) {
          return dmarc::registered_domain(domain) == registered;
        });
  }

  // The names of domains that are ours, the strongest first; else an address of
  // anybody else, unless `only_ours` count.
  void look_at_claims(const std::string& name, const std::string& domain,
                      bool only_ours) {
    const std::string author = dmarc::registered_domain(domain);
    std::size_t compared = 0;
    std::vector<claim> ours;
    std::optional<claim> other;
    const auto is_authors = [&](std::string_view whose) {
      return whose == author || (domain.empty() && is_author(whose));
    };
    const auto weigh = [&](const named_domain& c, bool may_be_anybody) {
      claim read = read_claim(c, compared);
      if (is_authors(read.whose) ||
          (!c.within.empty() && is_authors(dmarc::registered_domain(c.within))))
        return;
      const auto told = std::ranges::find_if(ours, [&](const claim& before) {
        return before.whose == read.whose &&
               (before.is_address || !read.is_address);
      });
      if (read.of != standing::nobodys && told == ours.end())
        ours.push_back(std::move(read));
      else if (read.of == standing::nobodys && c.is_address && !other &&
               may_be_anybody && !c.is_part)
        other = std::move(read);
    };
    const auto weigh_all = [&](const std::string& text, bool may_be_anybody) {
      for (const named_domain& c : claims_in(text)) weigh(c, may_be_anybody);
      if (may_claim_in_other_letters(text)) {
        for (const named_domain& c :
             claims_in(latin_letters(unicode::fold(text))))
          weigh(c, false);
      }
    };
    weigh_all(name, !only_ours);
    if (const std::string plain = without_symbols(name); plain != name)
      weigh_all(plain, false);
    if (ours.empty() && other)
      ours.push_back(*std::move(other));
    for (std::size_t i = 0; i < most_claims && !ours.empty(); ++i) {
      const auto best =
          std::ranges::min_element(ours, {}, [this](const claim& c) {
            return strength_of({.what = kind::display_address,
                                .like = c.domain,
                                .of = c.of,
                                .is_address = c.is_address});
          });
      note_claim(*best, domain);
      ours.erase(best);
    }
  }

  /// One finding for each domain that is claimed; of an address rather than
  /// of a host.
  void note_claim(const claim& c, const std::string& about) {
    const auto told = std::ranges::find_if(found_, [&](const finding& f) {
      return f.what == kind::display_address && f.like == c.domain &&
             f.about == about;
    });
    if (told == found_.end()) {
      add(kind::display_address, about, c.text, c.domain);
      found_.back().of = c.of;
      found_.back().is_address = c.is_address;
    } else if (c.is_address && !told->is_address) {
      told->seen = readable(c.text);
      told->of = c.of;
      told->is_address = true;
    }
  }

  /// Who goes by the name, unless `author` does, too.
  std::vector<correspondents::name_user> users_of(
      const std::string& name, const std::string& author) const {
    if (known_ == nullptr)
      return {};
    std::vector<correspondents::name_user> users =
        known_->users_of_name(name_key(name));
    const auto steady = static_cast<std::size_t>(
        std::ranges::count_if(users, [](const correspondents::name_user& u) {
          return u.steady_since != 0;
        }));
    // A name that many use, such as "Support", tells nothing; users that are
    // not steady do not make it one where others are.
    if ((steady > 0 ? steady : users.size()) > most_users_of_a_name ||
        std::ranges::find(users, author, &correspondents::name_user::domain) !=
            users.end())
      return {};
    return users;
  }

  /// The one who may accuse comes first: more than known, or steady for
  /// longest.
  void look_at_known_name(const std::string& name, const std::string& domain) {
    const std::string author = dmarc::registered_domain(domain);
    const std::vector<correspondents::name_user> users = users_of(name, author);
    if (users.empty())
      return;
    const auto weakness = [this](const correspondents::name_user& u) {
      const standing of = standing_of(u.domain);
      return std::tuple(of <= standing::known, u.steady_since == 0,
                        u.steady_since);
    };
    const auto best = std::ranges::min_element(users, {}, weakness);
    if (is_known_finding(kind::display_name, best->domain, domain))
      return;
    add(kind::display_name, domain, name, std::string(best->domain));
    found_.back().steady_since = best->steady_since;
  }

  void look_at_reply() {
    for (const std::string& domain : header_.reply_domains) {
      if (!domain.empty() &&
          dmarc::registered_domain(domain) != author_.domain) {
        add(kind::reply_elsewhere, header_.author_domain, domain,
            header_.author_domain);
        return;
      }
    }
  }

  const header_facts& header_;
  const own_addresses& own_;
  const correspondents* known_;
  const correspondents* watched_;
  std::vector<std::string> own_addresses_;  // as they are compared
  std::vector<std::string> own_domains_;
  domain_shape author_;
  std::vector<finding> found_;
};

}  // namespace

std::vector<finding> find_deceptions(const header_facts& header,
                                     const own_addresses& own,
                                     const correspondents* known,
                                     const correspondents* watched) {
  return search(header, own, known, watched).run();
}

}  // namespace mekiki::verdict
