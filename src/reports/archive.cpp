#include "reports/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "reports/texts.hpp"

namespace mekiki::reports {
namespace {

constexpr std::size_t piece = 64 << 10;
// Below this a high ratio costs little.
constexpr std::size_t ratio_begins = 16 << 20;

struct closer {
  void operator()(archive* a) const { ::archive_read_free(a); }
};
using archive_handle = std::unique_ptr<archive, closer>;

/// What feeds libarchive with the octets of a gzip.
struct feed {
  octet_source& from;
  std::size_t taken = 0;
  std::string problem;
};

la_ssize_t take_octets(archive* a, void* data, const void** buffer) {
  feed& f = *static_cast<feed*>(data);
  const auto octets = f.from.read();
  if (!octets) {
    f.problem = octets.error();
    ::archive_set_error(a, EIO, "%s", f.problem.c_str());
    return -1;
  }
  f.taken += octets->size();
  *buffer = octets->data();
  return static_cast<la_ssize_t>(octets->size());
}

std::string damage(archive* a) {
  const char* text = ::archive_error_string(a);
  fault_list ignored;
  return "the archive is damaged: " +
         read_value(text != nullptr ? text : "no reason is given", ignored);
}

/// One file of an archive.
class packed_file final : public octet_source {
 public:
  packed_file(archive* a, const std::size_t& packed, const limits& limit,
              budget& left, std::size_t& unpacked)
      : archive_(a),
        packed_(packed),
        limit_(limit),
        left_(left),
        unpacked_(unpacked),
        buffer_(piece, '\0') {
    left.is_at_limit = false;
  }

  expected<std::string_view, std::string> read() override {
    if (problem_)
      return unexpected(*problem_);
    const la_ssize_t n =
        ::archive_read_data(archive_, buffer_.data(), buffer_.size());
    if (n < 0)
      return end(damage(archive_));
    const auto size = static_cast<std::size_t>(n);
    unpacked_ += size;
    if (size > left_.octets) {
      left_.octets = 0;
      left_.is_at_limit = true;
      return end(fmt::format("more than {} octets would come out of it",
                             limit_.octets));
    }
    left_.octets -= size;
    if (unpacked_ > ratio_begins && unpacked_ / limit_.ratio > packed_) {
      left_.is_at_limit = true;
      return end(
          fmt::format("each of its octets becomes more than {}, as in "
                      "an archive that is to fill the memory",
                      limit_.ratio));
    }
    return std::string_view(buffer_).substr(0, size);
  }

  bool problem() const { return problem_.has_value(); }

 private:
  unexpected<std::string> end(std::string why) {
    problem_ = why;
    return unexpected(std::move(why));
  }

  archive* archive_;
  const std::size_t& packed_;
  const limits& limit_;
  budget& left_;
  std::size_t& unpacked_;
  std::string buffer_;
  std::optional<std::string> problem_;
};

/// All that a source has, up to `most` octets.
expected<std::string, std::string> read_all(octet_source& from,
                                            std::size_t most) {
  std::string out;
  for (;;) {
    const auto octets = from.read();
    if (!octets)
      return unexpected(octets.error());
    if (octets->empty())
      return out;
    if (out.size() + octets->size() > most)
      return unexpected(
          fmt::format("it is an archive of more than {} octets", most));
    out += *octets;
  }
}

/// What macOS adds to archives.
bool is_about_a_file(std::string_view name) {
  return name.starts_with("__MACOSX/") || name.ends_with(".DS_Store");
}

std::string name_of(archive_entry* entry) {
  // In UTF-8 if the archive says so; else the octets.
  const char* name = ::archive_entry_pathname_utf8(entry);
  if (name == nullptr)
    name = ::archive_entry_pathname(entry);
  fault_list ignored;
  return name != nullptr ? read_value(name, ignored) : "";
}

}  // namespace

archive_kind archive_at(std::string_view octets) {
  // The second is an archive without files.
  if (octets.starts_with("PK\x03\x04") || octets.starts_with("PK\x05\x06"))
    return archive_kind::zip;
  if (octets.starts_with("\x1f\x8b"))
    return archive_kind::gzip;
  return archive_kind::none;
}

expected<void, std::string> unpack(
    octet_source& from, archive_kind kind, const limits& limit, budget& left,
    const std::function<void(const std::string& name, octet_source& file)>&
        each) {
  const archive_handle a(::archive_read_new());
  if (a == nullptr)
    return unexpected(std::string("there is no memory for the archive"));
  std::string whole;
  feed octets{.from = from};
  int opened = ARCHIVE_FATAL;
  if (kind == archive_kind::zip) {
    // Its list of files is at its end.
    auto read = read_all(from, limit.archive);
    if (!read)
      return unexpected(read.error());
    whole = std::move(*read);
    octets.taken = whole.size();
    ::archive_read_support_format_zip(a.get());
    opened = ::archive_read_open_memory(a.get(), whole.data(), whole.size());
  } else {
    // This one filter, whatever its first octets say: those that are found by
    // looking are applied as often as they fit.
    ::archive_read_append_filter(a.get(), ARCHIVE_FILTER_GZIP);
    ::archive_read_support_format_raw(a.get());
    opened =
        ::archive_read_open(a.get(), &octets, nullptr, take_octets, nullptr);
  }
  if (opened != ARCHIVE_OK)
    return unexpected(octets.problem.empty() ? damage(a.get())
                                             : octets.problem);

  std::size_t unpacked = 0;
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = ::archive_read_next_header(a.get(), &entry);
    if (status == ARCHIVE_EOF)
      return {};
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
      return unexpected(damage(a.get()));
    if (::archive_entry_is_encrypted(entry) == 1)
      return unexpected(std::string("the archive is encrypted"));
    const std::string name = kind == archive_kind::gzip ? "" : name_of(entry);
    if (kind == archive_kind::zip &&
        (::archive_entry_filetype(entry) != AE_IFREG || is_about_a_file(name)))
      continue;
    if (left.files == 0)
      return unexpected(fmt::format("it has more than {} files", limit.files));
    --left.files;
    packed_file file(a.get(), octets.taken, limit, left, unpacked);
    each(name, file);
    // The next file of a gzip would be looked for behind all of this one.
    if (file.problem() || kind == archive_kind::gzip)
      return {};
  }
}

}  // namespace mekiki::reports
