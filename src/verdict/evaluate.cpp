#include "verdict/evaluate.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/ascii.hpp"
#include "dns/limited_resolver.hpp"
#include "message/date.hpp"
#include "verdict/decide.hpp"

namespace mekiki::verdict {
namespace {

using dkim::signature_result;

// While no border is certain, a mail is judged at the date of its topmost
// Received field; a date that is still to come proves nothing.
time_point judged_at(const message::header_view& header, time_point now) {
  for (const message::field_view& field : header.fields) {
    if (!ascii::iequals(field.name, "received"))
      continue;
    const auto seconds = message::received_date(field.value);
    // Compared as numbers: the year 9999 has no place in a time_point.
    if (!seconds || *seconds >= std::chrono::system_clock::to_time_t(now))
      break;
    return time_point(std::chrono::seconds(*seconds));
  }
  return now;
}

verdict not_judged(auth::result status, std::string code, std::string reason) {
  verdict v;
  v.reason = std::move(code);
  v.dkim.emplace_back();
  v.dkim.back().status = status;
  v.dkim.back().reason = std::move(reason);
  v.dkim_check = summarize(v.dkim);
  return v;
}

}  // namespace

std::string_view to_string(level l) {
  switch (l) {
    case level::genuine:
      return "genuine";
    case level::new_:
      return "new";
    case level::unverified:
      return "unverified";
    case level::altered:
      return "altered";
    case level::forged:
      return "forged";
  }
  return "unverified";
}

auth::result summarize(const std::vector<signature_result>& results) {
  const auto any = [&](auth::result status) {
    return std::any_of(
        results.begin(), results.end(),
        [&](const signature_result& r) { return r.status == status; });
  };
  if (any(auth::result::pass))
    return auth::result::pass;
  if (any(auth::result::temperror))
    return auth::result::none;
  return any(auth::result::fail) ? auth::result::fail : auth::result::none;
}

verdict undecided(std::string_view reason) {
  const std::string cause(reason);
  return not_judged(auth::result::temperror, "not-judged cause=" + cause,
                    "the mail was not judged: " + cause);
}

struct evaluation::state {
  state(const settings& s, services w)
      : limits(s), with(w), resolver(w.resolver) {}

  settings limits;
  services with;
  dns::limited_resolver resolver;  // bounds what one mail may ask
  enum { in_header, in_body, header_too_long, broken } where = in_header;
  std::string octets;  // of the header, which `header` borrows
  message::header_end_finder end;
  message::header_view header;
  header_facts facts;
  std::optional<dkim::verifier> verifier;

  void write(std::string_view piece) {
    if (where == in_header) {
      const auto header_part = end.find(piece);
      const std::string_view mine =
          piece.substr(0, header_part.value_or(piece.size()));
      if (octets.size() + mine.size() > limits.header.octets) {
        where = header_too_long;
        octets = {};
        return;
      }
      octets += mine;
      piece.remove_prefix(mine.size());
      if (header_part)
        header_complete();
    }
    if (where == in_body && !piece.empty())
      verifier->body(piece);
  }

  void header_complete() {
    header = message::parse_header(octets, limits.header);
    if (header.truncated) {
      where = header_too_long;
      return;
    }
    facts = look_at(header);
    verifier.emplace(header, limits.dkim);
    for (const dns::question& q : verifier->questions()) {
      resolver.prefetch(q);
    }
    where = in_body;
  }
};

evaluation::evaluation(const settings& s, services with)
    : state_(std::make_unique<state>(s, with)) {}
evaluation::~evaluation() = default;
evaluation::evaluation(evaluation&&) noexcept = default;
evaluation& evaluation::operator=(evaluation&&) noexcept = default;

void evaluation::write(std::string_view octets) {
  try {
    state_->write(octets);
  } catch (const std::exception&) {
    state_->where = state::broken;
  }
}

boost::asio::awaitable<verdict> evaluation::finish() {
  state& s = *state_;
  try {
    if (s.where == state::in_header)
      s.header_complete();
    if (s.where == state::in_body) {
      const time_point now = s.with.clock.now();
      const time_point at = judged_at(s.header, now);
      std::vector<signature_result> results =
          co_await s.verifier->finish(s.resolver, s.with.keys, at, now);
      co_return decide(s.facts, std::move(results));
    }
  } catch (const std::exception&) {
    co_return undecided("checks-failed");
  }
  if (s.where == state::header_too_long) {
    co_return not_judged(
        auth::result::policy,
        "header-too-long limit=" + std::to_string(s.limits.header.octets) +
            " fields=" + std::to_string(s.limits.header.fields),
        "the header is longer than the limit");
  }
  co_return undecided("checks-failed");
}

}  // namespace mekiki::verdict
