#include "cli/story.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "auth/dkim/errc.hpp"
#include "auth/dkim/tag_list.hpp"
#include "base/ascii.hpp"
#include "base/printable.hpp"
#include "cli/report.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"
#include "config/units.hpp"
#include "message/received.hpp"
#include "mime/encoded_word.hpp"
#include "notify/words/reasons.hpp"
#include "notify/words/shown_name.hpp"
#include "verdict/border.hpp"
#include "verdict/results.hpp"

namespace mekiki::cli {
namespace {

using notify::language;
using verdict::border_status;

constexpr std::size_t most_told = 20;  // of whatever the sender can repeat
constexpr std::size_t longest_record = 200;

// Words ----------------------------------------------------------------

std::string heading(std::string_view text) {
  return fmt::format("\n  {}\n", paint(colour::bold, text));
}

/// The only line of its part.
std::string only_line(std::string_view text) {
  return fmt::format("    {}\n", text);
}

std::string line(std::string_view name, std::string_view text) {
  return fmt::format("    {:<12} {}\n", name, text);
}

std::string result_line(language in, std::string_view word,
                        std::string_view reason) {
  return line(
      say(in, "result"),
      fmt::format("{}{}{}", paint_result(word), reason.empty() ? "" : ": ",
                  printable(notify::check_reason(reason, in))));
}

/// Text of strangers in one line, without folds.
std::string shortened(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : ascii::trim(text.substr(0, most + 1))) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (space && out.ends_with(' '))
      continue;
    out += space ? ' ' : c;
  }
  const bool cut = text.size() > most;
  if (out.size() > most)
    out.resize(most);
  return printable(out) + (cut ? "..." : "");
}

std::string when(std::int64_t unix_seconds) {
  constexpr std::int64_t most = 9'000'000'000;  // the clock's range
  if (unix_seconds < 0 || unix_seconds > most)
    return fmt::format("{} (Unix time)", unix_seconds);
  return config::format_time(time_point(std::chrono::seconds(unix_seconds)));
}

/// "3 days" and so on: only how long, roughly.
std::string roughly(language in, std::int64_t seconds) {
  const auto count = [in](std::int64_t n, std::string_view one,
                          std::string_view many) {
    return say(in, n == 1 ? one : many, n);
  };
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  if (seconds < 2 * minute)
    return count(seconds, "{} second", "{} seconds");
  if (seconds < 2 * hour)
    return count(seconds / minute, "{} minute", "{} minutes");
  if (seconds < 2 * day)
    return count(seconds / hour, "{} hour", "{} hours");
  return count(seconds / day, "{} day", "{} days");
}

std::string delay(language in, std::int64_t from, std::int64_t to) {
  // Compared before subtracting: a sender writes any year.
  constexpr std::int64_t most = 1LL << 40;
  if (from < -most || from > most || to < -most || to > most)
    return "";
  if (to < from)
    return say(in, ", {} before the last (the clocks differ)",
               roughly(in, from - to));
  return to == from ? "" : say(in, ", {} later", roughly(in, to - from));
}

// The DNS --------------------------------------------------------------

std::string outcome(language in, const dns::answer& a) {
  std::vector<std::string> records = a.texts;
  records.insert(records.end(), a.names.begin(), a.names.end());
  for (const ip_address& address : a.addresses)
    records.push_back(mekiki::format(address));
  for (const auto& mx : a.exchanges)
    records.push_back(fmt::format("{} {}", mx.preference, mx.host));
  if (a.status != dns::status::success || records.empty())
    return std::string(notify::check_phrase(describe(a.status), in));
  std::string out;
  for (const std::string& record : records) {
    if (out.size() > longest_record) {
      out += ", ...";
      break;
    }
    out += fmt::format("{}{}", out.empty() ? "" : ", ",
                       shortened(record, longest_record));
  }
  return out;
}

std::string note(language in, const dns_note& n) {
  return fmt::format("{} {}: {}{}", to_string(n.asked.type),
                     printable(n.asked.name), outcome(in, *n.answer),
                     n.answer->authentic ? " (DNSSEC)" : "");
}

/// The notes about TXT records whose names begin with `prefix` and lie in or
/// above `domain`.
std::string records(language in, const explained_mail& mail,
                    std::string_view prefix, std::string_view domain) {
  std::string out;
  for (const dns_note& n : mail.dns) {
    if (n.asked.type != dns::record_type::txt ||
        !n.asked.name.starts_with(prefix))
      continue;
    const std::string_view at =
        std::string_view(n.asked.name).substr(prefix.size());
    if (domain == at || (domain.ends_with(at) && domain.size() > at.size() &&
                         domain[domain.size() - at.size() - 1] == '.')) {
      out += line(out.empty() ? say(in, "record") : "", note(in, n));
    }
  }
  return out;
}

