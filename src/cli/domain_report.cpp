#include "cli/domain_report.hpp"

#include <algorithm>
#include <ctime>
#include <optional>
#include <string_view>

#include <boost/json/array.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "auth/spf/check_host.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"
#include "cli/zone_text.hpp"
#include "crypto/public_key.hpp"
#include "notify/words/findings.hpp"
#include "notify/words/reasons.hpp"

namespace mekiki::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using notify::language;
using records::finding;
using records::spf_term;

value string_or_null(const std::string& text) {
  return text.empty() ? value(nullptr) : value(to_utf8(text));
}

value flag_or_null(const std::optional<bool>& flag) {
  return flag ? value(*flag) : value(nullptr);
}

value policy_json(const std::optional<dmarc::policy>& p) {
  return p ? value(to_string(*p)) : value(nullptr);
}

std::string remedy_of(const finding& f, language in) {
  std::string out = notify::words_of(f, in).remedy;
  for (const records::zone_line& line : f.publish) {
    out += '\n';
    out += zone_text(line);
  }
  return out;
}

array publish_json(const finding& f) {
  array out;
  for (const records::zone_line& line : f.publish)
    out.push_back(value(zone_text(line)));
  return out;
}

array findings_json(const records::domain_report& report, language in) {
  array out;
  for (const finding& f : report.findings) {
    out.push_back(object{{"id", to_string(f.id)},
                         {"level", to_string(records::level_of(f.id))},
                         {"record", f.record},
                         {"text", notify::words_of(f, in).text},
                         {"remedy", remedy_of(f, in)},
                         {"publish", publish_json(f)}});
  }
  return out;
}

std::string_view word_of(spf_term::state s) {
  switch (s) {
    case spf_term::state::plain:
      break;
    case spf_term::state::ignored:
      return "never looked at";
    case spf_term::state::per_mail:
      return "depends on the mail";
    case spf_term::state::empty:
      return "finds nothing";
    case spf_term::state::crowded:
      return "more than 10 hosts";
    case spf_term::state::silent:
      return "no answer";
    case spf_term::state::loop:
      return "leads back";
    case spf_term::state::uncounted:
      return "not followed";
  }
  return {};
}

/// What is odd about a term; empty if nothing is.
std::string_view note_of(const spf_term& t) {
  if (t.what != spf_term::state::plain)
    return word_of(t.what);
  if (t.below && t.below->code != spf::errc::allowed)
    return spf::describe(t.below->code);
  return {};
}

array terms_json(const records::spf_record& record) {
  array out;
  for (const spf_term& t : record.terms) {
    object term{{"term", to_utf8(t.text)}, {"lookups", t.lookups}};
    const std::string_view note = note_of(t);
    if (!note.empty())
      term["note"] = note;
    if (t.below && !t.below->terms.empty())
      term["terms"] = terms_json(*t.below);
    out.push_back(std::move(term));
  }
  return out;
}

object spf_json(const records::spf_tree& spf) {
  return {{"record", string_or_null(spf.root.text)},
          {"lookups", spf.lookups},
          {"void_lookups", spf.voids},
          {"complete", spf.complete},
          {"terms", terms_json(spf.root)}};
}

object dmarc_json(const records::dmarc_facts& dmarc) {
  const dmarc::record* const record = dmarc.record();
  return {{"record",
           record == nullptr ? value(nullptr) : value(to_utf8(record->text))},
          {"policy_domain", record == nullptr
                                ? value(nullptr)
                                : value(to_utf8(dmarc.found.policy_domain))},
          {"org_domain", string_or_null(dmarc.found.org_domain)},
          {"policy", policy_json(dmarc.policy)},
          {"subdomains", policy_json(dmarc.subdomains)},
          {"nonexistent", policy_json(dmarc.nonexistent)}};
}

array mx_json(const records::mx_facts& mx) {
  array out;
  for (const records::mx_host& host : mx.hosts) {
    array addresses;
    for (const records::reverse_name_facts& r : host.addresses) {
      array names;
      for (const std::string& name : r.names)
        names.push_back(value(to_utf8(name)));
      addresses.push_back(object{{"address", format(r.address)},
                                 {"names", std::move(names)},
                                 {"confirmed", flag_or_null(r.confirmed)}});
    }
    out.push_back(object{{"preference", host.preference},
                         {"host", to_utf8(host.name)},
                         {"addresses", std::move(addresses)}});
  }
  return out;
}

std::string_view key_type(const records::dkim_key& key) {
  return key.record->type == crypto::key_type::rsa ? "rsa" : "ed25519";
}

