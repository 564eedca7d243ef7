// The longer texts for people, in English and Japanese. A folder that the
// settings name may hold others in their place.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/expected.hpp"
#include "notify/words/sentence.hpp"

namespace mekiki::notify {

class texts {
 public:
  /// Values of the {placeholders}.
  using values =
      std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// The built-in ones.
  texts() = default;

  /// Those of a folder in place of the built-in ones: files called
  /// "rewrite-notice.ja.txt", UTF-8, at most 64 KB. The error is a sentence: a
  /// file that cannot be read, has a name that no text has, or a placeholder
  /// that the built-in text has not.
  static expected<texts, std::string> load(const std::filesystem::path& folder);

  /// Whom to ask, one line; "" nobody. Texts have it as {ask}, worded.
  void set_contact(std::string who) { contact_ = std::move(who); }

  /// Where people open the dashboard; "" nowhere.
  void set_dashboard(std::string url);
  /// The address of one of its pages, "mails?verdict=forged"; "" without one.
  std::string page(std::string_view path) const;

  /// Names of all texts.
  static std::vector<std::string_view> names();
  /// Placeholders of a built-in text, without braces.
  static std::vector<std::string_view> placeholders(std::string_view name);

  /// A built-in text as it stands, with LF line ends.
  static std::string_view built_in(std::string_view name, language in);

  /// The text with LF line ends, its placeholders filled. A placeholder without
  /// value is left out; a line that consists of nothing but such ones, too.
  std::string fill(std::string_view name, language in,
                   const values& with = {}) const;

 private:
  std::map<std::pair<std::string, language>, std::string> replaced_;
  std::string contact_;
  std::string dashboard_;
};

}  // namespace mekiki::notify
