#include "admin/words.hpp"

#include "notify/words/test_phrases.hpp"

namespace mekiki::admin {
namespace {

using notify::language;

TEST(error_phrases, have_the_same_values_in_both_languages) {
  notify::expect_same_values(error_phrases());
}

TEST(error_text, is_in_the_visitors_language) {
  const struct {
    std::string_view english;
    std::string_view japanese;
  } rows[] = {
      {"There is no such rule.", "このルールはありません。"},
      {"signer: expected a domain such as \"example.jp\"",
       "署名者：「example.jp」のように、ドメインを入力してください。"},
      {"days: expected a number from 1 to 730.",
       "days：1 から 730 までの数にしてください。"},
      {"the login name begins with a tab: take it away",
       "ユーザー名の先頭にタブがあります。削除してください。"},
      {"the login name does not say which server: log in as NAME%HOST, for "
       "example taro%pop.example.jp",
       "ユーザー名にサーバーの指定がありません。"
       "「名前%サーバー」の形で入力してください（例：taro%pop.example.jp）。"},
      {"Mekiki: the host pop.example.jp does not exist",
       "Mekiki：サーバー pop.example.jp は存在しません。"},
      // A server's own words stay.
      {"pop.example.jp refused the login: Authentication failed.",
       "pop.example.jp がログインを拒否しました：Authentication failed."},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(error_text(row.english, language::japanese), row.japanese);
    EXPECT_EQ(error_text(row.english, language::english), row.english);
  }
}

}  // namespace
}  // namespace mekiki::admin
