#include "cli/words.hpp"

namespace mekiki::cli {
namespace {

constexpr notify::phrase phrases[] = {
    // A story. Names of lines and of parts.
    {"{} second", "{} 秒"},
    {"{} seconds", "{} 秒"},
    {"{} minute", "{} 分"},
    {"{} minutes", "{} 分"},
    {"{} hour", "{} 時間"},
    {"{} hours", "{} 時間"},
    {"{} day", "{} 日"},
    {"{} days", "{} 日"},
    {", {} before the last (the clocks differ)",
     "、前の記録より {}前（時計のずれ）"},
    {", {} later", "、{}後"},
    {"result", "結果"},
    {"record", "レコード"},
    {"signer", "署名者"},
    {"algorithm", "方式"},
    {"signed at", "署名日時"},
    {"expires at", "有効期限"},
    {"fields", "署名の対象"},
    {"key", "鍵"},
    {"body", "本文"},
    {"left out", "未実施"},
    {"reported by", "報告者"},
    {"domain", "ドメイン"},
    {"facts from", "情報の出所"},
    {"asked", "調べたこと"},
    {"explanation", "説明"},
    {"unchanged", "変更なし"},
    {"responsible", "責任者"},
    {"address", "アドレス"},
    {"name", "名前"},
    {"undone", "元に戻す"},
    {"a mark before the subject", "件名の前の目印"},
    {"text at the end", "末尾の文"},
    {"a part of its own", "独立したパート"},
    {"a cover around it", "全体を multipart で包んだもの"},
    {"another transfer encoding", "Content-Transfer-Encoding の変更"},
    {"rewritten links", "リンクの書き換え"},
    {"links added", "加わったリンク"},
    {"also added", "ほかの追加"},
    {"what may be a telephone number, or a link without a host",
     "電話番号らしい数字、またはホスト名のないリンク"},
    {"The rule: distrust {} {}", "ルール: distrust {} {}"},
    {"Its name is not encoded: clients that do not decode it read \"<\" or "
     "\";\" inside of it",
     "名前がエンコードされていないため、デコードしないメールソフトでは名前の一"
     "部が"
     "「<」や「;」などの区切り記号として読まれます"},
    {"learned", "学習"},
    {"proven by", "確認の根拠"},
    {"well signed", "正しい署名あり"},
    {"others", "正しい署名なし"},
    {"the list", "リスト"},

    // Reports of other hosts.
    {"no date", "日付なし"},
    {"(not told)", "（記載なし）"},
    {"warning", "注意"},
    {" ({} times)", "（{} 回）"},
    {"DMARC report of {} about {}, {}, p={}",
     "{} からの DMARC レポート：{}、{}、p={}"},
    {"report of {} about one mail in the name of {}, {}",
     "{} からの失敗レポート：差出人のドメイン {}、{}"},
    {"sent by {}, which is proven", "送信元 {}（確認済み）"},
    {"NOT PROVEN: it may be from anybody; its mail names {}",
     "未確認：誰が送ったか分かりません（メールの差出人は {}）"},
    {"TLS report of {} about {}, {}", "{} からの TLS レポート：{}、{}"},
    {"mails {}, of which {} pass DMARC; {} were stopped",
     "メール {} 通、うち DMARC 合格 {} 通、隔離または拒否 {} 通"},
    {"and {} records with fewer mails each",
     "ほかに {} 件の行（いずれも通数はこれ以下）"},
    {"{} from {}, author {}", "{}：送信元 {}、差出人 {}"},
    {"{} ({}): sessions good {}, failed {}",
     "{}（{}）：TLS 接続の成功 {} 回、失敗 {} 回"},
    {"its octets are not in the encoding that it declares",
     "宣言された文字コードと実際の内容が一致しません"},
    {"it has octets that are not UTF-8", "UTF-8 でない文字があります"},
    {"its XML is not well-formed, and was mended",
     "XML の形式に誤りがあり、補って読み取りました"},
    {"its XML is broken, and could be read in part only",
     "XML が壊れていて、一部しか読み取れませんでした"},
    {"it ends too early: records may be missing",
     "途中で終わっています。欠けている行があるかもしれません"},
    {"the archive is damaged: records may be missing",
     "圧縮ファイルが壊れています。欠けている行があるかもしれません"},
    {"it has a document type declaration, which was not read",
     "文書型宣言（DTD）があります（読み取っていません）"},
    {"it refers to entities, which stay as written",
     "実体参照があります（展開せず、書かれたままにします）"},
    {"a record is too large, and was left out",
     "大きすぎる行があり、除外しました"},
    {"it does not name its reporter", "報告者の名前がありません"},
    {"it has no id, so that a copy of it cannot be told",
     "レポート ID がないため、重複を見分けられません"},
    {"it does not name the domain", "対象のドメインが書かれていません"},
    {"it does not tell the policy", "ポリシーが書かれていません"},
    {"it does not tell its period", "対象の期間が書かれていません"},
    {"a date has another form than it should", "日付の形式が規定と異なります"},
    {"its end is before its begin", "期間の終わりが始まりより前です"},
    {"it is of the future", "未来の日付のレポートです"},
    {"it has no records", "行が 1 つもありません"},
    {"a number is missing or is none", "数が欠けているか、数ではありません"},
    {"a source is no IP address", "送信元が IP アドレスではありません"},
    {"it has a word that no RFC knows", "RFC にない語があります"},
    {"a record has more results than are read",
     "1 行の判定結果が多すぎるため、一部だけを読み取りました"},
    {"its sums are not those of its details", "合計が内訳と一致しません"},
    {"the mail calls it another kind of file",
     "メールに書かれたファイルの種類が実際と異なります"},
    {"it does not tell when the mail arrived; the date of the report stands "
     "for it",
     "元のメールの到着日時が書かれていないため、レポートの日付で代用します"},

    // The way.
    {"The way it came, first to last", "届いた経路（古い順）"},
    {"here the provider took the mail from outside",
     "ここでプロバイダーが外部からメールを受け取りました"},
    {"no field records a host outside of the provider",
     "プロバイダーの外のホストを記録したフィールドがありません"},
    {"this field of the provider cannot be read for sure",
     "プロバイダーのこのフィールドは確実には読み取れません"},
    {"this field of the provider does not record the address of its client",
     "プロバイダーのこのフィールドには接続元のアドレスが記録されていません"},
    {"the mail came from a program on a host of the provider",
     "プロバイダーのホスト上のプログラムから送られました"},
    {"the client logged in: a user of the provider, not a mail server",
     "接続元はログインしています。メールサーバーではなくプロバイダーの利用者で"
     "す"},
    {"the client came by no way that mail servers use",
     "接続元は、メールサーバーが使わない方法で届けています"},
    {"this address says nothing of who sent the mail",
     "このアドレスからは、誰が送ったか分かりません"},
    {"the client's name is the provider's, but it spoke to the host that takes "
     "mail from outside: the provider's own, or a customer's",
     "接続元の名前はプロバイダーのものですが、外部からの受信用ホストに接続して"
     "います。プロバイダー自身か、その顧客のホストです"},
    {"the provider's own SPF record names the client: a host of the "
     "provider's, or one that sends for its customers",
     "プロバイダー自身の SPF レコードに接続元が載っています。プロバイダーのホス"
     "トか、その顧客のメールを送るホストです"},
    {"the host gave the mail to itself", "同じホストの中での受け渡しです"},
    {"the host names itself by an address of the provider's network",
     "ホストがプロバイダーのネットワークのアドレスで名乗っています"},
    {"handed over within the host: LMTP without an address",
     "ホストの中での受け渡しです（アドレスのない LMTP）"},
    {"the client is in a network of the settings",
     "接続元は、設定したネットワークの中にあります"},
    {"by the built-in table of providers",
     "組み込みのプロバイダー表によります"},
    {"the client has the address of an MX host",
     "接続元は MX ホストのアドレスです"},
    {"the client has the address of the server that the mail is fetched from",
     "接続元は、メールの取得元サーバーのアドレスです"},
    {"the client's name is the provider's, and the DNS confirms it",
     "接続元の名前はプロバイダーのもので、DNS でも確認できました"},
    {"the client has a private address", "接続元はプライベートアドレスです"},
    {"the client is the host itself", "接続元はそのホスト自身です"},
    {"earlier mails, each proven, came through such a host",
     "これまでの確認済みのメールも、このようなホストを通りました"},
    {"the built-in table of providers lists this host: {}",
     "組み込みのプロバイダー表に載っているホストです：{}"},
    {"this host is an MX host", "このホストは MX ホストです"},
    {"a host in a network of the settings got the mail from this one",
     "設定したネットワークのホストが、このホストからメールを受け取りました"},
    {"this host's name is the provider's",
     "このホストの名前はプロバイダーのものです"},
    {"this host belongs to the server that the mail is fetched from",
     "このホストは、メールの取得元サーバーと同じドメインのものです"},
    {"earlier mails, each proven, came in at this host",
     "これまでの確認済みのメールも、このホストに届きました"},
    {"the built-in table of providers is not used: earlier mails, each "
     "proven, came in elsewhere",
     "組み込みのプロバイダー表は使いません：これまでの確認済みのメールは、別の"
     "場所で受け取られています"},
    {"GMX and web.de", "GMX と web.de"},
    {"^ inside:", "^ 内部："},
    {"another field of the provider names another client: this is not where "
     "the mail came in",
     "プロバイダーの別のフィールドに異なる接続元が記録されています。メールが外"
     "から入った場所ではありません"},
    {"nothing shows that this host takes mail from outside: its client may be "
     "the provider's own",
     "このホストが外部からメールを受け取ることを示すものがありません。接続元は"
     "プロ"
     "バイダー自身のホストかもしれません"},
    {"the host that the field above records did not write this one",
     "このフィールドを書いたのは、"
     "上のフィールドに記録されたホストではありません"},
    {"the DNS could not tell for now which hosts are the provider's",
     "DNS の応答がなく、どのホストがプロバイダーのものか分かりません"},
    {"there are more hops inside than are looked at",
     "プロバイダー内の中継が多すぎて、すべては調べられません"},
    {"cannot be read: {}", "読み取れません：{}"},
    {"from [{}]", "[{}] から"},
    {"from an address that is not recorded", "記録のないアドレスから"},
    {", named {}", "、名前 {}"},
    {", calling itself {}", "、自称 {}"},
    {"within one host", "同じホストの中"},
    {"from no other host", "ほかのホストから受け取ったものではありません"},
    {", to {}", "、{} へ"},
    {", by {}", "、{} で"},
    {", with TLS", "、TLS あり"},
    {", logged in", "、ログイン済み"},
    {"^ border:", "^ 境界："},
    {"^ no certain border:", "^ 確実な境界なし："},
    {"what helps: `mekiki provider learn --account NAME%HOST FOLDER`, or a "
     "[[provider]] in the settings that names its hosts",
     "対処：`mekiki provider learn --account 名前%サーバー "
     "メールのフォルダー` を実行するか、設定の "
     "[[provider]] にプロバイダーのホストを書いてください"},
    {"Whose mail it is was not told: which hosts are his provider's is not "
     "known. Add --account NAME%HOST.",
     "誰のメールかが指定されていないため、どれがプロバイダーのホストか分かりま"
     "せん。--account 名前%サーバー を付けてください。"},
    {"it is not certain: the field has no time",
     "確実ではありません：このフィールドに日時がありません"},
    {"it accuses nobody any more: the mail came too long ago "
     "(verdict.accuse_within, accuse_unsigned_within); --at judges it in its "
     "time",
     "届いてから時間が経ちすぎているため（verdict.accuse_"
     "within、accuse_unsigned_within）、なりすましとは"
     "判定しません。--at を付けると、届いた当時の時点で判定します"},
    {"it is not certain: a host counts as the provider's by its name alone",
     "確実ではありません：名前だけでプロバイダーのものとしたホストがあります"},
    {"it accuses, but proves nothing: a program on the provider's host could "
     "have written it; if nobody else's programs run there, set mail_only",
     "なりすましと判定する根拠にはなりますが、本物と確認する根拠にはなりません"
     "：プロバイダーのホスト上のプロ"
     "グラ"
     "ムでもこれを書けます（ほかの人のプログラムが動かないホストなら mail_only "
     "を設定してください）"},
    {"it accuses, but proves nothing: earlier mails, each proven, show that "
     "mail comes in here",
     "なりすましと判定する根拠にはなりますが、本物と確認する根拠にはなりません"
     "：これまでの確認済みのメールか"
     "ら、メールはここに届くと分かっています"},
    {"it is not certain: nothing is known of the provider's hosts; --account "
     "tells",
     "確実ではありません：プロバイダーのホストが分かりません（--account "
     "で指定できます）"},
    {"envelope sender: {}, by the field {}",
     "エンベロープの差出人: {}（{} フィールドによる）"},
    {"an address without a domain", "ドメインのないアドレス"},
    {"the domain's own words: \"{}\"", "ドメインの持ち主による説明：「{}」"},
    {"envelope sender: <{}>", "エンベロープの差出人: <{}>"},
    {"the envelope sender is not recorded for sure",
     "エンベロープの差出人は確実には記録されていません"},
    {"no Received field tells", "Received の記録がありません"},
    {"(older ones are not looked at)", "（これより古いものは調べません）"},
    {"Written by the sender's side, may be invented:",
     "送信側の記録（偽造かもしれません）:"},
    {"Written by the provider:", "プロバイダーの記録:"},
    {"(no time)", "（日時なし）"},
    {"The border was not looked for: the facts are given by hand.",
     "境界は調べていません。情報が手動で指定されています。"},
    {"The border is this host: it took the mail from the client.",
     "境界はこのサーバーです。メールを接続元から直接受け取りました。"},
    {"No certain border: {}", "確実な境界なし：{}"},

    // The author.
    {"Author: none; the From field has no address",
     "差出人: なし（From にアドレスがありません）"},
    {"Author: none; there is no From field",
     "差出人: なし（From フィールドがありません）"},
    {"Judged as a mail of {}, as some mail clients show it",
     "{} からのメールとして判定（そう表示するメールソフトがあるため）"},
    {"Author: {}", "差出人: {}"},
    {" and {} more", " ほか {} 件"},
    {"Shown as: {}", "表示名: {}"},
    {"Mailing list, as it says: {}", "メーリングリスト（自称）: {}"},
    {"Verdict: {}", "判定: {}"},
    {"genuine", "本物"},
    {"new", "新しい差出人"},
    {"unverified", "未確認"},
    {"altered", "途中で変更"},
    {"forged", "なりすまし"},
    {"The header is longer than the limit: only a part of it was read",
     "ヘッダーが上限より長いため、一部だけを読みました"},

    // DKIM.
    {"{} (identity {})", "{}（i= {}）"},
    {"{} bits", "{} ビット"},
    {", proven by DNSSEC", "、DNSSEC で確認済み"},
    {", in test mode", "、試験用"},
    {"only the first {} of {} octets are signed",
     "先頭の {} オクテットだけが署名の対象（全 {} オクテット）"},
    {"{} octets, all signed", "{} オクテット、すべて署名の対象"},
    {"{} octets, fewer than were signed", "{} オクテット、署名の対象より短い"},
    {"the mail carries no signature", "署名はありません"},
    {"no signature stands in the part of the header that was read",
     "読んだ範囲のヘッダーに署名はありません"},
    {"DKIM signature {} of {}", "DKIM 署名 {} / {}"},
    {"with a key remembered from earlier mails",
     "以前のメールで得た鍵を使いました"},
    {"DomainKeys (RFC 4870, historic: named, not checked)",
     "DomainKeys（RFC 4870、旧方式。検証はしません）"},
    {"{} (selector {})", "{}（セレクター {}）"},
    {"and {} more", "ほか {} 件"},

    // SPF.
    {"nothing is known to check", "検証に必要な情報がありません"},
    {"{}: it alone proves nothing, as we could not look ourselves",
     "{}（自分では確かめられないため、これだけでは証明になりません）"},
    {"the border's Received field", "境界の Received"},
    {"what was given by hand", "手動で指定された情報"},
    {"the SMTP session", "SMTP セッション"},
    {"{}{} publishes: {}\n", "{}{} が公開: {}\n"},
    {"may {} send mail of {}?", "{} は {} のメールを送ってよいか"},

    // ARC.
    {"the mail has no ARC chain", "ARC セットはありません"},
    {"not looked at", "調べていません"},
    {"instance {}", "記録 {}"},
    {"sealed by {}", "{} の ARC シール"},
    {"sealed by {} at {}", "{} の ARC シール（{}）"},
    {"seal: {}", "ARC シール：{}"},
    {"signature of the mail: {}", "メールの署名: {}"},
    {"it saw: {}", "そのときの結果: {}"},
    {"since the first instance", "最初の記録から"},
    {"since instance {}", "記録 {} から"},

    // DMARC.
    {"Author:", "差出人:"},
    {"Organization:", "組織:"},
    {"not known", "不明"},
    {"Record:", "レコード:"},
    {"of {}: {}", "{} が公開: {}"},
    {"Policy:", "ポリシー:"},
    {"none published", "公開されていません"},
    {"an aligned domain passed", "アライメントのあるドメインが pass"},
    {"the aligned domain passed", "アライメントのあるドメインが pass"},
    {"no aligned domain passed",
     "pass したアライメントのあるドメインはありません"},
    {"Result:", "結果:"},
    {"Reason:", "理由:"},
    {"Disposition:", "求められる扱い:"},
    {"But:", "ただし:"},
    {"{} says {}, with the policy {}", "{} では {}（ポリシー {}）"},

    // Historic checks.
    {"Sender ID (historic)", "Sender ID（旧方式）"},
    {"{}, named by {}", "{}（{} による）"},
    {"ADSP (historic)", "ADSP（旧方式）"},
    {"Reverse name (iprev)", "逆引き（iprev）"},
    {"the name leads back to the address",
     "逆引きした名前から元のアドレスに戻れます"},
    {"no name of the address leads back to it",
     "逆引きした名前から元のアドレスに戻れません"},
    {"the address has no name", "逆引きしても名前がありません"},

    // The rest.
    {"Results that the provider itself wrote", "プロバイダー自身が書いた結果"},
    {"Changed on the way", "途中での変更"},
    {"signature {} fits once this is taken back: {}",
     "これを元に戻すと、署名 {} の検証が通ります：{}"},
    {"nothing else that is signed was changed",
     "署名の対象に、ほかの変更はありません"},
    {"nothing shows that it is a mere addition", "追記だけとは言い切れません"},
    {"nothing shows that it is a mere addition: Content-Transfer-Encoding is "
     "not signed, so the text could be read in another way",
     "追記だけとは言い切れません：Content-Transfer-Encoding が署名の対象でない"
     "ため、本文が別の内容に読まれるおそれがあります"},
    {"the same came on mails of many authors",
     "多くの差出人のメールに同じものがありました"},
    {"not met often enough",
     "同じ変更のあったメールが、まだ十分な数ではありません"},
    {"What may deceive the eye", "見間違えやすい点"},
    {"From shows {0}, of another domain than its address",
     "差出人欄に、アドレスとは別のドメインの {0} が書かれています"},
    {"the name {0} is that of somebody at {1}",
     "名前の {0} は、{1} の人の名前と同じです"},
    {"{0} has characters that are easily taken for those of {1}",
     "{0} には、{1} と見間違えやすい文字が使われています"},
    {"{0} differs from {1} by one slip of a letter",
     "{0} は {1} と 1 か所だけ違います"},
    {"{0} is {1} with another ending", "{0} は {1} と末尾だけが違います"},
    {"{0} has the name of {1} in it", "{0} には {1} の名前が含まれています"},
    {"{0} mixes letters that do not belong together",
     "{0} には、ふつうは一緒に使わない文字が混ざっています"},
    {"{0} has characters that are invisible or change the direction of reading",
     "{0} には、見えない文字や読む向きを変える文字が含まれています"},
    {"{0} is your own address", "{0} はあなた自身のアドレスです"},
    {"Answers go to {0}, not to {1}", "返信先は {1} ではなく {0} です"},
    {"none", "なし"},
    {"{} on {} day, {} to {}", "{} 通（{} 日間、{} から {}）"},
    {"{} on {} days, {} to {}", "{} 通（{} 日間、{} から {}）"},
    {"Earlier mails", "以前のメール"},
    {"no history was asked", "履歴は調べていません"},
    {"no mail of this author's domain was proven before",
     "この差出人のドメインから届いたと確認できたメールは、まだありません"},
    {"{}; known", "{}（いつもの差出人）"},
    {"What the DNS said", "DNS の応答"},
    {"What Mekiki writes into the mail", "Mekiki がメールに書き込む内容"},

    // verify.
    {"{} mails, {} forged", "{} 通、なりすまし {} 通"},
    {"; X-DKIM-Check: {} pass, {} fail, {} none\n",
     "。X-DKIM-Check：pass {}、fail {}、none {}\n"},
    {", {} not readable", "、読み取れないもの {}"},

    // user.
    {"rewritten", "本文を置き換える"},
    {"warning mail", "警告メール"},
    {"labels", "ラベル"},
    {"pop-up", "ウィンドウ"},
    {"{}{} ({})", "{}{}（{}）"},
    {", ", "、"},
    {"  methods       {}\n", "  知らせ方        {}\n"},
    {"                but users.allowed leaves {}\n",
     "                  ただし users.allowed により {} だけが有効\n"},
    {"  when          {}\n  language      {}\n  secret word   {}\n"
     "  subject mark  {}\n",
     "  知らせるメール  {}\n  言語            {}\n  合言葉          {}\n"
     "  件名の印        {}\n"},
    {"{} (made by Mekiki)", "{}（Mekiki が作ったもの）"},
    {"{}, chosen {}\n", "{}（{} に選択）\n"},
    {"{}, as the settings say\n", "{}（設定の既定のまま）\n"},
    {"{}  as the settings say, language {}\n",
     "{}  設定の既定のまま、言語 {}\n"},
    {"{}  {}, when {}, language {}, subject mark {}{}\n",
     "{}  {}、知らせるメール {}、言語 {}、件名の印 {}{}\n"},
    {", with a secret word", "、合言葉あり"},
    {"Nobody has chosen; everybody is told as the settings say.\n",
     "まだ誰も選んでいません。全員に、設定の既定のとおりに知らせます。\n"},
    {"The last {} days of {}, when {}:\n{}",
     "{1} の過去 {0} 日間（知らせるメール：{2}）：\n{3}"},
    {"{} mails: {} genuine, {} new, {} unverified, {} altered, {} forged.\n",
     "{} 通：genuine {}、new {}、unverified {}、altered {}、forged {}\n"},
    {"A would have rewritten {} of {} mails.\n",
     "A：{1} 通のうち {0} 通の本文が置き換わります。\n"},
    {"B would have warned of {} of {} mails.\n",
     "B：{1} 通のうち {0} 通を警告メールで知らせます。\n"},
    {"C would have coloured {} red and {} green.\n",
     "C：{} 通が赤、{} 通が緑になります。\n"},
    {"C would have coloured {} red and {} green; {} new and {} altered have "
     "colours of their own.\n",
     "C：{} 通が赤、{} 通が緑になります。new の {} 通と altered の {} "
     "通は、それぞれ別の色です。\n"},
    {"D would have shown {} of {} mails.\n",
     "D：{1} 通のうち {0} 通でウィンドウが開きます。\n"},
    {"The mark would have stood in {} Subjects.\n",
     "{} 通の件名に印が付きます。\n"},
    {"No method is chosen: nobody would have been told.\n",
     "どの方法も選んでいないので、何も知らされません。\n"},
    {"A and B together are for more than 1 mail in {} (users.budget): Mekiki "
     "would have fallen back to labels.\n",
     "A と B の対象が {} 通に 1 "
     "通を超えるため（users.budget）、途中からラベルだけになります。\n"},
    {"Of these methods users.allowed leaves {}.\n",
     "このうち users.allowed により有効なのは {} だけです。\n"},

    // demo.
    {"Mekiki's demo is running, on this machine alone.",
     "Mekiki のデモを、このマシンの中だけで動かしています。"},
    {"  No  X-DKIM-Check  Verdict     What it is\n",
     "  番号  X-DKIM-Check  判定        内容\n"},
    {"no address: none is free", "なし（空いているアドレスがありません）"},
    {"{0} mails, their DNS zone and the settings are in {1}. Judge them with:\n"
     "  mekiki verify --config {1}/mekiki.toml --dns {1}/zone.json "
     "--account demo@user.example%localhost {1}/*.eml\n",
     "メール {0} 通とその DNS ゾーン、設定を {1} "
     "に書き出しました。次のコマンドで判定できます：\n"
     "  mekiki verify --config {1}/mekiki.toml --dns {1}/zone.json "
     "--account demo@user.example%localhost {1}/*.eml\n"},
    {"a good mail, signed with RSA", "正しいメール（RSA の署名）"},
    {"a good mail, signed with Ed25519", "正しいメール（Ed25519 の署名）"},
    {"a bank's mail with two good signatures",
     "銀行のメール（正しい署名が 2 つ）"},
    {"a good mail in Japanese, ISO-2022-JP",
     "日本語の正しいメール（ISO-2022-JP）"},
    {"a good mail in Japanese, UTF-8", "日本語の正しいメール（UTF-8）"},
    {"a good mail with HTML and an attachment",
     "HTML と添付ファイルのある正しいメール"},
    {"signed by a mailing service, not by the author's domain",
     "差出人のドメインではなく、配信サービスが署名"},
    {"a bank's mail whose account number was changed",
     "振込先の口座番号が書き換えられた銀行のメール"},
    {"a friend's mail with another subject", "件名の変わった友人のメール"},
    {"a mailing list added a footer and a subject prefix",
     "メーリングリストがフッターと件名の前置きを加えたもの"},
    {"came long after its signature had expired",
     "署名の有効期限が切れてから、かなり後に届いたもの"},
    {"an honest mail without a signature", "署名のない、本物のメール"},
    {"a bank's name on a look-alike domain (1 for i), well signed by it",
     "銀行の名前で、そっくりドメイン（i の代わりに 1）の正しい署名付き"},
    {"a forged bank mail that brings its own X-DKIM-Check: pass",
     "X-DKIM-Check: pass を自分で付けた、銀行のなりすまし"},
    {"a threat that seems to come from you yourself",
     "自分自身から届いたように見える脅迫メール"},

    // try.
    {"Password of {}", "{} のパスワード"},

    // cert.
    {"Mekiki's certificate authority is in {}\nSHA-256 fingerprint: {}\n",
     "Mekiki の認証局の証明書を {} に書き出しました。\n"
     "SHA-256 フィンガープリント: {}\n"},
    {"\nThis authority was made by an earlier Mekiki: with its key, which lies "
     "in the\nstate folder, one could pretend to be any server towards the "
     "clients that trust\nit. mekiki cert --renew makes one that is for this "
     "machine alone. Import it in\nall clients then, and remove the old one "
     "from them.\n",
     "\nこの認証局は、以前の版の Mekiki "
     "が作ったものです。状態ディレクトリにあるその秘密鍵が"
     "\nあれば、この認証局を信頼するメールソフトに対して、どのサーバーにもなり"
     "すませます。"
     "\nmekiki cert --renew "
     "で、このマシンだけを証明できる認証局を作り直せます。"
     "\nその後、すべてのメールソフトに取り込み、古いほうを削除してください。"
     "\n"},
    {"\nClients that trusted the authority of before refuse to connect until "
     "they have\nthis one. A running `mekiki serve` takes it within the hour, "
     "or when it gets\nSIGHUP.\n",
     "\n以前の認証局を信頼していたメールソフトは、これを取り込むまで接続を拒否"
     "します。"
     "\n動作中の `mekiki serve` は、1 時間以内、または SIGHUP "
     "を受けたときに切り替わります。\n"},

    // The records of a domain.
    {"takes no mail (RFC 7505)", "メールを受け取らない（RFC 7505）"},
    {"no reverse name", "逆引きの名前がありません"},
    {"reverse name: not known", "逆引き：不明"},
    {" (does not lead back)", "（元のアドレスに戻りません）"},
    {"never looked at", "評価されません"},
    {"depends on the mail", "メールによって変わります"},
    {"finds nothing", "該当なし"},
    {"more than 10 hosts", "ホストが 10 を超えます"},
    {"no answer", "応答なし"},
    {"leads back", "元に戻ります"},
    {"not followed", "たどっていません"},
    {"{}{} of at most {} look-ups, {} of at most {} without a result",
     "問い合わせ {}{} 回（上限 {} 回）、何も見つからないもの {} 回（上限 {} "
     "回）"},
    {"none is known: name the keys with --selector (the s= of a signature)",
     "鍵の名前が分かりません。--selector で鍵の名前（署名の "
     "s=）を指定してください"},
    {"unstated", "指定なし"},
    {"record of {}, organizational domain {}",
     "レコードは {} のもの、組織ドメインは {}"},
    {"policy: {}; for sub-domains: {}; for names that do not exist: {}",
     "ポリシー：{}、サブドメイン：{}、存在しない名前：{}"},
    {"For information", "参考"},
    {"absent", "なし"},
    {"present", "あり"},
    {"broken", "誤りあり"},
    {"unknown", "不明"},
    {"Google's rules for senders", "Google の送信者ガイドライン"},
    {"all senders: SPF or DKIM", "すべての送信者：SPF または DKIM"},
    {"all senders: reverse names that lead back (MX hosts)",
     "すべての送信者：正逆の一致する逆引き（MX のホスト）"},
    {"all senders: TLS on the way", "すべての送信者：TLS による配送"},
    {"all senders: fewer than 3 in 1,000 mails reported as spam",
     "すべての送信者：迷惑メールの報告が 1,000 通に 3 通未満"},
    {"5,000 mails a day: From proven by SPF or DKIM (aligned)",
     "1 日 5,000 通以上：SPF または DKIM による From の証明（一致）"},
    {"5,000 mails a day: unsubscribing with one click (RFC 8058)",
     "1 日 5,000 通以上：ワンクリックの配信停止（RFC 8058）"},
    {", in use since {}", "、{} から使用"},
    {"5,000 mails a day: SPF and DKIM", "1 日 5,000 通以上：SPF と DKIM"},
    {"5,000 mails a day: a DMARC record", "1 日 5,000 通以上：DMARC レコード"},
    {"yes", "はい"},
    {"no", "いいえ"},
    {"Nothing is wrong.", "問題はありません。"},
    {"Findings", "見つかった点"},

    // What a domain should publish.
    {"Who sends mail of {}? One a line, an empty line at the end:\n"
     "  mx             the hosts that take its mail\n"
     "  192.0.2.1      an address or a network\n"
     "  host.example   a host\n"
     "  include:NAME   what a service wants you to include\n"
     "  google         a known service (--help lists them)",
     "{} のメールを送るのは誰ですか。1 行に 1 つずつ、最後は空行：\n"
     "  mx             メールを受け取るホスト\n"
     "  192.0.2.1      アドレスまたはネットワーク\n"
     "  host.example   ホスト\n"
     "  include:NAME   サービスが include を求めている名前\n"
     "  google         既知のサービス（一覧は --help）"},
    {"A new private key is in {}. Keep it secret.",
     "新しい秘密鍵を {} に書きました。他人に見せないでください。"},
    {"The plan", "計画"},
    {"now. Reports come; no mail is treated otherwise.",
     "すぐに。レポートが届くだけで、メールの扱いは変わりません。"},
    {"not before {}, and only when the reports of four weeks show that every "
     "source of yours passes with DKIM or SPF aligned, and that what fails is "
     "not yours.",
     "{} 以降。ただし、4 "
     "週間分のレポートで、自分の送信元がすべて、自分のドメインと一致する DKIM "
     "または SPF で合格し、失敗したものは自分のものでないと確かめてから。"},
    {"not before {}, and only when four weeks of quarantine showed no mail of "
     "yours among what failed.",
     "{} 以降。ただし、quarantine の 4 週間に、失敗したメールの中に自分のものが"
     "なかったと確かめてから。"},
    {"A date alone is no reason to go on. If a source of yours fails, mend it "
     "first; if mail is lost, go back one step.",
     "日付が来ただけで先へ進まないでください。自分の送信元が失敗しているなら、"
     "先"
     "に直します。メールが失われたら、1 段戻します。"},
    {"Publish these records (as lines of a zone file):",
     "次のレコードを公開してください（ゾーンファイルの行）："},
    {"Nobody sends or receives mail of this domain, and forgeries of it are "
     "refused. The MX record takes the place of all others.",
     "このドメインのメールは誰も送らず、誰も受け取らず、なりすましは拒否されま"
     "す。MX "
     "レコードは、ほかの MX をすべて置き換えます。"},
    {"They take the place of the domain's present SPF and DMARC records: name "
     "everybody who still sends.",
     "今の SPF と DMARC "
     "のレコードを置き換えます。今も送っている送信元をすべて含"
     "めてください。"},
    {"Danger: a flattened record is a copy. When a service changes its "
     "addresses, which it does without telling you, its mail for you fails "
     "SPF. Make it anew every day, or do not flatten: fewer includes, or a "
     "sub-domain for each service, last longer.",
     "危険：展開したレコードは写しです。サービスは予告なくアドレスを変えます。"
     "そ"
     "うなると、そのサービスから送るメールは SPF に失敗します。毎日作り直すか、"
     "展開をやめてください。include "
     "を減らすか、サービスごとにサブドメインを分け"
     "るほうが長持ちします。"},
    {"The SPF record that is published now also has {}. Who still sends by "
     "that needs a --sender.",
     "今公開されている SPF レコードには、ほかに {} "
     "があります。今もそこから送る場"
     "合は --sender に加えてください。"},
    {"With these records in the zone:", "これらのレコードを公開した場合："},
};

}  // namespace

std::span<const notify::phrase> phrases_of_commands() { return phrases; }

std::string_view say(notify::language in, std::string_view english) {
  if (in == notify::language::english)
    return english;
  const std::string_view found = notify::find_phrase(phrases, english);
  return found.empty() ? english : found;
}

}  // namespace mekiki::cli