// The way it came ------------------------------------------------------

/// Why the border is where it is, or why there is none.
std::string_view describe(border_status s) {
  switch (s) {
    case border_status::found:
      return "here the provider took the mail from outside";
    case border_status::no_outside_hop:
      return "no field records a host outside of the provider";
    case border_status::unreadable:
      return "this field of the provider cannot be read for sure";
    case border_status::no_address:
      return "this field of the provider does not record the address of its "
             "client";
    case border_status::local_program:
      return "the mail came from a program on a host of the provider";
    case border_status::submitted:
      return "the client logged in: a user of the provider, not a mail server";
    case border_status::not_smtp:
      return "the client came by no way that mail servers use";
    case border_status::unusable_address:
      return "this address says nothing of who sent the mail";
    case border_status::provider_or_customer:
      return "the client's name is the provider's, but it spoke to the host "
             "that takes mail from outside: the provider's own, or a "
             "customer's";
    case border_status::own_sender:
      return "the provider's own SPF record names the client: a host of the "
             "provider's, or one that sends for its customers";
    case border_status::no_entry:
      return "nothing shows that this host takes mail from outside: its client "
             "may be the provider's own";
    case border_status::broken_chain:
      return "the host that the field above records did not write this one";
    case border_status::contradicted:
      return "another field of the provider names another client: this is not "
             "where the mail came in";
    case border_status::dns_unavailable:
      return "the DNS could not tell for now which hosts are the provider's";
    case border_status::too_many_hops:
      return "there are more hops inside than are looked at";
  }
  return "";
}

/// Naming the provider's hosts may show where the border is.
bool may_be_named(border_status s) {
  return s == border_status::no_outside_hop || s == border_status::no_entry ||
         s == border_status::provider_or_customer ||
         s == border_status::own_sender || s == border_status::not_smtp ||
         s == border_status::too_many_hops;
}

constexpr std::string_view how_to_name =
    "what helps: `mekiki provider learn --account NAME%HOST FOLDER`, or a "
    "[[provider]] in the settings that names its hosts";

/// Why a field counts as written within the provider.
std::string_view describe(verdict::inside_by why) {
  using verdict::inside_by;
  switch (why) {
    case inside_by::same_host:
      return "the host gave the mail to itself";
    case inside_by::own_address:
      return "the host names itself by an address of the provider's network";
    case inside_by::local_socket:
      return "handed over within the host: LMTP without an address";
    case inside_by::network:
      return "the client is in a network of the settings";
    case inside_by::table:
      return "by the built-in table of providers";
    case inside_by::mx_host:
      return "the client has the address of an MX host";
    case inside_by::upstream:
      return "the client has the address of the server that the mail is "
             "fetched from";
    case inside_by::name:
      return "the client's name is the provider's, and the DNS confirms it";
    case inside_by::private_net:
      return "the client has a private address";
    case inside_by::loopback:
      return "the client is the host itself";
    case inside_by::view:
      return "earlier mails, each proven, came through such a host";
  }
  return "";
}

/// Why strangers are thought to reach the border's host.
std::string_view describe(verdict::entry_reason why) {
  using verdict::entry_reason;
  switch (why) {
    case entry_reason::none:
      return "";
    case entry_reason::table:
      return "the built-in table of providers lists this host: {}";
    case entry_reason::mx_host:
      return "this host is an MX host";
    case entry_reason::network:
      return "a host in a network of the settings got the mail from this one";
    case entry_reason::domain:
      return "this host's name is the provider's";
    case entry_reason::upstream:
      return "this host belongs to the server that the mail is fetched from";
    case entry_reason::view:
      return "earlier mails, each proven, came in at this host";
  }
  return "";
}

std::string tell_hop(language in, const verdict::hop& h,
                     std::string_view value) {
  if (!h.readable)
    return say(in, "cannot be read: {}", shortened(value, 200));
  std::string out;
  if (h.has_from) {
    out = h.address
              ? say(in, "from [{}]", mekiki::format(*h.address))
              : std::string(say(in, "from an address that is not recorded"));
    if (!h.reverse_name.empty())
      out += say(in, ", named {}", printable(h.reverse_name));
    if (!h.helo.empty())
      out += say(in, ", calling itself {}", printable(h.helo));
  } else {
    out = say(in, h.within_host ? "within one host" : "from no other host");
  }
  if (!h.by.empty())
    out += say(in, ", to {}", printable(h.by));
  const auto read = message::parse_received(value);
  if (read && !read->protocol.empty())
    out += say(in, ", by {}", shortened(read->protocol, 60));
  if (h.tls)
    out += say(in, ", with TLS");
  if (h.authenticated)
    out += say(in, ", logged in");
  return out;
}

