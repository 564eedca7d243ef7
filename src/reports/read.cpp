#include "reports/read.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "message/header.hpp"
#include "mime/content.hpp"
#include "mime/parts.hpp"
#include "mime/transfer.hpp"
#include "reports/aggregate.hpp"
#include "reports/archive.hpp"
#include "reports/failure.hpp"
#include "reports/tls.hpp"
#include "reports/to_utf8.hpp"

namespace mekiki::reports {
namespace {

// Octets that tell what a file is.
constexpr std::size_t enough_to_tell = 1024;
constexpr unsigned most_multiparts = 20;  // within each other

enum class kind : std::uint8_t { nothing, empty, xml, json, zip, gzip, mail };

bool is_mail(std::string_view octets) {
  // A field, or what mbox and pipes put before the first one.
  const message::header_view header = message::parse_header(octets);
  if (header.fields.empty())
    return false;
  const message::field_view& top = header.fields.front();
  if (top.is_field())
    return true;
  return header.fields.size() > 1 && header.fields[1].is_field() &&
         (top.raw.starts_with("From ") || top.raw.starts_with(">From "));
}

kind kind_at(std::string_view octets) {
  switch (archive_at(octets)) {
    case archive_kind::zip:
      return kind::zip;
    case archive_kind::gzip:
      return kind::gzip;
    case archive_kind::none:
      break;
  }
  if (begins_markup(octets))
    return kind::xml;
  std::string_view text = octets;
  if (text.starts_with("\xef\xbb\xbf"))
    text.remove_prefix(3);
  text = ascii::trim(text);
  if (text.empty())
    return octets.empty() ? kind::empty : kind::nothing;
  if (text.front() == '{')
    return kind::json;
  return is_mail(octets) ? kind::mail : kind::nothing;
}

/// A source with some of its first octets put back before it.
class put_back final : public octet_source {
 public:
  put_back(std::string first, octet_source& rest)
      : first_(std::move(first)), rest_(rest) {}

  expected<std::string_view, std::string> read() override {
    if (!std::exchange(given_, true) && !first_.empty())
      return std::string_view(first_);
    return rest_.read();
  }

 private:
  std::string first_;
  octet_source& rest_;
  bool given_ = false;
};

std::string joined(const std::string& outer, const std::string& inner) {
  return outer.empty() || inner.empty() ? outer + inner : outer + "/" + inner;
}

class input_reader {
 public:
  input_reader(const options& how, const std::function<void(finding)>& found)
      : how_(how),
        found_(found),
        left_{.octets = how.limit.octets, .files = how.limit.files} {}

  /// False if there is nothing in it that was, or might be, a report.
  bool read(octet_source& from, const std::string& part, unsigned depth);

  void fail(const std::string& part, std::string why) {
    tell(part, unexpected(std::move(why)));
  }

 private:
  struct entity {
    message::header_view header;
    mime::content content;
    std::string_view body;
  };

  void add(const std::string& part, expected<report, std::string> what) {
    if (what && !wrong_type_.empty()) {
      what->warnings.push_back(
          {.what = fault::content_type, .times = 1, .example = wrong_type_});
    }
    tell(part, std::move(what));
  }

  void tell(const std::string& part, expected<report, std::string> what) {
    found_({.part = part,
            .what = std::move(what),
            .is_in_mail = in_mail_,
            .is_forwarded = mails_within_ > 0});
  }

  // Among the files of an archive may be others: of these nothing is told.
  bool read_xml(octet_source& from, const std::string& part, unsigned depth);
  bool read_json(octet_source& from, const std::string& part, unsigned depth);
  void read_archive(octet_source& from, archive_kind what,
                    const std::string& part, unsigned depth);
  bool read_mail(octet_source& from, const std::string& part, unsigned depth);
  bool read_mail(std::string_view octets, const std::string& part,
                 unsigned depth);
  bool read_entity(const message::header_view& mail, std::string_view octets,
                   const std::string& part, unsigned depth,
                   unsigned multiparts);
  bool read_leaf(const entity& what, const std::string& part, unsigned depth);

