#include "notify/words/texts.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <optional>
#include <system_error>

#include "base/ascii.hpp"
#include "base/small_file.hpp"
#include "mime/unicode.hpp"

namespace mekiki::notify {
namespace {

constexpr std::size_t largest = 64 << 10;

struct row {
  std::string_view name;
  std::string_view english;
  std::string_view japanese;
};

constexpr row table[] = {
    // What stands in front of the Subject of forged mail.
    {"subject-mark", "[SPOOFED?]", "[なりすまし注意]"},

    // The body of a forged mail that was rewritten (method A).
    {"rewrite-notice", R"(WARNING FROM MEKIKI: this mail is forged.

{reason}

This mail has therefore been replaced by this notice.
{domain}
{characters}
{secret}

What to do:
- Do not follow its links, do not answer it, and do not enter passwords or
  card numbers because of it.
- If it seems to matter, ask the person or company in another way, such as a
  telephone number that you know already. Do not use one from this mail.
- If you were not waiting for it, you may delete it.
{ask}

{original}
{files}

{said}
)",
     R"(【Mekiki からの警告】このメールは、なりすましと判定されました。

{reason}

そのため、Mekiki が本文をこの警告に置き換えました。
{domain}
{characters}
{secret}

お願い：
・メールの中のリンクを開いたり、返信したり、パスワードやカード番号を入力したり
　しないでください。
・大切な用件かもしれないときは、すでにご存じの電話番号など、別の方法で相手に
　お確かめください。このメールに書かれた連絡先は使わないでください。
・心当たりがなければ、削除してかまいません。判定が間違いだと思うときや迷うときは、
　削除せずに管理者に相談してください。
{ask}

{original}
{files}

{said}
)"},
    {"rewrite-said", "This is what it said. Its links have been made unusable.",
     "元のメールには次のように書かれていました。"
     "リンクは使えないようにしてあります。"},
    {"rewrite-domain",
     "The domain of the sender that it names is spelled: {domain}",
     "名乗っている差出人のドメイン：{domain}"},
    {"rewrite-character", "  Careful: \"{shown}\" in it is {name} ({code}).",
     "　ご注意：この中の「{shown}」は {name}（{code}）という文字です。"},
    {"rewrite-letter",
     "  Careful: letter {number} of it is \"{shown}\", not \"{other}\".",
     "　ご注意：{number} 文字目が「{other}」ではなく「{shown}」です。"},
    {"rewrite-resembles", "  It resembles {domain}, but is another one.",
     "　{domain} に似ていますが、別のドメインです。"},
    // In the list of what to do; users.contact.
    {"ask", "- Questions? Ask {contact}.",
     "・ご不明な点は {contact} にお問い合わせください。"},
    {"secret-word", "Your secret word, by which you know a real notice: {word}",
     "本物の警告であることを示す、あなたの合言葉：{word}"},
    {"rewrite-word",
     R"(A real notice has your secret word, in the attached file "{file}".
It is not here: whoever you answer would read it.)",
     R"(本物の警告には、あなたの合言葉が添付ファイル「{file}」に入っています。
返信した相手に読まれないよう、ここには書いていません。)"},
    {"rewrite-attached",
     R"(The mail as it came is attached as "{file}". No mail program opens that
file by itself. Who must examine it can save it, give it a name that ends
in ".txt" and read it in a text editor.)",
     R"(元のメールを、届いたときのまま「{file}」という名前で添付しました。
このファイルがひとりでに開くことはありません。調べる必要があるときは、
保存してから名前の最後を「.txt」に変え、テキストエディターでご覧ください。)"},
    {"rewrite-left-out",
     "The mail as it came is not attached; it is at your mail server for as "
     "long as it is kept there.",
     "元のメールは添付していません。メールソフトやあなたが削除するまでは、"
     "メールサーバーに残っています。"},
    {"rewrite-files",
     "It came with these files:", "次のファイルが付いていました："},
    {"rewrite-file", "- {name} ({type}, {size})", "・{name}（{type}、{size}）"},
    {"rewrite-more-files", "- and {count} more", "・ほか {count} 個"},
    {"rewrite-no-name", "without name", "名前なし"},
    {"rewrite-encrypted", "[A part of it is encrypted and cannot be shown.]",
     "［暗号化された部分は表示できません。］"},
    {"rewrite-no-text", "[It has no text that could be shown.]",
     "［表示できる本文はありません。］"},
    {"rewrite-cut", "[Its text goes on; the rest is not shown here.]",
     "［続きは省略しました。］"},

    // A separate mail about others (method B).
    {"warning-subject-one", "[Mekiki] {verdict}“{subject}”",
     "[Mekiki] {verdict}「{subject}」"},
    {"warning-no-subject", "(no subject)", "（件名なし）"},
    {"warning-subject-many", "[Mekiki] {count} mails to be careful with",
     "[Mekiki] 警告：注意が必要なメールが {count} 通届いています"},
    {"warning-subject-second", "[Mekiki] What is known of a mail has changed",
     "[Mekiki] メールの判定が変わりました"},
    {"warning-subject-unmarked", "[Mekiki] Some mails came without a warning",
     "[Mekiki] 警告を付けずにお渡ししたメールがあります"},
    {"warning-notice", R"({secret}

{items}

{more}

{advice}
{ask}

{about}
)",
     R"({secret}