enum class zone { outside, border, inside };

/// A field that breaks the chain was not written by the host above it.
zone zone_of(std::size_t field, const std::optional<verdict::border>& b) {
  if (!b || !b->field || field > *b->field ||
      (field == *b->field && b->status == border_status::broken_chain))
    return zone::outside;
  return field == *b->field ? zone::border : zone::inside;
}

std::string tell_inside(language in, const verdict::border& b,
                        std::size_t field) {
  const auto hop =
      std::ranges::find(b.inside, field, &verdict::inside_hop::field);
  if (hop == b.inside.end())
    return {};
  return fmt::format("       {} {}\n",
                     paint(colour::bold, say(in, "^ inside:")),
                     say(in, describe(hop->why)));
}

std::string tell_border(language in, const message::header_view& header,
                        const verdict::border& b, bool is_old) {
  const bool found = b.status == border_status::found;
  std::string out =
      fmt::format("       {} {}\n",
                  paint(colour::bold,
                        say(in, found ? "^ border:" : "^ no certain border:")),
                  say(in, describe(b.status)));
  const auto add = [&out](std::string_view text) {
    out += fmt::format("         {}\n", text);
  };
  if (b.table_refuted) {
    add(say(in,
            "the built-in table of providers is not used: earlier mails, each "
            "proven, came in elsewhere"));
  }
  if (may_be_named(b.status))
    add(say(in, how_to_name));
  if (!found)
    return out;
  // Said below with what follows from it.
  const bool is_said = b.by_view && b.door == verdict::entry_reason::view;
  if (const auto door = describe(b.door); !door.empty() && !is_said)
    add(say(in, door, printable(say(in, b.table))));
  if (!b.time)
    add(say(in, "it is not certain: the field has no time"));
  if (is_old) {
    add(say(in,
            "it accuses nobody any more: the mail came too long ago "
            "(verdict.accuse_within, accuse_unsigned_within); --at judges it "
            "in its time"));
  }
  if (b.by_domain_only) {
    add(say(in,
            "it is not certain: a host counts as the provider's by its name "
            "alone"));
  }
  if (b.through_loopback) {
    add(say(in,
            "it accuses, but proves nothing: a program on the provider's host "
            "could have written it; if nobody else's programs run there, set "
            "mail_only"));
  }
  if (b.by_view) {
    add(say(in,
            "it accuses, but proves nothing: earlier mails, each proven, show "
            "that mail comes in here"));
  }
  if (b.provider_unknown) {
    add(say(in,
            "it is not certain: nothing is known of the provider's hosts; "
            "--account tells"));
  }
  if (b.mail_from && b.mail_from_field &&
      *b.mail_from_field < header.fields.size()) {
    const message::field_view& field = header.fields[*b.mail_from_field];
    add(say(in, "envelope sender: {}, by the field {}",
            *b.mail_from == "@" ? shortened(ascii::trim(field.value), 100)
                                : fmt::format("<{}>", printable(*b.mail_from)),
            printable(field.name)));
  } else if (b.mail_from) {  // as earlier versions kept it
    add(say(in, "envelope sender: <{}>", printable(*b.mail_from)));
  } else {
    add(say(in, "the envelope sender is not recorded for sure"));
  }
  return out;
}

// From first to last, which is from the bottom up.
std::string tell_way(language in, const message::header_view& header,
                     const explained_mail& mail) {
  const verdict::facts& known = mail.verdict.known;
  const std::int64_t accuse_within = mail.accuse_within;
  std::string out = heading(say(in, "The way it came, first to last"));
  if (mail.without_account) {
    out += only_line(
        say(in,
            "Whose mail it is was not told: which hosts are his provider's is "
            "not known. Add --account NAME%HOST."));
  }
  const verdict::trace trace = verdict::trace_of(header);
  if (trace.hops.empty())
    return out + only_line(say(in, "no Received field tells"));
  if (trace.more_hops)
    out += only_line(say(in, "(older ones are not looked at)"));
  const auto& border = known.found_border;
  std::optional<zone> last_zone;
  std::optional<std::int64_t> last_time;
  for (std::size_t i = trace.hops.size(); i-- > 0;) {
    const verdict::hop& h = trace.hops[i];
    const zone where = zone_of(h.field, border);
    if (where == zone::outside && !last_zone)
      out +=
          only_line(say(in, "Written by the sender's side, may be invented:"));
    if (where != zone::outside &&
        last_zone.value_or(zone::outside) == zone::outside)
      out += only_line(say(in, "Written by the provider:"));
    last_zone = where;
    out +=
        fmt::format("    {:>2} {}{}\n", trace.hops.size() - i,
                    h.time ? when(*h.time) : std::string(say(in, "(no time)")),
                    h.time && last_time ? delay(in, *last_time, *h.time) : "");
    out += fmt::format("       {}\n",
                       tell_hop(in, h, header.fields[h.field].value));
    if (where == zone::inside)
      out += tell_inside(in, *border, h.field);
    if (border && border->field == h.field)
      out += tell_border(in, header, *border,
                         accuse_within > 0 && border->time &&
                             known.now - *border->time >= accuse_within);
    if (h.time)
      last_time = h.time;
  }
  if (!border) {
    out += only_line(say(
        in, known.spf.source == verdict::spf_source::session
                ? "The border is this host: it took the mail from the client."
                : "The border was not looked for: the facts are given by "
                  "hand."));
  } else if (!border->field) {
    out += only_line(
        say(in, "No certain border: {}", say(in, describe(border->status))));
    if (may_be_named(border->status))
      out += only_line(say(in, how_to_name));
  }
  return out;
}

