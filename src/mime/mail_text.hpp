// What a mail says to its reader, taken from its octets as they stream by.
// Lenient: it reads what some client might show. Nothing may be proved by it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "message/header.hpp"
#include "mime/content.hpp"
#include "mime/transfer.hpp"

namespace mekiki::mime {

struct attached_file {
  std::string name;  // UTF-8, one line, at most 100 characters; may be empty
  std::string type;  // "application/pdf"
  std::size_t size = 0;  // octets, without the transfer encoding
};

struct mail_text {
  /// UTF-8. Of alternatives, the plain text; otherwise the text of the HTML.
  std::string text;
  bool is_cut = false;               // there is more text
  bool is_encrypted = false;         // a part of it cannot be read
  std::vector<attached_file> files;  // the first 50
  std::size_t more_files = 0;
};

/// Reads multiparts to a depth of 20, and up to 256 KB of encoded text; the
/// rest is counted, never kept.
class mail_text_reader {
 public:
  explicit mail_text_reader(const message::header_view& header);

  /// The next octets of the body.
  void write(std::string_view octets);

  /// After the last one. At most `most` octets of text.
  mail_text finish(std::size_t most);

  /// Octets of a line whose end has not come: no more than a piece of `write`
  /// and a few KB.
  std::size_t held() const { return line_.size(); }

 private:
  struct container {
    std::string boundary;
    /// Number of the multipart/alternative it is or stands in, or 0.
    std::size_t alternative = 0;
  };

  struct text_part {
    content what;
    std::size_t alternative = 0;
    std::string octets;  // encoded
  };

  enum class place {
    between,  // preamble or epilogue
    header,   // of a part
    text,
    file,
  };

  static std::string decoded(const text_part& part);

  void take_line(std::string_view line, bool begins);
  bool take_delimiter(std::string_view line);
  void begin_entity(content what);
  void end_entity();
  void take_octets(std::string_view octets);
  void add_file(content what);

  std::vector<container> containers_;  // outermost first
  std::size_t alternatives_ = 0;
  place place_ = place::between;

  std::string line_;  // its beginning, until its end comes
  bool line_begins_ = true;
  std::string line_end_;  // belongs to a delimiter, if one follows

  std::string header_;  // of the part
  std::vector<text_part> texts_;
  std::size_t room_;  // for more of them
  attached_file* file_ = nullptr;
  std::size_t file_octets_ = 0;
  transfer_encoding file_encoding_ = transfer_encoding::identity;
  mail_text out_;
};

}  // namespace mekiki::mime
