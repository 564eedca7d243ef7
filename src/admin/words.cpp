#include "admin/words.hpp"

namespace mekiki::admin {
namespace {

constexpr notify::phrase phrases[] = {
    // Requests.
    {"Please sign in.", "サインインしてください。"},
    {"This is not for you.", "このアカウントでは利用できません。"},
    {"This came from another page.", "ほかのページからの要求です。"},
    {"The session's token is missing.",
     "サインイン中であることを示すトークンがありません。"},
    {"The query cannot be read.", "要求を読み取れません。"},
    {"Content-Type must be application/json.",
     "Content-Type は application/json にしてください。"},
    {"The body must be a JSON object.",
     "本文は JSON のオブジェクトにしてください。"},
    {"The history gave no answer in time.",
     "履歴のデータベースが時間内に応答しませんでした。"},
    {"There is no such mail.", "このメールは履歴にありません。"},
    {"There is no such rule.", "このルールはありません。"},
    {"This domain is not watched.", "このドメインは監視されていません。"},
    {"There is no such sender.", "この送信元はありません。"},
    {"owner: expected ours, foreign or unknown, and a sender.",
     "owner：ours、foreign、unknown のどれかと、送信元を指定してください。"},
    {"note: expected at most 600 octets.",
     "note：600 オクテット（全角で 200 字）までにしてください。"},
    {"author: expected a reporter's domain, and whether it is left out.",
     "author：レポートの送り主のドメインと、除外するかどうかを指定してくださ"
     "い。"},
    {"there are marks of 1,000 senders of this domain already; take some back",
     "このドメインの送信元には、すでに 1,000 "
     "件の印が付いています。いくつか取り消し"
     "てください。"},
    {"1,000 reporters are left out already; count some again",
     "すでに 1,000 "
     "か所のレポートを除外しています。いくつかを数えるように戻してください。"},
    {"That is not asked.", "この質問はもうありません。"},
    {"Too many pages listen.", "自動更新中のページが多すぎます。"},
    {"{}: expected a number from {} to {}.",
     "{}：{} から {} までの数にしてください。"},
    {"days: expected a number from 1 to 3650, or null.",
     "days：1 から 3650 までの数か null にしてください。"},
    {"{}: expected a number.", "{}：数にしてください。"},
    {"verdict: expected words such as forged,altered.",
     "verdict：forged,altered のような判定の並びにしてください。"},
    {"search: expected two letters or more, or one that is not of ASCII; "
     "at most 8 words and 200 octets.",
     "search：2 文字以上（漢字やかなは 1 文字から）、8 語・200 "
     "オクテットまでにしてください。"},
    {"view: expected that of a question.",
     "view：質問のものをそのまま送ってください。"},
    {"answer: expected yes, no or later.",
     "answer：yes、no、later のどれかにしてください。"},
    {"An add-on may not do this: sign in on the page.",
     "アドオンからはできません。ダッシュボードにサインインしてください。"},
    {"This is for add-ons.", "これはアドオンのためのものです。"},
    {"client: no such mail client.",
     "client：このメールソフトには対応していません。"},
    {"id: expected that of a token.",
     "id：トークンのものをそのまま送ってください。"},
    {"This code does not count, or no longer: make a new one on \"My page\".",
     "このコードは使えません（期限切れ、使用済み、または誤り）。"
     "「マイページ」で新しいコードを作ってください。"},
    {"name: expected a domain.", "name：ドメインを入力してください。"},

    // Signing in.
    {"Too many attempts. Please wait a little.",
     "試した回数が多すぎます。少し待ってください。"},
    {"token and password are needed.", "token と password が必要です。"},
    {"A password is needed.", "パスワードを入力してください。"},
    {"A password has from {} to {} octets.",
     "パスワードの長さは {} から {} バイトまでです（半角英数字は 1 文字が 1 "
     "バイト）。"},
    {"This link was used already, or belongs to an earlier start.",
     "このリンクは使用済みか、以前の起動時のものです。"},
    {"There is no password yet: use the link that was printed when Mekiki was "
     "started.",
     "パスワードがまだ決まっていません。Mekiki "
     "の起動時に表示されたリンクを使ってください。"},
    {"That is not the password.", "パスワードが違います。"},

    // Rules and choices.
    {"kind or effect: no such word.",
     "kind または effect が正しくありません。"},
    {"expected a domain such as \"example.jp\"",
     "「example.jp」のように、ドメインを入力してください。"},
    {"a list is named by what stands in angle brackets in its List-Id field, "
     "such as \"dev.lists.example.org\"",
     "メーリングリストは、メールの List-Id の < > の中の名前"
     "（例：dev.lists.example.org）で指定してください。"},
    {"for all addresses of a domain write \"*@example.jp\", or the domain "
     "alone",
     "ドメインのすべてのアドレスを指定するには、「*@example.jp」"
     "またはドメインだけを入力してください。"},
    {"this would be about everybody",
     "範囲が広すぎます。すべての差出人に当てはまってしまいます。"},
    {"expected a domain such as \"example.jp\": this stands for all domains "
     "that end in it",
     "「example.jp」のような形のドメインを入力してください。"
     "これでは、末尾が同じすべてのドメインに当てはまってしまいます。"},
    {"expected an address, a domain or a pattern such as \"*@example.jp\"",
     "アドレス、ドメイン、または「*@example.jp」"
     "のような形で入力してください。"},
    {"a signer goes with rules about authors only",
     "署名者を指定できるのは、種類が「差出人」のルールだけです。"},
    {"signer: {}", "署名者：{}"},
    {"account: {}", "アカウント：{}"},
    {"there are {} rules already; remove some",
     "ルールがすでに {} 件あります。不要なものを削除してください。"},
    {"methods: expected a list of A, B, C, D.",
     "methods：A、B、C、D の並びにしてください。"},
    {"methods: expected letters.", "methods：文字にしてください。"},
    {"methods: one of them is not allowed here.",
     "管理者が許可していない知らせ方が含まれています。"},
    {"language: expected en or ja.", "language：en か ja にしてください。"},
    {"when: no such word.", "when が正しくありません。"},
    {"subject_mark: expected true or false.",
     "subject_mark：true か false にしてください。"},
    {"word: expected one line of at most 64 octets.",
     "合言葉は 1 行、64 バイト以内にしてください（日本語なら約 21 "
     "文字まで）。"},

    // Login names (pop3/account.cpp).
    {"log in as NAME%HOST, for example taro%pop.example.jp",
     "「名前%サーバー」の形で入力してください（例：taro%pop.example.jp）。"},
    {"the login name holds a control character",
     "ユーザー名に制御文字が含まれています。"},
    {"the login name does not say which server: {}",
     "ユーザー名にサーバーの指定がありません。{}"},
    {"what stands behind the last % is not HOST or HOST:PORT: {}",
     "最後の % の後が、サーバー名（またはサーバー名:ポート番号）"
     "になっていません。{}"},
    {"the login name is incomplete: {}", "ユーザー名が不完全です。{}"},
    {"the login name has the full-width sign {} ({}) where the ASCII % "
     "belongs: "
     "type it with the Japanese input turned off",
     "ユーザー名の「{}」（{}）が全角です。"
     "日本語入力をオフにして、半角の % を入力してください。"},
    {"the login name begins with {}: take it away",
     "ユーザー名の先頭に{}があります。削除してください。"},
    {"the login name ends with {}: take it away",
     "ユーザー名の末尾に{}があります。削除してください。"},
    {"the login name has {} beside the %: take it away",
     "ユーザー名の % の隣に{}があります。削除してください。"},
    {"a blank", "空白"},
    {"a tab", "タブ"},
    {"a no-break space (U+00A0)", "ノーブレークスペース（U+00A0）"},
    {"a full-width blank (U+3000)", "全角スペース（U+3000）"},

    // Logins at mail servers (pop3/upstream.cpp, net/connect.cpp).
    {"{} refused the login without a reason",
     "{} がログインを拒否しました（理由は示されていません）。"},
    {"{} refused the login: {}", "{} がログインを拒否しました：{}"},
    {"{} takes no sessions: {}", "{} が接続を受け付けません：{}"},
    {"{} s", "{} 秒"},
    {"{} did not answer within {}: if port {} is one for SSL/TLS, choose "
     "SSL/TLS in the mail client, or log in as {}",
     "{} が {} 以内に応答しませんでした。ポート {} が SSL/TLS "
     "用なら、メールソフトで SSL/TLS を選ぶか、ユーザー名を {} "
     "としてください。"},
    {"{} did not answer within {}", "{} が {} 以内に応答しませんでした。"},
    {"{} does not speak POP3 on port {}",
     "{} のポート {} は POP3 ではありません。"},
    {"{} broke the connection off", "{} が接続を切りました。"},
    {"the host {} does not exist", "サーバー {} は存在しません。"},
    {"the host {} has no address", "サーバー {} にはアドレスがありません。"},
    {"{} is not the name of a host", "{} はサーバー名ではありません。"},
    {"the address of {} cannot be found out: {}",
     "{} のアドレスが分かりません：{}"},
    {"the name servers failed", "ネームサーバーのエラー"},
    {"no answer in time", "時間内に答えがありません"},
    {"{} refused the connection", "{} が接続を拒否しました。"},
    {"{} did not answer in time", "{} が時間内に応答しませんでした。"},
    {"{} is this proxy itself", "{} は Mekiki 自身です。"},
    {"connections to port {} are not allowed here",
     "ポート {} への接続は許可されていません。"},
    {"connections to {} are not allowed here",
     "{} への接続は許可されていません。"},
    {"upstream.networks in the settings can allow them",
     "設定の upstream.networks で許可できます。"},
    {"upstream.ports in the settings can allow them",
     "設定の upstream.ports で許可できます。"},
    {"no secure connection to {}: {}", "{} と安全に接続できません：{}"},
    {"the other side does not speak TLS here", "TLS に対応していません"},
    {"the certificate does not verify: {}", "証明書が正しくありません：{}"},
    {"the certificate is for {}, not {}",
     "証明書は {1} ではなく {0} のものです"},
    {"the certificate expired on {}", "証明書の有効期限が {} に切れています"},
    {"the certificate is signed by itself, not by an authority",
     "認証局ではなく自分自身が署名した証明書です"},
    {"the certificate was issued by an authority that this machine does not "
     "know ({})",
     "このマシンの知らない認証局（{}）が発行した証明書です"},
    {"if it is yours, name its certificate in upstream.extra_ca in the "
     "settings",
     "ご自分の認証局なら、設定の upstream.extra_ca に書いてください。"},
    {"the password was not sent. Log in as {} to use TLS, or name the host in "
     "upstream.clear_hosts in the settings to do without",
     "パスワードは送っていません。TLS を使うにはユーザー名を {} "
     "とするか、TLS なしでよければ設定の upstream.clear_hosts "
     "にサーバーを書いてください。"},
    {"the password was not sent. Log in as {} to use TLS",
     "パスワードは送っていません。TLS を使うにはユーザー名を {} "
     "としてください。"},
    {"{} offers no TLS on port {}", "{} はポート {} で TLS に対応していません"},
};

}  // namespace

std::span<const notify::phrase> error_phrases() { return phrases; }

std::string error_text(std::string_view english, notify::language in) {
  return in == notify::language::english ? std::string(english)
                                         : notify::translate(phrases, english);
}

}  // namespace mekiki::admin
