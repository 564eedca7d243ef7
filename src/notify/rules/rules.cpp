#include "notify/rules/rules.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace mekiki::notify {
namespace {

constexpr std::array<std::pair<std::string_view, mail_client>, 7> clients = {{
    {"thunderbird", mail_client::thunderbird},
    {"claws", mail_client::claws},
    {"sylpheed", mail_client::sylpheed},
    {"mutt", mail_client::mutt},
    {"becky", mail_client::becky},
    {"outlook", mail_client::outlook},
    {"sieve", mail_client::sieve},
}};

/// One colour: for which value of the field, and how each client calls it.
struct colour {
  std::string_view word;      // "forged", or "fail"
  std::string_view japanese;  // the same, for people
  std::string_view web;       // Thunderbird
  int number;                 // of Claws Mail's and Sylpheed's colour labels
  std::string_view terminal;  // mutt
  std::string_view flag;      // Sieve
  std::string_view name;
  std::string_view name_in_japanese;
};
constexpr std::array<colour, 4> by_label = {{
    {"forged", "なりすまし", "#D00000", 2, "brightred", "$MekikiForged", "red",
     "赤"},
    {"genuine", "本物", "#008000", 6, "green", "$MekikiGenuine", "green", "緑"},
    {"altered", "途中で変更", "#C06000", 1, "yellow", "$MekikiAltered",
     "orange", "橙"},
    {"new", "新しい差出人", "#0060C0", 5, "cyan", "$MekikiNew", "blue", "青"},
}};
constexpr std::array<colour, 2> by_check = {{
    {"fail", "DKIM 不合格", "#D00000", 2, "brightred", "$DKIMfail", "red",
     "赤"},
    {"pass", "DKIM 合格", "#008000", 6, "green", "$DKIMpass", "green", "緑"},
}};

/// What the rules are made of.
struct rule_set {
  std::string_view field;
  std::string_view lower_field;
  std::string tag_value;
  struct one {
    colour as;
    std::vector<std::string> values;  // of the field, any of them
    std::string title;                // for people
  };
  std::vector<one> all;
};

rule_set rules_of(const rule_options& o) {
  rule_set set;
  set.field = o.classic ? "X-DKIM-Check" : "X-Mekiki-Label";
  set.lower_field = o.classic ? "x-dkim-check" : "x-mekiki-label";
  set.tag_value = o.tag_value;
  const auto add = [&](const colour& c) {
    const bool japanese = o.in == language::japanese;
    std::vector<std::string> values;
    if (o.classic)
      values.emplace_back(c.word);
    else
      for (const std::string& v : o.label_values)
        values.push_back(fmt::format("{}-{}", c.word, v));
    set.all.push_back({.as = c,
                       .values = std::move(values),
                       .title = japanese    ? std::string(c.japanese)
                                : o.classic ? fmt::format("DKIM {}", c.word)
                                            : std::string(c.word)});
  };
  if (o.classic) {
    for (const colour& c : by_check) add(c);
  } else {
    for (const colour& c : by_label) add(c);
  }
  return set;
}

template <class Format>
std::string joined(const std::vector<std::string>& values,
                   std::string_view between, const Format& format) {
  std::string out;
  for (const std::string& value : values) {
    if (!out.empty())
      out += between;
    out += format(value);
  }
  return out;
}

/// The text of the language.
std::string_view in(language l, std::string_view english,
                    std::string_view japanese) {
  return l == language::japanese ? japanese : english;
}

/// For clients in which rules are made by hand: "red: X-DKIM-Check is fail".
std::string listed(const rule_set& set, language l) {
  std::string out;
  for (const auto& r : set.all) {
    for (const std::string& value : r.values) {
      out += fmt::format("  {}  ->  {} ({})\n", value,
                         in(l, r.as.name, r.as.name_in_japanese), r.title);
    }
  }
  return out;
}

client_rules thunderbird(const rule_set& set, language l) {
  std::string filters = "version=\"9\"\nlogging=\"no\"\n";
  std::string prefs = fmt::format(
      "user_pref(\"mailnews.customHeaders\", \"{}\");\n", set.lower_field);
  for (const auto& r : set.all) {
    const std::string tag =
        fmt::format("mekiki-{}-{}", r.as.word, set.tag_value);
    const std::string any =
        joined(r.values, " ", [&](const std::string& value) {
          return fmt::format("OR (\\\"{}\\\",is,{})", set.lower_field, value);
        });
    filters += fmt::format(
        "name=\"Mekiki: {}\"\nenabled=\"yes\"\ntype=\"17\"\n"
        "action=\"AddTag\"\nactionValue=\"{}\"\ncondition=\"{}\"\n",
        r.as.word, tag, any);
    prefs += fmt::format(
        "user_pref(\"mailnews.tags.{0}.tag\", \"{1}\");\n"
        "user_pref(\"mailnews.tags.{0}.color\", \"{2}\");\n",
        tag, r.title, r.as.web);
  }
  return {.files = {{"msgFilterRules.dat", std::move(filters)},
                    {"user.js", std::move(prefs)}},
          .steps = std::string(in(
              l,
              "1. Quit Thunderbird. Its profile is the folder that Help > "
              "Troubleshooting\n   Information > Profile Folder opens.\n"
              "2. Put user.js into the profile folder, or its lines at the end "
              "of the one there.\n   If mailnews.customHeaders is set already, "
              "join both with \": \".\n"
              "3. Put msgFilterRules.dat into the account's folder "
              "(Mail/127.0.0.1 in the profile).\n   If there is one already, "
              "put all lines from the first name= on at its end.\n"
              "4. Start Thunderbird. New mails get coloured tags; for old ones "
              "use Tools > Run Filters\n   on Folder.\n",
              "1. Thunderbird を終了します。プロファイルは「ヘルプ」→"
              "「トラブルシューティング情報」→\n   "
              "「プロファイルフォルダー」で開くフォルダーです。\n"
              "2. user.js をプロファイルフォルダーに置きます。すでにあれば、"
              "その末尾に行を加えます。\n   mailnews.customHeaders "
              "がすでにあれば、両方の値を「: 」でつなぎます。\n"
              "3. msgFilterRules.dat "
              "をアカウントのフォルダー（プロファイルの Mail/127.0.0.1）に"
              "置きます。\n   すでにあれば、最初の name= "
              "から後の行をその末尾に加えます。\n"
              "4. Thunderbird を起動します。新しいメールに色付きのタグが"
              "付きます。すでにあるメールには\n   "
              "「ツール」→「フォルダーにフィルターを適用」を使います。"
              "\n"))};
}

client_rules claws(const rule_set& set, language l) {
  std::string text = "[filtering]\n";
  for (const auto& r : set.all) {
    const std::string any =
        joined(r.values, " | ", [&](const std::string& value) {
          return fmt::format("header \"{}\" match \"{}\"", set.field, value);
        });
    text += fmt::format("enabled rulename \"Mekiki: {}\" {} color {}\n",
                        r.as.word, any, r.as.number);
  }
  return {.files = {{"matcherrc", std::move(text)}},
          .steps = std::string(
              in(l,
                 "1. Quit Claws Mail.\n"
                 "2. Put these lines into ~/.claws-mail/matcherrc: the rules "
                 "below the line [filtering]\n   if there is one, else all of "
                 "them at the end.\n"
                 "3. Start Claws Mail; in the account's settings, Receive, "
                 "\"Filter messages on receiving\"\n   must be ticked (it is "
                 "by default).\n",
                 "1. Claws Mail を終了します。\n"
                 "2. 次の行を ~/.claws-mail/matcherrc に入れます。"
                 "[filtering] の行があればその下にルールだけを、\n   "
                 "なければ全部を末尾に入れます。\n"
                 "3. Claws Mail を起動します。アカウントの設定の「受信」で、"
                 "受信時の振り分けが\n   "
                 "有効になっていることを確かめます（既定で有効）。\n"))};
}

client_rules sylpheed(const rule_set& set, language l) {
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<filter>\n";
  for (const auto& r : set.all) {
    const std::string any = joined(r.values, "", [&](const std::string& value) {
      return fmt::format(
          "            <match-header type=\"contains\" name=\"{}\">{}"
          "</match-header>\n",
          set.field, value);
    });
    text += fmt::format(
        "    <rule name=\"Mekiki: {}\" timing=\"any\" enabled=\"true\">\n"
        "        <condition-list bool=\"or\">\n"
        "{}"
        "        </condition-list>\n"
        "        <action-list>\n"
        "            <color-label>{}</color-label>\n"
        "        </action-list>\n"
        "    </rule>\n",
        r.as.word, any, r.as.number);
  }
  text += "</filter>\n";
  return {.files = {{"filter.xml", std::move(text)}},
          .steps = std::string(
              in(l,
                 "1. Quit Sylpheed.\n"
                 "2. Put filter.xml into ~/.sylpheed-2.0. If there is one "
                 "already, put the <rule> elements\n   in front of its "
                 "</filter>.\n"
                 "3. Start Sylpheed; in the account's settings, Receive, "
                 "\"Filter messages on receiving\"\n   must be ticked (it is "
                 "by default).\n",
                 "1. Sylpheed を終了します。\n"
                 "2. filter.xml を ~/.sylpheed-2.0 に置きます。すでにあれば、"
                 "<rule> の要素を </filter> の前に\n   入れます。\n"
                 "3. Sylpheed を起動します。アカウントの設定の「受信」で、"
                 "受信時の振り分けが\n   "
                 "有効になっていることを確かめます（既定で有効）。\n"))};
}

client_rules mutt(const rule_set& set, language l) {
  std::string text;
  for (const auto& r : set.all) {
    for (const std::string& value : r.values) {
      text += fmt::format("color index {} default \"~h '^{}: {}$'\"\n",
                          r.as.terminal, set.field, value);
    }
  }
  return {.files = {{"mekiki.muttrc", std::move(text)}},
          .steps = std::string(
              in(l,
                 "Put these lines into ~/.muttrc (mutt) or ~/.neomuttrc, or "
                 "keep them in a file and\nput \"source FILE\" there. They "
                 "need a terminal with colours.\n",
                 "次の行を ~/.muttrc（mutt）または ~/.neomuttrc に入れます。"
                 "別のファイルに置いて\n「source "
                 "ファイル名」と書いてもかまいません。"
                 "色を表示できる端末が必要です。\n"))};
}

client_rules sieve(const rule_set& set, language l) {
  std::string text = "require \"imap4flags\";\n";
  for (const auto& r : set.all) {
    const bool alarming = r.as.number == 2;
    const std::string any = joined(
        r.values, ", ",
        [](const std::string& value) { return fmt::format("\"{}\"", value); });
    text += fmt::format(
        "if header :is \"{}\" [{}] {{ addflag {}; }}\n", set.field, any,
        alarming ? fmt::format("[\"{}\", \"\\\\Flagged\"]", r.as.flag)
                 : fmt::format("\"{}\"", r.as.flag));
  }
  return {.files = {{"mekiki.sieve", std::move(text)}},
          .steps = std::string(
              in(l,
                 "For mail that a program fetches through Mekiki and delivers "
                 "again (fetchmail, getmail,\nmpop with dovecot-lda): Mekiki "
                 "adds its fields when mail is fetched, so a Sieve script at\n"
                 "the server it is fetched from never sees them. Put the lines "
                 "into the script of the mailbox\nthat is delivered to; the "
                 "IMAP client there shows the flags.\n",
                 "Mekiki を通して受信したメールを、もう一度配送する場合の"
                 "ものです（fetchmail、getmail、\nmpop と dovecot-lda など）。"
                 "Mekiki は受信の時にフィールドを加えるので、\n"
                 "受信元のサーバーの Sieve からは見えません。"
                 "配送先のメールボックスのスクリプトに\n"
                 "次の行を入れてください。フラグは IMAP "
                 "のクライアントに表示されます。\n"))};
}

client_rules becky(const rule_set& set, language l) {
  return {.files = {},
          .steps = fmt::format(
              fmt::runtime(
                  in(l,
                     "Not tried by us; names of menus may differ.\n"
                     "For each line below make a rule in Tools > Filtering "
                     "Manager (on receiving): header\n\"{}\" (type the name), "
                     "text as shown, action: colour label of that colour.\n{}",
                     "動作は確認していません。メニューの名前は違うことが"
                     "あります。\n「ツール」→「フィルタリングマネージャ」の"
                     "「受信時」で、次の行ごとにルールを作ります。\n"
                     "ヘッダー「{}」（名前を入力）、文字列は下のとおり、"
                     "アクションはその色のカラーラベルにします。\n{}")),
              set.field, listed(set, l))};
}

client_rules outlook(const rule_set& set, language l) {
  return {
      .files = {},
      .steps = fmt::format(
          fmt::runtime(in(
              l,
              "Not tried by us; names of menus may differ.\n"
              "For each line below, in classic Outlook: Rules > Manage Rules & "
              "Alerts > New Rule >\nApply rule on messages I receive > \"with "
              "specific words in the message header\", the words:\n"
              "\"{}: VALUE\" with the value below; then \"assign it to the "
              "category\", a category of that colour.\n{}",
              "動作は確認していません。メニューの名前は違うことがあります。\n"
              "クラシック版の Outlook で、次の行ごとにルールを作ります。"
              "「ルール」→"
              "「仕分けルールと通知の管理」→\n「新しい仕分けルール」→"
              "「受信メッセージにルールを適用する」→"
              "「［メッセージ ヘッダー］に特定の文字が\n含まれる場合」で"
              "「{}: 値」（値は下のとおり）を指定し、"
              "「分類項目（その色のもの）に割り当てる」を選びます。\n{}")),
          set.field, listed(set, l))};
}

}  // namespace

std::optional<mail_client> parse_mail_client(std::string_view word) {
  for (const auto& [name, c] : clients) {
    if (name == word)
      return c;
  }
  return std::nullopt;
}

client_rules make_rules(mail_client c, const rule_options& o) {
  const rule_set set = rules_of(o);
  switch (c) {
    case mail_client::thunderbird:
      return thunderbird(set, o.in);
    case mail_client::claws:
      return claws(set, o.in);
    case mail_client::sylpheed:
      return sylpheed(set, o.in);
    case mail_client::mutt:
      return mutt(set, o.in);
    case mail_client::becky:
      return becky(set, o.in);
    case mail_client::outlook:
      return outlook(set, o.in);
    case mail_client::sieve:
      return sieve(set, o.in);
  }
  return {};
}

}  // namespace mekiki::notify
