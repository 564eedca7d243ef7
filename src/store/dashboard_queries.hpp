// The queries of the dashboard's pages (docs/dashboard.md), on a connection and
// threads of their own: no mail waits for a page.
//
// Every question is bounded in time: an answer that would need longer is cut,
// and says where to go on, or is none (nullopt).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "base/time_zone.hpp"
#include "store/border_vote_rows.hpp"
#include "store/browse_reports.hpp"
#include "store/feedback_rows.hpp"
#include "store/find_text.hpp"
#include "store/forged_names.hpp"
#include "store/kept_results.hpp"
#include "store/mail_event.hpp"
#include "store/seen_keys.hpp"
#include "store/sender_notes.hpp"
#include "store/sending_facts.hpp"
#include "store/sights.hpp"
#include "store/store.hpp"
#include "verdict/decide.hpp"
#include "verdict/history.hpp"
#include "verdict/open_questions.hpp"

namespace mekiki::store {

class job_thread;

/// A mail of the history as a list shows it.
struct mail_row {
  std::int64_t id = 0;
  std::string account;
  std::int64_t fetched = 0;  // last
  std::int64_t came = 0;     // mail_event::counted of its first fetch
  verdict::answer result;
  std::string dkim_check;
  std::string dmarc;
  std::string policy;
  std::string author_domain;
  std::optional<std::string> author;  // where texts are kept
  std::optional<std::string> subject;
  bool is_for_user = false;  // its texts are kept, but shown to its user alone
};

/// Takes out what is not shown.
void hide_texts(mail_row& m, shown_texts which);

/// Which mails. Empty members stand for all.
struct mail_filter {
  std::vector<verdict::level> levels;
  std::string domain;   // the author's, and those below it; A-labels
  std::string account;  // exactly
  std::optional<std::int64_t> from, to;     // from <= fetched < to
  std::vector<search_word> search;          // read_search
  bool finds_accounts = false;              // by its words
  shown_texts texts = shown_texts::of_all;  // others are not found, either
};

/// How many mails a filter lets through, or, where counting took long, at
/// least.
struct mail_total {
  std::int64_t mails = 0;
  bool is_whole = true;
};

/// Newest first, at most 200. A cursor is opaque; "" begins, and one that is
/// none finds nothing. There may be fewer than were asked for, or none, though
/// `next` says that there may be more: the search took long.
struct mail_page {
  std::vector<mail_row> mails;
  std::string next;  // "": these were the last
  /// Mails fetched before this time were judged by earlier rules. 0: there are
  /// none.
  std::int64_t rules_since = 0;
};

struct mail_detail {
  mail_row row;
  std::string uidl;
  std::string way;  // mail_event::way
  /// Empty for mails of versions that kept no results.
  std::vector<kept_result> results;
  std::optional<std::string> header;  // where texts are kept; octets
  /// In the form in which it was noted; earlier versions noted a finished text.
  std::optional<std::string> story;
  std::int64_t rules_since = 0;  // as in mail_page
  std::optional<feedback> said;  // what was said of it
};

struct reported_mail {
  mail_row mail;
  feedback said;
};

/// An author domain over all histories in which it occurs.
struct domain_row {
  std::string domain;
  // Summed over the histories: the mails of its strongest pair, or those of its
  // habit where there is no pair.
  std::uint64_t mails = 0;
  std::int64_t last = 0;       // of `only_known`: where a pair is known
  std::uint32_t known_by = 0;  // histories that know a pair of it
  std::uint32_t seen_by = 0;
};

/// An author domain in one history.
struct domain_history {
  std::string scope;  // an account, or a host whose accounts share one
  bool is_known = false;
  std::int64_t last = 0;
  double steadiness = 0;
  std::vector<verdict::pair_record> pairs;
  struct day {
    std::int64_t day = 0;
    std::uint64_t proven = 0, unproven = 0;
  };
  std::vector<day> days;  // of the last 180, rising
};

/// The records of one key name, in the order in which they were first seen.
struct key_history {
  std::string name;
  std::vector<verdict::remembered_key> records;
};

/// One account, and how its user is warned. Counts are of the last 30 days.
struct person {
  std::string account;
  std::uint64_t mails = 0, forged = 0;
  std::uint64_t warned = 0;  // warnings that were told (methods A and B)
  std::int64_t last = 0;     // its last mail
  std::optional<kept_choice> chosen;  // without the secret word
  std::uint64_t tokens = 0;
  std::int64_t addon_seen = 0;     // as kept_token::seen, of the latest
  bool knows_word = false;         // said so
  std::vector<mail_count> recent;  // as user_answer has it
};

struct account_count {
  std::string account;
  std::uint64_t mails = 0, forged = 0;
};

template <class Row>
struct page_of {
  std::vector<Row> rows;
  bool more = false;  // behind the last of `rows`, which is then not empty
};

struct page_range {
  std::size_t offset = 0;
  std::size_t limit = 50;  // at most 200 are answered
};

/// May be used from any thread. Three threads of its own work for it: one
/// reads, one reads reports of other hosts, one makes changes.
class dashboard_queries {
 public:
  /// The file exists, and its tables have the current version. Throws
  /// sqlite::error.
  dashboard_queries(const std::filesystem::path& file, const clock& now,
                    time_zone zone = time_zone::utc());
  ~dashboard_queries();
  dashboard_queries(const dashboard_queries&) = delete;
  dashboard_queries& operator=(const dashboard_queries&) = delete;

