#include "notify/policy/rehearsal.hpp"

#include "notify/policy/actions.hpp"

namespace mekiki::notify {
namespace {

using verdict::level;

std::uint64_t& count_of(rehearsal& r, level l) {
  switch (l) {
    case level::genuine:
      return r.genuine;
    case level::new_:
      return r.new_;
    case level::altered:
      return r.altered;
    case level::forged:
      return r.forged;
    case level::unverified:
      break;
  }
  return r.unverified;
}

}  // namespace

rehearsal rehearse(const std::vector<store::mail_count>& judged,
                   const choice& c, const limits& l) {
  rehearsal out;
  // What B would do is what D would show, whether B is chosen or not.
  choice telling = c;
  telling.methods = {.warn = true, .label = false, .popup = false};
  const bool is_classic = c.when == occasion::classic;
  for (const store::mail_count& m : judged) {
    out.mails += m.mails;
    count_of(out, m.what) += m.mails;
    const actions done = what_to_do(m, c);
    const bool is_told = what_to_do(m, telling).warn;
    out.rewritten += done.rewrite ? m.mails : 0;
    out.warned += done.warn ? m.mails : 0;
    out.marked += done.mark ? m.mails : 0;
    out.popped += c.methods.popup && is_told ? m.mails : 0;
    if (!c.methods.label)
      continue;
    const bool is_red = is_classic ? m.dkim_check == auth::result::fail
                                   : m.what == level::forged;
    const bool is_green = is_classic ? m.dkim_check == auth::result::pass
                                     : m.what == level::genuine;
    out.red += is_red ? m.mails : 0;
    out.green += is_green ? m.mails : 0;
  }
  out.over_budget = is_over_budget(recent_of(judged, c), l.budget);
  return out;
}

}  // namespace mekiki::notify
