#include "notify/words/plan_words.hpp"

#include <string_view>

#include <fmt/format.h>

#include "notify/words/shown_name.hpp"

namespace mekiki::notify {
namespace {

using records::plan_obstacle;
using records::plan_step;

constexpr std::size_t longest_name = 100;

struct step_words {
  plan_step step;
  std::string_view english, japanese;
};
constexpr step_words steps[] = {
    {plan_step::publish,
     "Publish a DMARC record with p=none and rua=: it changes nothing for any "
     "mail, and brings reports.",
     "p=none と rua= を持つ DMARC "
     "レコードを公開してください。メールの扱いは何も"
     "変わらず、レポートが届くようになります。"},
    {plan_step::ask_reports,
     "Add rua= to the DMARC record: without reports nobody knows what a "
     "stricter policy would stop.",
     "DMARC レコードに rua= "
     "を加えてください。レポートがなければ、ポリシーを厳し"
     "くしたときに何が止まるのか、誰にも分かりません。"},
    {plan_step::stay, "Leave the policy as it is.",
     "ポリシーは今のままにしてください。"},
    {plan_step::end_testing,
     "Remove t=y from the DMARC record: what the reports show is good, and the "
     "policy may hold.",
     "DMARC レコードから t=y "
     "を外してください。レポートの内容は良好で、ポリシーを"
     "有効にできます。"},
    {plan_step::quarantine,
     "Publish p=quarantine: the reports show that all that sends for you "
     "passes.",
     "p=quarantine "
     "にしてください。自分の送信元はすべて合格していると、レポートで"
     "確かめられました。"},
    {plan_step::reject,
     "Publish p=reject: under quarantine no mail of yours was among what "
     "failed.",
     "p=reject にしてください。quarantine "
     "の間に失敗したメールの中に、自分のメール"
     "はありませんでした。"},
    {plan_step::go_back,
     "Go back one step: mail of yours is lost. Mend its source first.",
     "1 "
     "段戻してください。自分のメールが失われています。先に送信元を直してくださ"
     "い。"},
    {plan_step::done, "p=reject holds: forgeries are refused.",
     "p=reject になっています。なりすましメールは拒否されます。"},
};

std::string said(std::string_view pattern, const auto&... facts) {
  return fmt::format(fmt::runtime(pattern), facts...);
}

std::string words_of(const plan_obstacle& o, language in) {
  const bool ja = in == language::japanese;
  const std::string name =
      o.source.empty() ? ja ? "アドレス不明の送信元" : "an unknown address"
                       : visible(o.source, longest_name);
  switch (o.what) {
    case plan_obstacle::kind::few_days:
      break;
    case plan_obstacle::kind::few_mails:
      return said(
          ja ? "レポートに表れた自分のメールのうち、証明されたものは {} "
               "通です（必要な数は {} 通）。"
             : "Reports have seen {} proven mails of yours; it takes "
               "{}.",
          o.have, o.need);
    case plan_obstacle::kind::source_fails:
      return said(
          ja ? "自分の送信元 {} のメール {} 通のうち {} 通が失敗していま"
               "す。DKIM の署名か SPF を直してください。"
             : "Of the mails of {}, which sends for you, {} were seen, "
               "and {} failed: have it sign with DKIM for the domain, "
               "or correct SPF.",
          name, o.need, o.have);
    case plan_obstacle::kind::source_unknown:
      return said(
          ja ? "{} が誰のものかを決めてください。そのメール {} 通が失敗してい"
               "ます。"
             : "Decide whose {} is: {} mails of it failed.",
          name, o.have);
    case plan_obstacle::kind::unread:
      return said(
          ja ? "失敗したメールのうち {} "
               "通は、レポートのアドレスが多すぎて送信元"
               "を調べられていません。自分のメールが含まれているかもしれません"
               "。"
             : "Of {} failing mails nobody looked at the source: reports name "
               "too many addresses. Mail of yours may be among them.",
          o.have);
  }
  return said(ja ? "レポートがあるのは {} 日分です（必要な日数は {} 日）。"
                 : "There are reports of {} days; it takes {}.",
              o.have, o.need);
}

}  // namespace

plan_words words_of(const records::plan& p, language in) {
  plan_words out;
  for (const step_words& s : steps) {
    if (s.step == p.next)
      out.next = in == language::japanese ? s.japanese : s.english;
  }
  for (const plan_obstacle& o : p.obstacles) out.why.push_back(words_of(o, in));
  return out;
}

}  // namespace mekiki::notify
