// Which fields of an arriving mail imitate ours, as changes that the MTA is
// asked for. The MTA hands out a header field by field, so each is looked at by
// itself (notify/edit/scrubber.hpp says what is removed).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mekiki::milter {

class forged_fields {
 public:
  struct change {
    std::string name;     // as the MTA has it
    std::uint32_t n = 0;  // from 1 on, among the fields of that name
    std::string value;    // lines end in LF; empty: the field goes
  };

  explicit forged_fields(std::string authserv_id);

  /// The next field from the top; lines in `value` end in LF.
  void add(std::string_view name, std::string_view value);

  std::size_t count() const { return changes_.size(); }
  /// From the bottom, so that they leave each other's numbers valid.
  std::vector<change> changes() const {
    return {changes_.rbegin(), changes_.rend()};
  }

 private:
  std::string authserv_id_;
  std::map<std::string, std::uint32_t, std::less<>> counts_;  // lower-case name
  std::vector<change> changes_;                               // from the top
};

}  // namespace mekiki::milter
