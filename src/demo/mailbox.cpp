#include "demo/mailbox.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "auth/dkim/sign.hpp"
#include "base/unix_time.hpp"
#include "message/date.hpp"

namespace mekiki::demo {
namespace {

using namespace std::chrono_literals;
using auth::result;
using verdict::level;

constexpr std::string_view rsa_selector = "demo-rsa";
constexpr std::string_view ed25519_selector = "demo-ed25519";

/// As Japan's clocks show it.
std::string mail_date(time_point t) {
  return message::format_date(unix_seconds(t), 9h);
}

/// Makes a key for each domain that signs, and the zone that publishes them.
class signers {
 public:
  /// `mail` with a new signature on top.
  std::string sign(std::string_view mail, const std::string& domain,
                   crypto::key_type type, dkim::sign_options options) {
    const auto field =
        dkim::sign(mail, domain, selector(type), key(domain, type), options);
    if (!field) {
      throw std::runtime_error(
          fmt::format("a mail of the demo cannot be signed: {}",
                      dkim::describe(field.error())));
    }
    return *field + std::string(mail);
  }

  std::string zone() const {
    boost::json::object names;
    for (const auto& [name, k] : keys_) {
      names[fmt::format("{}._domainkey.{}", selector(name.second),
                        name.first)] = boost::json::object{
          {"TXT", boost::json::array{dkim::format_key_record(k)}}};
    }
    const auto add = [&](std::string_view name, std::string_view type,
                         boost::json::value record) {
      names[name] =
          boost::json::object{{type, boost::json::array{std::move(record)}}};
    };
    // The demo's mailbox is reached by this name.
    add("localhost", "A", "127.0.0.1");
    add("user.example", "MX", boost::json::array{10, "mx.user.example"});
    add("mx.user.example", "A", "198.51.100.25");
    add("hoshizora-bank.example", "TXT", "v=spf1 ip4:192.0.2.25 -all");
    add("_dmarc.hoshizora-bank.example", "TXT", "v=DMARC1; p=reject");
    add("spam.example", "TXT", "v=spf1 ip4:203.0.113.66 -all");
    return boost::json::serialize(names) + "\n";
  }

 private:
  static std::string_view selector(crypto::key_type type) {
    return type == crypto::key_type::rsa ? rsa_selector : ed25519_selector;
  }

  const crypto::private_key& key(const std::string& domain,
                                 crypto::key_type type) {
    const std::pair name(domain, type);
    auto found = keys_.find(name);
    if (found == keys_.end()) {
      auto made = crypto::private_key::generate(type);
      if (!made)
        throw std::runtime_error("a key could not be made");
      found = keys_.emplace(name, std::move(*made)).first;
    }
    return found->second;
  }

  std::map<std::pair<std::string, crypto::key_type>, crypto::private_key> keys_;
};

struct letter {
  std::string_view from;
  std::string_view subject;
  std::string_view body;  // lines end with LF here
  std::string_view type = "text/plain; charset=utf-8";
  std::string_view encoding = "8bit";
};

/// What the provider's host saw.
struct envelope {
  std::string_view client;
  std::string_view helo;
  std::string_view path;
};

constexpr envelope honest{
    .client = "192.0.2.26", .helo = "out.sender.example", .path = ""};
constexpr envelope of_the_bank{.client = "192.0.2.25",
                               .helo = "out.hoshizora-bank.example",
                               .path = "info@hoshizora-bank.example"};
constexpr envelope forger{.client = "203.0.113.66",
                          .helo = "out.hoshizora-bank.example",
                          .path = "x@spam.example"};

class writer {
 public:
  explicit writer(time_point now) : now_(now) {}

  demo_mailbox finish() {
    box_.zone = signers_.zone();
    return std::move(box_);
  }

  time_point now() const { return now_; }

