#include "auth/records/other_records.hpp"

#include <algorithm>
#include <utility>

#include "auth/dkim/tag_list.hpp"
#include "base/ascii.hpp"

namespace mekiki::records {
namespace {

using boost::asio::awaitable;
using dns::record_type;
using enum finding_id;

using is_valid = bool (*)(const dkim::tag_list_view& tags);

//   sts-version = %s"v=STSv1"   sts-id = %s"id=" 1*32(ALPHA / DIGIT)
bool is_mta_sts(const dkim::tag_list_view& tags) {
  constexpr std::size_t longest = 32;
  const dkim::tag_view* const id = tags.find("id");
  return id != nullptr && !id->value.empty() && id->value.size() <= longest &&
         std::ranges::all_of(id->value, ascii::is_alnum);
}

//   tlsrpt-rua = %s"rua=" tlsrpt-uri *("," tlsrpt-uri)   ; mailto: or https:
bool is_tls_rpt(const dkim::tag_list_view& tags) {
  const dkim::tag_view* const rua = tags.find("rua");
  if (rua == nullptr || rua->value.empty())
    return false;
  std::string_view rest = rua->value;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const auto uri = ascii::trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const bool is_mail = ascii::istarts_with(uri, "mailto:") &&
                         uri.find('@') != std::string_view::npos;
    if (!is_mail && !ascii::istarts_with(uri, "https://"))
      return false;
  }
  return true;
}

bool is_bimi(const dkim::tag_list_view& tags) {
  const dkim::tag_view* const l = tags.find("l");
  const dkim::tag_view* const a = tags.find("a");
  const auto is_place = [](const dkim::tag_view* tag) {
    return tag == nullptr || tag->value.empty() ||
           ascii::istarts_with(tag->value, "https://");
  };
  return l != nullptr && is_place(l) && is_place(a);
}

awaitable<other_record> read(std::string name, std::string_view version,
                             is_valid check, dns::resolver& resolver) {
  other_record out;
  out.name = name;
  const dns::question q{std::move(name), record_type::txt};
  const dns::answer_ptr answer = co_await resolver.resolve(q);
  if (dns::is_temporary(answer->status))
    co_return out;
  // What is near to the version is meant to be it.
  const std::string_view protocol = version.substr(0, version.size() - 1);
  std::size_t records = 0;
  for (const std::string& text : answer->texts) {
    if (!ascii::istarts_with(ascii::trim(text), protocol))
      continue;
    ++records;
    out.text = text;
  }
  if (records == 0) {
    out.state = presence::absent;
    co_return out;
  }
  const auto tags =
      dkim::parse_tag_list(out.text, dkim::empty_elements::refused);
  const bool is_version =
      out.text.starts_with(version) &&
      (out.text.size() == version.size() || out.text[version.size()] == ';' ||
       ascii::is_wsp(out.text[version.size()]));
  out.state = records == 1 && is_version && tags && check(*tags)
                  ? presence::present
                  : presence::broken;
  co_return out;
}

/// Whether the resolver validates: the root's servers sign arpa.
awaitable<presence> read_dnssec(std::string domain, dns::resolver& resolver) {
  const dns::question q{std::move(domain), record_type::txt};
  const dns::answer_ptr own = co_await resolver.resolve(q);
  if (own->authentic)
    co_return presence::present;
  if (dns::is_temporary(own->status))
    co_return presence::unknown;
  const dns::question signed_zone{"arpa", record_type::a};
  const dns::answer_ptr arpa = co_await resolver.resolve(signed_zone);
  co_return arpa->authentic ? presence::absent : presence::unknown;
}

finding broken(finding_id id, const other_record& record) {
  return {.id = id,
          .record = record_name(record.name, record_type::txt),
          .facts = {shown(record.text)},
          .publish = {}};
}

}  // namespace

std::string_view to_string(presence p) {
  switch (p) {
    case presence::absent:
      return "absent";
    case presence::present:
      return "present";
    case presence::broken:
      return "broken";
    case presence::unknown:
      break;
  }
  return "unknown";
}

awaitable<other_records> read_other_records(std::string domain,
                                            dns::resolver& resolver) {
  other_records out;
  out.mta_sts =
      co_await read("_mta-sts." + domain, "v=STSv1", is_mta_sts, resolver);
  out.tls_rpt =
      co_await read("_smtp._tls." + domain, "v=TLSRPTv1", is_tls_rpt, resolver);
  out.bimi =
      co_await read("default._bimi." + domain, "v=BIMI1", is_bimi, resolver);
  out.dnssec = co_await read_dnssec(std::move(domain), resolver);
  co_return out;
}

std::vector<finding> judge_other(const other_records& records,
                                 std::optional<dmarc::policy> policy) {
  std::vector<finding> out;
  if (records.mta_sts.state == presence::broken) {
    out.push_back(broken(mta_sts_broken, records.mta_sts));
    out.back().publish.push_back(
        {records.mta_sts.name, record_type::txt, "v=STSv1; id=1"});
  }
  if (records.tls_rpt.state == presence::broken) {
    const std::string domain =
        records.tls_rpt.name.substr(std::string_view("_smtp._tls.").size());
    out.push_back(broken(tls_rpt_broken, records.tls_rpt));
    out.back().publish.push_back(
        {records.tls_rpt.name, record_type::txt,
         "v=TLSRPTv1; rua=mailto:tls-reports@" + domain});
  }
  if (records.bimi.state == presence::broken)
    out.push_back(broken(bimi_broken, records.bimi));
  else if (records.bimi.state == presence::present &&
           policy.value_or(dmarc::policy::none) == dmarc::policy::none)
    out.push_back(broken(bimi_not_enforced, records.bimi));
  return out;
}

}  // namespace mekiki::records
