#include "notify/words/reasons.hpp"

namespace mekiki::notify {
namespace {

constexpr phrase phrases[] = {
    // ARC.
    {"the ARC chain is unbroken", "ARC チェーンは完全です"},
    {"the mail has no ARC chain", "ARC セットはありません"},
    {"the newest seal says that the ARC chain was broken before",
     "ARC チェーンは以前から切れていた、と最新の ARC シールにあります"},
    {"the ARC chain has more than 50 sets", "ARC セットが 50 組を超えています"},
    {"the ARC fields are longer than is looked at",
     "ARC のフィールドが長すぎます"},
    {"an ARC field is not a list of tags",
     "ARC のフィールドがタグの並びになっていません"},
    {"an ARC field has no instance number (i=)",
     "ARC のフィールドに番号（i=）がありません"},
    {"an instance of the ARC chain has a field twice",
     "ARC の同じ番号の記録に、同じフィールドが 2 つあります"},
    {"an instance of the ARC chain is missing or incomplete",
     "ARC セットに欠けているものがあります"},
    {"a seal has a chain status that cannot be at its place (cv=)",
     "ARC シールの状態（cv=）が、その位置ではあり得ないものです"},
    {"a seal has a list of signed fields (h=)",
     "ARC シールに、あってはならない h= があります"},
    {"the ARC chain needs more keys than are asked for",
     "ARC の検証に必要な鍵が多すぎます"},
    {"the newest signature of the ARC chain does not verify",
     "ARC の最新の署名を確認できません"},
    {"a seal of the ARC chain does not verify", "ARC シールが正しくありません"},
    {"a key of the ARC chain could not be fetched for now",
     "ARC の鍵が今は得られません"},

    // DKIM.
    {"the mail is not signed", "署名はありません"},
    {"the mail was not judged: {}", "判定していません：{}"},
    {"the signature is good", "署名は正しいものです"},
    {"the signature is good, but covers only {} of {} octets of the body",
     "署名は正しいものですが、対象は本文 {1} オクテットのうち先頭の {0} "
     "オクテットだけです"},
    {"the signer says it is only testing", "署名者によれば試験用"},
    {"{} bits", "{} ビット"},
    {"{} more", "ほか {} 件"},
    {"the signature field is not a list of tags",
     "署名のフィールドがタグの並びになっていません"},
    {"the signature field has a tag twice",
     "署名のフィールドに同じタグが 2 つあります"},
    {"the signature field lacks a required tag",
     "署名のフィールドに必要なタグがありません"},
    {"the signature is of an unknown version (v=)",
     "署名のバージョン（v=）が未知のものです"},
    {"the signature uses an unknown algorithm (a=)",
     "署名の方式（a=）が未知のものです"},
    {"the signature or body hash is not readable (b=, bh=)",
     "署名または本文のハッシュ（b=、bh=）を読み取れません"},
    {"the signature uses an unknown canonicalization (c=)",
     "署名の正規化（c=）が未知のものです"},
    {"the signing domain is not a domain name (d=)",
     "署名のドメイン（d=）がドメイン名になっていません"},
    {"the list of signed fields is not readable, or too long (h=)",
     "署名の対象フィールドの一覧（h=）を読み取れないか、長すぎます"},
    {"the From field is not signed", "From フィールドが署名の対象外です"},
    {"the identity of the signer is not readable (i=)",
     "署名者の識別子（i=）を読み取れません"},
    {"the identity of the signer is outside of the signing domain (i=, d=)",
     "署名者の識別子（i=）が署名のドメイン（d=）の外にあります"},
    {"the signed length is not a number (l=)",
     "署名の対象の長さ（l=）が数になっていません"},
    {"the key is kept where it cannot be asked for (q=)",
     "鍵が、問い合わせのできない場所（q=）に置かれています"},
    {"the selector is not readable (s=)", "セレクター（s=）を読み取れません"},
    {"the times of signing and expiry make no sense (t=, x=)",
     "署名日時と有効期限（t=、x=）がつじつまの合わないものです"},
    {"the mail has no From field with an address",
     "アドレスの書かれた From フィールドがありません"},
    {"the header holds a line that is no field, where clients may end it",
     "ヘッダーにフィールドでない行があり、"
     "メールソフトがそこで終わりと見なすおそれがあります"},
    {"the mail has more signatures than are looked at",
     "署名が多すぎるため、すべては調べていません"},
    {"the signature uses SHA-1, which is no longer accepted",
     "もう認められない SHA-1 による署名です"},
    {"the key is too short to be accepted", "鍵が短すぎて認められません"},
    {"the signature says it was made in the future",
     "署名日時が未来になっています"},
    {"the signature had expired when the mail was received",
     "メールを受け取った時点で、署名の有効期限が切れていました"},
    {"the signer publishes no key under this selector",
     "署名者は、このセレクターの鍵を公開していません"},
    {"the name of the key is too long for the DNS",
     "鍵の名前が DNS には長すぎます"},
    {"the key could not be fetched for now", "鍵が今は得られません"},
    {"the answer with the key was not genuine (DNSSEC)",
     "鍵の応答が DNSSEC の検証に失敗しました"},
    {"the key record is not readable", "鍵のレコードを読み取れません"},
    {"the key record is of an unknown version",
     "鍵のレコードのバージョンが未知のものです"},
    {"the key record has its version where it may not stand (v=)",
     "鍵のレコードのバージョン（v=）が先頭にありません"},
    {"the signer has revoked the key", "署名者が鍵を失効させています"},
    {"the key is of an unknown type", "鍵の種類が未知のものです"},
    {"the key record holds no usable key",
     "鍵のレコードに使える鍵がありません"},
    {"the key is of another type than the signature",
     "鍵の種類が署名と合いません"},
    {"the key record does not allow the hash of the signature",
     "鍵のレコードが、署名のハッシュ方式を認めていません"},
    {"the key record does not allow the key to be used for mail",
     "鍵のレコードが、メールへの使用を認めていません"},
    {"the key record does not allow an identity in a subdomain",
     "鍵のレコードが、サブドメインの識別子を認めていません"},
    {"the body is shorter than the part that was signed",
     "本文が、署名された長さより短くなっています"},
    {"the body was changed after it was signed",
     "署名の後で本文が変わっています"},
    {"a signed header field was changed, or the signature is not by this key",
     "署名されたヘッダーフィールドが変わったか、この鍵による署名ではありませ"
     "ん"},

    // DMARC.
    {"a domain that passed is aligned with the author's",
     "差出人のドメインとアライメントのあるドメインが pass しました"},
    {"no domain that passed DKIM or SPF belongs to the author's domain",
     "DKIM か SPF で pass したドメインに、差出人のドメインのものはありません"},
    {"the only aligned signature that passed has a key in test mode, which "
     "counts as no signature",
     "アライメントのある署名で pass したのは、試験用の鍵のものだけで、"
     "署名がないものとして扱います"},
    {"SPF fits the author's domain, but rests on a field that a program on the "
     "provider's host could have written",
     "SPF は差出人のドメインに合いますが、根拠のフィールドはプロバイダーの"
     "ホスト上のプログラムでも書けるものです"},
    {"SPF fits the author's domain, but rests on a field that nothing in the "
     "mail shows to be the provider's",
     "SPF は差出人のドメインに合いますが、根拠のフィールドをプロバイダーが"
     "書いたとは、メールからは確かめられません"},
    {"SPF fits the author's domain, but was not checked by us, only reported "
     "by "
     "{}",
     "SPF は差出人のドメインに合いますが、{} の報告だけで、Mekiki "
     "では確かめていません"},
    {"the mail names no author with a domain",
     "ドメインのある差出人が書かれていません"},
    {"the mail names authors of several domains",
     "差出人が複数のドメインにわたっています"},
    {"the author's domain is not a domain name",
     "差出人のドメインがドメイン名になっていません"},
    {"the author's domain publishes no DMARC policy",
     "差出人のドメインは DMARC ポリシーを公開していません"},
    {"the author's domain publishes several DMARC records",
     "差出人のドメインは DMARC レコードを複数公開しています"},
    {"the DMARC record of the author's domain states no valid policy",
     "差出人のドメインの DMARC レコードに、有効なポリシーがありません"},
    {"no DKIM signature proves the author's domain, and SPF could not be "
     "checked",
     "差出人のドメインを確認できる DKIM 署名がなく、"
     "SPF は検証できませんでした"},
    {"no DKIM signature proves the author's domain, and no envelope sender is "
     "recorded",
     "差出人のドメインを確認できる DKIM 署名がなく、"
     "エンベロープの差出人の記録もありません"},
    {"a check that might prove the author's domain could not be finished for "
     "now",
     "差出人のドメインを確認できるかもしれない検証が、今は終えられません"},
    {"the DNS gave no answer for now", "今は DNS の応答がありません"},
    {"an answer of the DNS was not genuine (DNSSEC)",
     "DNS の応答が DNSSEC の検証に失敗しました"},
    {"the DMARC record of the author's domain is not readable",
     "差出人のドメインの DMARC レコードを読み取れません"},
    {"way into the provider: {}", "プロバイダーに入った経路：{}"},
    {"the policy of {}, under test, for names that do not exist is {}",
     "存在しない名前に対する {} の試験中のポリシーは {}"},
    {"the policy of {} for names that do not exist is {}",
     "存在しない名前に対する {} のポリシーは {}"},
    {"the policy of {}, under test, for its sub-domains is {}",
     "サブドメインに対する {} の試験中のポリシーは {}"},
    {"the policy of {} for its sub-domains is {}",
     "サブドメインに対する {} のポリシーは {}"},
    {"the policy of {}, under test, is {}", "{} の試験中のポリシーは {}"},
    {"the policy of {} is {}", "{} のポリシーは {}"},
    {"instance {}", "ARC セット {}"},
    {"by {} it is {}", "{} では {}"},

    // Reverse names.
    {"the name is {}", "名前は {}"},
    {"no name of the address leads back to it",
     "逆引きした名前が、元のアドレスに戻りません"},
    {"the address has no name", "逆引きしても名前がありません"},

    // SPF.
    {"the domain allows this address to send its mail: {} matches {}",
     "このドメインのメールを送ってよいアドレスです：{} は {}に一致"},
    {"the domain refuses mail of this address: {} matches {}",
     "このドメインのメールを送ってはならないアドレスです：{} は {}に一致"},
    {"the domain doubts mail of this address: {} matches {}",
     "このドメインのメールを送ることが疑わしいアドレスです：{} は {}に一致"},
    {"the domain does not say whether the address may send its mail: {} "
     "matches {}",
     "このドメインのメールを送ってよいかどうか、示されていないアドレスです：{} "
     "は {}に一致"},
    {"{}, through {}", "{}（{}を経て）"},
    {"\"{}\" in the record of {}", "{1} のレコードの「{0}」"},
    {"the domain allows this address to send its mail",
     "このドメインのメールを送ってよいアドレスです"},
    {"the domain refuses mail of this address",
     "このドメインのメールを送ってはならないアドレスです"},
    {"the domain doubts mail of this address",
     "このドメインのメールを送ることが疑わしいアドレスです"},
    {"the domain does not say whether the address may send its mail",
     "このドメインのメールを送ってよいかどうか、示されていないアドレスです"},
    {"nothing in the domain's record concerns the address",
     "ドメインのレコードに、このアドレスについての記述はありません"},
    {"the sender has no domain that could be asked",
     "エンベロープの差出人に、調べられるドメインがありません"},
    {"the domain does not exist", "ドメインが存在しません"},
    {"the domain publishes no record", "ドメインはレコードを公開していません"},
    {"the domain publishes more than one record",
     "ドメインはレコードを複数公開しています"},
    {"the record is too long to be read", "レコードが長すぎて読めません"},
    {"the record holds something other than visible ASCII",
     "レコードに ASCII の図形文字以外のものがあります"},
    {"the record has an unknown mechanism",
     "レコードに未知のメカニズムがあります"},
    {"a mechanism of the record has an argument too many or too few",
     "レコードのメカニズムの引数に過不足があります"},
    {"the record holds something that is no domain name",
     "レコードに、ドメイン名として正しくないものがあります"},
    {"the record holds something that is no address",
     "レコードに、アドレスとして正しくないものがあります"},
    {"the record holds a prefix length that is none",
     "レコードに、プレフィックス長として正しくないものがあります"},
    {"a modifier of the record is not readable",
     "レコードの修飾子（modifier）を読み取れません"},
    {"the record has a modifier twice", "レコードに同じ修飾子が 2 つあります"},
    {"the record asks for more than 10 lookups",
     "レコードの検証に 10 回を超える問い合わせが必要です"},
    {"the record needs more than 2 lookups that find nothing",
     "レコードの検証で、何も見つからない問い合わせが 2 回を超えました"},
    {"the record points to a domain with more than 10 mail exchangers",
     "レコードが指すドメインの MX が 10 を超えています"},
    {"the record includes a domain without a record",
     "レコードの include の先にレコードがありません"},
    {"the record redirects to a domain without a record",
     "レコードの redirect の先にレコードがありません"},
    {"not checked by us, reported by {}",
     "Mekiki による検証ではなく、{} の報告です"},
    {"client address given by hand", "接続元のアドレスは手動で指定"},
    {"client address from the Received field of {}, which a program on the "
     "provider's host could have written",
     "接続元のアドレスは {} の Received "
     "から（プロバイダーのホスト上のプログラムでも書けるもの）"},
    {"client address from the Received field of {}, which nothing in the mail "
     "shows to be the provider's",
     "接続元のアドレスは {} の Received "
     "から（プロバイダーが書いたとは、メールからは確かめられないもの）"},
    {"client address from the Received field of the provider",
     "接続元のアドレスはプロバイダーの Received から"},
    {"client address from the Received field of {}",
     "接続元のアドレスは {} の Received から"},

    // Historic checks.
    {"the header names nobody who is responsible for sending",
     "送信に責任を持つ人がヘッダーに書かれていません"},
    {"the author's domain does not say how it signs (ADSP)",
     "差出人のドメインは、署名の方針（ADSP）を示していません"},
    {"the author's domain signed the mail", "差出人のドメインの署名があります"},
    {"the author's domain did not sign the mail, nor does it say that it signs "
     "all (ADSP)",
     "差出人のドメインの署名はありませんが、すべてに署名するとも宣言していませ"
     "ん"
     "（ADSP）"},
    {"the author's domain signs all its mails (ADSP), but not this one",
     "差出人のドメインはすべてのメールに署名すると宣言していますが（ADSP）、"
     "このメールにはありません"},
    {"the author's domain signs all its mails, but not this one, and asks to "
     "throw such mails away (ADSP)",
     "差出人のドメインはすべてのメールに署名すると宣言していますが、"
     "このメールにはありません。そうしたメールの破棄を求めています（ADSP）"},
    {"the author's domain does not exist", "差出人のドメインが存在しません"},
    {"a signature or the signing practices (ADSP) could not be had for now",
     "署名または署名の方針（ADSP）が今は得られません"},
    {"the author has no domain whose signing practices (ADSP) could be had",
     "差出人に、署名の方針（ADSP）を調べられるドメインがありません"},

    // Each step of SPF.
    {"matches", "一致"},
    {"does not match", "不一致"},
    {"is followed", "この先のレコードへ"},

    // The DNS.
    {"answered", "答えあり"},
    {"no such record", "レコードがありません"},
    {"no such name", "名前が存在しません"},
    {"no answer in time", "時間内に答えがありません"},
    {"the name servers failed", "ネームサーバーのエラー"},
    {"the answer is not what its owner signed (DNSSEC)",
     "応答が DNSSEC の検証に失敗しました"},
    {"not a name that can be asked", "問い合わせのできない名前です"},
};

}  // namespace

std::span<const phrase> reason_phrases() { return phrases; }

std::string_view check_phrase(std::string_view phrase, language in) {
  const std::string_view found = in == language::english
                                     ? std::string_view()
                                     : find_phrase(phrases, phrase);
  return found.empty() ? phrase : found;
}

std::string check_reason(std::string_view reason, language in) {
  return in == language::english ? std::string(reason)
                                 : translate(phrases, reason);
}

}  // namespace mekiki::notify