// The checks -----------------------------------------------------------

/// Some clients show another field, or read the From field in their own way.
std::string tell_no_author(language in, const verdict::header_facts& h) {
  std::string out = fmt::format(
      "  {}\n", say(in, h.from_fields == 0
                            ? "Author: none; there is no From field"
                            : "Author: none; the From field has no address"));
  for (const std::string& domain : h.author_domains) {
    out += fmt::format(
        "  {}\n",
        say(in, "Judged as a mail of {}, as some mail clients show it",
            domain));
  }
  return out;
}

std::string tell_author(language in, const verdict::header_facts& h,
                        const message::header_view& header) {
  const auto top = [](std::string_view text) {
    return fmt::format("  {}\n", text);
  };
  if (h.author_count == 0)
    return tell_no_author(in, h);
  std::string author = say(in, "Author: {}", printable(h.author));
  std::vector<verdict::shown_author> others;
  if (h.author_count > 1)
    others = verdict::read_header_facts(header).other_authors;
  if (h.author_count > others.size() + 1)
    author += say(in, " and {} more", h.author_count - 1 - others.size());
  std::string out = top(author);
  for (const verdict::shown_author& other : others)
    out += top(say(in, "Author: {}", printable(other.address)));
  if (!h.display_name.empty()) {
    out += top(
        say(in, "Shown as: {}", printable(mime::decode_words(h.display_name))));
  }
  if (h.is_cut) {
    out += top(say(in,
                   "The header is longer than the limit: only a part of it "
                   "was read"));
  }
  if (!h.list_id.empty())
    out += top(say(in, "Mailing list, as it says: {}", printable(h.list_id)));
  return out;
}

std::string tell_signature(language in, const explained_mail& mail,
                           const dkim::signature_result& s) {
  std::string out;
  if (!s.domain.empty()) {
    out += line(say(in, "signer"),
                s.identity.empty()
                    ? printable(s.domain)
                    : say(in, "{} (identity {})", printable(s.domain),
                          printable(s.identity)));
  }
  if (!s.algorithm.empty())
    out += line(say(in, "algorithm"), printable(s.algorithm));
  if (s.signed_at)
    out += line(say(in, "signed at"), when(*s.signed_at));
  if (s.expires_at)
    out += line(say(in, "expires at"), when(*s.expires_at));
  if (!s.signed_fields.empty()) {
    out += line(say(in, "fields"),
                printable(fmt::format("{}", fmt::join(s.signed_fields, ", "))));
  }
  if (!s.selector.empty())
    out += records(in, mail, s.selector + "._domainkey.", s.domain);
  if (s.key_bits > 0) {
    std::string key = say(in, "{} bits", s.key_bits);
    if (s.authentic_key)
      key += say(in, ", proven by DNSSEC");
    if (s.testing)
      key += say(in, ", in test mode");
    out += line(say(in, "key"), key);
  }
  if (s.partial) {
    out += line(say(in, "body"),
                say(in, "only the first {} of {} octets are signed",
                    s.body_covered, s.body_octets));
  } else if (s.code == dkim::errc::body_too_short) {
    out += line(say(in, "body"),
                say(in, "{} octets, fewer than were signed", s.body_octets));
  } else if (s.body_octets > 0) {
    out +=
        line(say(in, "body"), say(in, "{} octets, all signed", s.body_octets));
  }
  return out + result_line(in, to_string(s.status), s.reason);
}

