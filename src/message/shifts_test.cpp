#include "message/shifts.hpp"

#include <gmock/gmock.h>

namespace mekiki::message {
namespace {

using testing::ElementsAre;

TEST(undo_shifts, table) {
  const struct {
    std::string_view about;
    std::string_view text;
    std::string_view read;
  } rows[] = {
      {"RFC 1468, ASCII to ASCII", "ba\x1b(Bnk", "bank"},
      {"to Roman and back", "ba\x1b(Jn\x1b(Bk", "bank"},
      {"Roman by its old name", "ba\x1b(Hnk", "bank"},
      {"characters", "a\x1b$B;3ED\x1b(Bb", "a\x1b$B;3ED\x1b(Bb"},
      {"back to Roman", "a\x1b$B;3ED\x1b(Jb", "a\x1b$B;3ED\x1b(Bb"},
      {"no character", "ba\x1b$B\x1b(Bnk", "bank"},
      {"several without one", "ba\x1b$@\x1b$B\x1b$(D\x1b(I\x1b(Bnk", "bank"},
      {"one set behind another", "\x1b$B;3\x1b$(D\x22/\x1b(I1\x1b(B",
       "\x1b$B;3\x1b(B\x1b$(D\x22/\x1b(B\x1b(I1\x1b(B"},
      {"JIS X 0208 of 1990 (ESC & @)", "\x1b&@\x1b$B;3\x1b(B",
       "\x1b$B;3\x1b(B"},
      {"ISO-2022-KR", "\x1b$)C<a@b.test>", "<a@b.test>"},
      {"no end", "\x1b$B;3", "\x1b$B;3\x1b(B"},
      {"no sequence", "a\x1b\x1b b\x1b", "a\x1a\x1a b\x1a"},
      {"none that clients know", "\x1b(Z \x1b\" <", "\x1a(Z \x1a\" <"},
      {"no shift of what is left", "\x1b\x1b(B$B;3\x1b(B", "\x1a$B;3"},
      {"ESC within characters",
       "\x1b$B;\x1b"
       "3\x1b(Ba",
       "\x1b$B;\x1a"
       "3\x1b(Ba"},
  };
  for (const auto& r : rows)
    EXPECT_THAT(undo_shifts(r.text), ElementsAre(r.read)) << r.about;
}

TEST(undo_shifts, as_every_client_does) {
  EXPECT_THAT(undo_shifts("\x1b$B;3\r\n ED<\x1b(B"),
              ElementsAre("\x1b$B;3\x1b(B\r\n ED<", "\x1b$B;3 ED<\x1b(B"));
  EXPECT_THAT(undo_shifts("\x1b(J\\~\x1b(B\\~"),
              ElementsAre("\\~\\~", "\u00a5\u203e\\~"));
  EXPECT_THAT(
      undo_shifts("\x1b(J\\\x1b$B;3\r\n ED\x1b(B"),
      ElementsAre("\\\x1b$B;3\x1b(B\r\n ED", "\u00a5\x1b$B;3\x1b(B\r\n ED",
                  "\\\x1b$B;3 ED\x1b(B", "\u00a5\x1b$B;3 ED\x1b(B"));
}

}  // namespace
}  // namespace mekiki::message
