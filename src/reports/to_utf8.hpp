// XML in whatever encoding it says it is, as UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mime/charset.hpp"
#include "reports/faults.hpp"

namespace mekiki::reports {

/// Decides by the byte order mark, by how "<" is written, and by the XML
/// declaration (XML 1.0 appendix F), which counts where it names an encoding of
/// `mime::is_ascii_compatible`. All else passes as it is. Linear.
class utf8_converter {
 public:
  explicit utf8_converter(fault_list& faults) : faults_(faults) {}

  /// Appends what can be told of these octets.
  void write(std::string_view octets, std::string& out);
  void finish(std::string& out);

 private:
  void decide();
  void convert(std::string& out, bool last);

  fault_list& faults_;
  bool decided_ = false;
  std::string held_;
  std::string charset_;  // "" is UTF-8
  std::optional<mime::cut_finder> cuts_;
};

/// Whether these first octets of a file are markup, in any of the encodings.
bool begins_markup(std::string_view octets);

}  // namespace mekiki::reports