  /// The mail as its author sends it.
  std::string compose(const letter& l, std::string_view name, time_point date) {
    std::string mail = fmt::format(
        "From: {}\nTo: Demo <demo@user.example>\nSubject: {}\nDate: {}\n"
        "Message-ID: <{}.{}@mail.example>\nMIME-Version: 1.0\n"
        "Content-Type: {}\nContent-Transfer-Encoding: {}\n\n{}",
        l.from, l.subject, mail_date(date), name, unix_seconds(date), l.type,
        l.encoding, l.body);
    std::string out;
    for (const char c : mail) {
      if (c == '\n')
        out += '\r';
      out += c;
    }
    return out;
  }

  std::string sign(std::string_view mail, const std::string& domain,
                   crypto::key_type type, time_point at,
                   std::optional<time_point> expires = {}) {
    dkim::sign_options options;
    options.signed_at = unix_seconds(at);
    if (expires)
      options.expires_at = unix_seconds(*expires);
    return signers_.sign(mail, domain, type, options);
  }

  struct expectation {
    result dkim_check;
    level verdict;
  };

  /// The mail as it lies in the mailbox, received at `date`.
  void add(std::string name, std::string story, expectation expected,
           std::string_view mail, time_point date,
           const envelope& from = honest) {
    std::string trace = fmt::format(
        "Return-Path: <{}>\r\n"
        "Received: from {} (unknown [{}])\r\n"
        "\tby mx.user.example (Postfix) with ESMTPS id {:06}\r\n"
        "\tfor <demo@user.example>; {}\r\n",
        from.path, from.helo, from.client, box_.mails.size() + 1,
        mail_date(date));
    box_.mails.push_back({.name = std::move(name),
                          .story = std::move(story),
                          .octets = trace.append(mail),
                          .expected = expected.dkim_check,
                          .verdict = expected.verdict});
  }