  const options& how_;
  const std::function<void(finding)>& found_;
  budget left_;
  bool in_mail_ = false;
  unsigned mails_within_ = 0;  // that one, as deep as this
  std::string wrong_type_;     // of the attachment, which is something else
};

bool input_reader::read(octet_source& from, const std::string& part,
                        unsigned depth) {
  std::string first;
  while (first.size() < enough_to_tell) {
    const auto octets = from.read();
    if (!octets) {
      fail(part, octets.error());
      return true;
    }
    if (octets->empty())
      break;
    first += *octets;
  }
  const kind what = kind_at(first);
  put_back all(std::move(first), from);
  switch (what) {
    case kind::xml:
      return read_xml(all, part, depth);
    case kind::json:
      return read_json(all, part, depth);
    case kind::zip:
    case kind::gzip:
    case kind::mail:
      if (depth > how_.limit.nested) {
        fail(part, fmt::format("archives and mails within each other are read "
                               "to a depth of {}",
                               how_.limit.nested));
        return true;
      }
      if (what == kind::mail)
        return read_mail(all, part, depth);
      read_archive(all,
                   what == kind::zip ? archive_kind::zip : archive_kind::gzip,
                   part, depth);
      return true;
    case kind::empty:
      if (depth == 0)
        fail(part, "it is empty");
      return depth == 0;
    case kind::nothing:
      break;
  }
  return false;
}

bool input_reader::read_xml(octet_source& from, const std::string& part,
                            unsigned depth) {
  aggregate_reader reader(how_);
  std::size_t octets = 0;
  for (;;) {
    const auto piece = from.read();
    if (!piece) {
      auto read = reader.finish(true);
      // Where the limits ended it, the rest is not merely missing.
      if (!read || left_.is_at_limit)
        fail(part, piece.error());
      else
        add(part, std::move(read));
      return true;
    }
    if (piece->empty())
      break;
    octets += piece->size();
    if (octets > how_.limit.octets) {
      fail(part, fmt::format("it has more than {} octets", how_.limit.octets));
      return true;
    }
    if (!reader.write(*piece))
      break;  // it is none, or its end was there
  }
  auto read = reader.finish();
  if (reader.is_other_xml() && depth > 0)
    return false;
  add(part, std::move(read));
  return true;
}

bool input_reader::read_json(octet_source& from, const std::string& part,
                             unsigned depth) {
  std::string text;
  for (;;) {
    const auto piece = from.read();
    if (!piece) {
      fail(part, piece.error());
      return true;
    }
    if (piece->empty())
      break;
    text += *piece;
    if (text.size() > how_.limit.json)
      break;
  }
  auto read = read_tls_report(text, how_);
  if (!read && read.error() == no_tls_report && depth > 0)
    return false;
  add(part, std::move(read));
  return true;
}

void input_reader::read_archive(octet_source& from, archive_kind what,
                                const std::string& part, unsigned depth) {
  bool any = false;
  const auto result = unpack(from, what, how_.limit, left_,
                             [&](const std::string& name, octet_source& file) {
                               if (read(file, joined(part, name), depth + 1))
                                 any = true;
                             });
  if (!result)
    fail(part, result.error());
  else if (!any)
    fail(part, "there is no report in the archive");
}

bool input_reader::read_mail(octet_source& from, const std::string& part,
                             unsigned depth) {
  if (depth == 0)
    in_mail_ = true;
  std::string octets;
  for (;;) {
    const auto piece = from.read();
    if (!piece) {
      fail(part, piece.error());
      return true;
    }
    if (piece->empty())
      break;
    if (octets.size() + piece->size() > how_.limit.mail) {
      fail(part,
           fmt::format("it is a mail of more than {} octets", how_.limit.mail));
      return true;
    }
    octets += *piece;
  }
  return read_mail(octets, part, depth);
}

bool input_reader::read_mail(std::string_view octets, const std::string& part,
                             unsigned depth) {
  if (depth > 0)
    ++mails_within_;
  const message::header_view header = message::parse_header(octets);
  const bool any = read_entity(header, octets, part, depth, 0);
  if (depth > 0)
    --mails_within_;
  return any;
}

bool input_reader::read_entity(const message::header_view& mail,
                               std::string_view octets, const std::string& part,
                               unsigned depth, unsigned multiparts) {
  entity what{
      .header = message::parse_header(octets), .content = {}, .body = {}};
  what.content = mime::read_content(what.header);
  what.body = octets.substr(std::min(what.header.body, octets.size()));
  const std::string& type = what.content.type;
  if (!what.content.is_multipart()) {
    if (type == "message/rfc822" || type == "message/global") {
      if (depth >= how_.limit.nested)
        return false;
      // A forwarded report.
      const std::string inner =
          mime::decode_leniently(what.content.encoding, what.body);
      return read_mail(inner, part, depth + 1);
    }
    return read_leaf(what, part, depth);
  }
  if (multiparts == most_multiparts)
    return false;
  mime::multipart_view parts =
      mime::split_parts(what.body, what.content.boundary);
  std::string ended;
  if (!parts.clear) {
    // Without its end the last part would be missing.
    ended = fmt::format("{}\r\n--{}--\r\n", what.body, what.content.boundary);
    mime::multipart_view more = mime::split_parts(ended, what.content.boundary);
    if (more.parts.size() > parts.parts.size())
      parts = std::move(more);
  }
  const auto type_of_part = [](std::string_view p) {
    return mime::read_content(message::parse_header(p));
  };
  // RFC 5965 2: text for people, the feedback, the mail that it is about.
  for (std::size_t i = 0; i < parts.parts.size(); ++i) {
    const std::string_view p = parts.parts[i];
    const mime::content feedback = type_of_part(p);
    if (feedback.type != "message/feedback-report")
      continue;
    const message::header_view header = message::parse_header(p);
    const std::string fields = mime::decode_leniently(
        feedback.encoding, p.substr(std::min(header.body, p.size())));
    std::string about;
    for (const std::string_view other : parts.parts) {
      const mime::content c = type_of_part(other);
      if (c.type != "message/rfc822" && c.type != "text/rfc822-headers" &&
          c.type != "message/rfc822-headers" && c.type != "message/global" &&
          c.type != "message/global-headers")
        continue;
      const message::header_view inner = message::parse_header(other);
      about = mime::decode_leniently(
          c.encoding, other.substr(std::min(inner.body, other.size())));
      break;
    }
    add(part, read_failure_report(fields, about, mail, how_));
    return true;
  }
  bool any = false;
  for (const std::string_view p : parts.parts) {
    if (read_entity(mail, p, part, depth, multiparts + 1))
      any = true;
  }
  return any;
}

/// Whether a part says that it is an archive or a report.
bool is_called_report(const mime::content& what) {
  for (const std::string_view word : {"zip", "gzip", "xml", "tlsrpt"}) {
    if (what.type.find(word) != std::string::npos &&
        !what.type.starts_with("application/vnd."))
      return true;
  }
  const std::string name = ascii::to_lower(what.name);
  for (const std::string_view end : {".xml", ".zip", ".gz", ".json"}) {
    if (name.ends_with(end))
      return true;
  }
  return false;
}

bool contradicts(const mime::content& what, kind found) {
  const auto says = [&](std::string_view word) {
    return what.type.find(word) != std::string::npos;
  };
  switch (found) {
    case kind::zip:
      return says("gzip") || says("xml") || says("json") || says("text/");
    case kind::gzip:
      return (says("zip") && !says("gzip")) || says("text/") ||
             what.type.ends_with("/xml");
    case kind::xml:
      return says("zip") || says("json");
    default:
      return false;
  }
}

bool input_reader::read_leaf(const entity& what, const std::string& part,
                             unsigned depth) {
  const std::string octets =
      mime::decode_leniently(what.content.encoding, what.body);
  const kind found = kind_at(octets);
  const bool called = is_called_report(what.content);
  const bool is_packed = found == kind::zip || found == kind::gzip;
  const bool is_text =
      what.content.type.starts_with("text/") && !what.content.is_file;
  // The words of the mail, a picture, a signature.
  if (!called && !is_packed &&
      (is_text || (found != kind::xml && found != kind::json))) {
    // A report may stand there as it is.
    if (found != kind::xml || octets.find("<feedback") == std::string::npos)
      return false;
  }
  const std::string inner = joined(part, what.content.name);
  if (left_.files == 0) {
    fail(inner, fmt::format("it comes behind {} others", how_.limit.files));
    return true;
  }
  --left_.files;
  if (found == kind::nothing || found == kind::mail) {
    fail(inner, "it is called a report, and is none");
    return true;
  }
  octets_at_hand source(octets);
  if (contradicts(what.content, found))
    wrong_type_ = what.content.type;
  const bool any = read(source, inner, depth + (is_packed ? 1 : 0));
  wrong_type_.clear();
  return any;
}

}  // namespace

expected<std::string_view, std::string> octets_at_hand::read() {
  return std::exchange(rest_, std::string_view());
}

void read(octet_source& from, const options& how,
          const std::function<void(finding)>& found) {
  input_reader reader(how, found);
  if (!reader.read(from, "", 0))
    reader.fail("", "there is no report in it");
}

}  // namespace mekiki::reports