{items}

{more}

{advice}
{ask}

{about}
)"},
    {"warning-item", R"({head}
   Subject: {subject}
   From: {from}
   Fetched: {date}
{mailbox}
{more}
)",
     R"({head}
　　件名：{subject}
　　差出人：{from}
　　受信日時：{date}
{mailbox}
{more}
)"},
    // Of the mail's page in the dashboard; admin.url.
    {"warning-page", "   More about it: {page}", "　　詳しく：{page}"},
    {"warning-mailbox", "   Mailbox: {account}",
     "　　メールボックス：{account}"},
    {"warning-first", "{number}. {reason}", "{number}. {reason}"},
    {"warning-same", "{number}. {verdict}for the same reason.",
     "{number}. {verdict}同じ理由です。"},
    {"warning-second",
     "{number}. When it came it was called \"{before}\". By what is known now "
     "it is \"{after}\". {reason}",
     "{number}. 届いたときの判定は「{before}」でしたが、その後の確認で"
     "「{after}」に変わりました。{reason}"},
    {"warning-budget",
     "{number}. So many mails of the mailbox {account} would be warned about "
     "that they are only labelled for now (setting users.budget). Most likely "
     "something is wrong there, rather than everybody forging.",
     "{number}. メールボックス {account} では警告の対象が多すぎるため、"
     "今はラベルだけを付けています（設定 users.budget）。なりすましが"
     "急に増えたというより、設定などに原因があるかもしれません。"},
    {"warning-unmarked",
     "{number}. Mails that came without a warning though they looked forged: "
     "{count}. There were so many of them that such mails are only labelled "
     "for now (setting users.budget). Be careful with mails that you did not "
     "expect, and tell your administrator.",
     "{number}. なりすましのおそれがあるのに、警告を付けずにお渡ししたメール："
     "{count} 通。警告の対象が多すぎるため、今はラベルだけを付けています（設定 "
     "users."
     "budget）。心当たりのないメールには注意してください。この警告が届いたこと"
     "を、管理者にお知らせください。"},
    {"warning-more", "... and {count} more, which are not listed here.",
     "このほかに {count} 通あります（一覧は省略しました）。"},
    {"warning-advice", R"(What to do:
- Do not follow the links of a forged mail, do not answer it, and do not
  enter passwords or card numbers because of it.
- If it seems to matter, ask the person or company in another way, such as a
  telephone number that you know already.)",
     R"(お願い：
