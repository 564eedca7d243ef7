#include "verdict/mail_services.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace mekiki::verdict {
namespace {

constexpr auto services = std::to_array<std::string_view>({
    "126.com",         "163.com",        "aol.com",        "aol.jp",
    "asahi-net.or.jp", "att.net",        "au.com",         "bellsouth.net",
    "biglobe.ne.jp",   "bk.ru",          "btinternet.com", "comcast.net",
    "cox.net",         "daum.net",       "disney.ne.jp",   "docomo.ne.jp",
    "dti.ne.jp",       "eonet.ne.jp",    "excite.co.jp",   "ezweb.ne.jp",
    "fastmail.com",    "fastmail.fm",    "foxmail.com",    "free.fr",
    "freenet.de",      "gmail.com",      "gmx.at",         "gmx.ch",
    "gmx.com",         "gmx.de",         "gmx.net",        "goo.jp",
    "googlemail.com",  "hanmail.net",    "hey.com",        "hi-ho.ne.jp",
    "hotmail.co.jp",   "hotmail.com",    "i.softbank.jp",  "icloud.com",
    "iij4u.or.jp",     "inbox.ru",       "infoseek.jp",    "jcom.home.ne.jp",
    "jcom.zaq.ne.jp",  "laposte.net",    "libero.it",      "list.ru",
    "live.com",        "live.jp",        "mac.com",        "mail.com",
    "mail.goo.ne.jp",  "mail.ru",        "me.com",         "msn.com",
    "naver.com",       "nifty.com",      "ocn.ne.jp",      "orange.fr",
    "outlook.com",     "outlook.jp",     "plala.or.jp",    "pm.me",
    "proton.me",       "protonmail.com", "qq.com",         "rocketmail.com",
    "sbcglobal.net",   "sfr.fr",         "sina.com",       "so-net.ne.jp",
    "softbank.ne.jp",  "t-online.de",    "tuta.io",        "tutanota.com",
    "uqmobile.jp",     "verizon.net",    "virgilio.it",    "wanadoo.fr",
    "web.de",          "y-mobile.ne.jp", "ya.ru",          "yahoo.co.jp",
    "yahoo.com",       "yandex.com",     "yandex.ru",      "ymail.com",
    "ymail.ne.jp",     "ymobile.ne.jp",  "zaq.ne.jp",      "zoho.com",
});
static_assert(std::is_sorted(services.begin(), services.end()));

}  // namespace

bool is_mail_service(std::string_view domain) {
  while (!domain.empty()) {
    if (std::binary_search(services.begin(), services.end(), domain))
      return true;
    const std::size_t dot = domain.find('.');
    domain.remove_prefix(dot == domain.npos ? domain.size() : dot + 1);
  }
  return false;
}

std::string paired_address(std::string_view author,
                           std::string_view author_domain) {
  const std::size_t at = author.rfind('@');
  if (at == author.npos || !is_mail_service(author_domain))
    return {};
  return ascii::to_lower(author.substr(0, at + 1)) + std::string(author_domain);
}

}  // namespace mekiki::verdict