array dkim_json(const std::vector<records::dkim_key>& keys) {
  array out;
  for (const records::dkim_key& key : keys) {
    const bool has_key = key.bits > 0;
    out.push_back(object{
        {"selector", to_utf8(key.selector)},
        {"code", to_string(key.code)},
        {"type", has_key ? value(key_type(key)) : value(nullptr)},
        {"bits", has_key ? value(key.bits) : value(nullptr)},
        {"testing", key.record ? value(key.record->testing) : value(nullptr)},
        {"first_seen",
         key.first_seen ? value(*key.first_seen) : value(nullptr)}});
  }
  return out;
}

array google_json(const std::vector<records::rule_result>& rules) {
  array out;
  for (const records::rule_result& r : rules) {
    out.push_back(object{{"rule", to_string(r.rule)},
                         {"senders", is_for_bulk(r.rule) ? "bulk" : "all"},
                         {"holds", flag_or_null(r.holds)}});
  }
  return out;
}

value arrived_json(const std::optional<records::arrived_mails>& arrived) {
  if (!arrived)
    return nullptr;
  return object{{"proven", arrived->proven}, {"unproven", arrived->unproven}};
}

// For people.

colour colour_of(std::string_view word) {
  if (word == "bad")
    return colour::red;
  if (word == "warn")
    return colour::yellow;
  return word == "ok" ? colour::green : colour::faint;
}

std::string tell_mx(const records::mx_facts& mx, language in) {
  std::string out = "\nMX\n";
  if (mx.null)
    out += fmt::format("  {}\n", say(in, "takes no mail (RFC 7505)"));
  else if (mx.hosts.empty())
    out += fmt::format("  {}\n", say(in, "none"));
  for (const records::mx_host& host : mx.hosts) {
    out += fmt::format("  {} {}\n", host.preference, printable(host.name));
    for (const records::reverse_name_facts& r : host.addresses) {
      std::string names;
      for (const std::string& name : r.names)
        names += (names.empty() ? "" : ", ") + printable(name);
      if (names.empty())
        names = say(
            in, r.confirmed ? "no reverse name" : "reverse name: not known");
      else if (r.confirmed == false)
        names += say(in, " (does not lead back)");
      out += fmt::format("    {}  {}\n", format(r.address), names);
    }
  }
  return out;
}

void tell_terms(const records::spf_record& record, std::string indent,
                language in, std::string& out) {
  for (std::size_t i = 0; i < record.terms.size(); ++i) {
    const spf_term& t = record.terms[i];
    const bool last = i + 1 == record.terms.size();
    const std::string_view note = note_of(t);
    std::string behind;
    if (t.lookups > 0)
      behind += fmt::format("  [{}]", t.lookups);
    if (!note.empty())
      behind += fmt::format("  ({})", notify::check_phrase(say(in, note), in));
    out += fmt::format("  {}{} {}{}\n", indent, last ? "└" : "├",
                       printable(t.text), paint(colour::faint, behind));
    if (t.below)
      tell_terms(*t.below, indent + (last ? "  " : "│ "), in, out);
  }
}

std::string tell_spf(const records::spf_tree& spf, language in) {
  std::string out = "\nSPF\n";
  if (spf.root.text.empty())
    return out + fmt::format("  {}\n", notify::check_phrase(
                                           spf::describe(spf.root.code), in));
  out += fmt::format("  {}\n", printable(spf.root.text));
  tell_terms(spf.root, "", in, out);
  const spf::options limit;
  out +=
      "  " +
      say(in, "{}{} of at most {} look-ups, {} of at most {} without a result",
          spf.lookups, std::string_view(spf.complete ? "" : "+"),
          limit.max_terms, spf.voids, limit.max_void_lookups) +
      "\n";
  return out;
}

std::string date_of(std::int64_t at) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(at)));
}

std::string tell_dkim(const std::vector<records::dkim_key>& keys, language in) {
  std::string out = "\nDKIM\n";
  if (keys.empty())
    out += fmt::format(
        "  {}\n",
        say(in,
            "none is known: name the keys with --selector (the s= of a "
            "signature)"));
  for (const records::dkim_key& key : keys) {
    std::string what(key.bits > 0
                         ? fmt::format("{} {}", key_type(key), key.bits)
                         : std::string());
    if (!key.is_usable()) {
      what += what.empty() ? "" : ", ";
      what += notify::check_phrase(dkim::describe(key.code), in);
    }
    if (key.first_seen)
      what += say(in, ", in use since {}", date_of(*key.first_seen));
    out += fmt::format("  {}  {}\n", printable(key.selector), what);
  }
  return out;
}

std::string policy_word(const std::optional<dmarc::policy>& p, language in) {
  return p ? std::string(to_string(*p)) : std::string(say(in, "unstated"));
}

