// The way of a domain's DMARC policy from none to reject: which step comes
// next, and what keeps it from coming. It looks at what reports counted, never
// at a calendar: time in which nobody reported anything shows nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/dmarc/record.hpp"

namespace mekiki::records {

/// One who sends mail with the domain in From, as reports show him.
struct plan_source {
  enum class owner : std::uint8_t {
    unknown,  // nobody said so far
    ours,     // it sends for the domain
    foreign,  // a forger or a forwarder: what becomes of its mail is not ours
  };
  std::string name;  // for people
  owner of = owner::unknown;
  std::uint64_t aligned = 0;    // mails that DKIM or SPF proves, aligned
  std::uint64_t unaligned = 0;  // the others
};

/// What was counted since the policy that is published now holds.
struct plan_facts {
  std::optional<dmarc::policy> policy;  // none: no record applies
  bool testing = false;                 // t=y
  bool reports_wanted = false;          // rua= is there
  std::uint32_t days = 0;               // days of which reports came
  std::vector<plan_source> sources;
  std::uint64_t unread = 0;  // failing mails of sources not looked at
};

/// Of the days of reports: as many as four weeks have working days.
constexpr std::uint32_t plan_days = 20;
/// Mails of ours that reports have to have seen.
constexpr std::uint64_t plan_mails = 100;
/// Of a source of ours one mail in so many may fail: some are forwarded.
constexpr std::uint64_t plan_one_in = 100;
/// An unknown source with fewer failing mails does not keep the plan back,
/// unless they are more than one in `plan_one_in` of all: every day brings new
/// forgers.
constexpr std::uint64_t plan_noise = 10;

enum class plan_step : std::uint8_t {
  publish,      // p=none with rua=
  ask_reports,  // add rua=
  stay,         // the obstacles say for what
  end_testing,  // remove t=y
  quarantine,   // p=quarantine
  reject,       // p=reject
  go_back,      // one policy back: mail of ours is lost
  done,         // p=reject holds; the obstacles say what is to be mended
};
std::string_view to_string(plan_step s);

struct plan_obstacle {
  enum class kind : std::uint8_t {
    few_days,        // `have` of `need` days of reports
    few_mails,       // `have` of `need` aligned mails of ours
    source_fails,    // `have` of the `need` mails of `source`, ours, fail
    source_unknown,  // `have` failing mails of `source`: whose is it?
    unread,          // `have` failing mails of sources not looked at
  };
  kind what = kind::few_days;
  std::string source;
  std::uint64_t have = 0, need = 0;

  bool operator==(const plan_obstacle&) const = default;
};
std::string_view to_string(plan_obstacle::kind k);

struct plan {
  plan_step next = plan_step::stay;
  /// What keeps a further step from coming: days and mails first, then the
  /// sources, those with most failing mails first; 20 at most.
  std::vector<plan_obstacle> obstacles;
};

plan make_plan(const plan_facts& facts);

/// The record of the domain once the step is done; "" where it stays as it is.
/// `published` is that of now, with the policy `now`: of its tags only those
/// change that the step is about. Without one there is no address for reports
/// yet: then it is dmarc-reports@DOMAIN.
std::string record_after(plan_step step, std::string_view published,
                         std::optional<dmarc::policy> now,
                         std::string_view domain);

}  // namespace mekiki::records
