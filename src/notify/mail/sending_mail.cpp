#include "notify/mail/sending_mail.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/unix_time.hpp"
#include "notify/edit/inert.hpp"
#include "notify/mail/digest_page.hpp"
#include "notify/words/shown_name.hpp"

namespace mekiki::notify {
namespace {

constexpr std::size_t longest_name = 80;

struct phrases {
  std::string_view fresh, jump, both, many;  // subjects
  std::string_view intro;
  std::string_view sender, sender_passes, more;
  std::string_view ask;
  std::string_view failing;
  std::string_view once;
  std::string_view see, command;
};

constexpr phrases english{
    .fresh = "[Mekiki] DMARC reports: new senders as {}",
    .jump = "[Mekiki] DMARC reports: more mail as {} fails",
    .both = "[Mekiki] DMARC reports: new senders as {}, and more mail fails",
    .many = "[Mekiki] DMARC reports: news about {} of your domains",
    .intro =
        "This is what other hosts report about mail in the name of your "
        "domains.",
    .sender = "- New: {}. Of its mails {} passed DMARC and {} failed.",
    .sender_passes =
        "- New: {}. Its {} mails passed DMARC, so it has a key of the domain, "
        "or the SPF record covers it.",
    .more = "- And {} more new senders.",
    .ask =
        "Decide whose each is: if it sends for you, have it sign as the "
        "domain; if not, say so.",
    .failing =
        "- On {} {} mails failed; on a usual day there are {}. Either somebody "
        "forges the domain, or something of yours broke.",
    .once =
        "Each sender is told once, and there is at most one such mail a day "
        "for a domain.",
    .see = "See who sends: {}",
    .command = "See who sends on the page \"Reports\" of the dashboard.",
};

constexpr phrases japanese{
    .fresh = "[Mekiki] DMARC レポート：{} を名乗る新しい送信元があります",
    .jump = "[Mekiki] DMARC レポート：{} を名乗るメールの失敗が増えています",
    .both =
        "[Mekiki] DMARC レポート：{} "
        "を名乗る新しい送信元があり、失敗も増えています",
    .many = "[Mekiki] DMARC レポート：自ドメイン {} 件についてお知らせ",
    .intro =
        "自ドメインを名乗るメールについて、他のサーバーから届いたレポートの内"
        "容です。",
    .sender =
        "- 新しい送信元：{}。DMARC を通ったメール {} 通、失敗したメール {} "
        "通。",
    .sender_passes =
        "- 新しい送信元：{}。メール {} 通が DMARC "
        "を通りました。このドメインの鍵を持っているか、SPF "
        "レコードに含まれています。",
    .more = "- ほかに新しい送信元 {} か所。",
    .ask =
        "誰のものかを決めてください。自分のために送っているものなら、このドメ"
        "インで署名するように設定し、そうでなければ「自分のものではない」を選"
        "んでください。",
    .failing =
        "- {} に失敗したメールは {} 通でした（ふだんは 1 日 {} "
        "通）。なりすましか、自分の送信元の不具合です。",
    .once =
        "同じ送信元について知らせるのは 1 回だけで、このメールは 1 "
        "つのドメインについて 1 日 1 通までです。",
    .see = "送信元を見る：{}",
    .command = "送信元は、ダッシュボードの「レポート」で見られます。",
};

std::string said(std::string_view pattern, const auto&... facts) {
  return fmt::format(fmt::runtime(pattern), facts...);
}

std::string date_of(std::int64_t day) {
  return fmt::format("{:%Y-%m-%d}",
                     fmt::gmtime(static_cast<std::time_t>(day * day_seconds)));
}

std::string subject_of(const std::vector<domain_sending_news>& news,
                       const phrases& p) {
  if (news.size() > 1)
    return said(p.many, news.size());
  const domain_sending_news& one = news.front();
  const std::string_view which = one.news.fresh.empty() ? p.jump
                                 : one.news.jump        ? p.both
                                                        : p.fresh;
  return said(which, shown_domain(one.domain));
}

std::string text_of(const domain_sending_news& of, const phrases& p,
                    const texts& t) {
  using digests::number;
  std::string out = of.domain + '\n';
  if (const auto& jump = of.news.jump)
    out += said(p.failing, date_of(jump->day), number(jump->failed),
                number(jump->usual)) +
           '\n';
  const auto& fresh = of.news.fresh;
  for (std::size_t i = 0; i < std::min(fresh.size(), most_new_senders); ++i) {
    const reports::plan_sender& s = fresh[i];
    const std::string name = make_inert(visible(s.name, longest_name));
    out += s.failed == 0
               ? said(p.sender_passes, name, number(s.passed))
               : said(p.sender, name, number(s.passed), number(s.failed));
    out += '\n';
  }
  if (fresh.size() > most_new_senders)
    out += said(p.more, fresh.size() - most_new_senders) + '\n';
  if (!fresh.empty())
    out += fmt::format("{}\n", p.ask);
  const std::string page = t.page("reports?domain=" + of.domain);
  if (!page.empty())
    out += said(p.see, page) + '\n';
  return out;
}

}  // namespace

own_mail sending_mail(const std::vector<domain_sending_news>& news, language in,
                      const texts& t) {
  const phrases& p = in == language::japanese ? japanese : english;
  own_mail out;
  if (news.empty())
    return out;
  out.subject = subject_of(news, p);
  out.text = fmt::format("{}\n", p.intro);
  for (const domain_sending_news& one : news)
    out.text += '\n' + text_of(one, p, t);
  out.text += fmt::format("\n{}\n", p.once);
  if (t.page("reports").empty())
    out.text += fmt::format("{}\n", p.command);
  return out;
}

}  // namespace mekiki::notify