std::string tell_dmarc(const records::dmarc_facts& dmarc, language in) {
  std::string out = "\nDMARC\n";
  const dmarc::record* const record = dmarc.record();
  if (record == nullptr) {
    return out + fmt::format("  {}\n",
                             notify::check_phrase(
                                 dmarc::describe(dmarc.found.problem.value_or(
                                     dmarc::errc::no_record)),
                                 in));
  }
  out += fmt::format("  {}\n", printable(record->text));
  out += "  " +
         say(in, "record of {}, organizational domain {}",
             printable(dmarc.found.policy_domain),
             printable(dmarc.found.org_domain)) +
         "\n";
  out += "  " +
         say(in,
             "policy: {}; for sub-domains: {}; for names that do not exist: "
             "{}",
             policy_word(dmarc.policy, in), policy_word(dmarc.subdomains, in),
             policy_word(dmarc.nonexistent, in)) +
         "\n";
  return out;
}

std::string tell_others(const records::other_records& others, language in) {
  std::string out = fmt::format("\n{}\n", say(in, "For information"));
  const auto line = [&](std::string_view name, records::presence p) {
    out += fmt::format("  {:<8} {}\n", name, say(in, to_string(p)));
  };
  line("DNSSEC", others.dnssec);
  line("MTA-STS", others.mta_sts.state);
  line("TLS-RPT", others.tls_rpt.state);
  line("BIMI", others.bimi.state);
  return out;
}

std::string_view rule_words(records::sender_rule r) {
  switch (r) {
    case records::sender_rule::spf_or_dkim:
      break;
    case records::sender_rule::reverse_names:
      return "all senders: reverse names that lead back (MX hosts)";
    case records::sender_rule::tls:
      return "all senders: TLS on the way";
    case records::sender_rule::spam_rate:
      return "all senders: fewer than 3 in 1,000 mails reported as spam";
    case records::sender_rule::spf_and_dkim:
      return "5,000 mails a day: SPF and DKIM";
    case records::sender_rule::dmarc_published:
      return "5,000 mails a day: a DMARC record";
    case records::sender_rule::aligned:
      return "5,000 mails a day: From proven by SPF or DKIM (aligned)";
    case records::sender_rule::one_click_unsubscribe:
      return "5,000 mails a day: unsubscribing with one click (RFC 8058)";
  }
  return "all senders: SPF or DKIM";
}

std::string tell_google(const std::vector<records::rule_result>& rules,
                        language in) {
  std::string out =
      fmt::format("\n{}\n", say(in, "Google's rules for senders"));
  for (const records::rule_result& r : rules) {
    const std::string_view word = !r.holds   ? "unknown"
                                  : *r.holds ? "yes"
                                             : "no";
    out += fmt::format("  {}: {}\n", say(in, rule_words(r.rule)),
                       paint(!r.holds   ? colour::faint
                             : *r.holds ? colour::green
                                        : colour::red,
                             say(in, word)));
  }
  return out;
}

std::string tell_findings(const std::vector<finding>& findings, language in) {
  if (findings.empty())
    return fmt::format("\n{}\n", say(in, "Nothing is wrong."));
  std::string out = fmt::format("\n{}\n", say(in, "Findings"));
  for (const finding& f : findings) {
    const std::string_view level = to_string(records::level_of(f.id));
    const notify::finding_words words = notify::words_of(f, in);
    out += fmt::format("\n  {} {} ({})\n    {}\n    -> {}\n",
                       paint(colour_of(level), level), to_string(f.id),
                       f.record, words.text, words.remedy);
    for (const records::zone_line& line : f.publish)
      out += fmt::format("       {}\n", zone_text(line));
  }
  return out;
}

}  // namespace

std::string zone_text(const records::zone_line& line) {
  return fmt::format(
      "{}. IN {} {}", line.name, dns::to_string(line.type),
      line.type == dns::record_type::txt ? zone_strings(line.data) : line.data);
}

boost::json::object to_json(const records::domain_report& report, language in) {
  const records::other_records& others = report.others;
  return {{"domain", to_utf8(report.domain)},
          {"grade", records::grade(report.findings)},
          {"findings", findings_json(report, in)},
          {"mx", mx_json(report.mx)},
          {"spf", spf_json(report.spf)},
          {"dkim", dkim_json(report.dkim)},
          {"dmarc", dmarc_json(report.dmarc)},
          {"dnssec", to_string(others.dnssec)},
          {"mta_sts", to_string(others.mta_sts.state)},
          {"tls_rpt", to_string(others.tls_rpt.state)},
          {"bimi", to_string(others.bimi.state)},
          {"arrived", arrived_json(report.arrived)},
          {"google", google_json(report.google)}};
}

std::string tell(const records::domain_report& report, language in) {
  const std::string_view grade = records::grade(report.findings);
  std::string out = fmt::format("{}: {}\n", printable(report.domain),
                                paint(colour_of(grade), grade));
  if (report.exists) {
    out += tell_mx(report.mx, in) + tell_spf(report.spf, in) +
           tell_dkim(report.dkim, in) + tell_dmarc(report.dmarc, in) +
           tell_others(report.others, in) + tell_google(report.google, in);
  }
  return out + tell_findings(report.findings, in);
}

}  // namespace mekiki::cli
