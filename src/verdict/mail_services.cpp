#include "verdict/mail_services.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace mekiki::verdict {
namespace {

constexpr auto services = std::to_array<std::string_view>({
    "126.com",          "139.com",          "163.com",
    "189.cn",           "abv.bg",           "aim.com",
    "alice.it",         "aol.com",          "aol.jp",
    "aon.at",           "arcor.de",         "asahi-net.or.jp",
    "att.net",          "au.com",           "auone-net.jp",
    "bbiq.jp",          "bbox.fr",          "bellsouth.net",
    "biglobe.ne.jp",    "bigpond.com",      "bk.ru",
    "bluewin.ch",       "blueyonder.co.uk", "bol.com.br",
    "btinternet.com",   "btopenworld.com",  "centrum.cz",
    "centurylink.net",  "charter.net",      "chello.at",
    "club-internet.fr", "comcast.net",      "commufa.jp",
    "cox.net",          "ctk.ne.jp",        "daum.net",
    "dion.ne.jp",       "disney.ne.jp",     "disneymobile.ne.jp",
    "docomo.ne.jp",     "dti.ne.jp",        "duck.com",
    "earthlink.net",    "email.de",         "emnet.ne.jp",
    "emobile.ne.jp",    "eonet.ne.jp",      "excite.co.jp",
    "ezweb.ne.jp",      "fastmail.com",     "fastmail.fm",
    "foxmail.com",      "free.fr",          "freenet.de",
    "frontier.com",     "frontiernet.net",  "gmail.com",
    "gmx.at",           "gmx.ch",           "gmx.com",
    "gmx.de",           "gmx.fr",           "gmx.net",
    "gmx.us",           "gol.com",          "goo.jp",
    "googlemail.com",   "hanmail.net",      "hetnet.nl",
    "hey.com",          "hi-ho.ne.jp",      "hinet.net",
    "home.nl",          "hotmail.be",       "hotmail.co.jp",
    "hotmail.co.uk",    "hotmail.com",      "hotmail.de",
    "hotmail.es",       "hotmail.fr",       "hotmail.it",
    "hotmail.nl",       "i.softbank.jp",    "i.ua",
    "icloud.com",       "iij4u.or.jp",      "inbox.ru",
    "infoseek.jp",      "inter7.jp",        "interia.pl",
    "inwind.it",        "itscom.net",       "jcom.home.ne.jp",
    "juno.com",         "katch.ne.jp",      "kcn.ne.jp",
    "kpnmail.nl",       "laposte.net",      "libero.it",
    "list.ru",          "live.be",          "live.ca",
    "live.cn",          "live.co.uk",       "live.com",
    "live.de",          "live.fr",          "live.jp",
    "live.nl",          "mac.com",          "mail.com",
    "mail.goo.ne.jp",   "mail.ru",          "mailbox.org",
    "mailfence.com",    "me.com",           "megaegg.ne.jp",
    "mineo.jp",         "mopera.net",       "msn.com",
    "nate.com",         "naver.com",        "netzero.net",
    "neuf.fr",          "nifty.com",        "ntlworld.com",
    "numericable.fr",   "nuro.jp",          "o2.pl",
    "ocn.ne.jp",        "onet.pl",          "online.de",
    "optonline.net",    "optusnet.com.au",  "orange.fr",
    "outlook.com",      "outlook.com.br",   "outlook.de",
    "outlook.es",       "outlook.fr",       "outlook.it",
    "outlook.jp",       "parkcity.ne.jp",   "passport.com",
    "pchome.com.tw",    "pdx.ne.jp",        "pikara.ne.jp",
    "plala.or.jp",      "planet.nl",        "pm.me",
    "posteo.de",        "proton.me",        "protonmail.com",
    "qq.com",           "rambler.ru",       "rediffmail.com",
    "roadrunner.com",   "rocketmail.com",   "rogers.com",
    "rr.com",           "runbox.com",       "sannet.ne.jp",
    "sbcglobal.net",    "seznam.cz",        "sfr.fr",
    "shaw.ca",          "sina.cn",          "sina.com",
    "sky.com",          "skynet.be",        "so-net.ne.jp",
    "softbank.ne.jp",   "sohu.com",         "starcat.ne.jp",
    "sympatico.ca",     "t-com.ne.jp",      "t-online.de",
    "talktalk.net",     "tees.ne.jp",       "telenet.be",
    "telia.com",        "telus.net",        "terra.com.br",
    "tiki.ne.jp",       "tin.it",           "tiscali.co.uk",
    "tiscali.it",       "tnc.ne.jp",        "tuta.io",
    "tutanota.com",     "ukr.net",          "uol.com.br",
    "uqmobile.jp",      "usa.com",          "verizon.net",
    "videotron.ca",     "virgilio.it",      "virginmedia.com",
    "vodafone.ne.jp",   "wakwak.com",       "wanadoo.fr",
    "wcm.ne.jp",        "web.de",           "willcom.com",
    "windowslive.com",  "windstream.net",   "wp.pl",
    "xs4all.nl",        "y-mobile.ne.jp",   "ya.ru",
    "yahoo.ca",         "yahoo.co.id",      "yahoo.co.in",
    "yahoo.co.jp",      "yahoo.co.kr",      "yahoo.co.uk",
    "yahoo.com",        "yahoo.com.au",     "yahoo.com.br",
    "yahoo.com.hk",     "yahoo.com.tw",     "yahoo.de",
    "yahoo.es",         "yahoo.fr",         "yahoo.it",
    "yahoo.ne.jp",      "yandex.com",       "yandex.ru",
    "ybb.ne.jp",        "yeah.net",         "ymail.com",
    "ymail.ne.jp",      "ymobile.ne.jp",    "zaq.ne.jp",
    "ziggo.nl",         "zoho.com",         "zohomail.com",
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
  if (at == author.npos || author_domain.empty())
    return {};
  return ascii::to_lower(author.substr(0, at + 1)) + std::string(author_domain);
}

}  // namespace mekiki::verdict
