#include "reports/aggregate.hpp"

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/ip_address.hpp"
#include "reports/texts.hpp"

namespace mekiki::reports {
namespace {

constexpr std::size_t most_results = 100;  // of a record and method
constexpr std::size_t most_errors = 100;

// No document type, so no entities; nothing of pugixml reads other files.
constexpr unsigned parse_flags =
    pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol;

using words = std::span<const std::string_view>;
// RFC 7489 appendix C, RFC 9990 appendix A; the empty word is an element that
// is not there.
constexpr std::array<std::string_view, 4> policies{"", "none", "quarantine",
                                                   "reject"};
constexpr std::array<std::string_view, 5> dispositions{"", "none", "pass",
                                                       "quarantine", "reject"};
constexpr std::array<std::string_view, 3> evaluations{"", "pass", "fail"};
constexpr std::array<std::string_view, 8> dkim_words{
    "", "none", "pass", "fail", "policy", "neutral", "temperror", "permerror"};
constexpr std::array<std::string_view, 9> spf_words{
    "",         "none",      "neutral",   "pass",  "fail",
    "softfail", "temperror", "permerror", "policy"};

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool is_named(const pugi::xml_node& node, std::string_view name) {
  return ascii::iequals(local_name(node), name);
}

/// The first child of that name; a null node if there is none.
pugi::xml_node child(const pugi::xml_node& of, std::string_view name) {
  for (const pugi::xml_node& node : of.children()) {
    if (is_named(node, name))
      return node;
  }
  return {};
}

/// Text of several pieces, as where a CDATA section stands in it.
std::string_view text_of(const pugi::xml_node& node) {
  return node.child_value();
}

/// A parsed piece of XML, mended where it is not well-formed.
class piece {
 public:
  piece(std::string& xml, fault_list& faults) {
    find_entities(xml, faults);
    // In place: what is not parsed is not touched, so parse a copy first.
    const auto parsed = document_.load_buffer(xml.data(), xml.size(),
                                              parse_flags, pugi::encoding_utf8);
    if (parsed)
      return;
    const std::string mended = mend(xml);
    const auto again = document_.load_buffer(mended.data(), mended.size(),
                                             parse_flags, pugi::encoding_utf8);
    faults.add(again ? fault::xml_mended : fault::xml_broken,
               std::string_view(parsed.description()));
  }

  pugi::xml_node root() const { return document_.document_element(); }

 private:
  /// "&name;" other than those of XML.
  static void find_entities(std::string_view xml, fault_list& faults) {
    for (std::size_t at = xml.find('&'); at != std::string_view::npos;
         at = xml.find('&', at + 1)) {
      std::size_t end = at + 1;
      while (end < xml.size() && end < at + 64 && ascii::is_alnum(xml[end]))
        ++end;
      if (end == at + 1 || end == xml.size() || xml[end] != ';' ||
          !ascii::is_alpha(xml[at + 1]))
        continue;
      const std::string_view name = xml.substr(at + 1, end - at - 1);
      if (name != "amp" && name != "lt" && name != "gt" && name != "quot" &&
          name != "apos")
        faults.add(fault::entity, xml.substr(at, end + 1 - at));
    }
  }

  pugi::xml_document document_;
};

class value_reader {
 public:
  explicit value_reader(fault_list& faults) : faults_(faults) {}

  std::string text(const pugi::xml_node& of, std::string_view name) {
    return read_value(text_of(child(of, name)), faults_);
  }

  std::string word(const pugi::xml_node& of, std::string_view name,
                   words known) {
    std::string out = read_word(text_of(child(of, name)), faults_);
    if (std::find(known.begin(), known.end(), out) == known.end())
      faults_.add(fault::word, out);
    return out;
  }

  std::string word(const pugi::xml_node& of, std::string_view name) {
    return read_word(text_of(child(of, name)), faults_);
  }

