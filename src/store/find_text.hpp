// What a mail is found by: one text for each, of which the search of the
// dashboard looks for parts. It holds only what is kept of the mail anyway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::store {

/// Of the subject; a longer one is found by its beginning.
constexpr std::size_t most_found_subject = 240;  // octets, folded
constexpr std::size_t most_typed = 200;          // octets
constexpr std::size_t most_search_words = 8;

struct find_parts {
  std::string_view code;  // of the reason
  std::string_view host;  // address of the sender's host; may be empty
  std::string_view author_domain;
  std::string_view author;   // address; empty where it is not kept
  std::string_view subject;  // as in the mail; empty where it is not kept
};

/// Four lines, folded (mime::unicode::fold): code; host; author, with what
/// people see of a domain that is not ASCII; subject.
std::string find_text(const find_parts& of);
/// The same with another reason.
std::string with_code(std::string_view find, std::string_view code);
/// The same without what is a text (text_retention).
std::string without_texts(std::string_view find,
                          std::string_view author_domain);

/// What it has of that for certain, without knowing the domain; "" if it cannot
/// be told.
std::string part_without_texts(std::string_view find);

/// A word that a mail must have, folded; or else its reason is one of `codes`.
struct search_word {
  std::string text;
  std::vector<std::string> codes;
};
/// Nothing where `typed` is too long, has too many words, or too little to look
/// for: a single letter of ASCII.
std::optional<std::vector<search_word>> read_search(std::string_view typed);

/// Which words the name of an account has: a bit for each.
std::uint8_t words_in_account(std::string_view account,
                              const std::vector<search_word>& words);
/// The longest that every text has which is found, whatever its account; ""
/// none. `in_accounts`: words that some account has.
std::string_view sought_word(const std::vector<search_word>& words,
                             std::uint8_t in_accounts);
/// `by_account`: words that count as found.
bool is_found(std::string_view find, const std::vector<search_word>& words,
              std::uint8_t by_account);

}  // namespace mekiki::store
