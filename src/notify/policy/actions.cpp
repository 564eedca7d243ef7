#include "notify/policy/actions.hpp"

namespace mekiki::notify {

using verdict::level;

recent_mails recent_of(const std::vector<store::mail_count>& judged,
                       const choice& c) {
  recent_mails r;
  for (const store::mail_count& m : judged) {
    r.mails += m.mails;
    if (what_to_do(m, c).counts)
      r.warned += m.mails;
  }
  return r;
}

bool is_over_budget(const recent_mails& r, std::size_t budget) {
  return budget != 0 && r.warned > warnings_always_allowed &&
         r.warned > r.mails / budget;
}

actions what_to_do(const store::mail_count& judged, const choice& c) {
  const bool told = is_told(judged.what, judged.dkim_check, c.when);
  const bool accused = told && judged.what == level::forged;
  actions a;
  a.rewrite = c.methods.rewrite && accused;
  a.warn = c.methods.warn && told;
  a.mark = c.subject_mark && accused;
  a.counts = (a.rewrite || a.warn) && !judged.is_refused;
  return a;
}

actions what_to_do(const verdict::judgement& v, const choice& c,
                   std::size_t budget, const recent_mails& before) {
  const bool is_refused =
      v.result.what == level::forged && (v.result.why.code == "dmarc-fail" ||
                                         v.result.why.code == "not-by-mekiki");
  actions a = what_to_do(store::mail_count{.what = v.result.what,
                                           .dkim_check = v.dkim_check,
                                           .is_refused = is_refused},
                         c);
  recent_mails now = before;
  count(now, a);
  if (a.counts && is_over_budget(now, budget)) {
    a.rewrite = a.warn = false;
    a.over_budget = true;
  }
  return a;
}

void count(recent_mails& r, const actions& a) {
  ++r.mails;
  if (a.counts)
    ++r.warned;
}

}  // namespace mekiki::notify
