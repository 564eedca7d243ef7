#include "auth/adsp/check.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "auth/adsp/record.hpp"
#include "dns/name.hpp"

namespace mekiki::adsp {
namespace {

struct row {
  result value;
  std::string_view name;
  std::string_view sentence;
};

constexpr std::array<row, 8> table{{
    {result::none, "none",
     "the author's domain does not say how it signs (ADSP)"},
    {result::pass, "pass", "the author's domain signed the mail"},
    {result::unknown, "unknown",
     "the author's domain did not sign the mail, nor does it say that it signs "
     "all (ADSP)"},
    {result::fail, "fail",
     "the author's domain signs all its mails (ADSP), but not this one"},
    {result::discard, "discard",
     "the author's domain signs all its mails, but not this one, and asks to "
     "throw such mails away (ADSP)"},
    {result::nxdomain, "nxdomain", "the author's domain does not exist"},
    {result::temperror, "temperror",
     "a signature or the signing practices (ADSP) could not be had for now"},
    {result::permerror, "permerror",
     "the author has no domain whose signing practices (ADSP) could be had"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].value != static_cast<result>(i))
      return false;
  }
  return true;
}
static_assert(in_order());

/// 4.3: what the answer means where the domain did not sign.
result judge(const dns::answer& answer) {
  if (dns::is_temporary(answer.status))
    return result::temperror;
  if (answer.texts.size() != 1)
    return result::none;
  const auto stated = parse_record(answer.texts.front());
  if (!stated)
    return result::none;
  switch (*stated) {
    case practices::all:
      return result::fail;
    case practices::discardable:
      return result::discard;
    case practices::unknown:
      break;
  }
  return result::unknown;
}

}  // namespace

std::string_view to_string(result r) {
  return table[static_cast<std::size_t>(r)].name;
}
std::string_view describe(result r) {
  return table[static_cast<std::size_t>(r)].sentence;
}

boost::asio::awaitable<result> check(const std::string& author_domain,
                                     const std::vector<signature>& signatures,
                                     dns::resolver& resolver) {
  const auto author = dns::to_a_labels(author_domain);
  const auto name =
      author ? dns::normalize("_adsp._domainkey." + *author) : std::nullopt;
  if (!name)
    co_return result::permerror;
  const auto has = [&](auth::result status) {
    return std::any_of(signatures.begin(), signatures.end(),
                       [&](const signature& s) {
                         return s.status == status && s.domain == *author;
                       });
  };
  if (has(auth::result::pass))
    co_return result::pass;
  if (has(auth::result::temperror))
    co_return result::temperror;
  // 4.3 step 1: any type will do; "nothing of the type" means that it exists.
  const dns::question existence{*author, dns::record_type::mx};
  const auto exists = co_await resolver.resolve(existence);
  if (exists->status == dns::status::nxdomain)
    co_return result::nxdomain;
  if (dns::is_temporary(exists->status))
    co_return result::temperror;
  const dns::question record{*name, dns::record_type::txt};
  const auto answer = co_await resolver.resolve(record);
  co_return judge(*answer);
}

}  // namespace mekiki::adsp
