#include "notify/policy/actions.hpp"

namespace mekiki::notify {

using verdict::level;

recent_mails recent_of(const std::vector<store::mail_count>& judged,
                       const choice& c) {
  recent_mails r;
  for (const store::mail_count& m : judged) {
    r.mails += m.mails;
    const actions a = what_to_do(m.what, m.dkim_check, c);
    if (a.rewrite || a.warn)
      r.warned += m.mails;
  }
  return r;
}

bool is_over_budget(const recent_mails& r, std::size_t budget) {
  return budget != 0 && r.warned > warnings_always_allowed &&
         r.warned > r.mails / budget;
}

actions what_to_do(level what, auth::result dkim_check, const choice& c) {
  const bool told = is_told(what, dkim_check, c.when);
  const bool accused = told && what == level::forged;
  actions a;
  a.rewrite = c.methods.rewrite && accused;
  a.warn = c.methods.warn && told;
  a.mark = c.subject_mark && accused;
  return a;
}

actions what_to_do(const verdict::judgement& v, const choice& c,
                   std::size_t budget, const recent_mails& before) {
  actions a = what_to_do(v.result.what, v.dkim_check, c);
  recent_mails now = before;
  count(now, a);
  if ((a.rewrite || a.warn) && is_over_budget(now, budget)) {
    a.rewrite = a.warn = false;
    a.over_budget = true;
  }
  return a;
}

void count(recent_mails& r, const actions& a) {
  ++r.mails;
  if (a.rewrite || a.warn || a.over_budget)
    ++r.warned;
}

}  // namespace mekiki::notify
