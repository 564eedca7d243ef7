#include "app/story.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/report.hpp"
#include "app/terminal.hpp"
#include "app/units.hpp"
#include "auth/dkim/errc.hpp"
#include "auth/dkim/tag_list.hpp"
#include "base/ascii.hpp"
#include "message/received.hpp"
#include "verdict/border.hpp"
#include "verdict/display_name.hpp"

namespace mekiki::app {
namespace {

using verdict::border_status;

constexpr std::size_t most_told = 20;  // of whatever the sender can repeat
constexpr std::size_t longest_record = 200;

// Words ----------------------------------------------------------------

std::string heading(std::string_view text) {
  return fmt::format("\n  {}\n", paint(colour::bold, text));
}

std::string line(std::string_view name, std::string_view text) {
  return fmt::format("    {:<12} {}\n", name, text);
}

std::string result_line(std::string_view word, std::string_view reason) {
  return line("result",
              fmt::format("{}{}{}", paint_result(word),
                          reason.empty() ? "" : ": ", printable(reason)));
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
  return format_time(time_point(std::chrono::seconds(unix_seconds)));
}

/// "3 days" and so on: only how long, roughly.
std::string roughly(std::int64_t seconds) {
  const auto say = [](std::int64_t n, std::string_view unit) {
    return fmt::format("{} {}{}", n, unit, n == 1 ? "" : "s");
  };
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  constexpr std::int64_t day = 24 * hour;
  if (seconds < 2 * minute)
    return say(seconds, "second");
  if (seconds < 2 * hour)
    return say(seconds / minute, "minute");
  if (seconds < 2 * day)
    return say(seconds / hour, "hour");
  return say(seconds / day, "day");
}

std::string delay(std::int64_t from, std::int64_t to) {
  // Compared before subtracting: a sender writes any year.
  constexpr std::int64_t most = 1LL << 40;
  if (from < -most || from > most || to < -most || to > most)
    return "";
  if (to < from)
    return fmt::format(", {} before the last (the clocks differ)",
                       roughly(from - to));
  return to == from ? "" : fmt::format(", {} later", roughly(to - from));
}

// The DNS --------------------------------------------------------------

std::string outcome(const dns::answer& a) {
  std::vector<std::string> records = a.texts;
  records.insert(records.end(), a.names.begin(), a.names.end());
  for (const ip_address& address : a.addresses)
    records.push_back(mekiki::format(address));
  for (const auto& mx : a.exchanges)
    records.push_back(fmt::format("{} {}", mx.preference, mx.host));
  if (a.status != dns::status::success || records.empty())
    return std::string(describe(a.status));
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

std::string note(const dns_note& n) {
  return fmt::format("{} {}: {}{}", to_string(n.asked.type),
                     printable(n.asked.name), outcome(*n.answer),
                     n.answer->authentic ? " (DNSSEC)" : "");
}

/// The notes about TXT records whose names begin with `prefix` and lie in or
/// above `domain`.
std::string records(const told_mail& mail, std::string_view prefix,
                    std::string_view domain) {
  std::string out;
  for (const dns_note& n : mail.dns) {
    if (n.asked.type != dns::record_type::txt ||
        !n.asked.name.starts_with(prefix))
      continue;
    const std::string_view at =
        std::string_view(n.asked.name).substr(prefix.size());
    if (domain == at || (domain.ends_with(at) && domain.size() > at.size() &&
                         domain[domain.size() - at.size() - 1] == '.')) {
      out += line(out.empty() ? "record" : "", note(n));
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
    case border_status::broken_chain:
      return "the host that the field above records did not write this one";
    case border_status::dns_unavailable:
      return "the DNS could not tell for now which hosts are the provider's";
    case border_status::too_many_hops:
      return "there are more hops inside than are looked at";
  }
  return "";
}

std::string tell_hop(const verdict::hop& h, std::string_view value) {
  if (!h.readable)
    return "cannot be read: " + shortened(value, 200);
  std::string out;
  if (h.has_from) {
    out = h.address ? fmt::format("from [{}]", mekiki::format(*h.address))
                    : std::string("from an address that is not recorded");
    if (!h.reverse_name.empty())
      out += fmt::format(", named {}", printable(h.reverse_name));
    if (!h.helo.empty())
      out += fmt::format(", calling itself {}", printable(h.helo));
  } else {
    out = h.within_host ? "within one host" : "from no other host";
  }
  if (!h.by.empty())
    out += fmt::format(", to {}", printable(h.by));
  const auto read = message::parse_received(value);
  if (read && !read->protocol.empty())
    out += fmt::format(", by {}", shortened(read->protocol, 60));
  if (h.tls)
    out += ", with TLS";
  if (h.authenticated)
    out += ", logged in";
  return out;
}

enum class zone { outside, border, inside };

zone zone_of(std::size_t field, const std::optional<verdict::border>& b) {
  if (!b || !b->field || field > *b->field)
    return zone::outside;
  return field == *b->field ? zone::border : zone::inside;
}

std::string tell_border(const verdict::border& b) {
  std::string out =
      fmt::format("       {} {}\n",
                  paint(colour::bold, b.status == border_status::found
                                          ? "^ border:"
                                          : "^ no certain border:"),
                  describe(b.status));
  if (b.status != border_status::found)
    return out;
  if (!b.time)
    out += "         it is not certain: the field has no time\n";
  if (b.by_domain_only)
    out +=
        "         it is not certain: a host counts as the provider's by its "
        "name alone\n";
  if (b.provider_unknown)
    out +=
        "         it is not certain: nothing is known of the provider's hosts; "
        "--account tells\n";
  out += b.mail_from
             ? fmt::format("         envelope sender: <{}>\n",
                           printable(*b.mail_from))
             : "         the envelope sender is not recorded for sure\n";
  return out;
}

// From first to last, which is from the bottom up.
std::string tell_way(const message::header_view& header,
                     const verdict::facts& known) {
  std::string out = heading("The way it came, first to last");
  const verdict::trace trace = verdict::trace_of(header);
  if (trace.hops.empty())
    return out + "    no Received field tells\n";
  if (trace.more_hops)
    out += "    (older ones are not looked at)\n";
  const auto& border = known.entered;
  std::optional<zone> last_zone;
  std::optional<std::int64_t> last_time;
  for (std::size_t i = trace.hops.size(); i-- > 0;) {
    const verdict::hop& h = trace.hops[i];
    const zone where = zone_of(h.field, border);
    if (where == zone::outside && !last_zone)
      out += "    Written by the sender's side, may be invented:\n";
    if (where != zone::outside &&
        last_zone.value_or(zone::outside) == zone::outside)
      out += "    Written by the provider:\n";
    last_zone = where;
    out += fmt::format("    {:>2} {}{}\n", trace.hops.size() - i,
                       h.time ? when(*h.time) : std::string("(no time)"),
                       h.time && last_time ? delay(*last_time, *h.time) : "");
    out +=
        fmt::format("       {}\n", tell_hop(h, header.fields[h.field].value));
    if (where == zone::border)
      out += tell_border(*border);
    if (h.time)
      last_time = h.time;
  }
  if (!border)
    out += "    The border was not looked for: the facts are given by hand.\n";
  else if (!border->field)
    out += fmt::format("    No certain border: {}\n", describe(border->status));
  return out;
}

// The checks -----------------------------------------------------------

std::string tell_author(const verdict::header_facts& h) {
  if (h.author_count == 0)
    return "  Author: none; the From field has no address\n";
  std::string out = fmt::format(
      "  Author: {}{}\n", printable(h.author),
      h.author_count > 1 ? fmt::format(" and {} more", h.author_count - 1)
                         : "");
  if (!h.display_name.empty())
    out += fmt::format("  Shown as: {}\n",
                       printable(verdict::readable(h.display_name)));
  if (!h.list_id.empty())
    out +=
        fmt::format("  Mailing list, as it says: {}\n", printable(h.list_id));
  return out;
}

std::string tell_signature(const told_mail& mail,
                           const dkim::signature_result& s) {
  std::string out;
  if (!s.domain.empty()) {
    out += line("signer", fmt::format("{} (identity {})", printable(s.domain),
                                      printable(s.identity)));
  }
  if (!s.algorithm.empty())
    out += line("algorithm", printable(s.algorithm));
  if (s.signed_at)
    out += line("signed at", when(*s.signed_at));
  if (s.expires_at)
    out += line("expires at", when(*s.expires_at));
  if (!s.signed_fields.empty()) {
    out += line("fields",
                printable(fmt::format("{}", fmt::join(s.signed_fields, ", "))));
  }
  if (!s.selector.empty())
    out += records(mail, s.selector + "._domainkey.", s.domain);
  if (s.key_bits > 0) {
    out += line("key", fmt::format("{} bits{}{}", s.key_bits,
                                   s.authentic_key ? ", proven by DNSSEC" : "",
                                   s.testing ? ", in test mode" : ""));
  }
  if (s.partial) {
    out += line("body", fmt::format("only the first {} of {} octets are signed",
                                    s.body_covered, s.body_octets));
  } else if (s.body_octets > 0) {
    out += line("body", fmt::format("{} octets, all signed", s.body_octets));
  }
  return out + result_line(to_string(s.status), s.reason);
}

std::string tell_dkim(const told_mail& mail) {
  const auto& signatures = mail.verdict.known.dkim;
  if (signatures.empty())
    return heading("DKIM") + "    the mail carries no signature\n";
  std::string out;
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    out += heading(
        fmt::format("DKIM signature {} of {}", i + 1, signatures.size()));
    out += tell_signature(mail, signatures[i]);
  }
  if (mail.verdict.known.key_remembered)
    out += line("", "with a key remembered from earlier mails");
  return out;
}

std::string tag(std::string_view value, std::string_view name) {
  const auto tags = dkim::parse_tag_list(value, dkim::empty_elements::ignored);
  const dkim::tag_view* found = tags ? tags->find(name) : nullptr;
  return found == nullptr ? "(unreadable)" : shortened(found->value, 100);
}

std::string tell_domainkeys(const message::header_view& header) {
  std::string out;
  std::size_t told = 0;
  for (const message::field_view& f : header.fields) {
    if (!ascii::iequals(f.name, "domainkey-signature"))
      continue;
    if (told == 0)
      out = heading("DomainKeys (RFC 4870, historic: named, not checked)");
    if (++told <= most_told) {
      out += line("signer", fmt::format("{} (selector {})", tag(f.value, "d"),
                                        tag(f.value, "s")));
    }
  }
  if (told > most_told)
    out += line("", fmt::format("and {} more", told - most_told));
  return out;
}

std::string tell_spf(const told_mail& mail) {
  const verdict::facts& known = mail.verdict.known;
  const verdict::spf_facts& spf = known.spf;
  std::string out = heading("SPF");
  switch (spf.source) {
    case verdict::spf_source::left_out:
      return out + line("left out", known.entered
                                        ? describe(known.entered->status)
                                        : "nothing is known to check");
    case verdict::spf_source::reported:
      return out +
             line("reported by", printable(spf.reporter) +
                                     ": it alone proves nothing, as we could "
                                     "not look ourselves") +
             line("domain", printable(spf.outcome.domain)) +
             result_line(to_string(spf.outcome.status), "");
    case verdict::spf_source::border:
      out += line("facts from", "the border's Received field");
      break;
    case verdict::spf_source::given:
      out += line("facts from", "what was given by hand");
      break;
  }
  out +=
      line("asked",
           fmt::format("may {} send mail of {}?", mekiki::format(spf.asked.ip),
                       spf.by_helo ? "postmaster@" + printable(spf.asked.helo)
                                   : printable(spf.asked.mail_from)));
  constexpr std::size_t most_steps = 200;
  for (std::size_t i = 0; i < mail.spf_steps.size() && i < most_steps; ++i)
    out += "  " + tell(mail.spf_steps[i]);
  if (!spf.outcome.explanation.empty())
    out += line("explanation", printable(spf.outcome.explanation));
  return out + result_line(to_string(spf.outcome.status), spf.outcome.reason);
}

std::string tell_arc(const told_mail& mail) {
  const arc::chain_result& arc = mail.verdict.known.arc;
  if (arc.code == arc::errc::no_chain)
    return heading("ARC") + "    the mail has no ARC chain\n";
  std::string out = heading("ARC");
  const auto word = [](const std::optional<dkim::errc>& code) {
    return code ? std::string(dkim::describe(*code))
                : std::string("not looked at");
  };
  for (std::size_t i = 0; i < arc.instances.size() && i < most_told; ++i) {
    const arc::instance_result& set = arc.instances[i];
    out += line(
        fmt::format("instance {}", i + 1),
        fmt::format(
            "sealed by {}{}", printable(set.domain),
            set.sealed_at ? fmt::format(" at {}", when(*set.sealed_at)) : ""));
    out += line("", "seal: " + word(set.seal));
    out += line("", "signature of the mail: " + word(set.message));
    out += line("", "it saw: " + shortened(set.authentication_results, 300));
  }
  if (arc.oldest_pass) {
    out += line("unchanged",
                *arc.oldest_pass == 0
                    ? std::string("since the first instance")
                    : fmt::format("since instance {}", *arc.oldest_pass));
  }
  return out + result_line(to_string(arc.status), arc.reason);
}

std::string tell_dmarc(const told_mail& mail) {
  const dmarc::outcome& dmarc = mail.verdict.known.dmarc;
  std::string out = heading(fmt::format("DMARC ({})", to_string(dmarc.rules)));
  if (dmarc.record.empty())
    out += records(mail, "_dmarc.", dmarc.author_domain);
  // Indented as the lines of the other checks.
  const std::string lines = tell(dmarc);
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = lines.find('\n', begin) + 1;
    out += "  " + lines.substr(begin, end - begin);
    begin = end;
  }
  return out;
}

std::string_view describe_iprev(auth::result status) {
  switch (status) {
    case auth::result::pass:
      return "the name leads back to the address";
    case auth::result::fail:
      return "no name of the address leads back to it";
    case auth::result::permerror:
      return "the address has no name";
    default:
      return "the DNS gave no answer for now";
  }
}

std::string tell_historic(const told_mail& mail) {
  const verdict::facts& known = mail.verdict.known;
  std::string out;
  if (known.senderid) {
    out += heading("Sender ID (historic)");
    if (!known.senderid->address.empty()) {
      out += line("responsible", fmt::format("{}, named by {}",
                                             printable(known.senderid->address),
                                             printable(known.senderid->field)));
    }
    out +=
        result_line(to_string(known.senderid->status), known.senderid->reason);
  }
  if (known.adsp) {
    out += heading("ADSP (historic)");
    out += records(mail, "_adsp._domainkey.", known.header.author_domain);
    out += result_line(to_string(*known.adsp), describe(*known.adsp));
  }
  if (known.iprev) {
    out += heading("Reverse name (iprev)");
    out += line("address", mekiki::format(known.iprev->client));
    if (!known.iprev->name.empty())
      out += line("name", printable(known.iprev->name));
    out += result_line(to_string(known.iprev->status),
                       describe_iprev(known.iprev->status));
  }
  return out;
}

std::string tell_reports(const verdict::facts& known) {
  if (known.provider.empty())
    return "";
  std::string out = heading("Results that the provider itself wrote");
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

std::string tell_change(const verdict::facts& known) {
  if (!known.changed)
    return "";
  const verdict::change& c = *known.changed;
  std::string out = heading("Changed on the way");
  out += line("undone", fmt::format("signature {} fits once this is taken "
                                    "back: {}",
                                    c.signature + 1, fmt::join(c.steps, ", ")));
  out += line("", c.addition_only ? "nothing but an addition"
                                  : "more than an addition");
  if (!c.added.links.empty()) {
    out +=
        line("links added",
             shortened(fmt::format("{}", fmt::join(c.added.links, ", ")), 300));
  }
  return out + line("learned", c.learned.learned
                                   ? "the same came on mails of many authors"
                                   : "not met often enough");
}

std::string tell_findings(const verdict::facts& known) {
  if (known.findings.empty())
    return "";
  std::string out = heading("What may deceive the eye");
  for (std::size_t i = 0; i < known.findings.size() && i < most_told; ++i) {
    const verdict::finding& f = known.findings[i];
    out +=
        line(to_string(f.what),
             fmt::format("{}{}", printable(f.seen),
                         f.like.empty() ? "" : ", like " + printable(f.like)));
  }
  return out;
}

std::string tell_tally(const verdict::tally& t) {
  if (t.mails == 0)
    return "none";
  return fmt::format("{} on {} day{}, {} to {}", t.mails, t.days,
                     t.days == 1 ? "" : "s", when(t.first).substr(0, 10),
                     when(t.last).substr(0, 10));
}

std::string tell_history(const verdict::facts& known) {
  std::string out = heading("Earlier mails");
  const verdict::history_answer& past = known.past;
  if (!past.available)
    return out + "    no history was asked\n";
  if (past.pairs.empty())
    out += "    no mail of this author's domain was proven before\n";
  for (std::size_t i = 0; i < past.pairs.size() && i < most_told; ++i) {
    const verdict::pair_record& p = past.pairs[i];
    out += line("proven by", fmt::format("{}: {}{}", printable(p.signer),
                                         tell_tally(p.passed),
                                         is_known(p.passed) ? "; known" : ""));
  }
  if (past.habits.proven.mails + past.habits.unproven.mails > 0) {
    out += line("signed", tell_tally(past.habits.proven));
    out += line("not signed", tell_tally(past.habits.unproven));
  }
  for (std::size_t i = 0; i < past.list_signers.size() && i < most_told; ++i) {
    const verdict::pair_record& p = past.list_signers[i];
    out += line("the list", fmt::format("{}: {}", printable(p.signer),
                                        tell_tally(p.passed)));
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

std::string tell_dns(const told_mail& mail) {
  if (mail.dns.empty())
    return "";
  std::string out = heading("What the DNS said");
  for (const dns_note& n : mail.dns)
    out += paint(colour::faint, "    " + note(n)) + "\n";
  return out;
}

}  // namespace

std::string story(const told_mail& mail, notify::language in) {
  const verdict::judgement& v = mail.verdict;
  const message::header_view header = message::parse_header(mail.header);
  std::string out;
  if (!mail.file.empty())
    out = paint(colour::bold, printable(mail.file)) + "\n\n";
  if (v.is_judged())
    out += tell_author(v.known.header);
  out += fmt::format("  Verdict: {}\n",
                     paint_result(verdict::to_string(v.result.what)));
  out += fmt::format("  {}\n", sentence(v, in));
  if (v.is_judged()) {
    out += tell_way(header, v.known);
    out += tell_dkim(mail);
    out += tell_domainkeys(header);
    out += tell_spf(mail);
    out += tell_arc(mail);
    out += tell_dmarc(mail);
    out += tell_historic(mail);
    out += tell_reports(v.known);
    out += tell_change(v.known);
    out += tell_findings(v.known);
    out += tell_history(v.known);
  }
  out += tell_dns(mail);
  out += heading("What Mekiki writes into the mail");
  out += fmt::format("    X-DKIM-Check: {}\n",
                     paint_result(to_string(v.dkim_check)));
  out += tell_results(authres::format_value(mail.authserv_id, v.results));
  out += fmt::format("    X-Mekiki-Verdict: {}\n",
                     verdict::to_string(v.result.what));
  out +=
      fmt::format("    X-Mekiki-Reason: {}\n", printable(format(v.result.why)));
  return out;
}

}  // namespace mekiki::app