  template <class T>
  using answer = boost::asio::awaitable<std::optional<T>>;

  answer<mail_page> mails(mail_filter which, std::string cursor,
                          std::size_t limit);
  answer<mail_total> count(mail_filter which);
  /// Accounts whose name holds that word, five at most.
  answer<std::vector<std::string>> accounts(std::string part);
  /// Only if it is of `account`; "" stands for any. Empty: there is none. All
  /// texts are shown of what was reported: that is what its user wanted.
  answer<std::optional<mail_detail>> mail(std::int64_t id, std::string account,
                                          shown_texts which);

  /// The newest of an account, or ("") of all, with this UIDL or digest, where
  /// these are not ""; among the newest 5,000. None: there is none.
  answer<std::optional<std::int64_t>> mail_number(std::string account,
                                                  std::string uidl,
                                                  std::string digest);

  /// Author domains that hold `search`, latest first. Only of `scope`, as
  /// domain_history::scope has it; "" for all. `only_known`: those with a pair
  /// that somebody knows.
  struct domain_filter {
    std::string search;
    std::string scope;
    bool only_known = false;
  };
  answer<page_of<domain_row>> domains(domain_filter which, page_range r);
  /// The histories in which the domain occurs, at most 50. As above.
  answer<std::vector<domain_history>> domain(std::string name,
                                             std::string scope);

  answer<page_of<key_history>> keys(std::string search, page_range r);
  /// As read_seen_keys.
  answer<std::vector<seen_key>> seen_keys_of(std::string domain);
  /// As read_changed_keys has them.
  answer<std::vector<key_history>> changed_keys(std::string search,
                                                std::int64_t since);
  /// Who got mail in the last 30 days, or chose something; busiest first.
  answer<page_of<person>> people(page_range r);

  /// Whose days those of the sums are.
  time_zone zone() const { return zone_; }
  /// Of `from` <= day < `to`, of one account or ("") of all together. They go
  /// further back than store::totals.
  answer<day_sums> sums(std::string account, std::int64_t from,
                        std::int64_t to);
  /// The ten accounts with most mails on those days, from the sums.
  answer<std::vector<account_count>> busiest(std::int64_t from,
                                             std::int64_t to);

  struct forgeries {
    forged_names names;
    std::int64_t begins = 0;  // first_day_of_sums
  };
  /// As read_forged_names has them.
  answer<forgeries> forged(std::string account, std::string domain,
                           std::int64_t from, std::int64_t to);

