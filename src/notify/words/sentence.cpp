#include "notify/words/sentence.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/split.hpp"
#include "notify/words/shown_name.hpp"

namespace mekiki::notify {
namespace {

constexpr std::string_view told_domain_english =
    "; but its domain {seen} looks like {like}, and is another one.";
constexpr std::string_view told_domain_japanese =
    "（なお、ドメイン {seen} は {like} に似ていますが、別のものです）。";

/// Each sentence must be true whenever the row of decide.cpp with its code
/// holds.
constexpr sentence_pattern table[] = {
    {"look-alike",
     "The sender's domain {seen} looks like {like} but is another one, and "
     "nothing proves it to be a sender you know.",
     "差出人のドメイン {seen} は {like} に似ていますが別のもので、"
     "いつもの差出人だと確認できません。"},
    {"look-alike/mixed-script",
     "The sender's name or address {'seen'} mixes letters that do not belong "
     "together, and nothing proves it to be a sender you know.",
     "差出人の名前またはアドレス{'seen'}"
     "には、ふつうは一緒に使わない文字が混ざっており、"
     "いつもの差出人だと確認できません。"},
    {"look-alike/bidi",
     "The sender's name or address {'seen'} holds characters that are "
     "invisible or change the direction of reading, and nothing proves it to "
     "be a sender you know.",
     "差出人の名前またはアドレス{'seen'}"
     "には、見えない文字や読む向きを変える文字が含まれており、"
     "いつもの差出人だと確認できません。"},
    {"display-name",
     "The sender goes by the name {'seen'}, as somebody at {like} does, but "
     "writes from no address there, and nothing proves it to be a sender you "
     "know.",
     "差出人は {like} の人と同じ名前{'seen'}"
     "を名乗っていますが、そのドメインのアドレスから書かれてはおらず、"
     "いつもの差出人だと確認できません。"},
    {"display-name/display-address",
     "The sender's name or address shows {'seen'}, which is not where the mail "
     "was written from, and nothing proves it to be a sender you know.",
     "差出人欄に{'seen'}"
     "と書かれていますが実際のアドレスはそれとは異なり、"
     "いつもの差出人だと確認できません。"},
    {"own-address",
     "It names your own address {'seen'} as its sender, but could not be "
     "confirmed to come from there.",
     "差出人があなた自身のアドレス{'seen'}"
     "になっていますが、差出人欄は誰でも好きに書けるため、本当にあなたのアドレ"
     "スから送られたとは確認できません（アカウントが乗っ取られたとは限りません"
     "）。"},
    {"not-by-mekiki",
     "It names the address {'seen'} of Mekiki as its sender, but Mekiki did "
     "not write it.",
     "差出人が Mekiki のアドレス{'seen'}"
     "になっていますが、Mekiki が書いたメールではありません。"},
    {"dmarc-fail",
     "It says that it comes from {author}, which asks not to trust unproven "
     "mails in its name, and this one is not proven.",
     "{author} からのメールだと名乗っていますが、{author} "
     "は確認できないメールを信用しないよう求めており、"
     "このメールは確認できませんでした。"},
    {"dmarc-fail/test-key",
     "It says that it comes from {author}, {domain} asks not to trust unproven "
     "mails in that name, and its signature has a key that {test-key} itself "
     "marks as a test.",
     "{author} からのメールだと名乗っていますが、{domain} "
     "は確認できないメールを信用しないよう求めており、"
     "このメールの署名の鍵は {test-key} 自身が試験用と指定しているため、"
     "証明になりません。"},
    {"dmarc-fail/links+by",
     "It was signed by {signed} and came through {by}, but text with links to "
     "{links} was added on its way, and {domain} asks not to trust unproven "
     "mails in that name.",
     "{signed} が署名し、{by} を経由して届いたメールですが、途中で {links} "
     "へのリンクを含む文が加えられており、{domain} "
     "は確認できないメールを信用しないよう求めています。"},
    {"dmarc-fail/links",
     "It was signed by {signed}, but text with links to {links} was added on "
     "its way, and {domain} asks not to trust unproven mails in that name.",
     "{signed} が署名したメールに、途中で {links} "
     "へのリンクを含む文が加えられており、{domain} "
     "は確認できないメールを信用しないよう求めています。"},
    {"dmarc-fail/signed+by",
     "It was signed by {signed} and came through {by}, but was changed on its "
     "way, and {domain} asks not to trust unproven mails in that name.",
     "{signed} が署名し、{by} "
     "を経由して届いたメールですが、途中で変更されており、{domain} "
     "は確認できないメールを信用しないよう求めています。"},
    {"dmarc-fail/signed",
     "It was signed by {signed}, but was changed on its way, and {domain} asks "
     "not to trust unproven mails in that name.",
     "{signed} "
     "が署名したメールですが、途中で変更されており、{domain} "
     "は確認できないメールを信用しないよう求めています。"},
    {"dmarc-fail/text-of",
     "It was signed by {text-of}, but its text was changed after that, and "
     "{domain} asks not to trust unproven mails in that name.",
     "{text-of} "
     "が署名したメールですが、署名の後で本文が書き換えられており、{domain} "
     "は確認できないメールを信用しないよう求めています。"},
    {"dmarc-fail/np",
     "It says that it comes from {author}, and {np} asks not to trust unproven "
     "mails from names below it that do not exist, and this one is not proven.",
     "{author} からのメールだと名乗っていますが、{np} "
     "は、その下の実在しないドメインを名乗るメールについて、確認できなければ信"
     "用しないよう求めており、このメールは確認できませんでした。"},
    {"dmarc-fail/above",
     "It says that it comes from {author}, and {above} asks not to trust "
     "unproven mails from below its name, and this one is not proven.",
     "{author} からのメールだと名乗っていますが、{above} "
     "は、そのサブドメインを名乗るメールについて、確認できなければ信用しないよ"
     "う求めており、このメールは確認できませんでした。"},
    {"signature-broken",
     "Mails from {author} have almost always come with a valid signature "
     "({proven} of them), but the one on this mail is not valid.",
     "{author} からのメールには、これまでほぼいつも正しい署名が付いていましたが"
     "（{proven} 通で確認）、このメールの署名は正しくありません。"},
    {"signature-broken/links+by",
     "It was signed by {signed} and came through {by}, but text with links to "
     "{links} was added on its way, while mails from {author} have almost "
     "always come with a valid signature ({proven} of them).",
     "{signed} が署名し、{by} を経由して届いたメールですが、途中で {links} "
     "へのリンクを含む文が加えられており、これまで {author} "
     "からのメールのほぼすべてに付いていた正しい署名（{proven} "
     "通で確認）が通らなくなっています。"},
    {"signature-broken/links",
     "It was signed by {signed}, but text with links to {links} was added on "
     "its way, while mails from {author} have almost always come with a valid "
     "signature ({proven} of them).",
     "{signed} が署名したメールに、途中で {links} "
     "へのリンクを含む文が加えられており、これまで {author} "
     "からのメールのほぼすべてに付いていた正しい署名（{proven} "
     "通で確認）が通らなくなっています。"},
    {"signature-broken/other-links",
     "It was signed by {signed}, but text with a telephone number, or another "
     "link that names no host, was added on its way, while mails from {author} "
     "have almost always come with a valid signature ({proven} of them).",
     "{signed} "
     "が署名したメールに、途中で、電話番号か、行き先のホスト名がないリンクを含"
     "む文が加えられており、これまで {author} "
     "からのメールのほぼすべてに付いていた正しい署名（{proven} "
     "通で確認）が通らなくなっています。"},
    {"signature-broken/signed",
     "It was signed by {signed}, but was changed on its way, while mails from "
     "{author} have almost always come with a valid signature ({proven} of "
     "them).",
     "{signed} が署名したメールですが、途中で変更されており、これまで {author} "
     "からのメールのほぼすべてに付いていた正しい署名（{proven} "
     "通で確認）が通らなくなっています。"},
    {"signature-broken/early",
     "Mails from {author} have almost always come with a valid signature "
     "({proven} of them), but the one on this mail is dated in the future.",
     "{author} "
     "からのメールには、これまでほぼいつも正しい署名が付いていましたが（{"
     "proven} 通で確認）、このメールの署名は日付が未来になっています。"},
    {"signature-broken/stray",
     "Mails from {author} have almost always come with a valid signature "
     "({proven} of them), but the header of this one holds a line that is no "
     "field, so that its signature proves nothing.",
     "{author} "
     "からのメールには、これまでほぼいつも正しい署名が付いていましたが（{"
     "proven} "
     "通で確認）、このメールはヘッダーに不正な行があるため、署名が証明になりま"
     "せん。"},
    {"signature-broken/expired",
     "Mails from {author} have almost always come with a valid signature "
     "({proven} of them), but the one on this mail has expired.",
     "{author} "
     "からのメールには、これまでほぼいつも正しい署名が付いていましたが（{"
     "proven} 通で確認）、このメールの署名は有効期限が切れています。"},
    {"signature-broken/keyless",
     "Mails from {author} have almost always come with a valid signature "
     "({proven} of them), but {keyless} publishes no key for the one on this "
     "mail.",
     "{author} "
     "からのメールには、これまでほぼいつも正しい署名が付いていましたが（{"
     "proven} 通で確認）、{keyless} "
     "はこのメールの署名の鍵を公開していません。"},
    {"signature-broken/weak",
     "Mails from {author} have almost always come with a valid signature "
     "({proven} of them), but the one on this mail is of a kind that is too "
     "weak to prove anything.",
     "{author} "
     "からのメールには、これまでほぼいつも正しい署名が付いていましたが（{"
     "proven} "
     "通で確認）、このメールの署名は方式が弱すぎるため、証明になりません。"},
    {"signature-broken/unchecked",
     "Mails from {author} have almost always come with a valid signature "
     "({proven} of them), but the one on this mail is not one that can be "
     "checked.",
     "{author} "
     "からのメールには、これまでほぼいつも正しい署名が付いていましたが（{"
     "proven} 通で確認）、このメールの署名は検証できないものです。"},
    {"signature-missing",
     "Mails from {author} have almost always come with a valid signature "
     "of its own ({proven} of them), but this one has none of {author}.",
     "{author} からのメールには、これまでほぼいつも正しい署名が付いていましたが"
     "（{proven} 通で確認）、このメールには {author} "
     "の正しい署名がありません。"},
    {"signature-missing/key-unavailable",
     "Mails from {author} have almost always come with a valid signature "
     "({proven} of them), but the key for the one on this mail could not be "
     "fetched.",
     "{author} "
     "からのメールには、これまでほぼいつも正しい署名が付いていましたが（{"
     "proven} 通で確認）、このメールの署名の鍵は取得できませんでした。"},

    {"no-author", "Its From field has no address with a domain.",
     "差出人欄に、ドメインのあるアドレスがありません。"},
    {"several-authors",
     "It gives its sender more than once, so that nobody can say who sent it.",
     "差出人が 2 つ以上書かれているため、誰から届いたのか判断できません。"},
    {"several-authors/domains",
     "It names authors of several domains, so that nobody can say who sent it.",
     "複数のドメインの差出人が書かれているため、誰から届いたのか判断できません"
     "。"},
    {"unclear-author",
     "Its sender is written in a way that cannot be read for certain.",
     "差出人の書き方があいまいで、誰からのメールか確実には読み取れません。"},
    {"distrusted", "A rule here says not to trust this sender.",
     "この差出人は信頼しない設定になっています。"},
    {"distrusted/signer",
     "A rule here says not to trust {signer}, which vouches for this mail.",
     "このメールの差出人を証明している {signer} "
     "は、信頼しない設定になっています。"},
    {"distrusted/list",
     "A rule here says not to trust the mailing list {list}, by which this "
     "mail came.",
     "このメールを配ったメーリングリスト {list} "
     "は、信頼しない設定になっています。"},
    {"distrusted/forwarder",
     "A rule here says not to trust {forwarder}, which handed this mail over.",
     "このメールを転送した {forwarder} は、信頼しない設定になっています。"},
    {"sender-class",
     "It does not keep the rule {rule}, which is switched on here for "
     "senders.",
     "この Mekiki で有効にした、送信元についての条件（{rule}）を"
     "満たしていません。"},
    {"sender-class/google-spf-or-dkim",
     "Neither SPF nor DKIM passes, while one of them is asked here of every "
     "sender.",
     "この Mekiki はすべての送信元に SPF か DKIM "
     "のどちらかが通ることを求めていますが、どちらも通っていません。"},
    {"sender-class/strict-spf-or-dkim",
     "Neither SPF nor DKIM passes, while one of them is asked here of every "
     "sender.",
     "この Mekiki はすべての送信元に SPF か DKIM "
     "のどちらかが通ることを求めていますが、どちらも通っていません。"},
    {"sender-class/google-bulk-spf-and-dkim",
     "SPF and DKIM do not both pass, as is asked here of bulk senders.",
     "この Mekiki は大量送信者に SPF と DKIM "
     "の両方が通ることを求めていますが、両方は通っていません。"},
    {"sender-class/strict-bulk-spf-and-dkim",
     "SPF and DKIM do not both pass, as is asked here of bulk senders.",
     "この Mekiki は大量送信者に SPF と DKIM "
     "の両方が通ることを求めていますが、両方は通っていません。"},
    {"sender-class/google-bulk-one-aligned",
     "Neither SPF nor DKIM passes for {author} itself, as is asked here of "
     "bulk senders.",
     "この Mekiki は大量送信者に、{author} 自身についての SPF か DKIM "
     "が通ることを求めていますが、どちらも通っていません。"},
    {"sender-class/strict-bulk-both-aligned",
     "SPF and DKIM do not both pass for {author} itself, as is asked here of "
     "bulk senders.",
     "この Mekiki は大量送信者に、{author} 自身についての SPF と DKIM "
     "の両方が通ることを求めていますが、両方は通っていません。"},

    {"known-pair",
     "It is proven to come from {author}, as mails on {days} days were.",
     "{author} から届いたことが確認でき、これまでにも同じように確認できた日が "
     "{days} 日あります。"},
    {"trusted-pair",
     "It is proven to come from {author}, and a rule here says to trust this "
     "sender.",
     "{author} から届いたことが確認でき、"
     "この差出人は信頼する設定になっています。"},
    {"aligned-dkim",
     "It is proven to come from {author} by a signature of {signer}, which is "
     "not known here for that yet.",
     "{author} から届いたことは確認できましたが、{signer} "
     "の署名で確認できたメールがまだ少ないため、「いつもの差出人」ではありませ"
     "ん。"},
    {"aligned-dkim/told", "It is proven to come from {author}.",
     "{author} から届いたことが確認できました。"},
    {"aligned-spf",
     "It came from a server that may send for {author}, which is not enough "
     "here to call it genuine yet.",
     "{author} "
     "のメールを送ってよいサーバーから届きましたが、"
     "本物と言い切れるほどの確認はまだできていません。"},
    {"aligned-spf/covered",
     "It came from a server that may send for {author}, but its own signature "
     "covers only a part of it, so that it is not called genuine.",
     "{author} "
     "のメールを送ってよいサーバーから届きましたが、メール自身の署名が一部にし"
     "か及んでいないため、本物とは判定しません。"},
    {"aligned-spf/field",
     "It came from a server that may send for {author}, but its own signature "
     "does not cover all that is shown of it ({field}), so that it is not "
     "called genuine.",
     "{author} "
     "のメールを送ってよいサーバーから届きましたが、メール自身の署名が、表示さ"
     "れる項目のすべてには及んでいないため（{field}）、本物とは判定しません。"},
    {"aligned-spf/test-key",
     "It came from a server that may send for {author}, but its own signature "
     "is marked as a test, so that it is not called genuine.",
     "{author} "
     "のメールを送ってよいサーバーから届きましたが、メール自身の署名が試験用と"
     "指定されているため、本物とは判定しません。"},

    {"altered-by-list",
     "It comes from {author}, and the mailing list {list} {what}.",
     "{author} から届いたメールですが、メーリングリスト {list} が{what}。"},
    {"altered-by-forwarder",
     "It comes from {author}, and {forwarder}, which forwarded it, {what}.",
     "{author} から届いたメールですが、転送した {forwarder} が{what}。"},
    {"altered-by-provider",
     "It comes from {author}, and your mail provider ({provider}) {what}.",
     "{author} から届いたメールですが、お使いのプロバイダー（{provider}）が"
     "{what}。"},
    {"altered-after-report",
     "Your mail provider ({reporter}) saw the signature of {author} to be "
     "valid, and the mail was changed after that.",
     "お使いのプロバイダー（{reporter}）は {author} "
     "の署名が正しいことを確認しましたが、"
     "その後でメールが変更されています。"},

    {"altered-lossless",
     "It comes from {author}; on its way only its form or a short mark before "
     "its subject was changed.",
     "{author} "
     "から届いたメールで、途中で変わったのは書式か、件名の前の短い目印だけです"
     "。"},

    {"came-by-list",
     "It could not be proven to come from {author}, which may be the doing of "
     "the mailing list {list}.",
     "{author} から届いたとは確認できませんでしたが、メーリングリスト "
     "{list} を通ったためかもしれません。"},
    {"came-by-forwarder",
     "It could not be proven to come from {author}, which may be the doing of "
     "{forwarder}, which forwarded it.",
     "{author} から届いたとは確認できませんでしたが、{forwarder} "
     "が転送したためかもしれません。"},
    {"provider-vouches",
     "It could not be proven here to come from {author}, which may be the "
     "doing of your mail provider ({reporter}).",
     "Mekiki では {author} から届いたと確認できませんでしたが、"
     "お使いのプロバイダー（{reporter}）の処理によるものかもしれません。"},

    {"test-key",
     "The signature of {signer} is marked as a test, and so proves nothing.",
     "{signer} の署名は試験用と指定されているため、証明にはなりません。"},
    {"partial-signature",
     "The signature of {signer} covers only a part of the mail, and anybody "
     "may have written the rest.",
     "{signer} の署名はメールの一部にしか及ばず、"
     "残りは誰が書いたものか分かりません。"},
    {"unsigned-field",
     "The signature of {signer} does not cover all that is shown of the mail "
     "({field}).",
     "{signer} の署名は、表示される項目のすべてには及んでいません"
     "（{field}）。"},
    {"changed-on-the-way/links+by",
     "It was signed by {signer} and came through {by}, but text with links to "
     "{links} was added on its way, and nothing shows that the change is "
     "harmless.",
     "{signer} が署名し、{by} を経由して届いたメールですが、途中で {links} "
     "へのリンクを含む文が加えられており、問題のない変更だとは確認できません"
     "。"},
    {"changed-on-the-way/links",
     "It was signed by {signer}, but text with links to {links} was added on "
     "its way, and nothing shows that the change is harmless.",
     "{signer} が署名したメールですが、途中で {links} "
     "へのリンクを含む文が加えられており、問題のない変更だとは確認できません"
     "。"},
    {"changed-on-the-way/undone-footer+by",
     "It was signed by {signer} and came through {by}, but text was added on "
     "its way, and nothing shows that the change is harmless.",
     "{signer} が署名し、{by} "
     "を経由して届いたメールですが、途中で文が加えられており、"
     "問題のない変更だとは確認できません。"},
    {"changed-on-the-way/undone-footer",
     "It was signed by {signer}, but text was added on its way, and nothing "
     "shows that the change is harmless.",
     "{signer} が署名したメールですが、途中で文が加えられており、"
     "問題のない変更だとは確認できません。"},
    {"changed-on-the-way/by",
     "It was signed by {signer} and came through {by}, but was changed on its "
     "way, and nothing shows that the change is harmless.",
     "{signer} が署名し、{by} "
     "を経由して届いたメールですが、途中で変更されており、"
     "問題のない変更だとは確認できません。"},
    {"changed-on-the-way",
     "It was signed by {signer}, but was changed on its way, and nothing shows "
     "that the change is harmless.",
     "{signer} "
     "が署名したメールですが、途中で変更されており、"
     "問題のない変更だとは確認できません。"},
    {"reported-spf",
     "Only your mail provider ({reporter}) says that it came from a server of "
     "{domain}, which could not be checked here.",
     "{domain} のサーバーから届いたと記録しているのは、"
     "お使いのプロバイダー（{reporter}）だけで、"
     "Mekiki では確認できませんでした。"},
    {"spf-unproven-border",
     "A server that may send for {domain} is named as its sender, but that "
     "record could be invented.",
     "{domain} のメールを送ってよいサーバーから届いたと記録されていますが、"
     "その記録は偽造できるため、確認できません。"},
    {"third-party-signature",
     "It is signed by {signer}, which does not speak for {author}.",
     "{signer} の署名がありますが、{author} "
     "から届いたことの証明にはなりません。"},
    {"dkim-temperror",
     "The signature of {signer} could not be checked for now, because the key "
     "for it could not be fetched.",
     "{signer} の署名は、必要な鍵を取得できなかったため、"
     "今は確認できません。"},
    {"spf-temperror",
     "Whether the server it came from may send for {domain} could not be found "
     "out for now.",
     "送ってきたサーバーが {domain} のメールを送ってよいかどうかを、"
     "今は確認できません。"},
    {"arc-temperror",
     "Whether it came by {forwarder}, as its seal says, could not be found out "
     "for now.",
     "{forwarder} を経由したという ARC "
     "シールが本物かどうかを、今は確認できません。"},
    {"dkim-fail", "The signature of {signer} does not fit the mail.",
     "{signer} の署名がメールの内容と合いません。"},
    {"dmarc-temperror",
     "Nothing proves who sent it, and what {domain} asks to be done with such "
     "mails could not be found out for now.",
     "誰から届いたかを証明するものがなく、そのようなメールの扱いについて "
     "{domain} が何を求めているかも、今は確認できません。"},
    {"no-signature",
     "It has no signature, and nothing else proves who sent it.",
     "署名がなく、ほかにも誰から届いたかを証明するものがありません。"},
    {"no-usable-signature",
     "It has a signature, but not one that can prove who sent it.",
     "署名はありますが、誰から届いたかを証明できるものではありません。"},

    {"no-usable-signature/early",
     "It has a signature of {early}, but its date lies in the future, so that "
     "it proves nothing yet.",
     "{early} "
     "の署名が付いていますが、日付が未来のため、まだ証明になりません。"},
    {"no-usable-signature/stray",
     "It has a signature of {stray}, but its header holds a line that is no "
     "field and that nobody signed, so that it does not prove what is shown.",
     "{stray} "
     "の署名が付いていますが、ヘッダーに、署名されていない不正な行があるため、"
     "表示される内容の証明になりません。"},
    {"no-usable-signature/expired",
     "Its signature of {expired} has expired, so that it proves nothing any "
     "more.",
     "{expired} の署名は有効期限が切れているため、証明になりません。"},
    {"no-usable-signature/keyless",
     "It has a signature of {keyless}, but that domain publishes no key for "
     "it.",
     "{keyless} "
     "の署名が付いていますが、そのドメインはこの署名の鍵を公開していません。"},
    {"no-usable-signature/weak",
     "It has a signature of {weak}, but of a kind that is too weak to prove "
     "anything.",
     "{weak} の署名が付いていますが、方式が弱すぎるため、証明になりません。"},
    {"not-judged/checks-failed",
     "It could not be checked: the checks could not be finished.",
     "検証を終えられなかったため、確認できませんでした。"},
    {"not-judged/no-room",
     "It could not be checked: there was no room to keep it.",
     "メールを置く場所がなかったため、確認できませんでした。"},
    {"not-judged/part-by-top",
     "It could not be checked: the mail program asked for a part of it.",
     "メールソフトがメールの一部だけを求めたため、確認できませんでした。"},
    {"not-judged/too-large-for-top",
     "It could not be checked: the mail program asked for it by TOP, and it is "
     "too large for that.",
     "メールソフトが TOP "
     "で求め、メールがそのための上限より大きかったため、確認できませんでした"
     "。"},
    {"not-judged/size-unknown",
     "It could not be checked: the mail program asked for it by TOP, and "
     "whether that is all of it is unknown.",
     "メールソフトが TOP "
     "で求め、それがメール全体かどうか分からないため、確認できませんでした。"},
    {"not-judged", "It could not be checked ({cause}).",
     "確認できませんでした（{cause}）。"},
    {"header-too-long",
     "Its header is too long; it was checked as far as it fits.",
     "ヘッダーが長すぎるため、上限までの範囲だけを検証しました。"},

    // {what} was done to the mail.
    {"what/undone-links+links",
     "rewrote its links and added text with links to {links}",
     "リンクを書き換え、{links} へのリンクを含む文を加えています"},
    {"what/links", "added text with links to {links}",
     " {links} へのリンクを含む文を加えています"},
    {"what/undone-links+undone-footer", "rewrote its links and added text",
     "リンクを書き換え、文を加えています"},
    {"what/undone-links", "rewrote its links", "リンクを書き換えています"},
    {"what/undone-footer", "added text to it", "文を加えています"},
    {"what/undone-part", "added text to it", "文を加えています"},
    {"what/undone-subject-prefix", "put a mark before its subject",
     "件名の前に目印を付けています"},
    {"what", "added something to it or rewrote its links",
     "追記やリンクの書き換えをしています"},

    // Findings that are only told: they stand at the end of other sentences.
    {"told/display-name",
     "; but its sender goes by the name {'seen'}, as somebody at {like} does, "
     "and writes from no address there.",
     "（なお、差出人は {like} の人と同じ名前{'seen'}"
     "を名乗っていますが、そのドメインのアドレスから書かれてはいません）。"},
    {"told/display-address",
     "; but its sender's name or address shows {'seen'}, which is not where it "
     "was written from.",
     "（なお、差出人欄に{'seen'}"
     "と書かれていますが、実際のアドレスはそれとは異なります）。"},
    {"told/mixed-script",
     "; but its sender's name or address {'seen'} mixes letters that do not "
     "belong together.",
     "（なお、差出人の名前またはアドレス{'seen'}"
     "には、ふつうは一緒に使わない文字が混ざっています）。"},
    {"told/bidi",
     "; but its sender's name or address {'seen'} holds characters that are "
     "invisible or change the direction of reading.",
     "（なお、差出人の名前またはアドレス{'seen'}"
     "には、見えない文字や読む向きを変える文字が含まれています）。"},
    {"told/one-edit", told_domain_english, told_domain_japanese},
    {"told/contained", told_domain_english, told_domain_japanese},
    {"told/other-suffix", told_domain_english, told_domain_japanese},
};

constexpr std::size_t longest_text = 60;  // characters

/// Names and numbers: visible ASCII.
std::string show_word(std::string_view fact) {
  std::string out(fact.empty() ? "?" : fact);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !ascii::is_graph(c); }, '?');
  return out;
}

