#include "auth/historic/adsp.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "base/ascii.hpp"
#include "dns/name.hpp"

namespace mekiki::historic {
namespace {

struct row {
  adsp_result value;
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array<row, 8> table{{
    {adsp_result::none, "none",
     "the author's domain does not say how it signs (ADSP)"},
    {adsp_result::pass, "pass", "the author's domain signed the mail"},
    {adsp_result::unknown, "unknown",
     "the author's domain did not sign the mail, nor does it say that it signs "
     "all (ADSP)"},
    {adsp_result::fail, "fail",
     "the author's domain signs all its mails (ADSP), but not this one"},
    {adsp_result::discard, "discard",
     "the author's domain signs all its mails, but not this one, and asks to "
     "throw such mails away (ADSP)"},
    {adsp_result::nxdomain, "nxdomain", "the author's domain does not exist"},
    {adsp_result::temperror, "temperror",
     "a signature or the signing practices (ADSP) could not be had for now"},
    {adsp_result::permerror, "permerror",
     "the author has no domain whose signing practices (ADSP) could be had"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].value != static_cast<adsp_result>(i))
      return false;
  }
  return true;
}
static_assert(in_order());

/// 4.3: what the answer means where the domain did not sign.
adsp_result result_of(const dns::answer& answer) {
  if (dns::is_temporary(answer.status))
    return adsp_result::temperror;
  if (answer.texts.size() != 1)
    return adsp_result::none;
  const auto stated = parse_adsp_record(answer.texts.front());
  if (!stated)
    return adsp_result::none;
  switch (*stated) {
    case adsp_practices::all:
      return adsp_result::fail;
    case adsp_practices::discardable:
      return adsp_result::discard;
    case adsp_practices::unknown:
      break;
  }
  return adsp_result::unknown;
}

}  // namespace

//   adsp-record   = adsp-dkim-tag *( ";" tag-spec ) ...
//   adsp-dkim-tag = %x64.6b.69.6d *WSP "=" *WSP
//                   ("unknown" / "all" / "discardable" / x-adsp-dkim-tag)
//   x-adsp-dkim-tag = hyphenated-word
std::optional<adsp_practices> parse_adsp_record(std::string_view text) {
  const std::string_view tag = text.substr(0, text.find(';'));
  const std::size_t equals = tag.find('=');
  if (equals == std::string_view::npos || !tag.starts_with("dkim") ||
      ascii::trim(tag.substr(0, equals)) != "dkim") {
    return std::nullopt;
  }
  const auto value = ascii::trim(tag.substr(equals + 1));
  const bool is_word = !value.empty() && ascii::is_alpha(value.front()) &&
                       ascii::is_alnum(value.back()) &&
                       std::all_of(value.begin(), value.end(), [](char c) {
                         return ascii::is_alnum(c) || c == '-';
                       });
  if (!is_word)
    return std::nullopt;
  if (ascii::iequals(value, "all"))
    return adsp_practices::all;
  return ascii::iequals(value, "discardable") ? adsp_practices::discardable
                                              : adsp_practices::unknown;
}

std::string_view to_string(adsp_result r) {
  return table[static_cast<std::size_t>(r)].name;
}
std::string_view describe(adsp_result r) {
  return table[static_cast<std::size_t>(r)].sentence;
}

boost::asio::awaitable<adsp_result> check_adsp(
    const std::string& author_domain,
    const std::vector<author_signature>& signatures, dns::resolver& resolver) {
  const auto author = dns::to_a_labels(author_domain);
  const auto name =
      author ? dns::normalize("_adsp._domainkey." + *author) : std::nullopt;
  if (!name)
    co_return adsp_result::permerror;
  const auto has = [&](auth::result status) {
    return std::any_of(signatures.begin(), signatures.end(),
                       [&](const author_signature& s) {
                         return s.status == status && s.domain == *author;
                       });
  };
  if (has(auth::result::pass))
    co_return adsp_result::pass;
  if (has(auth::result::temperror))
    co_return adsp_result::temperror;
  // 4.3 step 1: any type will do; "nothing of the type" means that it exists.
  const dns::question existence{*author, dns::record_type::mx};
  const auto exists = co_await resolver.resolve(existence);
  if (exists->status == dns::status::nxdomain)
    co_return adsp_result::nxdomain;
  if (dns::is_temporary(exists->status))
    co_return adsp_result::temperror;
  const dns::question record{*name, dns::record_type::txt};
  const auto answer = co_await resolver.resolve(record);
  co_return result_of(*answer);
}

}  // namespace mekiki::historic
