#include "notify/deeds.hpp"

namespace mekiki::notify {

using verdict::level;

recent_mails recent_of(const std::vector<store::mail_count>& judged,
                       const choice& c) {
  recent_mails r;
  for (const store::mail_count& m : judged) {
    r.mails += m.mails;
    const deeds d = what_to_do(m.what, m.dkim_check, c);
    if (d.rewrite || d.warn)
      r.warned += m.mails;
  }
  return r;
}

bool is_over_budget(const recent_mails& r, std::size_t budget) {
  return budget != 0 && r.warned > warnings_always_allowed &&
         r.warned > r.mails / budget;
}

deeds what_to_do(level what, auth::result dkim_check, const choice& c) {
  const bool told = is_told(what, dkim_check, c.when);
  const bool accused = told && what == level::forged;
  deeds d;
  d.rewrite = c.methods.rewrite && accused;
  d.warn = c.methods.warn && told;
  d.mark = c.subject_mark && accused;
  return d;
}

deeds what_to_do(const verdict::judgement& v, const choice& c,
                 std::size_t budget, const recent_mails& before) {
  deeds d = what_to_do(v.result.what, v.dkim_check, c);
  recent_mails now = before;
  count(now, d);
  if ((d.rewrite || d.warn) && is_over_budget(now, budget)) {
    d.rewrite = d.warn = false;
    d.over_budget = true;
  }
  return d;
}

void count(recent_mails& r, const deeds& d) {
  ++r.mails;
  if (d.rewrite || d.warn || d.over_budget)
    ++r.warned;
}

}  // namespace mekiki::notify
