#include "verdict/border_views.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "base/unix_time.hpp"

namespace mekiki::verdict {
namespace {

using auth::result;
using message::transport;

constexpr std::size_t most_places = 6;
constexpr std::size_t most_hops = 12;
constexpr std::size_t most_word = 32;    // octets of a program's user
constexpr std::size_t most_counts = 64;  // forms
constexpr std::size_t relay_organizations = 3;

// ------------------------------------------------------------------- forms

bool has_dot(std::string_view name) {
  return name.find('.') != std::string_view::npos;
}

/// "mf" of "mf-smf-ucb025c1.ocn.ad.jp".
std::string first_letters(std::string_view name) {
  const auto end = std::find_if_not(name.begin(), name.end(), ascii::is_alpha);
  return std::string(name.begin(), end);
}

std::string domain_of(const std::string& name) {
  if (name.empty())
    return "-";
  if (parse_ip_address(name))
    return "address";
  return has_dot(name) ? dmarc::registered_domain(name) : first_letters(name);
}

std::string_view word_of(client_kind kind) {
  switch (kind) {
    case client_kind::loopback:
      return "loopback";
    case client_kind::site:
      return "site";
    case client_kind::unusable:
      return "unusable";
    case client_kind::outside:
      return "public";
  }
  return "unusable";
}

bool may_be_user(char c) {
  return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.';
}

std::string user_behind(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos)
    return {};
  const std::string_view rest = text.substr(at + before.size());
  const auto end = std::find_if_not(rest.begin(), rest.end(), may_be_user);
  const auto length = static_cast<std::size_t>(end - rest.begin());
  return ascii::to_lower(rest.substr(0, std::min(length, most_word)));
}

/// "48" of "(Postfix, from userid 48)", "89" of "(qmail 1 invoked by uid 89)",
/// "web" of "(from web@localhost)", "mail" of Exim's "from mail by".
std::string user_of(const hop& h, std::string_view value) {
  for (const std::string_view before : {"userid ", "by uid ", "(from "}) {
    if (std::string user = user_behind(value, before); !user.empty())
      return user;
  }
  return h.has_from ? user_behind(value, "from ") : std::string();
}

std::string_view protocol_of(const hop& h, std::string_view value) {
  switch (h.with) {
    case transport::smtp:
      return "smtp";
    case transport::lmtp:
      return "lmtp";
    case transport::unstated:
      return "unstated";
    case transport::other:
      break;
  }
  const auto read = message::parse_received(value);
  return read ? read->protocol.substr(0, most_word) : "other";
}

/// The form of an inner hop.
std::string form_of(const hop& h, std::string_view value) {
  std::string out;
  if (h.within_host) {
    out = "within";
  } else if (h.address) {
    const client_kind kind = client_kind_of(*h.address);
    out = word_of(kind);
    if (kind == client_kind::outside)
      out += ' ' + domain_of(h.reverse_name);
  } else {
    out = h.has_from ? "host" : "program";
    // A host that hands mail on names itself, and a program its user.
    out += h.has_from && has_dot(h.helo) ? " -" : ' ' + user_of(h, value);
  }
  return out + " by " + domain_of(h.by) + ' ' +
         ascii::to_lower(protocol_of(h, value));
}

/// The form of the border's hop, without what the sender chooses: TLS, names.
std::string form_of_border(const hop& h) {
  std::string out = "border by " + domain_of(h.by);
  if (has_dot(h.by) && !parse_ip_address(h.by))
    out += ' ' + first_letters(h.by);
  return out;
}

// ------------------------------------------------------------------- votes

using place_key = std::pair<std::string, std::string>;  // view, client

/// The depth of a form, in hops.
std::ptrdiff_t depth_of(const std::string& view) {
  return std::count(view.begin(), view.end(), '\n');
}

std::vector<const border_vote*> once_each(
    const std::vector<border_vote>& votes) {
  std::vector<const border_vote*> out;
  for (const border_vote& v : votes) {
    if (!v.places.empty())
      out.push_back(&v);
  }
  std::ranges::sort(out, {}, [](const border_vote* v) {
    return std::tie(v->at, v->signature);
  });
  std::set<std::string> seen;
  std::erase_if(out, [&](const border_vote* v) {
    return !seen.insert(v->signature).second;
  });
  return out;
}

class ballot {
 public:
  explicit ballot(const std::vector<border_vote>& votes)
      : votes_(once_each(votes)) {
    for (const border_vote* v : votes_) {
      for (std::size_t i = 0; i + 1 < v->places.size(); ++i) {
        passing_[key_of(v->places[i])].insert(v->organization);
      }
      ending_.insert(key_of(v->places.back()));
    }
    for (const auto& [key, organizations] : passing_) {
      if (organizations.size() >= relay_organizations)
        relays_.insert(key);
    }
    for (const border_vote* v : votes_) {
      if (!is_relay(v->places.back()))
        by_view_[v->places.back().view].push_back(v);
    }
  }