・なりすましメールの中のリンクを開いたり、返信したり、パスワードやカード番号を
　入力したりしないでください。
・大切な用件かもしれないときは、すでにご存じの電話番号など、別の方法で相手に
　お確かめください。)"},
    {"warning-about",
     R"(Mekiki wrote this; it checks the mail of {account}.
Nobody reads answers to it.)",
     R"(このメールは、{account} のメールを検証している Mekiki が
自動で作りました。返信しても誰にも届きません。)"},
    {"warning-about-all",
     R"(Mekiki wrote this for its administrators. Nobody reads answers to it.)",
     R"(このメールは、Mekiki が管理者のために自動で作りました。
返信しても誰にも届きません。)"},
    {"level-genuine", "genuine", "本物"},
    {"level-new", "new sender", "新しい差出人"},
    {"level-unverified", "unverified", "未確認"},
    {"level-altered", "altered", "途中で変更"},
    {"level-forged", "forged", "なりすまし"},
    // The digest for administrators (method B).
    {"digest-subject", "Mekiki, {period}: {forged} forged of {mails}",
     "Mekiki {period}：なりすまし {forged} 通（全 {mails} 通）"},
    {"digest-subject-empty", "Mekiki, {period}: no mail",
     "Mekiki {period}：メールなし"},
    {"digest-title-hourly", "hourly report", "1 時間のまとめ"},
    {"digest-title-daily", "daily report", "1 日のまとめ"},
    {"digest-title-weekly", "weekly report", "1 週間のまとめ"},
    {"digest-headline", "{forged} forged of {mails} mails",
     "{mails} 通のうち {forged} 通がなりすまし"},
    {"digest-headline-none", "None forged of {mails} mails",
     "{mails} 通のうち、なりすましと判定したものはありませんでした"},
    {"digest-headline-blind",
     "None of {mails} mails was found forged, but not every forgery can be "
     "recognised",
     "{mails} "
     "通のうち、なりすましと判定したものはありませんが、なりすましを見破れない"
     "メールサーバーがあります"},
    {"digest-do",
     "Look at the forged mails in the dashboard: where many came together, it "
     "has a text to send to those whom they reached, and says what to set so "
     "that the name is watched.",
     "ダッシュボードでなりすましメールを確かめてください。まとまって届いたもの"
     "については、受け取った人へのお知らせの文と、名前を見張るための設定も"
     "示します。"},
    {"digest-page", "See the forged mails: {page}",
     "なりすましメールの一覧：{page}"},
    {"digest-see", "See the forged mails", "なりすましメールの一覧を見る"},
    {"digest-empty", "No mail was noted in this time.",
     "この期間に記録されたメールはありません。"},
    {"digest-before-hourly", "the hour before", "その前の 1 時間"},
    {"digest-before-daily", "the day before", "前日"},
    {"digest-before-weekly", "the week before", "前の週"},
    {"digest-more", "{count} more than {before}",
     "{before}より {count} 通多い"},
    {"digest-fewer", "{count} fewer than {before}",
     "{before}より {count} 通少ない"},
    {"digest-same", "as many as {before}", "{before}と同じ"},
    {"digest-line", "{label}: {count}", "{label}：{count}"},
    {"digest-line-trend", "{label}: {count} ({trend})",
     "{label}：{count}（{trend}）"},
    {"digest-results", "Results", "判定"},
    {"digest-change", "change from {before}", "{before}との差"},
    {"digest-forged", "forged", "なりすまし"},
    {"digest-altered", "altered", "途中で変更"},
    {"digest-unverified", "unverified", "未確認"},
    {"digest-new", "new sender", "新しい差出人"},
    {"digest-genuine", "genuine", "本物"},
    {"digest-all", "all mails", "すべてのメール"},
    {"digest-other", "others", "そのほか"},
    {"digest-dkim", "X-DKIM-Check", "X-DKIM-Check"},
    {"digest-chart-hourly", "Every five minutes", "5 分ごとの通数"},
    {"digest-chart-daily", "Hour by hour", "1 時間ごとの通数"},
    {"digest-chart-weekly", "Day by day", "1 日ごとの通数"},
    {"digest-most", "most: {mails}, {time}", "最多：{time} の {mails} 通"},
    {"digest-legend", "# {forged}, ▇ {other}; {most}",
     "# {forged}、▇ {other}、{most}"},
    {"digest-waves", "Waves of forged mail",
     "まとまって届いたなりすましメール"},
    {"digest-wave", "{domain}, {first} to {last}; accounts: {accounts}",
     "{domain}（{first}～{last}、{accounts} アカウント）"},
    {"digest-look-alike", "{domain}, which looks like {like}",
     "{domain}（{like} にそっくり）"},
    {"digest-domains", "Domains most often named in forged mail",
     "なりすましに使われたドメイン（多い順）"},
    {"digest-no-domain", "(none that could be read)", "（読み取れないもの）"},
    {"digest-accounts", "Accounts that got forged mail: {hit} of {active}",
     "なりすましメールが届いたアカウント：{active} 件中 {hit} 件"},
    {"digest-others", "and {count} more", "ほか {count} 件"},
    {"digest-blind",
     "Most forgeries cannot be recognised for {server}: of {count} mails of "
     "the "
     "last 7 days it is not known where they came in. The dashboard says what "
     "to set.",
     "{server} のメールでは、なりすましの多くを見破れません。この 7 "
     "日間で、届いた経路の"
     "分からないメールが {count} "
     "通あります。設定の方法は、ダッシュボードにあります。"},
    {"digest-reported",
     "Reported by users and not answered yet, by author domain (answer them in "
     "the dashboard, under Mails)",
     "利用者からの報告のうち未回答のもの（差出人のドメイン別。ダッシュボードの"
     "「メール」で返事ができます）"},
    {"digest-lost",
     "{count} mails were delivered, but could not be noted: they are missing "
     "from these numbers.",
     "ほかに {count} 通をお渡ししましたが、記録できなかったため、この集計には"
     "含まれていません。"},
    {"digest-lost-before", "Of {before}, {count} mails are missing.",
     "{before}の集計にも {count} 通が含まれていません。"},
    {"digest-zone",
     "Times are those of the computer that Mekiki runs on ({zone}).",
     "時刻は Mekiki が動いているコンピューターのものです（{zone}）。"},
};

