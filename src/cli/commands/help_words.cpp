#include "cli/commands/help_words.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "notify/words/phrases.hpp"

namespace mekiki::cli {
namespace {

/// English on one line: how it was broken into lines does not count.
constexpr notify::phrase phrases[] = {
    // mekiki
    {"Mekiki judges where mails come from: a POP3 proxy in front of your mail "
     "server, and the same judgement for stored mails.",
     "Mekiki は、メールが本当に誰から届いたかを判定します。メールサーバーの"
     "手前に置く POP3 プロキシと、\n保存してあるメールの判定ができます。"},
    {"Print this help message and exit", "この説明を表示して終了する"},
    {"Display program version information and exit",
     "バージョンを表示して終了する"},
    {"`mekiki COMMAND --help` tells more of each.",
     "それぞれの詳しい説明は `mekiki COMMAND --help` で分かります。"},
    {"`mekiki domain COMMAND --help` tells more of each.",
     "それぞれの詳しい説明は `mekiki domain COMMAND --help` で分かります。"},

    // Options of several commands.
    {"settings file (TOML)", "設定ファイル（TOML）"},
    {"settings file", "設定ファイル"},
    {"state folder", "状態ディレクトリ"},
    {"answer all DNS questions from this JSON zone, ask nobody",
     "DNS の応答をすべてこの JSON のゾーンから取り、どこにも問い合わせない"},
    {"of the output: en or ja (default: the locale's)",
     "出力の言語。en か ja（指定しなければロケールのもの）"},
    {"judge as if it were this time", "この時点のものとして判定する"},
    {"judge as of this time", "この時点のものとして判定する"},
    {"accept rsa-sha1 and RSA keys below 1024 bits",
     "rsa-sha1 と、1024 ビット未満の RSA 鍵も認める"},
    {"address of the client that handed the mail over",
     "メールを渡してきた送信元のアドレス"},
    {"envelope sender, without angle brackets",
     "エンベロープの差出人（山かっこなし）"},
    {"name given with HELO or EHLO", "HELO または EHLO で名乗った名前"},
    {"whose mails they are: the login name, USER%HOST[:PORT]",
     "誰のメールか。ユーザー名（USER%HOST[:PORT]）"},
    {"whose mails they are: the login name, USER%HOST[:PORT]; not needed for "
     "the history",
     "誰のメールか。ユーザー名（USER%HOST[:PORT]）。履歴から調べるときは不要"},
    {"the login name, USER%HOST[:PORT]", "ユーザー名（USER%HOST[:PORT]）"},
    {"for this account alone: the login name, USER%HOST[:PORT]",
     "このアカウントだけ。ユーザー名（USER%HOST[:PORT]）"},
    {"of this account alone: the login name, USER%HOST[:PORT]",
     "このアカウントのものだけ。ユーザー名（USER%HOST[:PORT]）"},
    {"one JSON object a line", "1 行に 1 つの JSON で出力する"},
    {"one JSON object", "JSON で出力する"},
    {"signing domain (d=)", "署名するドメイン（d=）"},
    {"name of the key (s=)", "鍵の名前（セレクター、s=）"},
    {"Exit code: 1 for fail, 0 for every other result, 2 could not run.",
     "終了コード：fail なら 1、それ以外の結果なら 0、実行できなければ 2。"},
    {"SPF needs the address that handed the mail to your provider. Mekiki "
     "looks for it in the Received fields; --account tells whose provider and "
     "history count, and --ip, --mail-from and --helo give the facts by hand.",
     "SPF の検証には、プロバイダーにメールを渡してきたアドレスが必要です。"
     "Mekiki は Received から探します。\n--account "
     "で、誰のプロバイダーと履歴を使うかを、--ip、--mail-from、--helo "
     "で、それらの情報を直接\n指定できます。"},

    // serve, reload, demo, try, send-test
    {"Run the proxy until it is told to stop",
     "プロキシを起動する（停止するまで動き続ける）"},
    {"Runs without a settings file; `mekiki config defaults` prints one. Mail "
     "clients log in as USER%HOST, such as taro%pop.example.jp.",
     "設定ファイルがなくても動きます（`mekiki config defaults` "
     "で出力できます）。"
     "\nメールソフトのユーザー名は USER%HOST です（taro%pop.example.jp "
     "など）。"},
    {"Have a running proxy read its settings again",
     "動作中のプロキシに設定を読み直させる"},
    {"process of `mekiki serve`", "`mekiki serve` のプロセス番号"},
    {"For service managers: `systemctl reload mekiki` runs it. It waits until "
     "the proxy has answered, and says why if it refused: then everything is "
     "as it was. Exit code: 0 reloaded, 2 not.",
     "サービス管理用です（`systemctl reload mekiki` が実行します）。結果が出る"
     "まで待ち、読み込めなければ理由を\n表示します。そのときは元の設定のまま"
     "です。終了コード：読み直せたら 0、そうでなければ 2。"},
    {"Run the proxy on a built-in mailbox",
     "内蔵のメールボックスでプロキシを試す"},
    {"first of three ports (default: 1110 and 1995, or free ones)",
     "3 つのポートの最初のもの（指定しなければ 1110 と 1995、または空き）"},
    {"write mails and zone, then end", "メールとゾーンを書き出して終了する"},
    {"Good and forged mails, really signed at start, with their own DNS; "
     "nothing leaves this machine. Prints what to type. Ctrl-C ends it.",
     "本物となりすましのメールを、起動時に実際に署名して用意します。DNS も"
     "専用のもので、外部とは通信\nしません。次に何を入力すればよいかを表示しま"
     "す。"
     "Ctrl-C で終了します。"},
    {"One login through all steps", "ログインを 1 段階ずつ試す"},
    {"Tells which step was refused by whom, and how many mails wait; and "
     "whether Mekiki knows where they came in. The password is asked for, or "
     "read from standard input.",
     "どの段階で、どこに断られたか、メールが何通あるか、届いた経路が分かるか"
     "どうかを示します。\nパスワードは、尋ねられたときに入力するか、標準入力で"
     "渡します。"},
    {"Send a test mail, step by step",
     "テストメールを、1 段階ずつ確かめながら送る"},
    {"who gets the mail", "宛先"},
    {"Mekiki's own mails (warnings of method B, and those to administrators) "
     "go to the server named in smtp.host of the settings, which sends them "
     "on. This sends a short one the same way, and tells which step was "
     "refused by whom. What happens after the server took it only the mailbox "
     "tells.",
     "Mekiki が送るメール（方法 B の警告と、管理者へのメール）は、設定の "
     "smtp.host "
     "のサーバーに渡します。\n同じ方法で短いメールを送り、どの段階で、"
     "どこに断られたかを示します。サーバーが受け取った後のことは、\n届いたか"
     "どうかで確かめてください。"},
    {"A settings file that is enough: [smtp] host = \"smtp.example.jp\" user = "
     "\"mekiki@example.jp\" password_file = \"smtp-password\" # one line, "
     "chmod "
     "600 from = \"mekiki@example.jp\"",
     "設定ファイルは、次のものだけで足ります。\n"
     "  [smtp]\n"
     "  host = \"smtp.example.jp\"\n"
     "  user = \"mekiki@example.jp\"\n"
     "  password_file = \"smtp-password\"  # 1 行だけ、chmod 600\n"
     "  from = \"mekiki@example.jp\""},
    {"Exit code: 0 the server took the mail, 1 it was refused, 2 could not "
     "run.",
     "終了コード：サーバーが受け取れば 0、断れば 1、実行できなければ 2。"},

    // verify, explain, spf, dmarc
    {"Judge stored mails", "保存してあるメールを判定する"},
    {"threads; 0: one for each core", "スレッドの数。0 ならコアの数"},
    {"mails", "メール"},
    {"A PATH is a mail, an mbox, a Maildir, another folder of mails, or - for "
     "standard input. Line ends are put back to CRLF where a file has LF only. "
     "Exit code: 0 none failed, 1 some failed or are forged, 2 could not run.",
     "PATH "
     "には、メール、mbox、Maildir、メールの入ったディレクトリ、-（標準入力）"
     "を書けます。改行が LF だけの\nファイルは CRLF に戻して読みます。\n"
     "終了コード：fail も forged もなければ 0、あれば 1、実行できなければ 2。"},
    {"The whole story of one mail", "1 通のメールの一部始終を説明する"},
    {"the mail", "メール"},
    {"Tells which way the mail came, each check with the DNS records it rests "
     "on, and how the verdict follows. SPF needs the address that handed the "
     "mail to your provider. Mekiki looks for it in the Received fields; "
     "--account tells whose provider and history count, and --ip, --mail-from "
     "and --helo give the facts by hand.",
     "届いた経路、それぞれの検証と根拠の DNS レコード、判定までの道筋を"
     "説明します。\nSPF の検証には、プロバイダーにメールを渡してきたアドレスが"
     "必要です。Mekiki は Received から探します。\n--account "
     "で、誰のプロバイダーと履歴を使うかを、--ip、--mail-from、--helo "
     "で、それらの情報を直接\n指定できます。"},
    {"May this address send mail for that domain?",
     "アドレスがドメインのメールを送ってよいかを調べる（SPF）"},
    {"Evaluates the domain's SPF record (RFC 7208), step by step. Without "
     "--mail-from, or with an empty one, the HELO name is checked. Exit code: "
     "1 for fail, 0 for every other result, 2 could not run.",
     "ドメインの SPF レコードを 1 段階ずつ評価します（RFC 7208）。--mail-from "
     "がないか空なら、HELO の名前を\n調べます。\n"
     "終了コード：fail なら 1、それ以外の結果なら 0、実行できなければ 2。"},
    {"Do these results prove the author's domain?",
     "検証結果から差出人のドメインを確認できるかを調べる（DMARC）"},
    {"domain of the author; several: as in a mail with several",
     "差出人のドメイン。差出人が何人かいるメールなら、その数だけ"},
    {"domain that SPF checked, and its result",
     "SPF で調べたドメインと、その結果"},
    {"domain of a signature, and its result; once for each",
     "署名のドメインと、その結果。署名の数だけ"},
    {"rfc9989 (with the tree walk) or rfc7489 (with the public suffix list); "
     "default: rfc9989",
     "rfc9989（ツリーウォーク）か rfc7489（Public Suffix List）。"
     "指定しなければ rfc9989"},
    {"Finds the author's DMARC policy (RFC 9989) and applies it to given "
     "results of other checks. Without --spf, SPF counts as checked with "
     "nothing to pass. Exit code: 1 for fail, 0 for every other result, 2 "
     "could not run.",
     "差出人の DMARC ポリシーを探し（RFC 9989）、指定したほかの検証の結果に"
     "当てはめます。--spf がなければ、\nSPF は検証したものの pass しなかった"
     "ものとします。\n"
     "終了コード：fail なら 1、それ以外の結果なら 0、実行できなければ 2。"},

    // sign, keygen, cert
    {"Sign a mail with DKIM", "メールに DKIM で署名する"},
    {"private key (PEM)", "秘密鍵（PEM）"},
    {"of header and body (c=)", "ヘッダーと本文の正規化（c=）"},
    {"time of the signature (t=)", "署名の日時（t=）"},
    {"Reads a mail from standard input and writes it with a DKIM-Signature on "
     "top.",
     "標準入力からメールを読み、先頭に DKIM-Signature を付けて出力します。"},
    {"Make a key for signing", "署名に使う鍵を作る"},
    {"rsa2048 or ed25519", "rsa2048 か ed25519"},
    {"key file; SELECTOR.DOMAIN.pem if not given",
     "鍵のファイル。指定しなければ SELECTOR.DOMAIN.pem"},
    {"replace the key file", "鍵のファイルがあれば置き換える"},
    {"Writes the private key and prints the DNS record to publish.",
     "秘密鍵を書き出し、公開する DNS レコードを表示します。"},
    {"Export our certificate authority", "Mekiki の認証局の証明書を書き出す"},
    {"mekiki-ca.pem if not given; - prints",
     "指定しなければ mekiki-ca.pem。- なら表示する"},
    {"replace another file there", "別のファイルがあっても置き換える"},
    {"make a new authority, which all clients have to import",
     "認証局を作り直す（すべてのメールソフトで取り込み直しが必要）"},
    {"Writes the certificate that mail clients import, and prints the steps "
     "for each client. `mekiki serve` makes it at its first start.",
     "メールソフトに取り込む証明書を書き出し、メールソフトごとの手順を表示"
     "します。\n証明書は、`mekiki serve` が初回の起動時に作ります。"},

    // trust, provider, senders
    {"Whom to trust, and whom not", "信頼する相手、しない相手を決める"},
    {"Rules count from the next mail on, for one account or for all, whether "
     "`mekiki serve` runs or not.",
     "ルールは、次に届くメールから、1 つまたはすべてのアカウントで有効です。"
     "`mekiki serve` が動いていても\nいなくても使えます。"},
    {"Trust, or distrust", "信頼する、または信頼しない"},
    {"author, signer, list, forwarder", "author、signer、list、forwarder"},
    {"glob or domain", "パターンまたはドメイン"},
    {"of author: only where this domain proves it",
     "author について：このドメインが確認の根拠になるときだけ"},
    {"never better than unverified", "信頼しない（良くても unverified）"},
    {"the rule ends then", "ルールの期限"},
    {"A rule for the same replaces the older one.",
     "同じものについてのルールは、前のものを置き換えます。"},
    {"author GLOB mails of these addresses (*@example.jp) or domains, once "
     "they are proven to be the author's signer DOMAIN whatever this domain "
     "proves for itself list LISTID what comes from this mailing list, proven "
     "by its domain forwarder DOMAIN what this domain sends on, sealed with "
     "ARC or proven",
     "  author GLOB       このアドレス（*@example.jp）かドメインからのメール。"
     "本人からと確認できたもの\n"
     "  signer DOMAIN     このドメインが、自身について証明したもの\n"
     "  list LISTID       このメーリングリストからのメール。リストのドメインで"
     "確認できたもの\n"
     "  forwarder DOMAIN  このドメインが転送したメール。ARC で封印したか、"
     "確認できたもの"},
    {"All rules, with their numbers", "すべてのルールを番号付きで表示する"},
    {"Remove a rule by its number", "番号を指定してルールを削除する"},
    {"as `trust list` shows it", "`trust list` に出る番号"},
    {"Which hosts are the mail provider's",
     "どれがプロバイダーのホストかを調べる"},
    {"Only what the provider's own hosts wrote on top of a mail tells where it "
     "came from. The border is the host that took it from outside. Where "
     "neither the DNS nor the built-in table shows it, mails teach it whose "
     "sender a signature proves: at the border SPF passes for the sender, and "
     "nowhere else. A border learned so accuses; it proves only where the mail "
     "itself shows that each host above is the provider's.",
     "どこから届いたかは、プロバイダー自身のホストがメールの先頭に書き加えた"
     "ものからしか分かりません。\n外からメールを受け取ったホストを境界と呼び"
     "ます。DNS からも組み込みの表からも分からないときは、\n署名で差出人を確認"
     "できたメールから学びます。差出人についての SPF が pass になるのは、境界で"
     "調べた\nときだけだからです。こうして学んだ境界は、なりすましと判定する"
     "根拠になります。本物だと確認する\n根拠になるのは、それより上のホストが"
     "すべてプロバイダーのものだと、メール自体から分かるときだけです。"},
    {"What was learned, by host", "学んだことをホストごとに表示する"},
    {"For each host that mails are fetched from the ways by which proven mails "
     "came, the latest hop first. A way is in use once at least 12 mails of 8 "
     "senders on 5 days over 7, from 5 addresses and by 3 different SPF terms, "
     "agree, and 2% at most disagree; or once somebody confirmed it on the "
     "dashboard, which asks from 5 mails of 3 senders on. One that was refused "
     "never is.",
     "メールの取得元のホストごとに、確認できたメールが通った経路を、新しいホッ"
     "プから順に示します。\n経路を使うのは、7 日以上の間の 5 日に、8 "
     "の差出人から届いた 12 通以上が一致し（アドレスは 5 種類以上、\nSPF "
     "の項目は 3 種類以上）、食い違うものが 2 % "
     "以下のときか、ダッシュボードで「はい」と答えたときです。\nダッシュボード"
     "では、3 の差出人から 5 "
     "通届くと質問します。「いいえ」と答えた経路は使いません。"},
    {"Where mails show that the provider takes mail in",
     "プロバイダーがどこでメールを受け取っているかを、メールから調べる"},
    {"mails, as for `verify`", "メール（`verify` と同じ）"},
    {"add the [[provider]] lines to the settings file",
     "[[provider]] の行を設定ファイルに書き加える"},
    {"Reads mails (files, mbox, Maildir; without them what `mekiki serve` has "
     "learned), and prints by which hosts those came in whose sender is "
     "proven, and the settings that would say so for good. Nothing is changed "
     "without --write.",
     "メール（ファイル、mbox、Maildir。なければ `mekiki serve` が学んだこと）を"
     "調べ、差出人を確認できたものが\nどのホストから届いたかと、それを固定する"
     "ための設定を表示します。--write がなければ、何も変えません。"},
    {"Forget what was learned of a host", "ホストについて学んだことを忘れる"},
    {"the server, as `list` shows it", "`list` に出るサーバー"},
    {"It is learned anew from the mails that come, and what people answered on "
     "the dashboard is asked again.",
     "これから届くメールで学び直します。ダッシュボードでの質問にも、もう一度"
     "答えてもらいます。"},
    {"Who sends how much", "どのドメインから何通届いたかを表示する"},
    {"so many days back (default: 7)", "さかのぼる日数（指定しなければ 7）"},
    {"Mails by author domain, the busiest first: an aid for the setting "
     "verdict.bulk_senders.",
     "差出人のドメインごとの通数を、多い順に表示します。設定 "
     "verdict.bulk_senders を決めるときに役立ちます。"},

    // milter
    {"What mail servers are answered", "メールサーバーへの答え"},
    {"Mail servers ask about each mail while they take it (docs/server.md).",
     "メールサーバーは、メールを受け取りながら 1 通ごとに問い合わせます"
     "（docs/server.ja.md）。"},
    {"What would be done with forged mail",
     "偽のメールに何をするはずかを表示する"},
    {"Forged mails that fail DMARC and came by the milter, by author domain, "
     "and what the settings would do with them: accept, quarantine or reject. "
     "Recipients that milter.excluded names are not considered.",
     "milter を通して届き、DMARC が fail だった偽のメールを、作成者の"
     "ドメインごとに数え、設定では何をするはずか（accept、quarantine、"
     "reject）を示します。milter.excluded の宛先は考えに入れません。"},
    {"one JSON object a domain", "ドメインごとに 1 行の JSON で出力する"},

    // store
    {"Back up, shrink, check, export or erase the history",
     "履歴のバックアップ、整理、検査、書き出し、消去"},
    {"All of them work while `mekiki serve` runs, and no mail is late for "
     "them.",
     "どれも `mekiki serve` の動作中に使え、メールの受信が遅れることは"
     "ありません。"},
    {"Copy the database as it is now, and verify the copy",
     "今のデータベースをコピーし、コピーを検査する"},
    {"the copy", "コピー先"},
    {"replace an earlier copy, once the new one is good",
     "新しいコピーに問題がなければ、前のコピーを置き換える"},
    {"FILE gets mode 0600: it holds what the history holds, secret words of "
     "users among it. To go back to it stop `mekiki serve`, remove mekiki.db, "
     "mekiki.db-wal and mekiki.db-shm from the state folder, and put FILE "
     "there as mekiki.db.",
     "FILE のモードは 0600 です。利用者の合言葉など、履歴の内容がすべて入り"
     "ます。元に戻すときは、\n`mekiki serve` を止め、状態ディレクトリの "
     "mekiki.db、mekiki.db-wal、mekiki.db-shm を削除してから、\nFILE を "
     "mekiki.db という名前で置いてください。"},
    {"Give back to the disk what is unused", "使っていない領域を返す"},
    {"Seldom needed: room in the file is used again. After it, nothing of what "
     "was removed is left in the file. For a while the state folder must have "
     "room for two copies of the database, and what `mekiki serve` would write "
     "waits in its queue.",
     "ファイルの空きは再び使われるので、ふだんは必要ありません。実行すると、"
     "削除したものがファイルに残り\nません。実行中は、データベース 2 つ分の"
     "空きが必要です。`mekiki serve` の書き込みは、終わるまで待ちます。"},
    {"Read all of it, and tell what it holds",
     "全体を検査し、何が入っているかを示す"},
    {"Exit code: 0 good, 1 damaged, 2 could not be read.",
     "終了コード：問題がなければ 0、壊れていれば 1、読めなければ 2。"},
    {"All that is kept of each mail, one line a mail",
     "メールごとの記録を 1 行ずつ書き出す"},
    {"mails that were last fetched then or later",
     "最後に受信したのがこの時刻以降のメール"},
    {"and before that time", "この時刻より前のメール"},
    {"jsonl or csv", "jsonl か csv"},
    {"also author and subject that are kept for users alone",
     "利用者だけのために残してある差出人と件名も出す"},
    {"In the order in which the mails first came. Author and subject are there "
     "where `history.keep` had them kept; where it is `own`, only of forged "
     "mails, unless you say --texts. In csv, text that a spreadsheet would "
     "calculate begins with an apostrophe.",
     "初めて届いた順に出します。差出人と件名は、`history.keep` で残すもの"
     "だけです。`own` なら、--texts が\nない限り、なりすましメールのものだけ"
     "です。csv では、数式として計算される文字列の先頭に「'」が付きます。"},
    {"Erase what is kept of an account", "アカウントについての記録を消去する"},
    {"also what its user chose: warnings, secret word, rules, add-ons",
     "利用者が決めたこと（知らせ方、合言葉、ルール、アドオン）も消去する"},
    {"really", "本当に消去する"},
    {"Its mails with their stories, its warnings, its daily sums, and what "
     "only its own history has learned: its senders are new again. A history "
     "that accounts share (`[[provider]] shares_history`) stays. Until `mekiki "
     "store vacuum`, octets may remain in the file; backups are yours to "
     "remove. Exit code: 1 if nothing is kept of it.",
     "メールとその経過、警告、日ごとの集計、そのアカウントだけの履歴で学んだ"
     "ことを消去します。\n差出人はまた新しい差出人になります。共有の履歴"
     "（`[[provider]] shares_history`）は残ります。\n`mekiki store vacuum` "
     "までは、"
     "ファイルに断片が残ることがあります。バックアップはご自分で消して\n"
     "ください。終了コード：記録が何もなければ 1。"},

    // user, rules
    {"How each user is told of forged mail",
     "利用者ごとの知らせ方を表示する、決める"},
    {"What one user chooses is kept beside the history and counts from the "
     "account's next login on, whether `mekiki serve` runs or not. Who has not "
     "chosen is told as the settings in [users] say.",
     "選んだ内容は履歴と一緒に保存され、次のログインから有効になります。"
     "`mekiki serve` "
     "が動いていても\nいなくても使えます。選んでいない利用者には、"
     "設定の [users] に従って知らせます。"},
    {"Methods, any set of them: A a forged mail arrives as a warning, with the "
     "original attached B a warning comes as a mail of its own C labels: rules "
     "of the mail client colour mails (see `mekiki rules`) D the add-on for "
     "Thunderbird opens a window When: forged mails that are proven false "
     "altered and those that somebody changed on their way new and those of "
     "senders who are not known yet classic instead of all that, each mail "
     "whose X-DKIM-Check is fail A touches forged mails alone, whatever --when "
     "says.",
     "方法（組み合わせられます）：\n"
     "  A  なりすましメールの本文を警告に置き換え、元のメールを添付する\n"
     "  B  別の 1 通で知らせる\n"
     "  C  ラベル：メールソフトのルールで色分けする（`mekiki rules`）\n"
     "  D  Thunderbird のアドオンがウィンドウを開く\n"
     "知らせるメール：\n"
     "  forged   なりすまし\n"
     "  altered  加えて、途中で変更されたもの\n"
     "  new      加えて、新しい差出人からのもの\n"
     "  classic  これらの代わりに、X-DKIM-Check が fail のもの\n"
     "--when が何であっても、A の対象はなりすましメールだけです。"},
    {"The secret word stands in each real warning, so that its reader can tell "
     "an imitation; Mekiki makes one for users who choose none. It is no "
     "password: whoever can read the user's mail knows it. What is not given "
     "stays as it was.",
     "合言葉は本物の警告に入っていて、偽の警告を見分けられます。決めなければ "
     "Mekiki が作ります。\nパスワードではありません。その利用者のメールを読める"
     "人には分かります。\n指定しなかったものは元のままです。"},
    {"Tells it from how the account's mails of the last 30 days were judged, "
     "and changes nothing.",
     "過去 30 日間のメールの判定から調べます。何も変えません。"},
    {"All users who have chosen", "選んだ利用者をすべて表示する"},
    {"How one user is told", "1 人の利用者の知らせ方を表示する"},
    {"Choose for one user", "1 人の利用者の知らせ方を決める"},
    {"What a choice would have done", "その選び方ならどうなっていたかを調べる"},
    {"letters of A, B, C, D with commas, or none",
     "A、B、C、D をコンマで区切ったもの。なしなら none"},
    {"of which mails: forged, altered, new or classic",
     "知らせるメール。forged、altered、new、classic のどれか"},
    {"mark forged mail in its Subject", "なりすましメールの件名に印を付ける"},
    {"of the user's warnings: en or ja", "警告の言語。en か ja"},
    {"the secret word", "合言葉"},
    {"forget the choice: as the settings say", "選択を取り消し、設定に従う"},
    {"Rules that colour mails in your mail client",
     "メールソフトで色分けするルールを表示する"},
    {"the mail client", "メールソフト"},
    {"a mailbox whose mails are to be coloured, as the mail client logs in; "
     "may be given several times",
     "色分けするメールボックス（メールソフトのユーザー名）。何度でも指定でき"
     "る"},
    {"new label values for these mailboxes",
     "これらのメールボックスのラベルの値を新しくする"},
    {"with --rotate: even within 30 days of the last time",
     "--rotate を、前回から 30 日以内でも行う"},
    {"by X-DKIM-Check alone, pass and fail",
     "X-DKIM-Check の pass と fail だけで分ける"},
    {"folder to write the rule files to (default: print them)",
     "ルールのファイルを書き出すディレクトリ（指定しなければ表示する）"},
    {"Red for forged, green for genuine, colours of their own for new and "
     "altered. The rules match on X-Mekiki-Label, whose value for a mailbox "
     "only this installation knows, so that no mail can colour itself. Keep "
     "the rules to yourself for that reason. Where a value has become known, "
     "--rotate makes a new one: for 30 days mails carry both, and the rules "
     "match both. Use it once, and print the rules for other clients without "
     "it; after the 30 days print them all once more. CLIENT: thunderbird, "
     "claws, sylpheed, mutt (and neomutt), becky, outlook, sieve",
     "forged は赤、genuine は緑、new と altered は別の色になります。ルールは "
     "X-Mekiki-Label で判定します。\nメールボックスごとの値は、お使いの Mekiki "
     "しか知らないので、メールが自分で色を付けることはできません。\nですから、"
     "ルールは人に見せないでください。値が知られてしまったら、--rotate で新しく"
     "します。30 日間は\n両方の値がメールに付き、ルールも両方に一致します。"
     "--rotate "
     "は一度だけ使い、ほかのメールソフトの\nルールはこれを付けずに出して"
     "ください。30 日が過ぎたら、すべてのルールを出し直してください。\n"
     "CLIENT：thunderbird、claws、sylpheed、mutt（neomutt "
     "も）、becky、outlook、"
     "sieve"},

    // texts, config, backup, restore, passwd, manual, completion
    {"The texts of notices and warnings, to write your own",
     "警告などの文面を表示する、書き換え用に書き出す"},
    {"Lists their names, each with what may stand in {braces} in it. With "
     "--export each is written to a file in English and one in Japanese, as "
     "`users.templates` reads it.",
     "文面の名前と、{波かっこ} に書けるものを表示します。--export なら、英語と"
     "日本語のファイルを 1 つずつ\n書き出します。`users.templates` "
     "で読める形です。"},
    {"write them to this folder, which is made if need be",
     "このディレクトリに書き出す（なければ作る）"},
    {"replace files that are there", "すでにあるファイルを置き換える"},
    {"Check a settings file; print every setting",
     "設定ファイルの検査、全設定の出力"},
    {"Check a settings file", "設定ファイルを検査する"},
    {"Opens the files that it names, too. Exit code: 0 good, 1 with problems, "
     "each in a line that begins FILE:LINE: KEY:",
     "書かれているファイルも開いて確かめます。終了コード：問題がなければ 0、"
     "あれば 1。問題は 1 行ずつ、\nFILE:LINE: KEY: に続けて示します。"},
    {"Print every setting with its default", "全設定と既定値を出力する"},
    {"as the manual's page", "マニュアルのページ（Markdown）として出力する"},
    {"of the manual's page: en or ja (default: en)",
     "マニュアルのページの言語。en か ja（指定しなければ en）"},
    {"The output is a settings file that changes nothing.",
     "出力は、そのまま使っても動作の変わらない設定ファイルです。"},
    {"Save all that matters of the state folder in one file",
     "状態ディレクトリの大事なものを 1 つのファイルに保存する"},
    {"the backup", "バックアップ"},
    {"replace an earlier backup, once the new one is good",
     "新しいバックアップに問題がなければ、前のものを置き換える"},
    {"The database, the secret of the labels, the certificate authority, the "
     "administrator's password and what is known of servers; not the settings "
     "file. Works while `mekiki serve` runs. FILE gets mode 0600: who has it "
     "can pass for this installation. It is a tar archive.",
     "データベース、ラベルの秘密、認証局、管理者のパスワード、サーバーについて"
     "分かっていることを保存します。\n設定ファイルは含みません。`mekiki serve` "
     "の"
     "動作中でも使えます。FILE のモードは 0600 です。これを持つ人は\nこの "
     "Mekiki "
     "になりすませます。tar 形式です。"},
    {"Fill an empty state folder from a backup",
     "バックアップから、空の状態ディレクトリに復元する"},
    {"what `mekiki backup` wrote", "`mekiki backup` で書き出したもの"},
    {"With the service stopped. FILE is read to its end before anything is "
     "changed.",
     "サービスを止めてから使ってください。FILE "
     "を最後まで調べてから復元します。"},
    {"Set an administrator's password of the dashboard",
     "ダッシュボードの管理者のパスワードを決める"},
    {"Asks twice, or reads one line where standard input is no terminal. With "
     "NAME the password is of an administrator of that name, who is made if "
     "need be: so several have one each, and the dashboard tells who did what. "
     "All administrators who are signed in have to sign in again. A running "
     "`mekiki serve` needs no restart.",
     "2 回尋ねます。標準入力が端末でなければ、1 行読みます。NAME を付けると、"
     "その名前の管理者のパスワードに\nなります（いなければ作ります）。何人かで"
     "別々のパスワードを使え、誰が何をしたかがダッシュボードで\n分かります。"
     "サインイン中の管理者は、全員サインインし直すことになります。`mekiki "
     "serve` "
     "の再起動は要りません。"},
    {"whose; the one without a name",
     "管理者の名前。省略すると、名前のない管理者"},
    {"may not sign in any more", "サインインできないようにする"},
    {"tell who there is", "管理者の一覧を表示する"},
    {"Print the manual page", "マニュアルページを出力する"},
    {"of the settings file, mekiki.toml(5)",
     "設定ファイルのマニュアル（mekiki.toml(5)）"},
    {"Print what lets a shell complete our commands",
     "シェルの補完スクリプトを出力する"},
    {"bash, zsh or fish", "bash、zsh、fish のどれか"},

    // domain
    {"The records of your own domain", "自分のドメインのレコード"},
    {"Are a domain's records right?",
     "ドメインのレコードが正しいかどうかを調べる"},
    {"the domain", "ドメイン"},
    {"name of a DKIM key (s=); once for each",
     "DKIM の鍵の名前（s=）。いくつでも指定できる"},
    {"state folder whose history knows keys; that of serve if not given",
     "鍵を覚えている履歴のある状態ディレクトリ。なければ serve のもの"},
    {"Reads MX, SPF, DKIM, DMARC and what else a domain publishes for its "
     "mail, counts what SPF costs, and tells what is wrong and what to publish "
     "instead. docs/domain.md lists the findings. DKIM keys are found only "
     "under the names that --selector gives (the s= of a signature), or that "
     "the history has seen, which knows their age, too. If the history has "
     "reports about the domain, the next step of its policy follows. Exit "
     "code: 0 nothing is wrong, 1 a finding of level warn or bad, 2 could not "
     "run.",
     "ドメインがメールのために公開している MX、SPF、DKIM、DMARC "
     "などを読み、SPF の問い合わせの\n"
     "数を数え、どこが間違っていて、代わりに何を公開すればよいかを示します。指"
     "摘の一覧は\n"
     "docs/domain.ja.md にあります。\n"
     "DKIM の鍵は、--selector で指定した名前（署名の s=）か、履歴にある名前だけ"
     "を調べます。\n"
     "履歴からは、鍵をいつから使っているかも分かります。\n"
     "履歴にそのドメインのレポートがあれば、ポリシーの次の段階も示します。\n"
     "終了コード：問題がなければ 0、warn か bad の指摘があれば "
     "1、実行できなければ 2。"},
    {"Make the records of a domain", "ドメインのレコードを作る"},
    {"who sends mail of the domain; once for each",
     "そのドメインのメールの送信元。いくつでも指定できる"},
    {"name of the DKIM key (s=)", "DKIM の鍵の名前（s=）"},
    {"key file; SELECTOR.DOMAIN.pem if not given",
     "鍵ファイル。指定しなければ SELECTOR.DOMAIN.pem"},
    {"address for reports; dmarc-reports@DOMAIN if not given",
     "レポートを受け取るアドレス。指定しなければ dmarc-reports@DOMAIN"},
    {"put the addresses of today in place of names in SPF (they get stale)",
     "SPF の名前を今のアドレスに置き換える（古くなる）"},
    {"nobody sends or receives mail of the domain",
     "そのドメインのメールは誰も送受信しない"},
    {"check the domain as if the records were published",
     "作ったレコードを公開したものとしてドメインを調べる"},
    {"the plan begins then", "計画を始める時点"},
    {"Prints SPF, DKIM and DMARC records as lines of a zone file, and a plan "
     "from p=none to p=reject. Nothing is published. Without --sender you are "
     "asked who sends. A sender is mx, a, an address or network, the name of a "
     "host, an SPF term such as include:NAME, or a known service: amazonses "
     "brevo fastmail google icloud mailchimp mailgun mailjet mandrill "
     "microsoft365 postmark proton salesforce sendgrid yandex zendesk With "
     "--selector the key in SELECTOR.DOMAIN.pem is taken, or a new one is "
     "written there. Exit code: 0 made, 1 --check has a finding of level warn "
     "or bad (as p=none is one, at first always), 2 could not run.",
     "SPF、DKIM、DMARC のレコードをゾーンファイルの行として表示し、p=none から "
     "p=reject までの\n計画を示します。何も公開しません。--sender "
     "がなければ、送信元を尋ねます。\n送信元は、mx、a、アドレスかネットワーク、"
     "ホスト名、include:NAME のような SPF "
     "の項目、または\n次のサービスの名前で指定します：\n  amazonses brevo "
     "fastmail google icloud mailchimp mailgun mailjet\n  mandrill "
     "microsoft365 postmark proton salesforce sendgrid yandex "
     "zendesk\n--selector を付けると SELECTOR.DOMAIN.pem "
     "の鍵を使い、なければ新しく作ってそこに書きます。\n終了コード：作れれば "
     "0、--check で warn か bad の指摘があれば 1（p=none "
     "も指摘されるので\n最初は必ず 1）、実行できなければ 2。"},

    // reports
    {"What other hosts report about your domain",
     "自分のドメインについて届いたレポートを読む"},
    {"Receivers of mail in your domain's name send reports to the addresses "
     "that its DMARC record (rua=, ruf=) and its record _smtp._tls name.",
     "あなたのドメインを名乗るメールを受け取ったサーバーは、DMARC "
     "レコード（rua=、ruf=）と\n"
     "_smtp._tls のレコードに書かれたアドレスへ、レポートを送ります。"},
    {"Show the reports in files and mails",
     "ファイルやメールに入っているレポートを表示する"},
    {"A PATH is a report, an archive or a mail with reports, an mbox, a "
     "Maildir, another folder of these, or - for standard input. Read are "
     "DMARC aggregate reports (XML), reports about single mails (ARF) and TLS "
     "reports (JSON); packed as zip or gzip, or as they are, whatever the mail "
     "calls them. What is broken is read as far as it goes, with a warning. A "
     "report that comes twice (same reporter, id and domain) is shown once. "
     "Exit code: 0 all were read, 1 some were not (standard error tells why), "
     "2 could not run.",
     "PATH "
     "には、レポート、レポートの入った圧縮ファイルやメール、mbox、Maildir、それ"
     "らの入った\n"
     "ディレクトリ、または標準入力を表す - を指定します。DMARC "
     "の集計レポート（XML）、個々の\n"
     "メールについてのレポート（ARF）、TLS のレポート（JSON）を、zip や gzip "
     "のままでも、メールでの\n"
     "型の名前が違っていても読みます。壊れたものは読めるところまで読み、注意を"
     "添えます。同じ\n"
     "レポート（送信元、ID、ドメインが同じもの）は一度だけ表示します。\n"
     "終了コード：すべて読めれば 0、読めないものがあれば "
     "1（理由は標準エラー出力）、\n"
     "実行できなければ 2。"},
    {"What the columns mean: how many mails, from which address; whether DKIM "
     "and SPF passed for the author's domain; what the receiver did; the "
     "author's domain. Mails that pass neither are forged, or yours from a "
     "service that does not sign for your domain yet: find those before you "
     "publish p=quarantine or p=reject.",
     "列の意味：メールの数、送信元のアドレス、差出人のドメインについて DKIM と "
     "SPF が通ったか、\n"
     "受信側がどう扱ったか、差出人のドメイン。どちらも通らないのは、なりすまし"
     "か、まだあなたの\n"
     "ドメインで署名していないサービスから送った自分のメールです。p=quarantine "
     "や p=reject を\n"
     "公開する前に、後者を見つけてください。"},
    {"one JSON object a report", "レポートごとに 1 行の JSON で出力する"},
    {"tell whether each mail is proven to come from its author; asks the DNS",
     "それぞれのメールの差出人が確認できるかどうかも示す（DNS "
     "に問い合わせる）"},
    {"reports", "レポート"},
    {"Keep the reports in files and mails for the dashboard",
     "ファイルやメールに入っているレポートを、ダッシュボードのために残す"},
    {"A PATH is what `mekiki reports read` takes. Each report is kept once "
     "(same reporter, id and domain). Anybody can send a report, so those that "
     "are not proven are kept apart and shown apart: a mail's report is proven "
     "with --judge if the mail is, and all are with --trust, which is for "
     "files that you know to be real. Exit code: 0 all were kept, 1 some were "
     "not (standard error tells why), 2 could not run.",
     "PATH には、`mekiki reports read` "
     "と同じものを指定します。同じレポート（送信元、ID、ドメインが\n"
     "同じもの）は一度だけ残します。レポートは誰でも送れるので、確かめられない"
     "ものは分けて残し、\n"
     "分けて表示します。--judge "
     "を付けると、メールの差出人が確認できればレポートも確認済みになります。\n"
     "--trust "
     "を付けると、すべて確認済みとします。本物と分かっているファイルにだけ"
     "使ってください。\n"
     "終了コード：すべて残せれば 0、残せないものがあれば "
     "1（理由は標準エラー出力）、\n"
     "実行できなければ 2。"},
    {"judge the mails that bring reports; asks the DNS",
     "レポートを運んできたメールを判定する（DNS に問い合わせる）"},
    {"take all for proven: you know where they come from",
     "すべて確認済みとする（出どころが分かっている場合）"},
};

/// On one line.
std::string joined(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_space = c == ' ' || c == '\n';
    if (!is_space)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::optional<std::string> japanese(std::string_view english) {
  const std::string wanted = joined(english);
  const auto* at = std::ranges::find(phrases, wanted, &notify::phrase::english);
  if (wanted.empty() || at == std::end(phrases))
    return std::nullopt;
  return std::string(at->japanese);
}

/// Paragraph by paragraph.
std::string footer_of(std::string_view text) {
  constexpr std::string_view examples = "Examples:";
  constexpr std::string_view gap = "\n\n";
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(gap), text.size());
    const std::string_view paragraph = text.substr(0, end);
    text.remove_prefix(std::min(end + gap.size(), text.size()));
    if (!out.empty())
      out += gap;
    const std::string_view bare = paragraph.substr(
        std::min(paragraph.find_first_not_of('\n'), paragraph.size()));
    if (bare.starts_with(examples))
      out.append("例：").append(bare.substr(examples.size()));
    else
      out += japanese(paragraph).value_or(std::string(paragraph));
  }
  return out;
}

}  // namespace

void translate_help(CLI::App& app) {
  if (auto text = japanese(app.get_description()))
    app.description(std::move(*text));
  app.footer(footer_of(app.get_footer()));
  const auto formatter = app.get_formatter();
  formatter->label("Usage", "使い方");
  formatter->label("Positionals", "引数");
  formatter->label("OPTIONS", "オプション");
  formatter->label("SUBCOMMAND", "コマンド");
  formatter->label("SUBCOMMANDS", "コマンド");
  formatter->label("REQUIRED", "必須");
  formatter->label("Needs", "併せて指定");
  formatter->label("Excludes", "併用不可");
  for (CLI::Option* o : app.get_options()) {
    if (auto text = japanese(o->get_description()))
      o->description(std::move(*text));
    if (o->get_group() == "Options")
      o->group("オプション");
  }
  for (CLI::App* below : app.get_subcommands([](CLI::App*) { return true; })) {
    below->group("コマンド");
    translate_help(*below);
  }
}

}  // namespace mekiki::cli
