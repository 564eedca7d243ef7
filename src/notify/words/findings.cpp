#include "notify/words/findings.hpp"

#include <array>
#include <cstddef>
#include <vector>

#include "notify/words/reasons.hpp"

namespace mekiki::notify {
namespace {

using enum records::finding_id;

constexpr std::array<finding_pattern, records::finding_count> table{{
    {domain_missing, "The domain {0} does not exist.",
     "Check its spelling; if it is right, register the domain or renew it.",
     "ドメイン {0} は存在しません。",
     "綴りを確かめてください。正しければ、ドメインを登録または更新してくださ"
     "い。"},
    {dns_no_answer,
     "The DNS gave no answer for {0}. Receivers that get none either put mail "
     "off, or judge it as unproven.",
     "Look at the name servers of {0}, and check again.",
     "{0} について DNS の応答がありません。受信側も応答を得られないと、メールの"
     "受け取りを延期するか、確認できないメールとして扱います。",
     "{0} のネームサーバーを調べ、もう一度確認してください。"},
    {dnssec_bogus,
     "The answer for {0} fails DNSSEC validation. Receivers that validate see "
     "none of its records.",
     "Sign the zone again, or correct the DS record at its registrar.",
     "{0} の応答は DNSSEC の検証に失敗します。検証する受信側には、そのレコード"
     "が一切見えません。",
     "ゾーンに署名し直すか、レジストラの DS レコードを直してください。"},

    {mx_missing,
     "The domain has no MX record. Replies and bounces have nowhere to go for "
     "certain.",
     "Publish the hosts that take its mail; if it takes none, publish "
     "\"MX 0 .\" (RFC 7505).",
     "MX レコードがありません。返信や不達通知の届け先がはっきりしません。",
     "メールを受け取るホストを MX に書いてください。受け取らないドメインなら "
     "\"MX 0 .\" を公開します（RFC 7505）。"},
    {mx_null_mixed,
     "One MX record says that the domain takes no mail (\".\"), others name "
     "hosts (RFC 7505 3).",
     "Remove the MX record with \".\", or all others.",
     "メールを受け取らないことを示す MX（\".\"）と、ホスト名の MX が混在してい"
     "ます（RFC 7505 3）。",
     "\".\" の MX か、それ以外の MX のどちらかを削除してください。"},
    {mx_host_address,
     "An MX record holds the address {0}; it has to hold the name of a host "
     "(RFC 5321 5.1).",
     "Give the host a name with that address, and put the name into the MX "
     "record.",
     "MX にアドレス {0} が書かれています。MX に書くのはホスト名です（RFC 5321 "
     "5.1）。",
     "そのアドレスを持つホスト名を用意し、MX にはその名前を書いてください。"},
    {mx_host_missing,
     "The MX host {0} has no address. Mail to it waits or comes back.",
     "Publish an A or AAAA record for {0}, or remove the MX record.",
     "MX のホスト {0} "
     "にアドレスがありません。このホスト宛てのメールは、滞留するか差し戻されま"
     "す。",
     "{0} の A または AAAA レコードを公開するか、その MX を削除してください。"},
    {mx_host_alias,
     "The MX host {0} is an alias (CNAME). Some senders refuse that (RFC 2181 "
     "10.3).",
     "Put the name that the alias leads to into the MX record.",
     "MX のホスト {0} は別名（CNAME）です。これを受け付けない送信側があります"
     "（RFC 2181 10.3）。",
     "別名の指す名前を MX に書いてください。"},
    {mx_host_private,
     "The MX host {0} has the address {1}, which nobody can reach over the "
     "internet.",
     "Publish the public address of {0}.",
     "MX のホスト {0} のアドレス {1} には、インターネットから到達できません。",
     "{0} の公開アドレスを A または AAAA に書いてください。"},
    {mx_reverse_missing,
     "The address {1} of {0} has no reverse name. Google and others refuse "
     "mail from such a host, if it sends.",
     "Have the owner of the address (your provider) publish this PTR record.",
     "{0} のアドレス {1} には逆引きの名前がありません。このホストから送信する"
     "と、Google などに拒否されます。",
     "アドレスの管理者（プロバイダー）に、次の PTR レコードの登録を依頼してくだ"
     "さい。"},
    {mx_reverse_mismatch,
     "The reverse name {2} of {1} ({0}) does not lead back to that address. "
     "Google and others refuse mail from such a host, if it sends.",
     "Publish an address record for {2}, or have this PTR record published.",
     "{1}（{0}）の逆引き名 {2} は、元のアドレスに戻りません。このホストから送信"
     "すると、Google などに拒否されます。",
     "{2} のアドレスを公開するか、次の PTR レコードの登録を依頼してください。"},

    {spf_missing,
     "The domain has no SPF record: receivers cannot tell its hosts from those "
     "of forgers (RFC 7208).",
     "Publish the hosts that send for the domain. To begin with:",
     "SPF "
     "レコードがありません。受信側は、正規のホストとなりすます者のホストを区別"
     "でき"
     "ません（RFC 7208）。",
     "このドメインのメールを送るホストを公開してください。最初の形の例です。"},
    {spf_version,
     "The record \"{0}\" does not begin with \"v=spf1\" and a space, so nobody "
     "reads it (RFC 7208 4.5).",
     "Begin the record with \"v=spf1 \", without quotation marks.",
     "レコード「{0}」は「v=spf1」と空白で始まっていないため、読まれません（RFC "
     "7208 4.5）。",
     "レコードを「v=spf1 」で始めてください（引用符は付けません）。"},
    {spf_several,
     "The domain has {0} SPF records. Receivers must then treat it as if SPF "
     "were broken (RFC 7208 4.5).",
     "Publish one record in place of them. Merged, it is:",
     "SPF レコードが {0} 個あります。受信側は SPF "
     "が壊れているものとして扱います"
     "（RFC 7208 4.5）。",
     "1 つにまとめて公開してください。まとめると次のとおりです。"},
    {spf_syntax,
     "The SPF record cannot be read at \"{0}\": {1}. One such error makes all "
     "of it void (RFC 7208 4.6).",
     "Correct that term.",
     "SPF レコードは「{0}」で読めなくなります（{1}）。誤りが 1 つでもあると、全"
     "体が無効です（RFC 7208 4.6）。",
     "その部分を直してください。"},
    {spf_too_many_lookups,
     "The SPF record needs {0} DNS look-ups; more than {1} make it void (RFC "
     "7208 4.6.4). The most are for {2}: {3}.",
     "Remove includes of services that no longer send for you; let a service "
     "send with DKIM alone under a sub-domain of its own; or list fixed "
     "addresses as ip4: and ip6:.",
     "SPF レコードの評価には DNS の問い合わせが {0} 回必要です。{1} "
     "回を超えると"
     "無効になります（RFC 7208 4.6.4）。最も多いのは {2}（{3} 回）です。",
     "もう使っていない送信サービスの include を外すか、サービスごとにサブドメイ"
     "ンと DKIM で送るか、固定のアドレスを ip4: と ip6: で書いてください。"},
    {spf_too_many_voids,
     "Look-ups of the SPF record that find nothing: {0}. More than {1} make it "
     "void (RFC 7208 4.6.4): {2}.",
     "Remove the terms that lead nowhere.",
     "SPF レコードの問い合わせのうち {0} 回は、何も見つかりません。{1} "
     "回を超えると無効になります（RFC 7208 4.6.4）：{2}。",
     "何も見つからない名前を指す項目を削除してください。"},
    {spf_void_lookup,
     "Look-ups of the SPF record that find nothing: {0}, of {1} that are "
     "allowed (RFC 7208 4.6.4): {2}.",
     "Remove the terms that lead nowhere, or publish the names that they ask "
     "for.",
     "SPF レコードの問い合わせのうち {0} "
     "回は、何も見つかりません（許されるのは "
     "{1} 回まで、RFC 7208 4.6.4）：{2}。",
     "何も見つからない名前を指す項目を削除するか、その名前を公開してください"
     "。"},
    {spf_too_many_mx,
     "The term {0} in the record of {1} leads to more than 10 mail hosts, "
     "which makes the record void (RFC 7208 4.6.4).",
     "List the addresses as ip4: and ip6: instead.",
     "{1} のレコードの {0} は 10 を超えるメールホストを指すため、レコードが無効"
     "になります（RFC 7208 4.6.4）。",
     "代わりに、アドレスを ip4: と ip6: で書いてください。"},
    {spf_include_missing,
     "The term {0} in the record of {1} leads to a domain without an SPF "
     "record, which makes the whole record void (RFC 7208 5.2).",
     "Remove the term, or correct the name that the service gave you.",
     "{1} のレコードの {0} は SPF "
     "レコードのないドメインを指すため、全体が無効に"
     "なります（RFC 7208 5.2）。",
     "その項目を削除するか、サービスの指定する名前に直してください。"},
    {spf_include_broken,
     "The term {0} leads to a record that cannot be read: {1}{2}. That makes "
     "the whole record void (RFC 7208 5.2).",
     "Tell the owner of that record, and remove the term until it is "
     "corrected.",
     "{0} の指すレコードは読めません（{1}{2}）。そのため全体が無効になります"
     "（RFC 7208 5.2）。",
     "そのレコードの管理者に知らせ、直るまで項目を外してください。"},
    {spf_include_twice,
     "The record of {0} is included {1} times. Each time costs its look-ups "
     "anew: {2}.",
     "Once is enough.",
     "{0} のレコードが {1} 回 include されています。そのたびに {2} 回の問い合わ"
     "せが必要です。",
     "1 回で足ります。"},
    {spf_redirect_missing,
     "The term {0} in the record of {1} leads to a domain without an SPF "
     "record, which makes the whole record void (RFC 7208 6.1).",
     "Correct the name, or end the record with an \"all\" instead.",
     "{1} のレコードの {0} は SPF "
     "レコードのないドメインを指すため、全体が無効に"
     "なります（RFC 7208 6.1）。",
     "名前を直すか、代わりに all で終えてください。"},
    {spf_redirect_ignored,
     "{0} has no effect, since the record has an \"all\" (RFC 7208 6.1).",
     "Remove one of them.",
     "レコードに all があるため、{0} は無視されます（RFC 7208 6.1）。",
     "どちらかを削除してください。"},
    {spf_loop,
     "The term {0} in the record of {1} leads back to a record that led to "
     "it: no evaluation comes to an end before the limit of 10 look-ups.",
     "Remove the term.",
     "{1} のレコードの {0} は、そこへ至る途中のレコードに戻ります。評価は終わら"
     "ず、10 回の上限に達します。",
     "その項目を削除してください。"},
    {spf_allows_all,
     "The term {0} in the record of {1} lets every host in the world send as "
     "this domain.",
     "End the record with \"~all\" or \"-all\", and list only your own hosts.",
     "{1} のレコードの {0} により、世界中のどのホストもこのドメインの送信者とし"
     "て認められます。",
     "レコードを ~all または -all で終え、自分のホストだけを書いてください。"},
    {spf_neutral_all,
     "The record of {0} does not say what is to become of all other hosts{1}: "
     "they are as good as any (RFC 7208 4.7, 5.1).",
     "End the record with \"~all\", and with \"-all\" once you are sure of the "
     "list.",
     "{0} "
     "のレコードは、ほかのホストをどう扱うかを述べていません{1}"
     "。どのホストから送っても、SPF では失敗になりません（RFC 7208 "
     "4.7、5.1）。",
     "レコードを ~all で終え、一覧に確信が持てたら -all にしてください。"},
    {spf_after_all, "Nothing behind {1} is ever looked at: {0} (RFC 7208 5.1).",
     "Put {1} last.",
     "{1} より後ろの項目は評価されません：{0}（RFC 7208 5.1）。",
     "{1} を最後に置いてください。"},
    {spf_ptr,
     "The mechanism {0} in the record of {1} is slow and unreliable, and "
     "should not be used (RFC 7208 5.5).",
     "Name the hosts by a:, mx, ip4: or ip6: instead.",
     "{1} のレコードの {0} は遅く不確実で、使うべきではありません（RFC 7208 "
     "5.5）。",
     "代わりに a:、mx、ip4:、ip6: でホストを書いてください。"},
    {spf_too_long,
     "The SPF record has {0} octets; answers over about {1} do not fit into a "
     "simple DNS answer (RFC 7208 3.4).",
     "Move parts of it to names of their own and include them, as long as 10 "
     "look-ups are enough.",
     "SPF レコードは {0} オクテットあります。約 {1} を超えると、単純な DNS 応答"
     "に収まりません（RFC 7208 3.4）。",
     "問い合わせが 10 回で足りる範囲で、一部を別の名前に移して include してくだ"
     "さい。"},
    {spf_wide_network, "{0} lets a very large network send as this domain.",
     "List only the addresses of your own hosts and of your services.",
     "{0} は、非常に広いネットワークからの送信を認めています。",
     "自分のホストと利用中のサービスのアドレスだけを書いてください。"},
    {spf_private_network,
     "{0} is a private address: no receiver ever sees it as a client's.",
     "Remove the term; list the public address from which the hosts go out.",
     "{0} "
     "はプライベートアドレスです。受信側から接続元として見えることはありませ"
     "ん。",
     "その項目を削除し、送信時の公開アドレスを書いてください。"},
    {spf_overlap, "Networks that others already hold: {0}.",
     "The smaller ones can go.",
     "ほかのネットワークに含まれるものがあります：{0}。",
     "小さいほうは不要です。"},

    {dkim_key_missing,
     "There is no key under the selector {0}: signatures with it fail "
     "(RFC 6376 6.1.2).",
     "Publish the key record that goes with the private key, or make both "
     "with `mekiki keygen`.",
     "セレクター {0} の鍵がありません。この鍵の署名は検証できません（RFC 6376 "
     "6.1.2）。",
     "秘密鍵に対応する鍵レコードを公開するか、`mekiki keygen` "
     "で両方を作ってくだ"
     "さい。"},
    {dkim_several,
     "There are {1} records under the selector {0}; which one a receiver "
     "takes is not defined (RFC 6376 3.6.2.2).",
     "Leave only the record of the key that signs. A new key gets a selector "
     "of its own.",
     "セレクター {0} にレコードが {1} "
     "個あります。受信側がどれを使うかは決まって"
     "いません（RFC 6376 3.6.2.2）。",
     "署名に使う鍵のレコードだけを残してください。新しい鍵には新しいセレクター"
     "を"
     "使います。"},
    {dkim_key_broken,
     "The key record of the selector {0} cannot be used: {1} (RFC 6376 3.6.1).",
     "Publish the record again as `mekiki keygen` printed it; often a part was "
     "lost on the way, or spaces came in.",
     "セレクター {0} の鍵レコードは使えません：{1}（RFC 6376 3.6.1）。",
     "`mekiki keygen` "
     "の表示したとおりに公開し直してください。一部が欠けたり、空"
     "白が入ったりしていることがよくあります。"},
    {dkim_key_type,
     "The key of the selector {0} is of a type that receivers do not know; "
     "rsa and ed25519 are known (RFC 8463).",
     "Make a key with `mekiki keygen`.",
     "セレクター {0} の鍵の種類は受信側に知られていません。使えるのは rsa と "
     "ed25519 です（RFC 8463）。",
     "`mekiki keygen` で鍵を作ってください。"},
    {dkim_key_revoked,
     "The key of the selector {0} is revoked (p= is empty): its signatures "
     "fail.",
     "That is right if nothing signs with it any more; else sign with another "
     "selector.",
     "セレクター {0} の鍵は失効しています（p= "
     "が空）。この鍵の署名は検証に失敗し"
     "ます。",
     "もう署名に使っていなければ、これで正しい状態です。使っている場合は、別の"
     "セ"
     "レクターで署名してください。"},
    {dkim_key_too_short,
     "The RSA key of the selector {0} has {1} bits; receivers refuse fewer "
     "than 1024 (RFC 8301 3.2), Google among them.",
     "Make a key of 2048 bits with `mekiki keygen`, under a new selector.",
     "セレクター {0} の RSA 鍵は {1} ビットです。1024 "
     "ビット未満は受信側に拒否さ"
     "れます（RFC 8301 3.2）。Google も同じです。",
     "`mekiki keygen` で 2048 ビットの鍵を新しいセレクターに作ってください。"},
    {dkim_key_short,
     "The RSA key of the selector {0} has {1} bits; signers should use 2048 "
     "(RFC 8301 3.2).",
     "Make a key of 2048 bits with `mekiki keygen`, under a new selector.",
     "セレクター {0} の RSA 鍵は {1} ビットです。2048 ビットが推奨されています"
     "（RFC 8301 3.2）。",
     "`mekiki keygen` で 2048 ビットの鍵を新しいセレクターに作ってください。"},
    {dkim_key_long,
     "The RSA key of the selector {0} has {1} bits; receivers need not "
     "understand more than 4096 (RFC 8301 3.2).",
     "Make a key of 2048 bits with `mekiki keygen`, under a new selector.",
     "セレクター {0} の RSA 鍵は {1} ビットです。4096 "
     "ビットを超える鍵は受信側が"
     "扱えるとは限りません（RFC 8301 3.2）。",
     "`mekiki keygen` で 2048 ビットの鍵を新しいセレクターに作ってください。"},
    {dkim_key_testing,
     "The key of the selector {0} is in test mode (t=y): receivers may treat "
     "its signatures as if there were none (RFC 6376 3.6.1).",
     "Once signing works, publish the key without the flag.",
     "セレクター {0} "
     "の鍵はテストモードです（t=y）。受信側は署名がないものとして"
     "扱うことがあります（RFC 6376 3.6.1）。",
     "署名が正しく働いていれば、フラグを外して公開してください。"},
    {dkim_sha1_only,
     "The key of the selector {0} allows only SHA-1, which receivers must not "
     "accept (RFC 8301 3.1).",
     "Remove h= from the key record.",
     "セレクター {0} の鍵は SHA-1 しか許していません。受信側は SHA-1 を受け付け"
     "てはなりません（RFC 8301 3.1）。",
     "鍵レコードから h= を外してください。"},
    {dkim_not_for_mail,
     "The key of the selector {0} is not for mail (s=): its signatures fail "
     "(RFC 6376 3.6.1).",
     "Remove s= from the key record.",
     "セレクター {0} の鍵はメール用ではありません（s=）。署名は検証に失敗します"
     "（RFC 6376 3.6.1）。",
     "鍵レコードから s= を外してください。"},
    {dkim_ed25519_only,
     "All keys ({0}) are Ed25519. Many receivers, large ones among them, do "
     "not know it yet, and see no signature.",
     "Sign with an RSA key of 2048 bits as well.",
     "鍵（{0}）がすべて Ed25519 です。大手を含む多くの受信側はまだ対応しておら"
     "ず、署名がないのと同じになります。",
     "2048 ビットの RSA 鍵でも署名してください。"},
    {dkim_key_old,
     "Mails have come signed with the key of selector {0} for {1} days. The "
     "longer a key is in use, the more people and machines have had it; "
     "whoever "
     "has it can sign as you.",
     "Make a new key under a new selector (`mekiki keygen`), publish it, let "
     "the signer use it, and leave the old record there for a week before you "
     "remove it.",
     "セレクター {0} の鍵で署名されたメールが {1} "
     "日前から届いています。鍵は長く使"
     "うほど、人や機器を通じて漏れやすくなります。鍵を手に入れた者は、あなたと"
     "し"
     "て署名できます。",
     "新しいセレクターで新しい鍵を作り（`mekiki "
     "keygen`）、公開してから署名をその鍵"
     "に切り替え、古いレコードは 1 週間残してから消してください。"},

    {dmarc_missing,
     "No DMARC record applies to the domain: receivers are not asked to do "
     "anything about forgeries of it, and send no reports. Google asks it of "
     "everyone who sends 5,000 mails a day.",
     "Publish a record that changes nothing yet and brings reports:",
     "DMARC "
     "レコードがありません。受信側はなりすましメールへの対処を求められず、レポ"
     "ー"
     "トも届きません。Google は 1 日 5,000 通以上の送信者に必須としています。",
     "まず、配送に影響せずレポートだけを受け取るレコードを公開してください。"},
    {dmarc_version,
     "The text \"{0}\" is meant as a DMARC record, but does not begin with "
     "exactly \"v=DMARC1;\", so nobody reads it (RFC 9989 4.7).",
     "Begin it with \"v=DMARC1;\".",
     "「{0}」は DMARC レコードのつもりのようですが、「v=DMARC1;」で始まっていな"
     "いため読まれません（RFC 9989 4.7）。",
     "「v=DMARC1;」で始めてください。"},
    {dmarc_misplaced,
     "A DMARC record stands at the domain itself, where nobody looks; the "
     "place is {0}.",
     "Move it there.",
     "DMARC "
     "レコードがドメイン自身に置かれていますが、そこは参照されません。置き"
     "場所は {0} です。",
     "そこへ移してください。"},
    {dmarc_several,
     "There are several DMARC records. Receivers must then act as if there "
     "were none (RFC 9989 4.10, RFC 7489 6.6.3).",
     "Leave one of them.",
     "DMARC レコードが複数あります。受信側は、1 "
     "つもないものとして扱います（RFC "
     "9989 4.10、RFC 7489 6.6.3）。",
     "1 つだけ残してください。"},
    {dmarc_other_text,
     "The text \"{0}\" is at the place of the DMARC record, and has nothing to "
     "do with it. Often a wildcard brings it there.",
     "Remove it.",
     "DMARC レコードの場所に、無関係なテキスト「{0}」があります。ワイルドカード"
     "が原因のことがよくあります。",
     "削除してください。"},
    {dmarc_policy_invalid,
     "The record has no valid policy: {0}. Receivers then take p=none, or "
     "nothing at all (RFC 9989 4.10.1).",
     "The policy is one of none, quarantine and reject.",
     "有効なポリシーがありません：{0}。受信側は p=none "
     "とみなすか、レコード全体を"
     "無視します（RFC 9989 4.10.1）。",
     "ポリシーは none、quarantine、reject のいずれかです。"},
    {dmarc_not_a_tag,
     "\"{0}\" in the record is not a tag (\"name=value\"). Receivers that go "
     "by RFC 7489 do not read the record at all.",
     "Remove it, or write it as a tag.",
     "レコード中の「{0}」はタグ（名前=値）ではありません。RFC 7489 に従う受信側"
     "は、レコード全体を読みません。",
     "削除するか、タグとして書き直してください。"},
    {dmarc_tag_twice,
     "The tag {0} occurs twice. Receivers that go by RFC 7489 do not read the "
     "record at all; the others take the first.",
     "Leave one of them.",
     "タグ {0} が 2 回現れます。RFC 7489 に従う受信側はレコード全体を読まず、ほ"
     "かの受信側は最初のものを使います。",
     "1 つだけ残してください。"},
    {dmarc_p_not_second,
     "p= does not follow v=DMARC1 directly. Receivers that go by RFC 7489 "
     "(6.3) do not read the record.",
     "Put p= second.",
     "p= が v=DMARC1 の直後にありません。RFC "
     "7489（6.3）に従う受信側はレコードを"
     "読みません。",
     "p= を 2 番目に置いてください。"},
    {dmarc_unknown_tag, "Nobody knows the tag {0}{1}; it has no effect.",
     "Correct its name, or remove it.",
     "タグ {0} は定義されておらず、効果がありません{1}。",
     "名前を直すか、削除してください。"},
    {dmarc_removed_tag, "The tag {0} is no longer a part of DMARC (RFC 9989).",
     "It can go.", "タグ {0} は DMARC から廃止されました（RFC 9989）。",
     "削除してかまいません。"},
    {dmarc_sampling,
     "pct={0} has no effect at receivers that go by RFC 9989: there the policy "
     "holds for all mails.",
     "Remove it; to try a policy, use t=y.",
     "pct={0} は RFC 9989 "
     "に従う受信側では効果がなく、ポリシーはすべてのメールに"
     "適用されます。",
     "削除してください。ポリシーを試すには t=y を使います。"},
    {dmarc_value_invalid,
     "{0}={1} is not a value that this tag can have; the default counts "
     "(RFC 9989 4.8).",
     "Correct it, or leave the tag out.",
     "{0}={1} はこのタグに使えない値です。既定値が使われます（RFC 9989 4.8）。",
     "値を直すか、タグを外してください。"},
    {dmarc_policy_none,
     "The policy for {0} is none: forgeries are delivered as any other mail.",
     "Once the reports show that all your own mail passes, ask for quarantine, "
     "and then for reject:",
     "{0} のポリシーは none です。なりすましメールも普通に配送されます。",
     "自分のメールがすべて合格しているとレポートで確かめたら、quarantine、続い"
     "て "
     "reject に進めてください。"},
    {dmarc_subdomains_open,
     "The domain asks for {0}, but its sub-domains are open ({1}): forgers use "
     "those.",
     "Remove the tag, so that the policy holds for sub-domains, too.",
     "ドメイン自体のポリシーは {0} "
     "ですが、サブドメインは無防備です（{1}"
     "）。なりすましにはそこが使われます。",
     "そのタグを外し、サブドメインにも同じポリシーを適用してください。"},
    {dmarc_testing,
     "t=y asks receivers to apply less than p={0} (RFC 9989 4.7).",
     "Once the reports show that all your own mail passes, remove t=y.",
     "t=y により、受信側は p={0} より弱い扱いをします（RFC 9989 4.7）。",
     "自分のメールがすべて合格しているとレポートで確かめたら、t=y "
     "を外してくださ"
     "い。"},
    {dmarc_public_suffix,
     "psd=y says that anybody may register names under {0}: its sub-domains "
     "then count as other organizations (RFC 9989 4.10.2).",
     "Remove psd=y, unless the domain is a registry.",
     "psd=y は、{0} "
     "の下に誰でも名前を登録できることを意味し、サブドメインは別の"
     "組織として扱われます（RFC 9989 4.10.2）。",
     "レジストリでなければ、psd=y を外してください。"},
    {dmarc_rfcs_differ,
     "Receivers do not agree: by RFC 9989 the record of {0} applies and the "
     "organization is {1}; by RFC 7489 it is the record of {2} and {3}.",
     "Publish a record at the organization's domain, so that both find it.",
     "受信側によって扱いが異なります。RFC 9989 では {0} "
     "のレコードが適用され組織"
     "は {1} ですが、RFC 7489 では {2} のレコードと {3} です。",
     "どちらでも見つかるように、組織のドメインにレコードを公開してください。"},
    {dmarc_no_reports,
     "No address gets aggregate reports (rua=): you cannot see who sends in "
     "your name.",
     "Add an address that takes them:",
     "集計レポートの宛先（rua="
     "）がありません。誰が自分の名前で送っているかが分か"
     "りません。",
     "宛先を加えてください。"},
    {dmarc_report_uri,
     "\"{1}\" in {0}= is not a URI that reports can be sent to.",
     "Write it as \"mailto:\" and an address.",
     "{0}= の「{1}」は、レポートを送れる URI ではありません。",
     "「mailto:」とアドレスの形で書いてください。"},
    {dmarc_report_scheme,
     "{0}= has {1}; receivers need to know only mailto: (RFC 9989 4.7).",
     "Add a mailto: address.",
     "{0}= に {1} がありますが、受信側に対応が求められるのは mailto: だけです"
     "（RFC 9989 4.7）。",
     "mailto: の宛先も加えてください。"},
    {dmarc_report_size,
     "{1} in {0}= limits the size of reports, which RFC 9989 no longer has.",
     "The part from \"!\" on can go.",
     "{0}= の {1} はレポートの大きさを制限していますが、RFC 9989 で廃止されまし"
     "た。",
     "「!」以降は不要です。"},
    {dmarc_report_many,
     "rua= has {0} addresses; receivers need to serve only two.",
     "Leave two, and forward the reports from there.",
     "rua= の宛先が {0} 個あります。受信側が対応するのは 2 個までです。",
     "2 個に減らし、そこから転送してください。"},
    {dmarc_report_not_allowed,
     "{1} has not agreed to take the reports about {2} ({0}=), so receivers "
     "do not send them (RFC 9990 4).",
     "Have its owner publish:",
     "{1} は {2} "
     "についてのレポート（{0}=）の受け取りに同意していないため、受信側"
     "は送りません（RFC 9990 4）。",
     "そのドメインの管理者に、次のレコードの公開を依頼してください。"},
    {dmarc_report_unreachable,
     "{1}, where the reports of {0}= are to go, takes no mail.",
     "Name an address that works.",
     "{0}= のレポートの宛先 {1} は、メールを受け取りません。",
     "届く宛先を書いてください。"},

    {mta_sts_broken,
     "The MTA-STS record \"{0}\" is not as RFC 8461 (3.1) wants it, or there "
     "are several: senders act as if there were none.",
     "Publish one record, with a new id at every change of the policy file:",
     "MTA-STS のレコード「{0}」は RFC "
     "8461（3.1）の形式でないか、複数あります。送"
     "信側は、ないものとして扱います。",
     "レコードを 1 つだけ公開し、ポリシーファイルを変えるたびに id "
     "を変えてくださ"
     "い。"},
    {tls_rpt_broken,
     "The TLS-RPT record \"{0}\" is not as RFC 8460 (3) wants it, or there are "
     "several: no reports come.",
     "Publish one record:",
     "TLS-RPT のレコード「{0}」は RFC "
     "8460（3）の形式でないか、複数あります。レポ"
     "ートは届きません。",
     "レコードを 1 つだけ公開してください。"},
    {bimi_broken,
     "The BIMI record \"{0}\" cannot be used: l= and a= have to be https: "
     "addresses.",
     "Correct it, or remove it.",
     "BIMI のレコード「{0}」は使えません。l= と a= は https: "
     "のアドレスでなければ"
     "なりません。",
     "直すか、削除してください。"},
    {bimi_not_enforced, "BIMI has no effect while the DMARC policy is none.",
     "Ask for quarantine or reject first.",
     "DMARC のポリシーが none の間、BIMI は効果がありません。",
     "先に quarantine または reject に進めてください。"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].id != static_cast<records::finding_id>(i))
      return false;
  }
  return true;
}
static_assert(in_order());

/// {0}: a fact.
std::string fill(std::string_view pattern,
                 const std::vector<std::string>& facts) {
  std::string out;
  while (true) {
    const std::size_t open = pattern.find('{');
    out += pattern.substr(0, open);
    if (open == std::string_view::npos)
      return out;
    const auto which = static_cast<std::size_t>(pattern[open + 1] - '0');
    if (which < facts.size())
      out += facts[which];
    pattern.remove_prefix(open + 3);
  }
}

}  // namespace

const finding_pattern& pattern_of(records::finding_id id) {
  return table.at(static_cast<std::size_t>(id));
}

finding_words words_of(const records::finding& f, language in) {
  const finding_pattern& p = pattern_of(f.id);
  if (in == language::japanese) {
    std::vector<std::string> facts = f.facts;
    // What a check says of a record is a phrase of its own.
    for (std::string& fact : facts) fact = check_phrase(fact, in);
    return {fill(p.japanese_text, facts), fill(p.japanese_remedy, facts)};
  }
  return {fill(p.text, f.facts), fill(p.remedy, f.facts)};
}

}  // namespace mekiki::notify