const row* find(std::string_view name) {
  const auto* at = std::find_if(std::begin(table), std::end(table),
                                [&](const row& r) { return r.name == name; });
  return at == std::end(table) ? nullptr : at;
}

/// The name in braces that begins at `open`, or nothing: other braces are text.
std::optional<std::string_view> placeholder_at(std::string_view text,
                                               std::size_t open) {
  const std::size_t close = text.find('}', open);
  if (close == text.npos)
    return std::nullopt;
  const std::string_view name = text.substr(open + 1, close - open - 1);
  const bool plain = std::all_of(name.begin(), name.end(), ascii::is_alpha);
  return plain && !name.empty() ? std::optional(name) : std::nullopt;
}

std::vector<std::string_view> placeholders_in(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = text.find('{'); at != text.npos;
       at = text.find('{', at + 1)) {
    const auto name = placeholder_at(text, at);
    if (name && std::find(out.begin(), out.end(), *name) == out.end())
      out.push_back(*name);
  }
  return out;
}

/// One line filled. Nothing if it had placeholders and no value had text.
std::optional<std::string> fill_line(
    std::string_view line,
    const std::vector<std::pair<std::string_view, std::string_view>>& with) {
  std::string out;
  bool has_placeholder = false;
  bool says_something = false;
  while (!line.empty()) {
    const std::size_t open = std::min(line.find('{'), line.size());
    says_something =
        says_something || !ascii::trim(line.substr(0, open)).empty();
    out += line.substr(0, open);
    line.remove_prefix(open);
    if (line.empty())
      break;
    const auto name = placeholder_at(line, 0);
    if (!name) {
      out += '{';
      says_something = true;
      line.remove_prefix(1);
      continue;
    }
    has_placeholder = true;
    for (const auto& [known, value] : with) {
      if (known == *name) {
        out += value;
        says_something = says_something || !value.empty();
      }
    }
    line.remove_prefix(name->size() + 2);
  }
  if (has_placeholder && !says_something)
    return std::nullopt;
  return out;
}

