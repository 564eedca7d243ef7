// Cuts the XML of an aggregate report into its records, so that memory does not
// depend on its size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "reports/faults.hpp"

namespace mekiki::reports {

/// Takes a document (UTF-8) piece by piece. Comments, processing instructions
/// and the document type declaration are dropped; nothing else is changed.
/// Linear.
class record_cutter {
 public:
  /// `take` gets each record, from "<record" to "</record>"; it may change it.
  /// `most_record` and `most_head` are octets.
  record_cutter(std::size_t most_record, std::size_t most_head,
                fault_list& faults, std::function<void(std::string&)> take);

  enum class state : std::uint8_t {
    going_on,
    whole,      // "</feedback>" was there: what follows is not looked at
    no_report,  // the first element is not "feedback"
    head_too_large
  };

  void write(std::string_view text);
  /// The last record, if the document ends within it.
  void finish();

  state status() const { return state_; }
  bool is_whole() const { return state_ == state::whole; }
  /// All but the records.
  std::string& head() { return head_; }

 private:
  enum class place : std::uint8_t {
    text,
    comment,
    instruction,
    cdata,
    declaration,
    tag_end  // of </record
  };

  void go_on(bool last);
  bool open(bool last);
  bool skip_to(std::string_view end, bool keep);
  bool skip_declaration();
  void keep(std::string_view text);
  void end_record();

  std::size_t most_record_;
  std::size_t most_head_;
  fault_list& faults_;
  std::function<void(std::string&)> take_;

  state state_ = state::going_on;
  place place_ = place::text;
  bool root_seen_ = false;
  bool in_record_ = false;
  bool too_large_ = false;  // the record
  std::string left_;        // not looked at yet
  std::size_t at_ = 0;      // in it
  std::string head_;
  std::size_t blanks_ = 0;  // at its end, or dropped there
  std::string record_;

  // Within a document type declaration.
  char quote_ = '\0';
  unsigned brackets_ = 0;
};

/// The same XML with what begins no markup escaped, elements closed that do
/// not end, and ends left out that nothing began. Attributes are dropped.
/// Linear.
std::string mend(std::string_view xml);

}  // namespace mekiki::reports
