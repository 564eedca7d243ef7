#include "demo_history/made_up.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "auth/dkim/errc.hpp"
#include "auth/spf/errc.hpp"
#include "base/base64.hpp"
#include "base/unix_time.hpp"
#include "cli/story_facts.hpp"
#include "demo/mailbox.hpp"
#include "demo_history/senders.hpp"
#include "message/date.hpp"
#include "message/header.hpp"
#include "store/rule_words.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/deception.hpp"

namespace mekiki::demo {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t last_day = 20'519;  // 2026-03-07, a Saturday
constexpr std::int64_t end_of_all = (last_day + 1) * day_seconds;

/// SplitMix64: the distributions of <random> differ between libraries.
class dice {
 public:
  explicit dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t roll() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(roll() % static_cast<std::uint64_t>(n));
  }
  bool one_in(std::int64_t n) { return below(n) == 0; }

  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[static_cast<std::size_t>(
        below(static_cast<std::int64_t>(all.size())))];
  }

  std::string octets(std::size_t size) {
    std::string out;
    while (out.size() < size) out += static_cast<char>(roll() & 0xff);
    return out;
  }

 private:
  std::uint64_t state_;
};

// ------------------------------------------------------------- who gets mail

struct recipient {
  std::string account;
  std::string upstream;
  std::string address;
  std::string mx;
  std::int64_t mails = 0;  // on a working day, about
};

std::vector<recipient> make_recipients() {
  return {
      {"demo%localhost", "localhost", "demo@user.example", "mx.user.example",
       39},
      {"office%pop.example.jp", "pop.example.jp", "office@example.jp",
       "mx.example.jp", 54},
      {"hanako%pop.example.jp", "pop.example.jp", "hanako@example.jp",
       "mx.example.jp", 24},
      {"taro%pop.example.jp", "pop.example.jp", "taro@example.jp",
       "mx.example.jp", 29},
      {"info%pop.workshop.example", "pop.workshop.example",
       "info@workshop.example", "mx.workshop.example", 41},
      {"emma%pop.example.com", "pop.example.com", "emma@example.com",
       "mx.example.com", 21},
      {"noa%pop.example.com", "pop.example.com", "noa@example.com",
       "mx.example.com", 11},
  };
}