expected<std::string, std::string> read_file(
    const std::filesystem::path& file) {
  auto read = read_small_file(file, largest);
  if (!read)
    return read;
  std::string text = std::move(*read);
  std::erase(text, '\r');
  if (mime::unicode::to_utf8(mime::unicode::to_code_points(text)) != text)
    return unexpected(file.string() + " is not UTF-8");
  return text;
}

}  // namespace

void texts::set_dashboard(std::string url) {
  dashboard_ = std::move(url);
  while (dashboard_.ends_with('/')) dashboard_.pop_back();
}

std::string texts::page(std::string_view path) const {
  return dashboard_.empty() ? std::string()
                            : dashboard_ + "/#/" + std::string(path);
}

std::vector<std::string_view> texts::names() {
  std::vector<std::string_view> out;
  for (const row& r : table) out.push_back(r.name);
  return out;
}

std::vector<std::string_view> texts::placeholders(std::string_view name) {
  const row* found = find(name);
  if (found == nullptr)
    return {};
  return placeholders_in(found->english);
}

expected<texts, std::string> texts::load(const std::filesystem::path& folder) {
  texts out;
  std::error_code error;
  std::filesystem::directory_iterator files(folder, error);
  if (error)
    return unexpected(folder.string() + " cannot be read: " + error.message());
  for (const auto& file : files) {
    const std::filesystem::path stem = file.path().stem();
    if (file.path().extension() != ".txt")
      continue;
    const std::string name = stem.stem().string();
    const std::string tag = stem.extension().string();
    if (find(name) == nullptr || (tag != ".en" && tag != ".ja"))
      return unexpected(file.path().string() + " is the name of no text");
    auto text = read_file(file.path());
    if (!text)
      return unexpected(text.error());
    const auto known = placeholders(name);
    for (const std::string_view p : placeholders_in(*text)) {
      if (std::find(known.begin(), known.end(), p) == known.end())
        return unexpected(file.path().string() + ": {" + std::string(p) +
                          "} means nothing here");
    }
    // The line end at the end of the file is not part of a text of one line.
    if (find(name)->english.find('\n') == std::string_view::npos &&
        text->ends_with('\n'))
      text->pop_back();
    out.replaced_[{name, parse_language(tag.substr(1))}] = std::move(*text);
  }
  return out;
}

std::string_view texts::built_in(std::string_view name, language in) {
  const row* found = find(name);
  assert(found != nullptr);
  return in == language::japanese ? found->japanese : found->english;
}

std::string texts::fill(std::string_view name, language in,
                        const values& with) const {
  const row* found = find(name);
  assert(found != nullptr);
  std::string_view text =
      in == language::japanese ? found->japanese : found->english;
  const auto other = replaced_.find({std::string(name), in});
  if (other != replaced_.end())
    text = other->second;
  constexpr std::string_view ask = "ask";
  std::vector<std::pair<std::string_view, std::string_view>> all(with);
  std::string whom;
  if (name != ask) {
    if (!contact_.empty())
      whom = fill(ask, in, {{"contact", contact_}});
    all.emplace_back(ask, whom);
  }
  std::string out;
  while (!text.empty()) {
    const std::size_t lf = text.find('\n');
    const auto line = fill_line(text.substr(0, lf), all);
    text.remove_prefix(lf == text.npos ? text.size() : lf + 1);
    if (!line)
      continue;
    out += *line;
    if (lf != text.npos)
      out += '\n';
  }
  return out;
}

}  // namespace mekiki::notify