/// A domain alone also as it looks.
std::string show_text(std::string_view fact, language in) {
  const bool is_domain = fact.find_first_of("@ ") == fact.npos;
  const std::string shown =
      visible(is_domain ? full_domain(fact) : std::string(fact), longest_text);
  return in == language::japanese ? "「" + shown + "」" : "“" + shown + "”";
}

/// "evil.example, lists.example"
std::string show_hosts(std::string_view hosts, language in) {
  std::string out;
  for (const char c : show_word(hosts)) {
    if (c == ',')
      out += in == language::japanese ? "、" : ", ";
    else
      out += c;
  }
  return out;
}

/// A header field as mail clients name it.
std::string show_field(std::string_view name, language in) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"from", "差出人"},
      {"subject", "件名"},
      {"date", "日付"},
      {"reply-to", "返信先"},
      {"content-type", "本文の形式"}};
  const auto* at = std::ranges::find(
      names, name, &std::pair<std::string_view, std::string_view>::first);
  return in == language::japanese && at != std::end(names)
             ? std::string(at->second)
             : show_word(name);
}

std::string show_fact(std::string_view name, std::string_view fact,
                      language in) {
  if (name == "links")
    return show_hosts(fact, in);
  if (name == "field")
    return show_field(fact, in);
  const std::string word = show_word(fact);
  // Names that are to be compared, as they look and as they are written.
  return name == "seen" || name == "like" ? full_domain(word) : word;
}