std::string tell_dkim(language in, const explained_mail& mail) {
  const auto& signatures = mail.verdict.known.dkim;
  if (signatures.empty()) {
    return heading("DKIM") +
           only_line(say(in, mail.verdict.known.header.is_cut
                                 ? "no signature stands in the part of the "
                                   "header that was read"
                                 : "the mail carries no signature"));
  }
  std::string out;
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    out +=
        heading(say(in, "DKIM signature {} of {}", i + 1, signatures.size()));
    out += tell_signature(in, mail, signatures[i]);
  }
  if (mail.verdict.known.key_remembered)
    out += line("", say(in, "with a key remembered from earlier mails"));
  return out;
}

std::string tag(std::string_view value, std::string_view name) {
  const auto tags = dkim::parse_tag_list(value, dkim::empty_elements::ignored);
  const dkim::tag_view* found = tags ? tags->find(name) : nullptr;
  return found == nullptr ? "(unreadable)" : shortened(found->value, 100);
}

std::string tell_domainkeys(language in, const message::header_view& header) {
  std::string out;
  std::size_t told = 0;
  for (const message::field_view& f : header.fields) {
    if (!ascii::iequals(f.name, "domainkey-signature"))
      continue;
    if (told == 0)
      out = heading(
          say(in, "DomainKeys (RFC 4870, historic: named, not checked)"));
    if (++told <= most_told) {
      out += line(say(in, "signer"), say(in, "{} (selector {})",
                                         tag(f.value, "d"), tag(f.value, "s")));
    }
  }
  if (told > most_told)
    out += line("", say(in, "and {} more", told - most_told));
  return out;
}

std::string tell_spf(language in, const explained_mail& mail) {
  const verdict::facts& known = mail.verdict.known;
  const verdict::spf_facts& spf = known.spf;
  std::string out = heading("SPF");
  switch (spf.source) {
    case verdict::spf_source::left_out:
      return out + line(say(in, "left out"),
                        say(in, known.found_border
                                    ? describe(known.found_border->status)
                                    : "nothing is known to check"));
    case verdict::spf_source::reported:
      return out +
             line(say(in, "reported by"),
                  say(in,
                      "{}: it alone proves nothing, as we could "
                      "not look ourselves",
                      printable(spf.reporter))) +
             line(say(in, "domain"), printable(spf.outcome.domain)) +
             result_line(in, to_string(spf.outcome.status), "");
    case verdict::spf_source::border:
      out +=
          line(say(in, "facts from"), say(in, "the border's Received field"));
      break;
    case verdict::spf_source::given:
      out += line(say(in, "facts from"), say(in, "what was given by hand"));
      break;
    case verdict::spf_source::session:
      out += line(say(in, "facts from"), say(in, "the SMTP session"));
      break;
  }
  out += line(say(in, "asked"),
              say(in, "may {} send mail of {}?", mekiki::format(spf.asked.ip),
                  spf.by_helo ? "postmaster@" + printable(spf.asked.helo)
                  : spf.asked.mail_from == "@"
                      ? std::string(say(in, "an address without a domain"))
                      : printable(spf.asked.mail_from)));
  constexpr std::size_t most_steps = 200;
  for (std::size_t i = 0; i < mail.spf_steps.size() && i < most_steps; ++i)
    out += "  " + tell(mail.spf_steps[i], in);
  if (!spf.outcome.explanation.empty())
    out +=
        line(say(in, "explanation"), say(in, "the domain's own words: \"{}\"",
                                         printable(spf.outcome.explanation)));
  return out +
         result_line(in, to_string(spf.outcome.status), spf.outcome.reason);
}

std::string tell_arc(language in, const explained_mail& mail) {
  const arc::chain_result& arc = mail.verdict.known.arc;
  if (arc.code == arc::errc::no_chain)
    return heading("ARC") + only_line(say(in, "the mail has no ARC chain"));
  std::string out = heading("ARC");
  const auto word = [in](const std::optional<dkim::errc>& code) {
    return code ? notify::check_phrase(dkim::describe(*code), in)
                : say(in, "not looked at");
  };
  for (std::size_t i = 0; i < arc.instances.size() && i < most_told; ++i) {
    const arc::instance_result& set = arc.instances[i];
    out += line(say(in, "instance {}", i + 1),
                set.sealed_at ? say(in, "sealed by {} at {}",
                                    printable(set.domain), when(*set.sealed_at))
                              : say(in, "sealed by {}", printable(set.domain)));
    out += line("", say(in, "seal: {}", word(set.seal)));
    out += line("", say(in, "signature of the mail: {}", word(set.message)));
    out += line(
        "", say(in, "it saw: {}", shortened(set.authentication_results, 300)));
  }
  if (arc.oldest_pass) {
    out += line(say(in, "unchanged"),
                *arc.oldest_pass == 0
                    ? std::string(say(in, "since the first instance"))
                    : say(in, "since instance {}", *arc.oldest_pass));
  }
  return out + result_line(in, to_string(arc.status), arc.reason);
}