 private:
  time_point now_;
  signers signers_;
  demo_mailbox box_;
};

// `mail` with the first `from` replaced: what somebody did on the way.
std::string tamper(std::string mail, std::string_view from,
                   std::string_view to) {
  const std::size_t at = mail.find(from);
  if (at == std::string::npos) {
    throw std::logic_error("nothing to tamper with");
  }
  return mail.replace(at, from.size(), to);
}

constexpr auto rsa = crypto::key_type::rsa;
constexpr auto ed25519 = crypto::key_type::ed25519;

constexpr letter lunch{
    .from = "Hanako <hanako@friend.example>",
    .subject = "Lunch on Friday?",
    .body =
        "Hi,\n\nshall we have lunch on Friday? The new place by the "
        "station has soba.\n\nHanako\n"};

// 星空銀行
constexpr letter bank{
    .from = "=?utf-8?B?5pif56m66YqA6KGM?= <info@hoshizora-bank.example>",
    .subject = "Your transfer of 30,000 yen",
    .body =
        "Dear customer,\n\nyour transfer of 30,000 yen to account 1234567 "
        "is done.\n\nHoshizora Bank\nhttps://www.hoshizora-bank.example/"
        "\n"};

void add_good_mails(writer& w) {
  const time_point day = w.now() - 24h;
  w.add("good-rsa", "a good mail, signed with RSA", {result::pass, level::new_},
        w.sign(w.compose(lunch, "lunch", day), "friend.example", rsa, day),
        day);

  const letter ticket{.from = "Tickets <tickets@railway.example>",
                      .subject = "Your seat is booked",
                      .body = "Car 7, seat 12E. Have a good journey.\n"};
  w.add("good-ed25519", "a good mail, signed with Ed25519",
        {result::pass, level::new_},
        w.sign(w.compose(ticket, "ticket", day + 1h), "railway.example",
               ed25519, day + 1h),
        day + 1h);

  std::string both = w.compose(bank, "transfer", day + 2h);
  both = w.sign(both, "hoshizora-bank.example", rsa, day + 2h);
  both = w.sign(both, "hoshizora-bank.example", ed25519, day + 2h);
  w.add("good-two-signatures", "a bank's mail with two good signatures",
        {result::pass, level::new_}, both, day + 2h, of_the_bank);

  // 来週の会議について, and the body: the meeting next week is on Tuesday at
  // ten; the papers will be sent the day before.
  const letter meeting{
      .from = "=?ISO-2022-JP?B?GyRCQkBPOhsoQg==?= <taro@office.example>",
      .subject = "=?ISO-2022-JP?B?GyRCTWg9NSROMnE1RCRLJEQkJCRGGyhC?=",
      .body =
          "\033$BMh=5$N2q5D$O2PMKF|$N==;~$+$i$G$9!#\033(B\n"
          "\033$B;qNA$OA0F|$^$G$K$*Aw$j$7$^$9!#\033(B\n\n"
          "\033$BB@O:\033(B\n",
      .type = "text/plain; charset=ISO-2022-JP",
      .encoding = "7bit"};
  w.add("japanese-iso-2022-jp", "a good mail in Japanese, ISO-2022-JP",
        {result::pass, level::new_},
        w.sign(w.compose(meeting, "meeting", day + 3h), "office.example", rsa,
               day + 3h),
        day + 3h);

  // Subject: ご注文ありがとうございます
  const letter order{
      .from = "Kissa Midori <shop@kissa.example>",
      .subject =
          "=?utf-8?B?44GU5rOo5paH44GC44KK44GM44Go44GG44GU44GW44GE44G+"
          "44GZ?=",
      .body =
          "ご注文の品を本日発送いたしました。\n"
          "到着まで今しばらくお待ちください。\n\n喫茶みどり\n"};
  w.add("japanese-utf-8", "a good mail in Japanese, UTF-8",
        {result::pass, level::new_},
        w.sign(w.compose(order, "order", day + 4h), "kissa.example", ed25519,
               day + 4h),
        day + 4h);

  const letter invoice{
      .from = "Accounts <accounts@office.example>",
      .subject = "Invoice for March",
      .body =
          "This is a message in MIME format.\n"
          "--part\nContent-Type: text/html; charset=utf-8\n\n"
          "<html><body><h1>Invoice</h1><p>Please find the invoice "
          "attached.</p></body></html>\n"
          "--part\nContent-Type: application/pdf; name=\"invoice.pdf\"\n"
          "Content-Disposition: attachment; filename=\"invoice.pdf\"\n"
          "Content-Transfer-Encoding: base64\n\n"
          "JVBERi0xLjEKMSAwIG9iajw8L1R5cGUvQ2F0YWxvZy9QYWdlcyAyIDAgUj4+"
          "ZW5kb2JqCjIgMCBv\nYmo8PC9UeXBlL1BhZ2VzL0tpZHNbXS9Db3VudCAwPj5l"
          "bmRvYmoKdHJhaWxlcjw8L1Jvb3QgMSAw\nIFI+PgolJUVPRgo=\n"
          "--part--\n",
      .type = "multipart/mixed; boundary=part",
      .encoding = "7bit"};
  w.add("html-attachment", "a good mail with HTML and an attachment",
        {result::pass, level::new_},
        w.sign(w.compose(invoice, "invoice", day + 5h), "office.example", rsa,
               day + 5h),
        day + 5h);

  const letter offer{.from = "Kissa Midori <news@kissa.example>",
                     .subject = "Ten percent off coffee beans this week",
                     .body = "All beans are ten percent off until Sunday.\n"};
  w.add("third-party",
        "signed by a mailing service, not by the author's domain",
        {result::pass, level::unverified},
        w.sign(w.compose(offer, "offer", day + 6h), "mailer.example", rsa,
               day + 6h),
        day + 6h);
}

void add_changed_mails(writer& w) {
  const time_point day = w.now() - 16h;
  std::string mail = w.sign(w.compose(bank, "transfer-2", day),
                            "hoshizora-bank.example", rsa, day);
  w.add("tampered-body", "a bank's mail whose account number was changed",
        {result::fail, level::forged},
        tamper(std::move(mail), "1234567", "7654321"), day, forger);

  mail = w.sign(w.compose(lunch, "lunch-2", day + 1h), "friend.example", rsa,
                day + 1h);
  w.add("tampered-subject", "a friend's mail with another subject",
        {result::fail, level::unverified},
        tamper(std::move(mail), "Lunch on Friday?",
               "Can you lend me 300,000 yen?"),
        day + 1h);

  const letter question{
      .from = "Jiro <jiro@friend.example>",
      .subject = "Which soldering iron?",
      .body = "Which one do you use for SMD parts?\n\nJiro\n"};
  mail = w.sign(w.compose(question, "iron", day + 2h), "friend.example",
                ed25519, day + 2h);
  mail = tamper(std::move(mail), "Subject: ", "Subject: [makers] ");
  mail +=
      "_______________________________________________\r\n"
      "makers mailing list\r\nhttps://lists.example/makers\r\n";
  w.add("mailing-list", "a mailing list added a footer and a subject prefix",
        {result::fail, level::unverified}, mail, day + 2h);

  const time_point old = w.now() - 480h;
  const letter password{
      .from = "Railway <account@railway.example>",
      .subject = "Confirm your address",
      .body = "Please confirm your address within ten days.\n"};
  w.add("expired", "came long after its signature had expired",
        {result::none, level::unverified},
        w.sign(w.compose(password, "confirm", old), "railway.example", rsa, old,
               old + 240h),
        day + 3h);
}

void add_forged_mails(writer& w) {
  const time_point day = w.now() - 8h;
  const letter newsletter{.from = "Town library <library@town.example>",
                          .subject = "New books in March",
                          .body = "Come and see them.\n"};
  w.add("unsigned", "an honest mail without a signature",
        {result::none, level::unverified}, w.compose(newsletter, "books", day),
        day);

  // 星空銀行, 【重要】お取引の確認
  const letter phish{
      .from = "=?utf-8?B?5pif56m66YqA6KGM?= <info@hosh1zora-bank.example>",
      .subject = "=?utf-8?B?44CQ6YeN6KaB44CR44GK5Y+W5byV44Gu56K66KqN?=",
      .body =
          "Dear customer,\n\nyour account was locked. Unlock it at\n"
          "https://www.hosh1zora-bank.example/login\n"};
  w.add("look-alike",
        "a bank's name on a look-alike domain (1 for i), well signed by it",
        {result::pass, level::forged},
        w.sign(w.compose(phish, "phish", day + 1h), "hosh1zora-bank.example",
               rsa, day + 1h),
        day + 1h);

  const std::string forged = fmt::format(
      "X-DKIM-Check: pass\r\nX-Mekiki-Verdict: genuine\r\n"
      "Authentication-Results: {};\r\n\tdkim=pass "
      "header.d=hoshizora-bank.example\r\n",
      demo_authserv_id);
  w.add("forged-fields",
        "a forged bank mail that brings its own X-DKIM-Check: pass",
        {result::none, level::forged},
        forged + w.compose(bank, "transfer-3", day + 2h), day + 2h, forger);

  const letter own{.from = "Demo <demo@user.example>",
                   .subject = "I know your password",
                   .body = "Pay, or everybody will see your pictures.\n"};
  w.add("own-address", "a threat that seems to come from you yourself",
        {result::none, level::forged}, w.compose(own, "threat", day + 3h),
        day + 3h, forger);
}

}  // namespace

verdict::settings demo_verdict_settings() {
  verdict::settings s;
  s.providers = {{.upstream = "localhost", .mail_domain = "user.example"}};
  s.watched = {"hoshizora-bank.example"};
  return s;
}

expected<demo_mailbox, std::string> make_demo_mails(time_point now) {
  try {
    writer w(now);
    add_good_mails(w);
    add_changed_mails(w);
    add_forged_mails(w);
    return w.finish();
  } catch (const std::exception& error) {
    return unexpected(std::string(error.what()));
  }
}

}  // namespace mekiki::demo
