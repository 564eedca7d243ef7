#include "cli/mail_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

namespace mekiki::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t piece = 64 << 10;

// Reads until `out` is full or the file ends; false on an error (errno).
bool read_at(int file, std::uint64_t offset, std::size_t most,
             std::string& out) {
  out.resize(most);
  std::size_t filled = 0;
  while (filled < most) {
    const ssize_t n = ::pread(file, out.data() + filled, most - filled,
                              static_cast<off_t>(offset + filled));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    if (n == 0)
      break;
    filled += static_cast<std::size_t>(n);
  }
  out.resize(filled);
  return true;
}

// Copies what can be read only once to a file without a name.
std::shared_ptr<const open_file> spool(int from) {
  std::string name = (fs::temp_directory_path() / "mekiki.XXXXXX").string();
  const int to = ::mkstemp(name.data());
  if (to < 0)
    return nullptr;
  ::unlink(name.c_str());
  auto file = std::make_shared<const open_file>(to);
  std::string buffer(piece, '\0');
  for (;;) {
    const ssize_t n = ::read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return nullptr;
    if (n == 0)
      return file;
    std::string_view left(buffer.data(), static_cast<std::size_t>(n));
    while (!left.empty()) {
      const ssize_t written = ::write(to, left.data(), left.size());
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return nullptr;
      left.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

std::string cannot_read() {
  return fmt::format("cannot be read: {}", std::strerror(errno));
}

}  // namespace

open_file::~open_file() {
  if (descriptor_ > STDERR_FILENO)
    ::close(descriptor_);
}

mail_finder::mail_finder(std::vector<std::string> paths)
    : paths_(paths.begin(), paths.end()) {}

std::optional<stored_mail> mail_finder::next() {
  for (;;) {
    if (!found_.empty()) {
      stored_mail mail = std::move(found_.front());
      found_.pop_front();
      return mail;
    }
    if (mbox_) {
      scan_mbox();
      continue;
    }
    if (paths_.empty())
      return std::nullopt;
    const std::string path = std::move(paths_.front());
    paths_.pop_front();
    open(path, path);
  }
}

void mail_finder::open(const fs::path& path, const std::string& name) {
  stored_mail mail;
  mail.name = name;
  const auto fail = [&] {
    mail.file = nullptr;
    mail.problem = cannot_read();
    found_.push_back(std::move(mail));
  };

  if (name == "-") {
    mail.file = std::make_shared<const open_file>(STDIN_FILENO);
  } else {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
      return fail();
    mail.file = std::make_shared<const open_file>(descriptor);
  }
  struct stat info {};
  if (::fstat(mail.file->descriptor(), &info) != 0)
    return fail();
  if (S_ISDIR(info.st_mode))
    return list_folder(path);
  const bool at_start = S_ISREG(info.st_mode) &&
                        ::lseek(mail.file->descriptor(), 0, SEEK_CUR) == 0;
  if (!at_start) {
    mail.file = spool(mail.file->descriptor());
    if (!mail.file || ::fstat(mail.file->descriptor(), &info) != 0) {
      return fail();
    }
  }
  mail.range.end = static_cast<std::uint64_t>(info.st_size);

  std::string start;
  if (!read_at(mail.file->descriptor(), 0, 5, start))
    return fail();
  if (start != "From ") {
    found_.push_back(std::move(mail));
    return;
  }
  mbox_ = std::move(mail.file);
  mbox_name_ = name;
  splitter_ = {};
  scanned_ = 0;
  mails_in_mbox_ = 0;
}

void mail_finder::list_folder(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  const auto list = [&](const fs::path& from) {
    for (fs::directory_iterator entry(from, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().filename().string().starts_with('.'))
        continue;
      std::error_code unknown;
      if (entry->is_directory(unknown))
        continue;
      files.push_back(entry->path().string());
    }
  };
  std::error_code ignored;
  if (fs::is_directory(folder / "cur", ignored)) {
    list(folder / "new");
    if (!error)
      list(folder / "cur");
  } else {
    list(folder);
  }
  if (error) {
    stored_mail mail;
    mail.name = folder.string();
    mail.problem = fmt::format("cannot be listed: {}", error.message());
    found_.push_back(std::move(mail));
    return;
  }
  std::ranges::sort(files);
  paths_.insert(paths_.begin(), files.begin(), files.end());
}

void mail_finder::scan_mbox() {
  std::string octets;
  std::vector<mail_range> ranges;
  const bool good = read_at(mbox_->descriptor(), scanned_, piece, octets);
  scanned_ += octets.size();
  if (octets.empty()) {
    splitter_.finish(ranges);
  } else {
    splitter_.write(octets, ranges);
  }
  for (const mail_range& range : ranges) {
    stored_mail mail;
    mail.name = fmt::format("{}#{}", mbox_name_, ++mails_in_mbox_);
    mail.file = mbox_;
    mail.range = range;
    mail.in_mbox = true;
    found_.push_back(std::move(mail));
  }
  if (!good || (octets.empty() && mails_in_mbox_ == 0)) {
    stored_mail mail;
    mail.name = mbox_name_;
    mail.problem = good ? "begins with \"From \", but is no mbox: the line has "
                          "no time of day"
                        : cannot_read();
    found_.push_back(std::move(mail));
  }
  if (octets.empty())
    mbox_ = nullptr;
}

expected<mail_reader, std::string> mail_reader::open(const stored_mail& mail,
                                                     line_ends_read how) {
  if (!mail.file)
    return unexpected(mail.problem);
  mail_reader reader(mail);
  if (how == line_ends_read::as_stored)
    return reader;
  line_end_finder finder;
  for (;;) {
    const auto octets = reader.read_raw();
    if (!octets)
      return unexpected(octets.error());
    if (octets->empty())
      break;
    finder.write(*octets);
    if (finder.found() == line_ends::crlf)
      break;
  }
  reader.ends_ = finder.found();
  reader.at_ = mail.range.begin;
  return reader;
}

expected<std::string_view, std::string> mail_reader::read_raw() {
  const std::uint64_t left = end_ - at_;
  if (!read_at(file_->descriptor(), at_,
               static_cast<std::size_t>(std::min<std::uint64_t>(left, piece)),
               buffer_)) {
    return unexpected(cannot_read());
  }
  if (buffer_.empty() && left > 0) {
    return unexpected(std::string("became shorter while it was read"));
  }
  at_ += buffer_.size();
  return std::string_view(buffer_);
}

expected<std::string_view, std::string> mail_reader::read() {
  // A piece may be held back by the unquoter as a whole: go on until there is
  // something, or the end.
  for (;;) {
    const auto raw = read_raw();
    if (!raw)
      return unexpected(raw.error());
    std::string_view octets = *raw;
    const bool ended = octets.empty();
    if (quoted_) {
      unquoted_.clear();
      if (ended) {
        unquoter_.finish(unquoted_);
      } else {
        unquoter_.write(octets, unquoted_);
      }
      octets = unquoted_;
    }
    if (ends_ == line_ends::lf_only) {
      converted_.clear();
      append_crlf(octets, converted_);
      octets = converted_;
    }
    if (ended || !octets.empty())
      return octets;
  }
}

}  // namespace mekiki::cli
