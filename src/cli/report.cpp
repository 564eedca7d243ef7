#include "cli/report.hpp"

#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "auth/arc/errc.hpp"
#include "auth/authres/format.hpp"
#include "auth/dkim/errc.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "cli/terminal.hpp"
#include "cli/words.hpp"
#include "notify/words/reasons.hpp"

namespace mekiki::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

template <class Number>
value number_or_null(const std::optional<Number>& number) {
  return number ? value(*number) : value(nullptr);
}

boost::json::value to_json(const std::optional<dmarc::policy>& asked) {
  if (!asked)
    return nullptr;
  return boost::json::value(to_string(*asked));
}

array dkim_json(const verdict::facts& known) {
  array out;
  for (const auto& s : known.dkim) {
    out.push_back(object{
        {"domain", to_utf8(s.domain)},
        {"selector", to_utf8(s.selector)},
        {"algorithm", to_utf8(s.algorithm)},
        {"result", to_string(s.status)},
        {"reason", to_utf8(s.reason)},
    });
  }
  return out;
}

std::string left_out_reason(const verdict::facts& known) {
  return fmt::format("not checked, as no certain border was found: {}",
                     known.found_border ? to_string(known.found_border->status)
                                        : "not looked for");
}

object spf_json(const verdict::facts& known) {
  using verdict::spf_source;
  const verdict::spf_facts& spf = known.spf;
  const bool checked = has_client(spf);
  object out{{"result", to_string(spf.outcome.status)},
             {"reason", spf.source == spf_source::left_out
                            ? left_out_reason(known)
                            : to_utf8(spf.outcome.reason)},
             {"source", to_string(spf.source)},
             {"domain", to_utf8(spf.outcome.domain)},
             {"identity", spf.by_helo ? "helo" : "mailfrom"},
             {"ip", nullptr},
             {"mail_from", nullptr},
             {"helo", nullptr},
             {"mechanism", to_utf8(spf.outcome.mechanism)},
             {"explanation", to_utf8(spf.outcome.explanation)}};
  if (checked) {
    out["ip"] = mekiki::format(spf.asked.ip);
    out["helo"] = to_utf8(spf.asked.helo);
    if (spf.path_known)
      out["mail_from"] = to_utf8(spf.asked.mail_from);
  }
  if (spf.source == spf_source::reported) {
    out["reason"] = to_utf8("reported by " + spf.reporter);
  }
  return out;
}

value senderid_json(const verdict::facts& known) {
  if (!known.senderid)
    return nullptr;
  object out{{"result", to_string(known.senderid->status)},
             {"reason", to_utf8(known.senderid->reason)},
             {"field", to_utf8(known.senderid->field)},
             {"address", to_utf8(known.senderid->address)},
             {"mfrom", nullptr}};
  if (const auto& mfrom = known.senderid_mfrom) {
    out["mfrom"] = object{{"result", to_string(mfrom->status)},
                          {"reason", to_utf8(mfrom->reason)}};
  }
  return out;
}

value adsp_json(const verdict::facts& known) {
  if (!known.adsp)
    return nullptr;
  return object{{"result", to_string(*known.adsp)},
                {"reason", describe(*known.adsp)},
                {"domain", to_utf8(known.header.author_domain)}};
}

value iprev_json(const verdict::facts& known) {
  if (!known.iprev)
    return nullptr;
  return object{{"result", to_string(known.iprev->status)},
                {"ip", mekiki::format(known.iprev->client)},
                {"name", to_utf8(known.iprev->name)}};
}

value code_or_null(const std::optional<dkim::errc>& code) {
  return code ? value(to_string(*code)) : value(nullptr);
}