  /// Those of `account`, and those for all; "": everybody's.
  answer<std::vector<kept_rule>> rules(std::string account);
  answer<std::vector<mail_count>> judged(std::string account,
                                         std::int64_t since);
  /// What the account chose, and its last mails.
  answer<user_answer> user(std::string account);
  /// What lets an account in beside its password.
  struct account_access {
    std::vector<kept_token> tokens;  // the newest first
    bool knows_word = false;         // its user said so
  };
  answer<account_access> access_of(std::string account);
  /// The open questions about a history (domain_history::scope) with too few
  /// mails to know its provider's border.
  answer<std::vector<verdict::open_question>> questions(std::string scope);
  /// Of one account, or ("") of all; and, where a server is blind, what proven
  /// mails taught about its border.
  struct found_sights {
    std::vector<server_sight> servers;
    std::vector<learned_provider> learned;
  };
  answer<found_sights> sights(std::string account);
  /// Mails that were reported or called a mistake, in the order of
  /// read_reports: of one account, or ("") of all.
  answer<std::vector<reported_mail>> reports(std::string account);
  /// What was answered to such questions, by yes or no.
  answer<std::vector<verdict::border_answer>> border_answers(std::string scope);
  /// Whose token has this hash; "" nobody's.
  answer<std::string> account_of_token(std::string hash);

  /// Who sends as a domain, by kept reports. `domain` "": the first of `ours`
  /// with reports, else that which most reports are about; `found.domain` says
  /// which.
  struct sending_view {
    std::vector<reported_domain> domains;
    std::string domain;     // "": there are no reports
    reported_sending sent;  // without its sources, which are in the groups
    std::vector<reports::sender_group> groups;
    std::vector<sender_mark> marks;  // of the domain
    std::vector<ignored_reporter> ignored;
  };
  answer<sending_view> sending(std::string domain, report_period of,
                               std::vector<std::string> ours);
  /// The plan of the domain's policy; `today` is a day. `now` nothing: what
  /// most reports say holds.
  answer<sending_plan_view> sending_plan(std::string domain,
                                         std::optional<reports::policy_now> now,
                                         std::int64_t today);
  /// What mails about a domain's senders are made of: the sources of the last
  /// 7 days, and when what was told.
  struct sending_news_view {
    reports::sending_facts facts;
    reports::owner_marks marks;
    std::optional<std::int64_t> begun, mailed, jumped, summed;
    std::vector<std::string> told;  // new senders
  };
  answer<sending_news_view> sending_news(std::string domain,
                                         std::int64_t today);
  answer<reported_source> report_source(std::string domain, std::string address,
                                        report_period of);
  answer<page_of<kept_report>> kept_reports(std::string domain,
                                            report_period of, page_range r);

  /// Does what changes the history: blocking_store::add_rule and the like. It
  /// may wait for the database, on a thread for changes alone. After 15 seconds
  /// it is reported as failed, but may still be done later. The reason of a
  /// failure is a sentence.
  using change_work = std::function<expected<std::int64_t, std::string>()>;
  boost::asio::awaitable<expected<std::int64_t, std::string>> change(
      change_work work);

 private:
  class connection;
  struct reading;
  template <class Look>
  auto ask(Look look);
  template <class Look>
  auto ask(reading& by, Look look);

  const clock& now_;
  time_zone zone_;
  std::unique_ptr<reading> pages_;
  std::unique_ptr<reading> reports_;      // no other page waits for it
  std::unique_ptr<job_thread> changing_;  // nor for this
};

/// Of `how` only clock and zone are used. The file must exist; if it is removed
/// or replaced, there are no answers until the store has noticed. Destroy it
/// before the store that writes. The reason of a failure is a sentence.
expected<std::unique_ptr<dashboard_queries>, std::string>
open_dashboard_queries(const std::filesystem::path& file, const options& how);

}  // namespace mekiki::store