  /// Organizations whose mails vote for a deeper place, by clients that votes
  /// for this one have, too. At a border a client is one sender's.
  std::size_t passing(const std::string& view) const {
    std::set<std::string> organizations;
    for (auto at = ending_.lower_bound({view, {}});
         at != ending_.end() && at->first == view; ++at) {
      if (const auto found = passing_.find(*at); found != passing_.end())
        organizations.insert(found->second.begin(), found->second.end());
    }
    return organizations.size();
  }

  std::vector<view_count> count(std::int64_t now,
                                const view_needs& needs) const {
    std::vector<view_count> out;
    out.reserve(by_view_.size());
    for (const auto& [view, votes] : by_view_) {
      out.push_back(count_one(view, votes, now, needs));
    }
    std::ranges::sort(out, {}, [](const view_count& c) {
      return std::pair<std::ptrdiff_t, std::string_view>(depth_of(c.view.view),
                                                         c.view.view);
    });
    return out;
  }

 private:
  static place_key key_of(const border_vote::place& p) {
    return {p.view, p.client};
  }
  bool is_relay(const border_vote::place& p) const {
    return relays_.contains(key_of(p));
  }

  /// Those that count where deeper places count once for each client above.
  std::vector<const border_vote*> independent(
      const std::vector<const border_vote*>& votes) const {
    std::vector<const border_vote*> out;
    std::set<place_key> used;
    for (const border_vote* v : votes) {
      std::vector<place_key> above;
      for (std::size_t i = 0; i + 1 < v->places.size(); ++i) {
        if (by_view_.contains(v->places[i].view))
          above.push_back(key_of(v->places[i]));
      }
      const bool is_new = std::ranges::none_of(
          above, [&](const place_key& key) { return used.contains(key); });
      used.insert(above.begin(), above.end());
      if (is_new)
        out.push_back(v);
    }
    return out;
  }

  /// Organizations that vote for a place that is above in one of these.
  std::size_t above(const std::vector<const border_vote*>& votes) const {
    std::set<std::string> views;
    for (const border_vote* v : votes) {
      for (std::size_t i = 0; i + 1 < v->places.size(); ++i)
        views.insert(v->places[i].view);
    }
    std::set<std::string> organizations;
    for (const std::string& view : views) {
      const auto found = by_view_.find(view);
      if (found == by_view_.end())
        continue;
      for (const border_vote* v : found->second)
        organizations.insert(v->organization);
    }
    return organizations.size();
  }

  /// Clients at this place whose mails vote for a deeper one. Few who do so for
  /// a short time do not count: one sender could invent a hop below the border.
  std::size_t against(const std::string& view, const view_needs& needs) const {
    std::set<std::string> clients;
    std::set<std::string> organizations;
    std::set<std::int64_t> days;
    for (const border_vote* v : votes_) {
      for (std::size_t i = 0; i + 1 < v->places.size(); ++i) {
        if (v->places[i].view != view || is_relay(v->places[i]))
          continue;
        clients.insert(v->places[i].client);
        organizations.insert(v->organization);
        days.insert(v->at / day_seconds);
      }
    }
    const bool counts =
        organizations.size() >= needs.objecting && days.size() >= needs.days;
    return counts ? clients.size() : 0;
  }

  view_count count_one(const std::string& view,
                       const std::vector<const border_vote*>& votes,
                       std::int64_t now, const view_needs& needs) const {
    std::set<std::string> organizations;
    std::set<std::string> clients;
    std::set<std::string> authorities;
    std::set<std::int64_t> days;
    view_count c;
    c.view.view = view;
    for (const border_vote* v : independent(votes)) {
      ++c.view.mails;
      c.view.last = std::max(c.view.last, v->at);
      organizations.insert(v->organization);
      clients.insert(v->places.back().client);
      authorities.insert(v->authority);
      days.insert(v->at / day_seconds);
    }
    c.view.organizations = organizations.size();
    c.clients = clients.size();
    c.authorities = authorities.size();
    c.days = days.size();
    if (!days.empty())
      c.spread = static_cast<std::size_t>(*days.rbegin() - *days.begin());
    c.against = against(view, needs);
    c.view.above = above(votes);
    c.passing = passing(view);
    const std::size_t mails = c.view.mails;
    c.disputed = mails * 100 < needs.agreeing * (mails + c.against);
    c.usable = mails >= needs.mails &&
               organizations.size() >= needs.organizations &&
               days.size() >= needs.days && c.spread >= needs.spread &&
               clients.size() >= needs.clients &&
               authorities.size() >= needs.authorities && !c.disputed &&
               now - c.view.last <=
                   static_cast<std::int64_t>(needs.lapse) * day_seconds;
    return c;
  }