std::string tell_dmarc(language in, const explained_mail& mail) {
  dmarc::outcome dmarc = mail.verdict.known.dmarc;
  dmarc.reason = verdict::dmarc_reason(mail.verdict.known);
  std::string out = heading(fmt::format("DMARC ({})", to_string(dmarc.rules)));
  if (dmarc.record.empty())
    out += records(in, mail, "_dmarc.", dmarc.author_domain);
  // Indented as the lines of the other checks.
  const bool is_left_out =
      mail.verdict.known.spf.source == verdict::spf_source::left_out;
  const std::string lines =
      tell(dmarc, in, is_left_out ? spf_check::left_out : spf_check::made);
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = lines.find('\n', begin) + 1;
    out += "  " + lines.substr(begin, end - begin);
    begin = end;
  }
  return out;
}

std::string_view describe_iprev(language in, auth::result status) {
  switch (status) {
    case auth::result::pass:
      return say(in, "the name leads back to the address");
    case auth::result::fail:
      return say(in, "no name of the address leads back to it");
    case auth::result::permerror:
      return say(in, "the address has no name");
    default:
      return "the DNS gave no answer for now";
  }
}

std::string tell_historic(language in, const explained_mail& mail) {
  const verdict::facts& known = mail.verdict.known;
  std::string out;
  if (known.senderid) {
    out += heading(say(in, "Sender ID (historic)"));
    if (!known.senderid->address.empty()) {
      out += line(say(in, "responsible"),
                  say(in, "{}, named by {}", printable(known.senderid->address),
                      printable(known.senderid->field)));
    }
    out += result_line(in, to_string(known.senderid->status),
                       known.senderid->reason);
  }
  if (known.adsp) {
    out += heading(say(in, "ADSP (historic)"));
    out += records(in, mail, "_adsp._domainkey.", known.header.author_domain);
    out += result_line(in, to_string(*known.adsp), describe(*known.adsp));
  }
  if (known.iprev) {
    out += heading(say(in, "Reverse name (iprev)"));
    out += line(say(in, "address"), mekiki::format(known.iprev->client));
    if (!known.iprev->name.empty())
      out += line(say(in, "name"), printable(known.iprev->name));
    out += result_line(in, to_string(known.iprev->status),
                       describe_iprev(in, known.iprev->status));
  }
  return out;
}

std::string tell_reports(language in, const verdict::facts& known) {
  if (known.provider.empty())
    return "";
  std::string out = heading(say(in, "Results that the provider itself wrote"));
  for (std::size_t i = 0; i < known.provider.size() && i < most_told; ++i) {
    const verdict::reported& r = known.provider[i];
    std::string properties;
    for (const authres::property& p : r.result.properties)
      properties += fmt::format(" {}.{}={}", p.ptype, p.name, p.value);
    out += line(printable(r.authserv_id),
                shortened(fmt::format("{}={}{}", r.result.method,
                                      r.result.result, properties),
                          300));
  }
  return out;
}

/// Why a change is no mere addition is not kept. What is not signed may be the
/// cause, since it decides how the signed text is read.
std::string_view describe_extent(const verdict::facts& known) {
  const verdict::change& c = *known.changed;
  if (c.addition_only)
    return "nothing else that is signed was changed";
  const bool is_encoding_signed =
      c.signature >= known.dkim.size() ||
      std::ranges::find(known.dkim[c.signature].signed_fields,
                        "content-transfer-encoding") !=
          known.dkim[c.signature].signed_fields.end();
  return is_encoding_signed
             ? "nothing shows that it is a mere addition"
             : "nothing shows that it is a mere addition: "
               "Content-Transfer-Encoding is not signed, so the text could be "
               "read in another way";
}

/// Of a step of changes::undone.
std::string_view describe_step(std::string_view step) {
  constexpr std::pair<std::string_view, std::string_view> words[] = {
      {"subject-prefix", "a mark before the subject"},
      {"footer", "text at the end"},
      {"part", "a part of its own"},
      {"wrapped", "a cover around it"},
      {"transfer-encoding", "another transfer encoding"},
      {"links", "rewritten links"},
  };
  const auto at = std::ranges::find(
      words, step, &std::pair<std::string_view, std::string_view>::first);
  return at == std::end(words) ? step : at->second;
}