object arc_json(const arc::chain_result& arc) {
  array instances;
  for (const arc::instance_result& i : arc.instances) {
    instances.push_back(object{
        {"instance", instances.size() + 1},
        {"domain", to_utf8(i.domain)},
        {"selector", to_utf8(i.selector)},
        {"seal", code_or_null(i.seal)},
        {"message_domain", to_utf8(i.message_domain)},
        {"message_signature", code_or_null(i.message)},
    });
  }
  return {{"result", to_string(arc.status)},
          {"code", to_string(arc.code)},
          {"reason", to_utf8(arc.reason)},
          {"oldest_pass", number_or_null(arc.oldest_pass)},
          {"instances", std::move(instances)}};
}

value border_json(const verdict::facts& known) {
  if (!known.found_border)
    return nullptr;
  const verdict::border& b = *known.found_border;
  object out{{"status", to_string(b.status)},
             {"certain", can_accuse(known.found_border)},
             {"proves", can_prove(known.found_border)}};
  if (b.status == verdict::border_status::found) {
    out["ip"] = mekiki::format(b.client);
    out["helo"] = to_utf8(b.helo);
    out["reverse_name"] = to_utf8(b.reverse_name);
    out["by"] = to_utf8(b.by);
    out["tls"] = b.tls;
    out["time"] = number_or_null(b.time);
    out["mail_from"] =
        b.mail_from ? value(to_utf8(*b.mail_from)) : value(nullptr);
  }
  return out;
}

value change_json(const verdict::facts& known) {
  if (!known.changed)
    return nullptr;
  const verdict::change& c = *known.changed;
  array steps;
  for (const std::string& step : c.steps) steps.push_back(value(step));
  array links;
  for (const std::string& link : c.added.links)
    links.push_back(value(to_utf8(link)));
  return object{{"signature", c.signature},
                {"steps", std::move(steps)},
                {"addition_only", c.addition_only},
                {"links", std::move(links)},
                {"other_links", c.other_links},
                {"learned", c.learned.learned},
                {"links_learned", c.learned.links_learned}};
}

array findings_json(const verdict::facts& known) {
  array out;
  for (const verdict::finding& f : known.findings) {
    out.push_back(object{{"kind", to_string(f.what)},
                         {"seen", to_utf8(f.seen)},
                         {"like", to_utf8(f.like)}});
  }
  return out;
}

}  // namespace

std::string json_line(std::string_view file, const verdict::judgement& v,
                      std::string_view authserv_id) {
  const verdict::facts& known = v.known;
  object line{
      {"file", to_utf8(file)},
      {"author", to_utf8(known.header.author)},
      {"x_dkim_check", to_string(v.dkim_check)},
      {"dkim", dkim_json(known)},
      {"spf", nullptr},
      {"senderid", senderid_json(known)},
      {"adsp", adsp_json(known)},
      {"iprev", iprev_json(known)},
      {"dmarc", nullptr},
      {"arc", nullptr},
      {"border", border_json(known)},
      {"changed", change_json(known)},
      {"findings", findings_json(known)},
      {"authentication_results", authres::format_value(authserv_id, v.results)},
      {"verdict", verdict::to_string(v.result.what)},
      {"reason", verdict::encode(v.result.why)},
  };
  if (v.is_judged()) {
    line["spf"] = spf_json(known);
    line["dmarc"] = to_json(known.dmarc);
    line["arc"] = arc_json(known.arc);
  }
  return boost::json::serialize(line) + "\n";
}

std::string json_error_line(std::string_view file, std::string_view problem) {
  return boost::json::serialize(boost::json::object{
             {"file", to_utf8(file)}, {"error", to_utf8(problem)}}) +
         "\n";
}

std::string sentence(const verdict::judgement& v, notify::language in) {
  const std::string words = notify::sentence(v.result.why, in);
  return printable(words.empty() ? verdict::format(v.result.why) : words);
}

std::string text_line(std::string_view file, const verdict::judgement& v,
                      notify::language in) {
  // Colours must not count as width.
  const auto padded = [](std::string_view word, std::size_t width) {
    return paint_result(word) + std::string(width - word.size(), ' ');
  };
  return fmt::format("{} {} {}  {}\n", padded(to_string(v.dkim_check), 4),
                     padded(verdict::to_string(v.result.what), 10),
                     paint(colour::bold, printable(file)), sentence(v, in));
}