/// The demo's own mailbox gets mail from all senders, others from about half.
bool has_subscribed(std::size_t to, std::size_t sender) {
  return to == 0 || dice(to * 1'000 + sender).below(100) < 58;
}

// ------------------------------------------------------- what a mail is to be

struct signature {
  std::string domain;
  std::string selector;
  dkim::errc code = dkim::errc::ok;
};

/// A mail, and the results of its checks.
struct draft {
  std::size_t number = 0;
  std::size_t to = 0;        // whose
  std::int64_t counted = 0;  // when it came to the provider
  std::int64_t fetched = 0;
  std::string name;
  std::string author;
  std::string subject;
  std::string policy;  // of the author's domain: p=; empty: no record
  std::string path;    // envelope sender
  std::string client;
  std::string helo;
  spf::errc spf = spf::errc::no_record;
  std::vector<signature> signatures;
  std::string list_id;
};

std::string domain_of(std::string_view address) {
  return std::string(address.substr(address.rfind('@') + 1));
}

/// The days of the history, and the mails that come on each.
class calendar {
 public:
  explicit calendar(const std::vector<recipient>& to) : to_(to) {}

  std::vector<draft> mails() {
    all_.reserve(10'000);
    for (std::int64_t day = 0; day < made_up_days; ++day) {
      for (std::size_t to = 0; to < to_.size(); ++to) {
        const std::int64_t usual = to_[to].mails * busyness(day) / 100;
        const std::int64_t today = usual * (80 + dice_.below(41)) / 100;
        for (std::int64_t i = 0; i < today; ++i) add_usual(day, to);
      }
      forge_now_and_then(day);
    }
    send_wave();
    std::erase_if(all_, [](const draft& d) { return d.fetched >= end_of_all; });
    std::ranges::sort(all_, {}, [](const draft& d) {
      return std::pair(d.fetched, d.number);
    });
    return std::move(all_);
  }

 private:
  /// Of the day in the week, in percent.
  std::int64_t busyness(std::int64_t day) const {
    const std::int64_t weekday = (first_day + day + 4) % 7;  // 0: Sunday
    return weekday == 0 ? 27 : weekday == 6 ? 36 : 100;
  }

  /// As people in Japan work and sleep.
  std::int64_t moment_on(std::int64_t day) {
    constexpr std::array<int, 24> weights = {1, 1,  0,  0,  0,  1,  3, 6,
                                             9, 12, 12, 10, 11, 10, 9, 9,
                                             9, 8,  7,  7,  6,  5,  4, 2};
    std::int64_t left = dice_.below(152);
    std::size_t hour = 0;
    while (hour < 23 && left >= weights.at(hour)) left -= weights.at(hour++);
    const auto utc = static_cast<std::int64_t>((hour + 15) % 24);
    return (first_day + day) * day_seconds + utc * hour_seconds +
           dice_.below(hour_seconds);
  }

  draft begin(std::size_t to, std::int64_t when) {
    draft d;
    d.number = ++begun_;
    d.to = to;
    d.counted = when;
    // Mail clients look every ten minutes.
    constexpr std::int64_t pause = 600;
    d.fetched = (when / pause + 1) * pause + static_cast<std::int64_t>(to);
    return d;
  }

  void add_usual(std::int64_t day, std::size_t to) {
    const auto senders = demo_senders();
    unsigned all = 0;
    for (std::size_t i = 0; i < senders.size(); ++i) {
      if (senders[i].since <= day && has_subscribed(to, i))
        all += senders[i].often;
    }
    auto left = static_cast<unsigned>(dice_.below(all));
    std::size_t chosen = 0;
    for (std::size_t i = 0; i < senders.size(); ++i) {
      if (senders[i].since > day || !has_subscribed(to, i))
        continue;
      chosen = i;
      if (left < senders[i].often)
        break;
      left -= senders[i].often;
    }
    all_.push_back(usual(day, to, chosen));
  }

  draft usual(std::int64_t day, std::size_t to, std::size_t number) {
    const demo_sender& s = demo_senders()[number];
    draft d = begin(to, moment_on(day));
    const std::string domain(s.domain);
    d.name = s.name;
    d.author = fmt::format("{}@{}", s.local, s.domain);
    const auto subjects = demo_subjects(s.about, s.japanese);
    d.subject = subjects[static_cast<std::size_t>(
        dice_.below(static_cast<std::int64_t>(subjects.size())))];
    d.policy = s.policy;
    d.path = "bounce@" + domain;
    d.client = fmt::format("192.0.2.{}", 10 + number);
    d.helo = "out." + domain;
    d.spf = spf::errc::allowed;
    signature own{.domain = domain, .selector = "k1"};
    if (s.new_key != 0 && day >= s.new_key) {
      own.selector = "k2";
      // A mail that was long on its way, signed before.
      if (s.revokes && day < s.new_key + 4 && dice_.one_in(3)) {
        own.selector = "k1";
        own.code = dkim::errc::key_revoked;
        d.path = "bounce@" + std::string(demo_service);
      }
    }
    switch (s.way) {
      case demo_way::signs:
        d.signatures = {own};
        // Now and then it comes by a forwarder who changes it.
        if (dice_.one_in(120)) {
          d.signatures[0].code = dkim::errc::body_hash;
          come_through(d, demo_forwarder);
        }
        break;
      case demo_way::halves:
        if (dice_.one_in(3))
          d.spf = spf::errc::unstated;
        else
          d.signatures = {own};
        break;
      case demo_way::by_spf:
        break;
      case demo_way::service:
        d.signatures = {
            {.domain = std::string(demo_service), .selector = "m1"}};
        come_through(d, demo_service);
        break;
      case demo_way::bare:
        d.spf = spf::errc::no_record;
        break;
      case demo_way::list:
        own.code = dkim::errc::body_hash;
        d.signatures = {own,
                        {.domain = std::string(demo_list), .selector = "l1"}};
        d.list_id = fmt::format("makers.{}", demo_list);
        d.subject = "[makers] " + d.subject;
        // Not each mail of theirs goes to the list.
        if (dice_.one_in(2)) {
          d.signatures.resize(1);
          d.signatures[0].code = dkim::errc::ok;
          d.list_id.clear();
          d.subject.erase(0, d.subject.find(' ') + 1);
        } else {
          come_through(d, demo_list);
        }
        break;
    }
    return d;
  }

  static void come_through(draft& d, std::string_view host) {
    d.path = fmt::format("bounce@{}", host);
    d.client = "198.51.100.40";
    d.helo = fmt::format("out.{}", host);
    d.spf = spf::errc::allowed;
  }

  // ------------------------------------------------------------ forged mails

  draft forged(std::size_t to, std::int64_t when) {
    draft d = begin(to, when);
    d.path = "x@junk-relay.test";
    d.client = fmt::format("203.0.113.{}", 60 + dice_.below(9));
    d.helo = "junk-relay.test";
    d.spf = spf::errc::allowed;
    return d;
  }

  void forge_now_and_then(std::int64_t day) {
    for (std::int64_t n = dice_.below(4); n > 0; --n) {
      const auto to = static_cast<std::size_t>(
          dice_.below(static_cast<std::int64_t>(to_.size())));
      draft d = forged(to, moment_on(day));
      switch (dice_.below(6)) {
        case 0:
          d.name = "Riverside Bank";
          d.author = "notice@riverside-bank.example";
          d.policy = "reject";
          d.subject = "Please confirm your details";
          break;
        case 1:
          d.name = "こあら保険";
          d.author = "info@koala-insurance.example";
          d.policy = "quarantine";
          d.subject = "ご契約の確認のお願い";
          break;
        case 2:  // l for i
          d.name = "Riverside Bank";
          d.author = "notice@riverslde-bank.example";
          d.path = d.author;
          d.signatures = {
              {.domain = "riverslde-bank.example", .selector = "s"}};
          d.subject = "Your account will be closed";
          break;
        case 3:
          d.name = "You";
          d.author = to_[to].address;
          d.subject = "I have seen everything";
          break;
        case 4:
          d.name = "card@aozora-card.example";
          d.author = "desk@urgent-notice.test";
          d.subject = "【重要】カードのご利用確認";
          break;
        default:  // says nothing of its policy, and always signs
          d.name = "Weather Desk";
          d.author = "daily@weather-desk.example";
          d.spf = spf::errc::refused;
          d.path = d.author;
          d.subject = "A prize for our readers";
          break;
      }
      all_.push_back(std::move(d));
    }
  }

  /// On a Thursday evening, three to nine days ago, within two hours and a
  /// half.
  void send_wave() {
    const std::int64_t day = made_up_days - 10;
    const std::int64_t evening =
        (first_day + day) * day_seconds + 10 * hour_seconds;
    for (int i = 0; i < 64; ++i) {
      const auto to = static_cast<std::size_t>(
          dice_.below(static_cast<std::int64_t>(to_.size())));
      draft d = forged(to, evening + dice_.below(9'000));
      d.name = "あおぞらカード";
      d.subject = dice_.one_in(3) ? "【緊急】お取引を停止しました"
                                  : "【重要】カードのご利用確認";
      if (i % 3 == 0) {  // 0 for o, and well signed
        d.author = "card@aoz0ra-card.example";
        d.path = d.author;
        d.signatures = {{.domain = "aoz0ra-card.example", .selector = "s"}};
      } else {
        d.author = "card@aozora-card.example";
        d.policy = "reject";
      }
      all_.push_back(std::move(d));
    }
  }

  static constexpr std::int64_t first_day = last_day - made_up_days + 1;

  const std::vector<recipient>& to_;
  dice dice_{20};
  std::size_t begun_ = 0;
  std::vector<draft> all_;
};

// ------------------------------------------------------ what was learned so
// far

struct counted {
  verdict::tally sum;
  std::set<std::int64_t> days;

  void add(std::int64_t at) {
    days.insert(at / day_seconds);
    sum.days = static_cast<std::uint32_t>(days.size());
    sum.first = sum.mails == 0 ? at : std::min(sum.first, at);
    sum.last = std::max(sum.last, at);
    ++sum.mails;
  }
};

/// As the store will have it, which is not asked for each mail: it writes
/// behind, and the start of the demo does not wait for that.
class memory {
 public:
  verdict::history_answer answer(const std::string& account,
                                 const std::string& domain,
                                 const std::string& list) const {
    verdict::history_answer out;
    out.available = true;
    if (const auto found = authors_.find({account, domain});
        found != authors_.end()) {
      out.pairs = records(found->second.signers);
      out.habits = {.proven = found->second.proven.sum,
                    .unproven = found->second.unproven.sum};
    }
    if (const auto found = lists_.find({account, list}); found != lists_.end())
      out.list_signers = records(found->second);
    return out;
  }

  void learn(const store::mail_event& e) {
    author& a = authors_[{e.account, e.author_domain}];
    for (const std::string& s : e.signers) a.signers[s].add(e.counted);
    if (e.habit == store::habit_day::proven)
      a.proven.add(e.counted);
    if (e.habit == store::habit_day::unproven)
      a.unproven.add(e.counted);
    for (const std::string& s : e.list_signers)
      lists_[{e.account, e.list_id}][s].add(e.counted);
  }

 private:
  using by_signer = std::map<std::string, counted>;
  struct author {
    by_signer signers;
    counted proven, unproven;
  };

  static std::vector<verdict::pair_record> records(const by_signer& all) {
    std::vector<verdict::pair_record> out;
    for (const auto& [signer, passed] : all)
      out.push_back({.signer = signer, .passed = passed.sum});
    return out;
  }

  std::map<std::pair<std::string, std::string>, author> authors_;
  std::map<std::pair<std::string, std::string>, by_signer> lists_;
};

// ---------------------------------------------------------------- the verdict

verdict::correspondents known_domains() {
  std::vector<std::string> all;
  for (const demo_sender& s : demo_senders()) all.emplace_back(s.domain);
  return verdict::correspondents(std::move(all));
}

verdict::rule what_of(const recorded_rule& r) {
  verdict::rule out =
      store::read_rule(r.kind, r.effect).value_or(verdict::rule());
  out.pattern = r.pattern;
  out.signer = r.signer;
  return out;
}

class judge_of_drafts {
 public:
  judge_of_drafts(const std::vector<recipient>& to,
                  const std::vector<recorded_rule>& rules)
      : to_(to), rules_(rules), known_(known_domains()) {}

  made_up_mail judge(const draft& d) {
    const recipient& to = to_[d.to];
    names_ = mail_names(++made_);
    const std::string header = write_header(d, to);
    verdict::facts known;
    std::vector<verdict::remembered_key> keys;
    facts_of(known, keys, d, to, header);
    verdict::judgement v = verdict::judge(std::move(known), names_.digest, {});
    v.keys = std::move(keys);
    store::mail_event e = store::event_of(v, {.account = to.account,
                                              .upstream = to.upstream,
                                              .uidl = names_.uidl,
                                              .at = d.fetched});
    if (has_story(e)) {
      e.header = header;
      e.story = cli::pack_story(v, demo_authserv_id);
    }
    past_.learn(e);
    made_up_mail out{.event = std::move(e)};
    out.texts = {
        {to.account, to.upstream, to.address, to.mx},
        {d.author, domain_of(d.author), d.name, d.client},
        {d.subject},
    };
    for (const signature& s : d.signatures) {
      const key k = key_of(s);
      out.texts.push_back({s.domain, k.middle, k.body_hash});
    }
    return out;
  }

 private:
  /// Not all: a user waits for the demo to start.
  static bool has_story(const store::mail_event& e) {
    constexpr std::int64_t lately = 13 * day_seconds;
    return e.result.what == verdict::level::forged ||
           e.result.what == verdict::level::altered ||
           e.fetched > end_of_all - lately;
  }

  /// Always the same for one name. Of the right length; nobody has its other
  /// half.
  struct key {
    bool is_rsa = false;
    std::string algorithm;
    std::string beginning;  // of the record
    std::string middle;     // of the record, and of signatures
    std::string end;
    std::string body_hash;  // but for its first 8 characters

    std::string record() const { return beginning + middle + end; }
    std::string signature(const std::string& first_8) const {
      return first_8 + (is_rsa ? middle : middle + middle) + "==";
    }
  };

  static key key_of(const signature& s) {
    std::uint64_t seed = 14'695'981'039'346'656'037U;  // FNV-1a
    for (const char c : s.domain + s.selector)
      seed = (seed ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    dice made_up(seed);
    const std::string text = base64_encode(made_up.octets(300));
    key k;
    k.body_hash = text.substr(334, 35);
    if (s.domain.size() % 3 != 0) {
      k.is_rsa = true;
      k.algorithm = "rsa-sha256";
      k.beginning =
          "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA";
      k.middle = text.substr(0, 334);
      k.end = "vQ8sT1kwIDAQAB";
    } else {
      k.algorithm = "ed25519-sha256";
      k.beginning = "v=DKIM1; k=ed25519; p=";
      k.middle = text.substr(0, 39);
      k.end = "aQk8=";
    }
    return k;
  }

  std::string write_header(const draft& d, const recipient& to) {
    const std::string date = message::format_date(d.counted, 9h);
    std::string out = fmt::format(
        "Return-Path: <{}>\r\n"
        "Received: from {} ({} [{}])\r\n"
        "\tby {} (Postfix) with ESMTPS id {}\r\n"
        "\tfor <{}>; {}\r\n",
        d.path, d.helo, d.helo, d.client, to.mx, names_.id, to.address, date);
    for (const signature& s : d.signatures) {
      const key k = key_of(s);
      out += fmt::format(
          "DKIM-Signature: v=1; a={}; c=relaxed/relaxed; d={}; s={};\r\n"
          "\th=from:to:subject:date; bh={}{}=;\r\n\tb={}\r\n",
          k.algorithm, s.domain, s.selector, names_.id, k.body_hash,
          k.signature(names_.id));
    }
    if (!d.list_id.empty())
      out += fmt::format("List-Id: <{}>\r\n", d.list_id);
    return out + fmt::format(
                     "From: {} <{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\n"
                     "Message-ID: <{}@{}>\r\n\r\n",
                     d.name.find('@') == std::string::npos ? d.name
                                                           : '"' + d.name + '"',
                     d.author, to.address, d.subject, date, names_.id,
                     domain_of(d.author));
  }

  void facts_of(verdict::facts& f, std::vector<verdict::remembered_key>& keys,
                const draft& d, const recipient& to,
                const std::string& header) {
    f.header = verdict::read_header_facts(message::parse_header(header));
    f.now = d.fetched;
    f.received = d.counted;
    f.upstream = to.upstream;
    verdict::border in;
    in.status = verdict::border_status::found;
    in.field = 1;  // Received, below Return-Path
    in.client = parse_ip_address(d.client).value_or(ip_address());
    in.helo = d.helo;
    in.by = to.mx;
    in.tls = true;
    in.time = d.counted;
    in.mail_from = d.path;
    in.mail_from_field = 0;
    f.found_border = in;
    check_spf(f.spf, d, in.client);
    for (const signature& s : d.signatures) check_signature(f, keys, s, d);
    check_dmarc(f, d.policy);
    f.findings = verdict::find_deceptions(f.header, {.addresses = {to.address}},
                                          nullptr, &known_);
    for (verdict::finding& it : f.findings) it.enforces = enforces(it.like);
    f.history = past_.answer(to.account, f.header.author_domain, d.list_id);
    for (const recorded_rule& r : rules_) {
      if (r.account.empty() || r.account == to.account)
        f.history.rules.push_back(what_of(r));
    }
    if (!d.list_id.empty())
      f.changed = footer_of(d.list_id);
  }

  static void check_spf(verdict::spf_facts& f, const draft& d,
                        const ip_address& client) {
    f.source = verdict::spf_source::border;
    f.asked.ip = client;
    f.asked.mail_from = d.path;
    f.asked.helo = d.helo;
    f.outcome.code = d.spf;
    f.outcome.status = spf::to_result(d.spf);
    f.outcome.reason = spf::describe(d.spf);
    f.outcome.domain = f.outcome.record_domain = domain_of(d.path);
    if (d.spf == spf::errc::allowed)
      f.outcome.mechanism = "ip4:" + d.client;
  }

  void check_signature(verdict::facts& f,
                       std::vector<verdict::remembered_key>& keys,
                       const signature& s, const draft& d) {
    const key k = key_of(s);
    dkim::signature_result r;
    r.code = s.code;
    r.status = dkim::to_result(s.code);
    r.reason = dkim::describe(s.code);
    r.domain = s.domain;
    r.selector = s.selector;
    r.identity = "@" + s.domain;
    r.algorithm = k.algorithm;
    r.signature_start = names_.id;
    r.signed_fields = {"from", "to", "subject", "date"};
    r.body_octets = r.body_covered =
        static_cast<std::size_t>(300 + dice_.below(9'000));
    r.signed_at = d.counted;
    const bool is_revoked = s.code == dkim::errc::key_revoked;
    if (!is_revoked) {
      r.key_bits = k.is_rsa ? 2048 : 256;
      r.authentic_key = s.domain.size() % 4 == 0;
    }
    f.dkim.push_back(r);
    keys.push_back({.name = s.selector + "._domainkey." + s.domain,
                    .text = is_revoked ? "v=DKIM1; p=" : k.record(),
                    .first = d.counted,
                    .last = d.counted,
                    .authentic = r.authentic_key,
                    .revoked = is_revoked});
  }

  static bool enforces(std::string_view domain) {
    const auto all = demo_senders();
    return std::ranges::any_of(all, [&](const demo_sender& s) {
      return s.domain == domain &&
             (s.policy == "reject" || s.policy == "quarantine");
    });
  }

  static void check_dmarc(verdict::facts& f, const std::string& policy) {
    const std::string& author = f.header.author_domain;
    dmarc::discovery found;
    found.policy_domain = found.org_domain = author;
    found.exists = true;
    if (policy.empty()) {
      found.problem = dmarc::errc::no_record;
    } else if (const auto record = dmarc::parse_record("v=DMARC1; p=" + policy,
                                                       dmarc::spec::rfc9989)) {
      found.found = *record;
    }
    dmarc::identifiers of;
    of.authors = {author};
    for (const dkim::signature_result& r : f.dkim)
      of.dkim.push_back({.domain = r.domain, .status = r.status});
    of.spf = {.domain = f.spf.outcome.domain, .status = f.spf.outcome.status};
    f.dmarc = dmarc::outcome_of(of, found, {}, {});
    f.policies = {f.dmarc};
  }

  static verdict::change footer_of(const std::string& list) {
    verdict::change c;
    c.signature = 0;
    c.steps = {"footer", "subject-prefix"};
    c.addition_only = true;
    c.added.source = "list:" + list;
    c.added.digest = std::string(32, '5');
    return c;
  }

  const std::vector<recipient>& to_;
  const std::vector<recorded_rule>& rules_;
  verdict::correspondents known_;
  memory past_;
  dice dice_{26};
  std::size_t made_ = 0;
  mail_names names_{0};  // of the mail that is judged
};

// --------------------------------------------------------- rules and choices

std::vector<recorded_rule> make_rules() {
  const auto rule = [](std::string account, std::string kind,
                       std::string effect, std::string pattern,
                       std::string signer = {}) {
    return recorded_rule{.account = std::move(account),
                         .kind = std::move(kind),
                         .effect = std::move(effect),
                         .pattern = std::move(pattern),
                         .signer = std::move(signer),
                         .until = {}};
  };
  std::vector<recorded_rule> out = {
      rule("", "list", "trust", std::string(demo_list)),
      rule("", "forwarder", "trust", std::string(demo_forwarder)),
      rule("", "author", "distrust", "*@coupon-rain.test"),
      rule("emma%pop.example.com", "author", "trust", "maple@maple.example",
           "maple.example"),
      rule("info%pop.workshop.example", "author", "trust",
           "*@print-works.example"),
  };
  out.back().until = end_of_all + 20 * day_seconds;
  return out;
}

std::vector<store::kept_choice> make_choices() {
  const auto choice = [](std::string account, std::string methods,
                         std::string language, std::string when) {
    store::kept_choice c;
    c.account = std::move(account);
    c.methods = std::move(methods);
    c.language = std::move(language);
    c.when = std::move(when);
    return c;
  };
  std::vector<store::kept_choice> out = {
      choice("office%pop.example.jp", "A,C", "ja", "forged"),
      choice("hanako%pop.example.jp", "B", "ja", "altered"),
      choice("taro%pop.example.jp", "C,D", "ja", "forged"),
      choice("emma%pop.example.com", "A,C", "en", "forged"),
      choice("info%pop.workshop.example", "B", "en", "new"),
  };
  out[0].subject_mark = true;
  return out;
}

}  // namespace

made_up_history make_up_history() {
  made_up_history out;
  const auto to = make_recipients();
  out.people = {.last_day = last_day,
                .own_account = to.front().account,
                .rules = make_rules(),
                .choices = make_choices()};
  judge_of_drafts judge(to, out.people.rules);
  for (const draft& d : calendar(to).mails())
    out.mails.push_back(judge.judge(d));
  return out;
}

std::int64_t end_of(const made_up_history& h) {
  return (h.people.last_day + 1) * day_seconds;
}

}  // namespace mekiki::demo