std::string tell_change(language in, const verdict::facts& known) {
  if (!known.changed)
    return "";
  const verdict::change& c = *known.changed;
  std::string steps;
  for (const std::string& step : c.steps) {
    if (!steps.empty())
      steps += in == language::japanese ? "、" : ", ";
    steps += say(in, describe_step(step));
  }
  std::string out = heading(say(in, "Changed on the way"));
  out += line(say(in, "undone"),
              say(in, "signature {} fits once this is taken back: {}",
                  c.signature + 1, steps));
  out += line("", say(in, describe_extent(known)));
  if (!c.added.links.empty()) {
    out +=
        line(say(in, "links added"),
             shortened(fmt::format("{}", fmt::join(c.added.links, ", ")), 300));
  }
  if (c.other_links)
    out += line(
        say(in, "also added"),
        say(in, "what may be a telephone number, or a link without a host"));
  return out + line(say(in, "learned"),
                    say(in, c.learned.learned
                                ? "the same came on mails of many authors"
                                : "not met often enough"));
}

/// {0}: what the mail shows, {1}: what it may be taken for.
std::string_view describe(verdict::finding::kind k) {
  using kind = verdict::finding::kind;
  switch (k) {
    case kind::display_address:
      return "From shows {0}, of another domain than its address";
    case kind::display_name:
      return "the name {0} is that of somebody at {1}";
    case kind::confusable:
      return "{0} has characters that are easily taken for those of {1}";
    case kind::one_edit:
      return "{0} differs from {1} by one slip of a letter";
    case kind::other_suffix:
      return "{0} is {1} with another ending";
    case kind::contained:
      return "{0} has the name of {1} in it";
    case kind::mixed_script:
      return "{0} mixes letters that do not belong together";
    case kind::bidi:
      return "{0} has characters that are invisible or change the direction of "
             "reading";
    case kind::own_address:
      return "{0} is your own address";
    case kind::reply_elsewhere:
      return "Answers go to {0}, not to {1}";
  }
  return "";
}

/// The rule that a mail is distrusted by, as `mekiki trust list` shows it.
std::string tell_rule(language in, const verdict::reason& why) {
  if (why.code != "distrusted" || why.fact("rule").empty())
    return {};
  std::string_view kind = "author";
  for (const std::string_view k : {"signer", "list", "forwarder"}) {
    if (!why.fact(k).empty())
      kind = k;
  }
  return fmt::format("  {}\n", say(in, "The rule: distrust {} {}", kind,
                                   printable(why.fact("rule"))));
}

/// Why the author cannot be read for certain, where that is easily said.
std::string tell_doubt(language in, const verdict::reason& why,
                       const message::header_view& header) {
  const bool is_raw =
      why.code == "unclear-author" &&
      std::ranges::any_of(header.fields, [](const message::field_view& f) {
        return ascii::iequals(f.name, "from") &&
               f.value.find("\x1b$") != f.value.npos;
      });
  return is_raw ? fmt::format(
                      "  {}\n",
                      say(in,
                          "Its name is not encoded: clients that do not decode "
                          "it read \"<\" or \";\" inside of it"))
                : std::string();
}

/// In other languages with the word of X-Mekiki-Verdict beside it.
std::string tell_verdict(language in, verdict::level said) {
  const std::string word = paint_result(verdict::to_string(said));
  return in == language::english
             ? word
             : fmt::format("{}（{}）", say(in, verdict::to_string(said)), word);
}

/// As the sentence has it: a domain also as it is written.
std::string shown(std::string_view seen) {
  constexpr std::size_t most = 200;  // characters
  return notify::visible(seen.find('@') == seen.npos ? notify::full_domain(seen)
                                                     : std::string(seen),
                         most);
}

std::string tell_finding(language in, const verdict::finding& f) {
  return say(in, describe(f.what), shown(f.seen), shown(f.like));
}

/// One's own address deceives nobody where it is proven.
bool may_deceive(const verdict::finding& f, const verdict::judgement& v) {
  using verdict::level;
  const level said = v.result.what;
  const bool is_proven =
      said == level::genuine || said == level::new_ || said == level::altered;
  return f.what != verdict::finding::kind::reply_elsewhere &&
         (f.what != verdict::finding::kind::own_address || !is_proven);
}

std::string tell_findings(language in, const verdict::judgement& v) {
  std::string out;
  std::size_t told = 0;
  for (const verdict::finding& f : v.known.findings) {
    if (!may_deceive(f, v) || ++told > most_told)
      continue;
    if (out.empty())
      out = heading(say(in, "What may deceive the eye"));
    out += only_line(tell_finding(in, f));
  }
  return out;
}