boost::json::object to_json(const dmarc::outcome& result) {
  boost::json::object out{{"spec", to_string(result.rules)},
                          {"author_domain", result.author_domain},
                          {"result", to_string(result.status)},
                          {"code", to_string(result.code)},
                          {"reason", result.reason},
                          {"policy", to_json(result.asked)},
                          {"policy_domain", result.policy_domain},
                          {"org_domain", result.org_domain},
                          {"dkim_aligned", result.dkim_aligned},
                          {"spf_aligned", result.spf_aligned},
                          {"disposition", to_string(result.disposition)},
                          {"record", to_utf8(result.record)},
                          {"other", nullptr}};
  if (result.other) {
    out["other"] =
        boost::json::object{{"spec", to_string(result.other->rules)},
                            {"result", to_string(result.other->status)},
                            {"code", to_string(result.other->code)},
                            {"policy", to_json(result.other->asked)}};
  }
  return out;
}

namespace {

/// "reject", "none (sp=)", "quarantine (p=, t=y)": how it was chosen, where
/// that is not by p= alone.
std::string chosen_policy(const dmarc::outcome& result) {
  using enum dmarc::policy_tag;
  std::string policy(to_string(*result.asked));
  if (result.asked_by == p && !result.under_test)
    return policy;
  return fmt::format("{} ({}={})", policy,
                     result.asked_by == p    ? "p"
                     : result.asked_by == sp ? "sp"
                                             : "np",
                     result.under_test ? ", t=y" : "");
}

}  // namespace

std::string tell(const dmarc::outcome& result, notify::language in,
                 spf_check spf) {
  std::string out;
  const auto line = [&](std::string_view name, std::string_view text) {
    out += fmt::format("  {:<13} {}\n", say(in, name), text);
  };
  const auto policy = [in](const std::optional<dmarc::policy>& asked) {
    return asked ? to_string(*asked) : say(in, "none published");
  };
  if (!result.author_domain.empty()) {
    line("Author:", result.author_domain);
    line("Organization:", result.org_domain.empty()
                              ? say(in, "not known")
                              : std::string_view(result.org_domain));
  }
  if (!result.record.empty()) {
    line("Record:",
         say(in, "of {}: {}", result.policy_domain, printable(result.record)));
    line("Policy:",
         result.asked ? chosen_policy(result) : say(in, "none published"));
    line("DKIM:", say(in, result.dkim_aligned ? "an aligned domain passed"
                                              : "no aligned domain passed"));
    line("SPF:", say(in, spf == spf_check::left_out ? "left out"
                         : result.spf_aligned ? "the aligned domain passed"
                                              : "no aligned domain passed"));
  }
  line("Result:", paint_result(to_string(result.status)));
  line("Reason:", notify::check_reason(result.reason, in));
  line("Disposition:", to_string(result.disposition));
  if (result.other) {
    line("But:",
         say(in, "{} says {}, with the policy {}",
             to_string(result.other->rules), to_string(result.other->status),
             policy(result.other->asked)));
  }
  return out;
}

std::string tell(const spf::trace_step& step, notify::language in) {
  const std::string indent(4 + 2 * step.depth, ' ');
  const std::string subject = printable(step.subject);
  const std::string outcome = printable(notify::check_phrase(step.outcome, in));
  switch (step.what) {
    case spf::trace_step::kind::record:
      return say(in, "{}{} publishes: {}\n", indent.substr(2), subject,
                 outcome);
    case spf::trace_step::kind::lookup:
      return paint(colour::faint,
                   fmt::format("{}? {} = {}", indent, subject, outcome)) +
             "\n";
    case spf::trace_step::kind::term:
      break;
  }
  return fmt::format("{}{}  {}\n", indent, paint(colour::bold, subject),
                     outcome);
}

}  // namespace mekiki::cli
