// Which fields a signature's h= means (RFC 6376 5.4.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "message/header.hpp"

namespace mekiki::dkim {

/// The fields of a header by name. Borrows the header. Looking up takes time
/// logarithmic in the number of fields, whatever their names.
class field_index {
 public:
  field_index() = default;  // of no header
  explicit field_index(const message::header_view& header);

  /// For each name of h= the field it means: of several fields of one name,
  /// the lowest that is not yet taken. A name without a field left stands for
  /// the null string and gives none.
  std::vector<const message::field_view*> select(
      const std::vector<std::string>& names) const;

  /// All fields of that name (lower case), top to bottom.
  std::vector<const message::field_view*> find(std::string_view name) const;

 private:
  std::pair<std::size_t, std::size_t> range(std::string_view name) const;

  // By name without regard to case, then from top to bottom.
  std::vector<const message::field_view*> fields_;
};

}  // namespace mekiki::dkim
