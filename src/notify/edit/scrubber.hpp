// Removes from a header, as it streams by, forged copies of our fields and the
// fields in which mail clients keep their own state (X-Mozilla-Keys: a mail
// would give itself a tag). Fields that ask for a receipt are removed or get
// another name, X-Withheld-*: a receipt tells a forger that somebody reads, and
// some clients put the mail's whole header into it, our label too.
//
// Clients disagree about where a line ends: at CRLF alone, at LF too, or at a
// bare CR too. A field goes if any of these three readers could take it for
// one of them, with octets outside of 0x21..0x7e left out of its name and
// folded lines joined to it. Decisions depend only on the octets that were let
// through: after a removal the state is that before the field, so no forged
// field can arise by joining two separate pieces.
//
// What goes is the field up to the first line end that any reader sees and no
// white space follows. Removal ends at the first CRLF CRLF that was let
// through, which all readers take for the header's end. An earlier empty line
// (LF LF, LF CRLF, CR CR, ...) ends the header for some of them only, so
// removal goes on behind it: in a mail that has no CRLF CRLF, lines of the
// body that look like our fields are removed as well.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mekiki::notify {

/// Whether fields of that name are removed or renamed; Authentication-Results
/// only if it could be read as naming our id.
bool may_be_removed(std::string_view name);

/// What becomes of fields that ask for a receipt.
enum class receipts : std::uint8_t { renamed, removed, kept };

class scrubber {
 public:
  /// Stands at the beginning of a line, after our own fields.
  explicit scrubber(std::string authserv_id);

  /// Before the first `write`; else they are renamed.
  void set_receipts(receipts r) { receipts_ = r; }

  /// Takes the next octets and appends to `out` what is known to stay. Keeps
  /// at most 64 KB back: an Authentication-Results field that is longer goes,
  /// and so does a field whose name is not decided by then. Linear.
  void write(std::string_view octets, std::string& out);

  /// The mail has ended.
  void finish(std::string& out);

  /// The header has ended: everything passes.
  bool passes_all() const { return last_ == last::header; }

 private:
  /// What was let through last.
  enum class last : std::uint8_t {
    text,
    cr,  // perhaps a bare one
    lf,  // a bare one
    crlf,
    crlf_cr,
    header,  // CRLF CRLF
  };

  /// Who sees a line begin: all, or who knows bare LF, or bare CR too.
  enum reader : std::uint8_t { strict, lf_tolerant, cr_tolerant, readers };

  /// A field name that may still become one of ours, for one reader. Offsets
  /// count what was let through from the beginning of the mail.
  struct candidate {
    bool open = false;
    std::uint32_t possible = 0;  // set of names, by index
    std::uint8_t length = 0;     // octets of the name so far
    std::size_t begin = 0;       // of the field
    std::size_t needed = 0;      // held_ must reach back to here
  };

  struct position {
    std::array<candidate, readers> names;
    scrubber::last last = scrubber::last::text;
  };

  enum class mode : std::uint8_t {
    names,     // looking for our names
    results,   // within an Authentication-Results field, to be judged
    removing,  // within a field that goes
  };

  bool skip_uneventful(std::string_view& octets, std::string& out);
  void take(char c, std::string& out);
  void begin_line(reader first, char c);
  void restart(const std::array<bool, readers>& who);
  void grow_names(char c);
  void end_names();
  void enter_field(reader r, mode m);
  void take_in_field(char c, std::string& out);
  void end_field(std::string& out);
  void forget_field();
  void pass_settled(std::string& out);
  void make_room(std::string& out);
  bool any_open() const;
  std::size_t end() const { return passed_ + held_.size(); }

  std::string authserv_id_;
  receipts receipts_ = receipts::renamed;
  std::size_t passed_ = 0;  // octets that went to the client
  std::string held_;        // let through, unless a candidate takes it back
  last last_ = last::crlf;
  std::array<candidate, readers> names_;
  std::array<position, readers> before_;  // where each candidate began

  // Within a field:
  mode mode_ = mode::names;
  last field_last_ = last::text;
  position field_before_;
  std::size_t field_begin_ = 0;
  std::size_t value_begin_ = 0;
};

}  // namespace mekiki::notify