template <class Predicate>
const sentence_pattern* find_if(Predicate is_meant) {
  const auto* at = std::find_if(std::begin(table), std::end(table), is_meant);
  return at == std::end(table) ? nullptr : at;
}
const sentence_pattern* find(std::string_view code) {
  return find_if([&](const sentence_pattern& p) { return p.code == code; });
}

/// The reason has the fact, or, as "undone-x", x among what was undone.
bool has_fact(const verdict::reason& why, std::string_view name) {
  constexpr std::string_view undone = "undone-";
  if (!name.starts_with(undone))
    return !why.fact(name).empty();
  const auto steps = split(why.fact("undone"), ',');
  return std::ranges::find(steps, name.substr(undone.size())) != steps.end();
}

/// "code/x+y", where the reason has the facts x and y.
const sentence_pattern* find_by_fact(std::string_view code,
                                     const verdict::reason& why) {
  return find_if([&](const sentence_pattern& p) {
    const std::size_t slash = code.size();
    return p.code.size() > slash && p.code[slash] == '/' &&
           p.code.starts_with(code) &&
           std::ranges::all_of(
               split(p.code.substr(slash + 1), '+'),
               [&](std::string_view name) { return has_fact(why, name); });
  });
}

std::string_view in_language(const sentence_pattern& p, language in) {
  return in == language::japanese ? p.japanese : p.english;
}

