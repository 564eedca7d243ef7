// Well-known services that send mail for others, by the names that their hosts,
// signatures and return paths have. No addresses: those change.
#include <string_view>
#include <unordered_map>

#include "reports/senders.hpp"

namespace mekiki::reports {
namespace {

struct service {
  std::string_view domain;  // and all below it
  std::string_view name;
};

constexpr service services[] = {
    {"google.com", "Google"},
    {"googlemail.com", "Google"},
    {"1e100.net", "Google"},
    {"gappssmtp.com", "Google"},
    {"outlook.com", "Microsoft 365"},
    {"onmicrosoft.com", "Microsoft 365"},
    {"amazonses.com", "Amazon SES"},
    {"sendgrid.net", "SendGrid"},
    {"sendgrid.me", "SendGrid"},
    {"mailchimp.com", "Mailchimp"},
    {"mandrillapp.com", "Mailchimp"},
    {"mcsv.net", "Mailchimp"},
    {"mcdlv.net", "Mailchimp"},
    {"rsgsv.net", "Mailchimp"},
    {"mailgun.org", "Mailgun"},
    {"mailgun.net", "Mailgun"},
    {"postmarkapp.com", "Postmark"},
    {"mtasv.net", "Postmark"},
    {"sparkpostmail.com", "SparkPost"},
    {"mailjet.com", "Mailjet"},
    {"sendinblue.com", "Brevo"},
    {"brevo.com", "Brevo"},
    {"brevosend.com", "Brevo"},
    {"mailerlite.com", "MailerLite"},
    {"mlsend.com", "MailerLite"},
    {"constantcontact.com", "Constant Contact"},
    {"hubspotemail.net", "HubSpot"},
    {"hubspot.com", "HubSpot"},
    {"hs-send.com", "HubSpot"},
    {"salesforce.com", "Salesforce"},
    {"exacttarget.com", "Salesforce"},
    {"pardot.com", "Salesforce"},
    {"mktomail.com", "Marketo"},
    {"mktdns.com", "Marketo"},
    {"zendesk.com", "Zendesk"},
    {"zdsys.com", "Zendesk"},
    {"freshemail.io", "Freshworks"},
    {"freshdesk.com", "Freshworks"},
    {"intercom-mail.com", "Intercom"},
    {"atlassian.net", "Atlassian"},
    {"zoho.com", "Zoho"},
    {"zohomail.com", "Zoho"},
    {"zcsend.net", "Zoho"},
    {"protonmail.ch", "Proton Mail"},
    {"messagingengine.com", "Fastmail"},
    {"mimecast.com", "Mimecast"},
    {"pphosted.com", "Proofpoint"},
    {"ppe-hosted.com", "Proofpoint"},
    {"messagelabs.com", "Broadcom"},
    {"iphmx.com", "Cisco"},
    {"stripe.com", "Stripe"},
    {"shopify.com", "Shopify"},
    {"shopifyemail.com", "Shopify"},
    {"mailersend.net", "MailerSend"},
    {"resend.com", "Resend"},
    {"netsuite.com", "NetSuite"},
    {"ovh.net", "OVH"},
    {"ionos.com", "IONOS"},
    {"kundenserver.de", "IONOS"},
    {"yahoo.co.jp", "Yahoo! JAPAN"},
    {"yahoo.com", "Yahoo"},
    {"icloud.com", "Apple iCloud"},
    {"sakura.ne.jp", "さくらインターネット"},
    {"xserver.jp", "エックスサーバー"},
    {"kagoya.net", "カゴヤ・ジャパン"},
    {"lolipop.jp", "ロリポップ"},
    {"heteml.net", "ヘテムル"},
    {"onamae.ne.jp", "お名前.com"},
    {"gmoserver.jp", "お名前.com"},
    {"conoha.ne.jp", "ConoHa"},
    {"cuenote.jp", "Cuenote"},
    {"cuenote.net", "Cuenote"},
    {"engn.jp", "blastengine"},
    {"bmsend.com", "Benchmark Email"},
    {"bdn.jp", "配配メール"},
    {"aspmx.jp", "ASPMX"},
    {"iijmio.jp", "IIJ"},
    {"iij.ad.jp", "IIJ"},
    {"ocn.ad.jp", "OCN"},
    {"ocn.ne.jp", "OCN"},
    {"plala.or.jp", "ぷらら"},
    {"nifty.com", "ニフティ"},
    {"biglobe.ne.jp", "BIGLOBE"},
    {"cybozu.com", "サイボウズ"},
    {"hennge.com", "HENNGE"},
    {"mwprem.net", "MailWise"},
};

}  // namespace

std::string_view service_of(std::string_view name) {
  using names = std::unordered_map<std::string_view, std::string_view>;
  static const names by_domain = [] {
    names all;
    for (const service& s : services) all.emplace(s.domain, s.name);
    return all;
  }();
  for (;;) {
    const auto found = by_domain.find(name);
    if (found != by_domain.end())
      return found->second;
    const std::size_t dot = name.find('.');
    if (dot == name.npos)
      return {};
    name.remove_prefix(dot + 1);
  }
}

}  // namespace mekiki::reports