  std::vector<const border_vote*> votes_;
  /// Who has such a client at a place, and votes for a deeper one.
  std::map<place_key, std::set<std::string>> passing_;
  std::set<place_key> ending_;  // whom votes are for
  std::set<place_key> relays_;
  std::map<std::string, std::vector<const border_vote*>> by_view_;
};

/// Those of the answers with "yes" that the votes do not contradict. Without
/// votes of today a person's word is all that is known.
std::vector<border_view> confirmed_views(
    const std::vector<border_vote>& votes, std::int64_t now,
    const std::vector<border_answer>& answers) {
  std::vector<border_view> out;
  if (std::ranges::find(answers, border_reply::yes, &border_answer::said) ==
      answers.end())
    return out;
  const ballot all(votes);
  const std::vector<view_count> counts = all.count(now, question_needs);
  for (const border_answer& a : answers) {
    if (a.said != border_reply::yes)
      continue;
    const auto counted = std::ranges::find(
        counts, a.view, [](const view_count& c) { return c.view.view; });
    const bool is_refuted = counted != counts.end()
                                ? may_be_inner(*counted) || counted->disputed
                                : all.passing(a.view) >= relay_organizations;
    if (is_refuted)
      continue;
    border_view& v = out.emplace_back();
    if (counted != counts.end())
      v = counted->view;
    v.view = a.view;
    v.last = std::max(v.last, a.at);
    v.confirmed = true;
  }
  return out;
}

}  // namespace

std::vector<border_place> border_places(const trace& t,
                                        const message::header_view& header) {
  std::vector<border_place> out;
  std::string above;
  for (std::size_t i = 0; i < t.hops.size() && i < most_hops; ++i) {
    const hop& h = t.hops[i];
    if (!h.readable || h.authenticated || h.field >= header.fields.size())
      break;
    const bool is_public =
        h.address && client_kind_of(*h.address) == client_kind::outside &&
        (h.with == transport::smtp || h.with == transport::unstated);
    if (is_public)
      out.push_back({i, *h.address, above + form_of_border(h)});
    if (out.size() == most_places)
      break;
    above += form_of(h, header.fields[h.field].value) + '\n';
  }
  return out;
}

std::optional<std::size_t> voted_place(
    const std::vector<auth::result>& by_place) {
  std::optional<std::size_t> passed;
  for (std::size_t i = 0; i < by_place.size(); ++i) {
    switch (by_place[i]) {
      case result::pass:
        if (passed)
          return std::nullopt;
        passed = i;
        break;
      case result::fail:
      case result::softfail:
      case result::neutral:
        break;
      default:
        return std::nullopt;
    }
  }
  return passed;
}

std::vector<view_count> count_views(const std::vector<border_vote>& votes,
                                    std::int64_t now, const view_needs& needs) {
  std::vector<view_count> out = ballot(votes).count(now, needs);
  out.resize(std::min(out.size(), most_counts));
  return out;
}

bool may_be_inner(const view_count& c) {
  return c.passing >= relay_organizations && c.passing >= c.view.organizations;
}

std::string_view to_string(border_reply r) {
  switch (r) {
    case border_reply::yes:
      return "yes";
    case border_reply::no:
      return "no";
    case border_reply::later:
      return "later";
  }
  return "later";
}

std::optional<border_reply> reply_about(
    const std::string& view, const std::vector<border_answer>& answers) {
  const auto at = std::ranges::find(answers, view, &border_answer::view);
  if (at == answers.end())
    return std::nullopt;
  return at->said;
}

std::vector<border_view> usable_views(
    const std::vector<border_vote>& votes, std::int64_t now,
    const std::vector<border_answer>& answers) {
  std::vector<border_view> out = confirmed_views(votes, now, answers);
  for (view_count& c : count_views(votes, now)) {
    if (!c.usable || reply_about(c.view.view, answers) == border_reply::no)
      continue;
    const auto same = std::ranges::find(out, c.view.view, &border_view::view);
    if (same != out.end())
      *same = std::move(c.view);
    else
      out.push_back(std::move(c.view));
  }
  std::ranges::sort(out, std::greater(), [](const border_view& v) {
    return std::tie(v.last, v.view);
  });
  out.resize(std::min(out.size(), most_border_views));
  return out;
}

const border_place* fitting_place(const std::vector<border_place>& places,
                                  const std::vector<border_view>& views) {
  const auto at = std::ranges::find_if(places, [&](const border_place& p) {
    return std::ranges::find(views, p.view, &border_view::view) != views.end();
  });
  return at == places.end() ? nullptr : &*at;
}

}  // namespace mekiki::verdict