std::string fill(std::string_view pattern, const verdict::reason& why,
                 language in) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t open = std::min(pattern.find('{', at), pattern.size());
    out += pattern.substr(at, open - at);
    if (open == pattern.size())
      break;
    const std::size_t close = pattern.find('}', open);
    std::string_view name = pattern.substr(open + 1, close - open - 1);
    if (name == "what") {
      const sentence_pattern* told = find_by_fact(name, why);
      out +=
          fill(in_language(told != nullptr ? *told : *find(name), in), why, in);
    } else if (name.front() == '\'') {
      name = name.substr(1, name.size() - 2);
      out += show_text(why.fact(name), in);
    } else {
      out += show_fact(name, why.fact(name), in);
    }
    at = close + 1;
  }
  return out;
}

/// True for codes whose sentence is about the finding itself, so that it is not
/// told once more at the end.
bool accuses_by_finding(std::string_view code) {
  return code == "look-alike" || code == "display-name" ||
         code == "own-address" || code == "not-by-mekiki";
}

}  // namespace

language parse_language(std::string_view tag) {
  const bool is_japanese = ascii::istarts_with(tag, "ja") &&
                           (tag.size() == 2 || !ascii::is_alnum(tag[2]));
  return is_japanese ? language::japanese : language::english;
}

std::string sentence(const verdict::reason& why, language in) {
  const std::string finding(why.fact("finding"));
  const auto write = [&](const sentence_pattern& p) {
    return fill(in_language(p, in), why, in);
  };
  if (const sentence_pattern* own = find(why.code + '/' + finding))
    return write(*own);
  const sentence_pattern* told =
      accuses_by_finding(why.code) ? nullptr : find("told/" + finding);
  const sentence_pattern* found = nullptr;
  // Of these facts the word itself chooses, not that it is there.
  for (const std::string_view name : {"rule", "cause"}) {
    if (found == nullptr)
      found = find(fmt::format("{}/{}", why.code, why.fact(name)));
  }
  if (found == nullptr)
    found = find_by_fact(why.code, why);
  if (found == nullptr && told != nullptr)
    found = find(why.code + "/told");
  if (found == nullptr)
    found = find(why.code);
  if (found == nullptr)
    return {};
  std::string out = write(*found);
  if (told != nullptr) {
    const std::string_view stop = in == language::japanese ? "。" : ".";
    out.resize(out.size() - stop.size());
    out += write(*told);
  }
  return out;
}

std::span<const sentence_pattern> sentence_patterns() { return table; }

}  // namespace mekiki::notify
