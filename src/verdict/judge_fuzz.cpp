// One whole mail, from octets to the answer. The provider's fields stand on
// top; all below is written by somebody at a host of his own. Whatever he
// wrote, he is not the bank.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/dmarc/public_suffix.hpp"
#include "base/fuzz_require.hpp"
#include "verdict/test_post.hpp"

using mekiki::fuzz::require;

namespace {

using namespace mekiki;
using verdict::level;

constexpr std::string_view paths[] = {
    "<x@evil.example>", "<>", "<info@bank.example>", "<x@lame.bank.example>"};

bool is_believed(const verdict::judgement& j) {
  return j.result.what == level::genuine || j.result.what == level::new_;
}

/// DMARC of each author refuses the mail by RFC 9989 and by RFC 7489, whoever
/// else is named.
bool is_refused(const verdict::facts& f) {
  return std::ranges::any_of(f.policies, [](const dmarc::outcome& o) {
    return o.status == auth::result::fail && o.accuses == dmarc::policy::reject;
  });
}

bool is_of(std::string_view domain, std::string_view whose) {
  return dmarc::registered_domain(std::string(domain)) == whose;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static verdict::test::post office;
  if (size == 0)
    return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const unsigned choice = data[size - 1];
  const bool is_at_border = choice % 8 != 7;  // else his own trace
  std::string mail;
  if (is_at_border)
    mail = verdict::test::border_fields(paths[choice % 4], "mail.evil.example",
                                        "192.0.2.9", "<taro@provider.example>");
  mail += octets;

  const verdict::judgement j = office.judge(mail);
  const verdict::facts& f = j.known;
  require(j.is_judged(), "not judged");
  require(j.result.what != level::genuine, "genuine without a history");
  require(!is_refused(f) || !is_believed(j), "refused and believed");
  require(!is_believed(j) || f.header.author_domains.size() == 1,
          "several authors believed");
  require(j.result.what != level::forged || !is_refused(f) ||
              verdict::can_accuse(f.found_border) || !f.findings.empty() ||
              !f.header.imitates.empty(),
          "refused without a border");
  if (!is_at_border)
    return 0;
  require(!is_believed(j) || is_of(f.header.author_domain, "evil.example"),
          "not his own domain");
  const bool is_bank = f.header.author_domains.size() == 1 &&
                       f.header.author_domain == "bank.example";
  require(!is_bank || j.dkim_check != auth::result::pass, "signed by the bank");
  if (is_bank && verdict::can_accuse(f.found_border) &&
      format(f.found_border->client) == "192.0.2.9")
    require(j.result.what == level::forged, "a forgery is excused");
  return 0;
}