 private:
  fault_list& faults_;
};

published_policy read_policy(const pugi::xml_node& from, fault_list& faults) {
  value_reader value(faults);
  published_policy out;
  out.domain = value.text(from, "domain");
  out.p = value.word(from, "p", policies);
  out.sp = value.word(from, "sp", policies);
  out.np = value.word(from, "np", policies);
  constexpr std::array<std::string_view, 3> modes{"", "r", "s"};
  out.adkim = value.word(from, "adkim", modes);
  out.aspf = value.word(from, "aspf", modes);
  for (std::string* mode : {&out.adkim, &out.aspf}) {
    if (mode->empty())
      *mode = "r";
  }
  out.testing = value.word(from, "testing");
  out.discovery_method = value.word(from, "discovery_method");
  out.pct = value.text(from, "pct");
  out.fo = value.text(from, "fo");
  return out;
}

}  // namespace

aggregate_reader::aggregate_reader(const options& how)
    : how_(how),
      converter_(faults_),
      cutter_(how.limit.record, how.limit.head, faults_,
              [this](std::string& xml) { take_record(xml); }) {}

bool aggregate_reader::write(std::string_view octets) {
  text_.clear();
  converter_.write(octets, text_);
  cutter_.write(text_);
  return cutter_.status() == record_cutter::state::going_on && !too_many_;
}

void aggregate_reader::take_record(std::string& xml) {
  if (out_.records.size() == how_.limit.records) {
    too_many_ = true;
    return;
  }
  const piece parsed(xml, faults_);
  const pugi::xml_node from = parsed.root();
  value_reader value(faults_);
  aggregate_record out;

  const pugi::xml_node row = child(from, "row");
  out.source_ip = value.text(row, "source_ip");
  if (const auto address = parse_ip_address(out.source_ip))
    out.source_ip = format(address->unmapped());
  else
    faults_.add(fault::address, out.source_ip);
  const std::string_view count = text_of(child(row, "count"));
  if (const auto number = read_number(count))
    out.count = *number;
  else
    faults_.add(fault::count, read_value(count, faults_));

  // Some have it beside the row.
  pugi::xml_node evaluated = child(row, "policy_evaluated");
  if (!evaluated)
    evaluated = child(from, "policy_evaluated");
  out.disposition = value.word(evaluated, "disposition", dispositions);
  out.dkim = value.word(evaluated, "dkim", evaluations);
  out.spf = value.word(evaluated, "spf", evaluations);
  for (const pugi::xml_node& node : evaluated.children()) {
    if (!is_named(node, "reason"))
      continue;
    override_reason reason{.type = value.word(node, "type"),
                           .comment = value.text(node, "comment")};
    if (reason.type.empty() && reason.comment.empty())
      continue;
    if (out.reasons.size() == most_results) {
      faults_.add(fault::more_results, "reason");
      break;
    }
    out.reasons.push_back(std::move(reason));
  }

  // The drafts called it "identities".
  pugi::xml_node identifiers = child(from, "identifiers");
  if (!identifiers)
    identifiers = child(from, "identities");
  out.header_from = value.text(identifiers, "header_from");
  out.envelope_from = value.text(identifiers, "envelope_from");
  out.envelope_to = value.text(identifiers, "envelope_to");

  for (const pugi::xml_node& node : child(from, "auth_results").children()) {
    const bool is_dkim = is_named(node, "dkim");
    if (!is_dkim && !is_named(node, "spf"))
      continue;
    if ((is_dkim ? out.dkim_results.size() : out.spf_results.size()) ==
        most_results) {
      faults_.add(fault::more_results, local_name(node));
      continue;
    }
    if (is_dkim) {
      out.dkim_results.push_back(
          {.domain = value.text(node, "domain"),
           .selector = value.text(node, "selector"),
           .result = value.word(node, "result", dkim_words),
           .human_result = value.text(node, "human_result")});
    } else {
      out.spf_results.push_back(
          {.domain = value.text(node, "domain"),
           .scope = value.word(node, "scope"),
           .result = value.word(node, "result", spf_words),
           .human_result = value.text(node, "human_result")});
    }
  }
  results_ +=
      out.dkim_results.size() + out.spf_results.size() + out.reasons.size();
  if (results_ > how_.limit.results)
    too_many_ = true;
  else
    out_.records.push_back(std::move(out));
}

expected<report, std::string> aggregate_reader::finish(bool damaged) {
  text_.clear();
  if (cutter_.status() == record_cutter::state::going_on && !too_many_) {
    converter_.finish(text_);
    cutter_.write(text_);
    cutter_.finish();
  }
  if (too_many_) {
    return unexpected(fmt::format(
        "it has more than {} records, or {} results of checks in them",
        how_.limit.records, how_.limit.results));
  }
  if (cutter_.status() == record_cutter::state::no_report)
    return unexpected(std::string("it is XML, but no DMARC report"));
  if (cutter_.status() == record_cutter::state::head_too_large) {
    return unexpected(
        fmt::format("more than {} octets of it are no records, so it is no "
                    "DMARC report",
                    how_.limit.head));
  }

  if (!cutter_.is_whole())
    faults_.add(fault::cut);
  if (damaged)
    faults_.add(fault::archive_damaged);
  // What the end tag is missing from is told above.
  fault_list unheard;
  const piece parsed(cutter_.head(), cutter_.is_whole() ? faults_ : unheard);
  const pugi::xml_node root = parsed.root();
  const pugi::xml_node metadata = child(root, "report_metadata");
  const pugi::xml_node policy = child(root, "policy_published");
  if (!is_named(root, "feedback") ||
      (!metadata && !policy && out_.records.empty())) {
    return unexpected(std::string(
        damaged || !cutter_.is_whole()
            ? "it ends before there is anything of a DMARC report"
            : "it has nothing of a DMARC report but the first element"));
  }

  value_reader value(faults_);
  out_.version = value.text(root, "version");
  out_.org_name = value.text(metadata, "org_name");
  out_.email = value.text(metadata, "email");
  out_.extra_contact_info = value.text(metadata, "extra_contact_info");
  out_.report_id = value.text(metadata, "report_id");
  out_.generator = value.text(metadata, "generator");
  const pugi::xml_node dates = child(metadata, "date_range");
  out_.begin = read_unix_time(text_of(child(dates, "begin")), faults_);
  out_.end = read_unix_time(text_of(child(dates, "end")), faults_);
  for (const pugi::xml_node& node : metadata.children()) {
    if (is_named(node, "error") && out_.errors.size() < most_errors)
      out_.errors.push_back(read_value(text_of(node), faults_));
  }
  out_.policy = read_policy(policy, faults_);

  if (out_.org_name.empty())
    faults_.add(fault::no_org_name);
  if (out_.report_id.empty())
    faults_.add(fault::no_report_id);
  if (out_.policy.domain.empty())
    faults_.add(fault::no_domain);
  if (out_.policy.p.empty())
    faults_.add(fault::no_policy);
  if (out_.records.empty())
    faults_.add(fault::no_records);
  check_period(out_.begin, out_.end, how_.now, faults_);
  return report{.what = std::move(out_), .warnings = faults_.take()};
}

}  // namespace mekiki::reports