/// Where answers go, if not to the author: many lists ask for that.
std::string tell_replies(language in, const verdict::facts& known) {
  const auto at =
      std::ranges::find(known.findings, verdict::finding::kind::reply_elsewhere,
                        &verdict::finding::what);
  return at == known.findings.end()
             ? ""
             : fmt::format("  {}\n", tell_finding(in, *at));
}

std::string tell_tally(language in, const verdict::tally& t) {
  if (t.mails == 0)
    return std::string(say(in, "none"));
  return say(
      in, t.days == 1 ? "{} on {} day, {} to {}" : "{} on {} days, {} to {}",
      t.mails, t.days, when(t.first).substr(0, 10), when(t.last).substr(0, 10));
}

std::string tell_history(language in, const verdict::facts& known) {
  std::string out = heading(say(in, "Earlier mails"));
  const verdict::history_answer& history = known.history;
  if (!history.available)
    return out + only_line(say(in, "no history was asked"));
  if (history.pairs.empty())
    out +=
        only_line(say(in, "no mail of this author's domain was proven before"));
  for (std::size_t i = 0; i < history.pairs.size() && i < most_told; ++i) {
    const verdict::pair_record& p = history.pairs[i];
    const std::string tally = tell_tally(in, p.passed);
    out += line(
        say(in, "proven by"),
        fmt::format("{}: {}", printable(p.signer),
                    is_known(p.passed) ? say(in, "{}; known", tally) : tally));
  }
  if (history.habits.proven.mails + history.habits.unproven.mails > 0) {
    out += line(say(in, "well signed"), tell_tally(in, history.habits.proven));
    out += line(say(in, "others"), tell_tally(in, history.habits.unproven));
  }
  for (std::size_t i = 0; i < history.list_signers.size() && i < most_told;
       ++i) {
    const verdict::pair_record& p = history.list_signers[i];
    out += line(say(in, "the list"), fmt::format("{}: {}", printable(p.signer),
                                                 tell_tally(in, p.passed)));
  }
  return out;
}

/// One entry a line; what stands in quotes is not the end of one.
std::string tell_results(std::string_view value) {
  std::string out;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= value.size(); ++i) {
    if (i < value.size()) {
      if (quoted && value[i] == '\\')
        ++i;
      else if (value[i] == '"')
        quoted = !quoted;
      if (quoted || i >= value.size() || value[i] != ';')
        continue;
    }
    const std::size_t end = std::min(i + 1, value.size());
    out += fmt::format(
        "{}{}\n", begin == 0 ? "    Authentication-Results: " : "      ",
        printable(ascii::trim(value.substr(begin, end - begin))));
    begin = end;
  }
  return out;
}

std::string tell_dns(language in, const explained_mail& mail) {
  if (mail.dns.empty())
    return "";
  std::string out = heading(say(in, "What the DNS said"));
  for (const dns_note& n : mail.dns)
    out += paint(colour::faint, "    " + note(in, n)) + "\n";
  return out;
}

}  // namespace

std::string story(const explained_mail& mail, language in) {
  const verdict::judgement& v = mail.verdict;
  const message::header_view header = message::parse_header(mail.header);
  std::string out;
  if (!mail.file.empty())
    out = paint(colour::bold, printable(mail.file)) + "\n\n";
  if (v.is_judged())
    out += tell_author(in, v.known.header, header) + tell_replies(in, v.known);
  out += fmt::format("  {}\n",
                     say(in, "Verdict: {}", tell_verdict(in, v.result.what)));
  out += fmt::format("  {}\n", sentence(v, in));
  out += tell_rule(in, v.result.why);
  out += tell_doubt(in, v.result.why, header);
  if (v.is_judged()) {
    out += tell_way(in, header, mail);
    out += tell_dkim(in, mail);
    out += tell_domainkeys(in, header);
    out += tell_spf(in, mail);
    out += tell_arc(in, mail);
    out += tell_dmarc(in, mail);
    out += tell_historic(in, mail);
    out += tell_reports(in, v.known);
    out += tell_change(in, v.known);
    out += tell_findings(in, v);
    out += tell_history(in, v.known);
  }
  out += tell_dns(in, mail);
  out += heading(say(in, "What Mekiki writes into the mail"));
  out += fmt::format("    X-DKIM-Check: {}\n",
                     paint_result(to_string(v.dkim_check)));
  out += tell_results(authres::format_value(mail.authserv_id, v.results));
  out += fmt::format("    X-Mekiki-Verdict: {}\n",
                     verdict::to_string(v.result.what));
  out +=
      fmt::format("    X-Mekiki-Reason: {}\n", printable(encode(v.result.why)));
  return out;
}

}  // namespace mekiki::cli
