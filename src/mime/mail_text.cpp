#include "mime/mail_text.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "mime/charset.hpp"
#include "mime/html_text.hpp"
#include "mime/parts.hpp"

namespace mekiki::mime {
namespace {

constexpr std::size_t deepest = 20;
constexpr std::size_t most_raw = 256 << 10;
constexpr std::size_t most_texts = 50;
constexpr std::size_t most_files = 50;
constexpr std::size_t longest_line = 4096;        // looked at as one
constexpr std::size_t longest_header = 64 << 10;  // of a part
constexpr std::size_t longest_boundary = 200;

bool is_base64(char c) { return ascii::is_alnum(c) || c == '+' || c == '/'; }

bool is_encrypted_type(std::string_view type) {
  return type == "multipart/encrypted" || type == "application/pgp-encrypted" ||
         type == "application/pkcs7-mime" || type == "application/x-pkcs7-mime";
}

}  // namespace

mail_text_reader::mail_text_reader(const message::header_view& header)
    : room_(most_raw) {
  begin_entity(read_content(header));
}

void mail_text_reader::begin_entity(content what) {
  const bool container = what.type.starts_with("multipart/");
  out_.is_encrypted = out_.is_encrypted || is_encrypted_type(what.type);
  if (container && !what.boundary.empty() && containers_.size() < deepest &&
      what.boundary.size() <= longest_boundary) {
    std::size_t alternative =
        containers_.empty() ? 0 : containers_.back().alternative;
    if (what.type == "multipart/alternative")
      alternative = ++alternatives_;
    containers_.push_back({std::move(what.boundary), alternative});
    place_ = place::between;
    return;
  }
  const bool text = what.type == "text/plain" || what.type == "text/html" ||
                    (container && what.boundary.empty());
  if (text && !what.is_attachment && texts_.size() < most_texts) {
    const std::size_t alternative =
        containers_.empty() ? 0 : containers_.back().alternative;
    texts_.push_back({std::move(what), alternative, {}});
    place_ = place::text;
  } else {
    place_ = place::file;
    add_file(std::move(what));
  }
}

void mail_text_reader::add_file(content what) {
  file_ = nullptr;
  file_octets_ = 0;
  file_encoding_ = what.encoding;
  if (out_.files.size() == most_files) {
    ++out_.more_files;
    return;
  }
  out_.files.push_back({std::move(what.name), std::move(what.type), 0});
  file_ = &out_.files.back();
}

void mail_text_reader::end_entity() {
  if (place_ == place::file && file_ != nullptr) {
    file_->size = file_encoding_ == transfer_encoding::base64
                      ? file_octets_ / 4 * 3 + file_octets_ % 4 * 3 / 4
                      : file_octets_;
  }
  file_ = nullptr;
  place_ = place::between;
  line_end_.clear();
}

void mail_text_reader::take_octets(std::string_view octets) {
  if (place_ == place::text) {
    const std::string_view kept = octets.substr(0, room_);
    texts_.back().octets += kept;
    room_ -= kept.size();
    out_.is_cut = out_.is_cut || kept.size() < octets.size();
  } else if (place_ == place::file) {
    file_octets_ += file_encoding_ == transfer_encoding::base64
                        ? static_cast<std::size_t>(std::count_if(
                              octets.begin(), octets.end(), is_base64))
                        : octets.size();
  }
}

bool mail_text_reader::take_delimiter(std::string_view line) {
  if (!line.starts_with("--"))
    return false;
  for (std::size_t i = containers_.size(); i-- > 0;) {
    const std::string& boundary = containers_[i].boundary;
    if (is_delimiter(line, boundary)) {
      end_entity();
      containers_.resize(i + 1);
      header_.clear();
      place_ = place::header;
      return true;
    }
    if (is_close_delimiter(line, boundary)) {
      end_entity();
      containers_.resize(i);
      return true;
    }
  }
  return false;
}

// A line with its end, or a piece of a long one.
void mail_text_reader::take_line(std::string_view line, bool begins) {
  if (begins && take_delimiter(line))
    return;
  if (place_ == place::header) {
    const bool ended = begins && ascii::trim(line).empty();
    if (!ended && header_.size() + line.size() <= longest_header) {
      header_ += line;
      return;
    }
    begin_entity(read_content(message::parse_header(header_)));
    if (ended)
      return;
  }
  if (place_ == place::between)
    return;
  if (!line_end_.empty())
    take_octets(std::exchange(line_end_, {}));
  if (line.ends_with('\n')) {
    const std::size_t size = line.ends_with("\r\n") ? 2 : 1;
    line_end_ = line.substr(line.size() - size);
    line.remove_suffix(size);
  }
  take_octets(line);
}

void mail_text_reader::write(std::string_view octets) {
  while (!octets.empty()) {
    const std::size_t lf = octets.find('\n');
    const bool ended = lf != octets.npos;
    const std::string_view piece = octets.substr(0, ended ? lf + 1 : lf);
    octets.remove_prefix(piece.size());
    if (ended && line_.empty()) {
      take_line(piece, std::exchange(line_begins_, true));
      continue;
    }
    line_ += piece;
    if (!ended && line_.size() < longest_line)
      continue;
    // A CR at the end of a piece may belong to the line end.
    const std::size_t rest = !ended && line_.back() == '\r' ? 1 : 0;
    take_line(std::string_view(line_).substr(0, line_.size() - rest),
              std::exchange(line_begins_, ended));
    line_.erase(0, line_.size() - rest);
  }
}

std::string mail_text_reader::decoded(const text_part& part) {
  std::string text = read_text(
      decode_leniently(part.what.encoding, part.octets), part.what.charset);
  return part.what.type == "text/html" ? html_to_text(text) : text;
}

mail_text mail_text_reader::finish(std::size_t most) {
  if (!line_.empty())
    take_line(line_, line_begins_);
  if (place_ == place::header)
    begin_entity(read_content(message::parse_header(header_)));
  if (!line_end_.empty())
    take_octets(line_end_);
  end_entity();

  std::vector<bool> has_plain(alternatives_ + 1);
  for (const text_part& part : texts_) {
    if (part.what.type != "text/html" && !ascii::trim(part.octets).empty())
      has_plain[part.alternative] = true;
  }
  has_plain[0] = false;
  for (const text_part& part : texts_) {
    if (part.what.type == "text/html" && has_plain[part.alternative])
      continue;
    if (!out_.text.empty() && !out_.text.ends_with('\n'))
      out_.text += '\n';
    out_.text += decoded(part);
  }
  if (out_.text.size() > most) {
    out_.text.resize(first_octets(out_.text, most).size());
    out_.is_cut = true;
  }
  return std::move(out_);
}

}  // namespace mekiki::mime
