#include "daemon/backup.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "store/schema.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

using result = expected<void, std::string>;

/// Beside the database. Folders are made for those that have one.
constexpr std::string_view small_files[] = {
    "label-secret",   "label-generations", "admin-password",
    "tls-hosts",      "servers",           "tls/ca.pem",
    "tls/ca-key.pem", "tls/server.pem",    "tls/server-key.pem"};
constexpr std::string_view sums_name = "SHA256SUMS";
constexpr std::size_t block = 512;  // of tar
constexpr std::size_t piece = 64 << 10;

struct closer {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
using open_file = std::unique_ptr<std::FILE, closer>;

auto cannot(std::string_view what, const fs::path& file) {
  return unexpected(fmt::format("cannot {} {}: {}", what, file.string(),
                                std::generic_category().message(errno)));
}

// -------------------------------------------------------------------- tar

/// The header of a regular file (POSIX.1-1988 ustar; sizes of 8 GiB and more in
/// GNU's base-256).
std::array<char, block> header_of(std::string_view name, std::uint64_t size,
                                  std::int64_t time) {
  std::array<char, block> h{};
  const auto put = [&](std::size_t at, std::string_view text) {
    std::ranges::copy(text, h.begin() + static_cast<std::ptrdiff_t>(at));
  };
  put(0, name);
  put(100, "0000600");
  put(108, "0000000");
  put(116, "0000000");
  constexpr std::uint64_t octal_end = std::uint64_t{1} << 33U;
  if (size < octal_end) {
    put(124, fmt::format("{:011o}", size));
  } else {
    h[124] = '\x80';
    for (std::size_t i = 0; i < 8; ++i)
      h[135 - i] = static_cast<char>(size >> (8 * i));
  }
  put(136, fmt::format("{:011o}", time));
  put(148, "        ");
  h[156] = '0';
  put(257, std::string_view("ustar\0"
                            "00",
                            8));
  unsigned sum = 0;
  for (const char c : h) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum));
  h[154] = '\0';
  return h;
}

struct member {
  std::string name;
  std::uint64_t size = 0;
};

/// Nothing if that is no header of ours.
std::optional<member> read_header(const std::array<char, block>& h) {
  const auto text = [&](std::size_t at, std::size_t most) {
    const char* begin = h.data() + at;
    return std::string(begin, ::strnlen(begin, most));
  };
  member m{.name = text(0, 100), .size = 0};
  if (h[124] == '\x80') {
    for (std::size_t i = 128; i < 136; ++i)
      m.size = m.size << 8U | static_cast<unsigned char>(h[i]);
  } else {
    for (const char c : text(124, 12)) {
      if (c < '0' || c > '7')
        return std::nullopt;
      m.size = m.size << 3U | static_cast<unsigned>(c - '0');
    }
  }
  // The same octets, whatever owner, time and mode another tar gave it.
  unsigned sum = 0;
  for (std::size_t i = 0; i < block; ++i)
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(h[i]);
  const std::string told = text(148, 6);
  const bool is_file = h[156] == '0' || h[156] == '\0';
  if (!is_file || text(257, 5) != "ustar" || told != fmt::format("{:06o}", sum))
    return std::nullopt;
  return m;
}

/// Writes an archive, and notes the digest of each member.
class writer {
 public:
  writer(std::FILE* out, fs::path name) : out_(out), name_(std::move(name)) {}

  result add(std::string_view name, const fs::path& from) {
    const open_file in(std::fopen(from.c_str(), "re"));
    struct stat info {};
    if (!in || ::fstat(::fileno(in.get()), &info) != 0)
      return cannot("read", from);
    auto left = static_cast<std::uint64_t>(info.st_size);
    begin(name, left, info.st_mtime);
    crypto::hasher digest(crypto::hash_algorithm::sha256);
    std::array<char, piece> buffer{};
    while (left > 0) {
      const std::size_t n = std::fread(
          buffer.data(), 1,
          static_cast<std::size_t>(std::min<std::uint64_t>(left, piece)),
          in.get());
      if (n == 0) {
        return unexpected(
            fmt::format("{} changed while it was copied", from.string()));
      }
      digest.update({buffer.data(), n});
      put({buffer.data(), n});
      left -= n;
    }
    pad();
    sums_ += fmt::format("{}  {}\n", to_hex(digest.finish().octets()), name);
    names_.emplace_back(name);
    return good();
  }

  result end() {
    begin(sums_name, sums_.size(), 0);
    put(sums_);
    pad();
    put(std::string(2 * block, '\0'));
    if (std::fflush(out_) != 0 || ::fsync(::fileno(out_)) != 0)
      failed_ = true;
    return good();
  }

  std::uint64_t octets() const { return octets_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  void begin(std::string_view name, std::uint64_t size, std::int64_t time) {
    const auto h = header_of(name, size, time);
    put({h.data(), h.size()});
  }
  void put(std::string_view octets) {
    failed_ = failed_ || std::fwrite(octets.data(), 1, octets.size(), out_) !=
                             octets.size();
    octets_ += octets.size();
  }
  void pad() { put(std::string((block - octets_ % block) % block, '\0')); }
  result good() const {
    if (failed_)
      return cannot("write", name_);
    return {};
  }

  std::FILE* out_;
  fs::path name_;
  std::string sums_;
  std::vector<std::string> names_;
  std::uint64_t octets_ = 0;
  bool failed_ = false;
};

/// A file of mode 0600 that goes unless it is kept.
class new_file {
 public:
  explicit new_file(const fs::path& beside)
      : name_(beside.string() + ".XXXXXX") {
    descriptor_ = ::mkstemp(name_.data());
  }
  ~new_file() {
    if (descriptor_ < 0)
      return;
    ::close(descriptor_);
    ::unlink(name_.c_str());
    ::unlink((name_ + "-journal").c_str());
  }
  new_file(const new_file&) = delete;
  new_file& operator=(const new_file&) = delete;

  bool is_there() const { return descriptor_ >= 0; }
  fs::path path() const { return name_; }
  int descriptor() const { return descriptor_; }

 private:
  std::string name_;
  int descriptor_ = -1;
};

// ---------------------------------------------------------------- restore

bool is_ours(std::string_view name) {
  return name == store::file_name ||
         std::ranges::find(small_files, name) != std::end(small_files);
}

/// Unpacks an archive into a folder of its own.
class reader {
 public:
  reader(const fs::path& file, const fs::path& to)
      : in_(std::fopen(file.c_str(), "re")), file_(file), to_(to) {}

  result read() {
    if (!in_)
      return cannot("read", file_);
    std::array<char, block> h{};
    while (sums_.empty()) {
      if (std::fread(h.data(), 1, block, in_.get()) != block)
        return damaged("it ends early");
      const auto m = read_header(h);
      if (!m || !(is_ours(m->name) || m->name == sums_name))
        return damaged("it is no backup of Mekiki, or was changed");
      const auto done = m->name == sums_name ? read_sums(*m) : unpack(*m);
      if (!done)
        return done;
    }
    std::size_t told = 0;
    for (const auto& [name, sum] : found_) {
      const std::string line = fmt::format("{}  {}\n", sum, name);
      if (sums_.find(line) == std::string::npos)
        return damaged(fmt::format("{} is not what was saved", name));
      told += line.size();
    }
    if (told != sums_.size())
      return damaged("a file is missing in it");
    return {};
  }

  bool has(std::string_view name) const { return found_.contains(name); }
  const std::map<std::string, std::string, std::less<>>& found() const {
    return found_;
  }

 private:
  result damaged(std::string_view how) const {
    return unexpected(fmt::format("{} is damaged: {}; nothing was restored",
                                  file_.string(), how));
  }

  result read_sums(const member& m) {
    constexpr std::uint64_t most = 64 << 10;
    if (m.size == 0 || m.size > most)
      return damaged("its sums cannot be read");
    sums_.resize(static_cast<std::size_t>(m.size));
    if (std::fread(sums_.data(), 1, sums_.size(), in_.get()) != sums_.size())
      return damaged("it ends early");
    return {};
  }

  result unpack(const member& m) {
    const fs::path to = to_ / m.name;
    std::error_code error;
    fs::create_directory(to.parent_path(), error);
    const int fd =
        ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
      return damaged(fmt::format("{} is twice in it", m.name));
    const open_file out(fd < 0 ? nullptr : ::fdopen(fd, "w"));
    if (!out)
      return cannot("write", to);
    crypto::hasher digest(crypto::hash_algorithm::sha256);
    std::array<char, piece> buffer{};
    std::uint64_t left = m.size;
    while (left > 0) {
      const auto want =
          static_cast<std::size_t>(std::min<std::uint64_t>(left, piece));
      const std::size_t n = std::fread(buffer.data(), 1, want, in_.get());
      if (n == 0)
        return damaged("it ends early");
      digest.update({buffer.data(), n});
      if (std::fwrite(buffer.data(), 1, n, out.get()) != n)
        return cannot("write", to);
      left -= n;
    }
    const auto rest =
        static_cast<std::size_t>((block - m.size % block) % block);
    if (std::fread(buffer.data(), 1, rest, in_.get()) != rest)
      return damaged("it ends early");
    if (std::fflush(out.get()) != 0 || ::fsync(fd) != 0)
      return cannot("write", to);
    found_.emplace(m.name, to_hex(digest.finish().octets()));
    return {};
  }

  open_file in_;
  fs::path file_;
  fs::path to_;
  std::string sums_;
  std::map<std::string, std::string, std::less<>> found_;  // digests
};

/// A folder that goes, with all in it, when this does.
struct staging {
  explicit staging(fs::path p) : path(std::move(p)) {
    std::error_code error;
    is_made = fs::create_directory(path, error);
    ::chmod(path.c_str(), 0700);
  }
  ~staging() {
    std::error_code ignored;
    if (is_made)
      fs::remove_all(path, ignored);
  }
  staging(const staging&) = delete;
  staging& operator=(const staging&) = delete;
  fs::path path;
  bool is_made = false;
};

result check_database(const fs::path& file) {
  // A newer Mekiki's is refused, and so is one that is damaged.
  if (const auto version = store::read_version(file); !version)
    return unexpected(version.error());
  const auto found = store::examine(file);
  if (!found)
    return unexpected(found.error());
  if (found->damage.empty())
    return {};
  return unexpected(
      fmt::format("the database in it is damaged ({})", found->damage.front()));
}

}  // namespace

expected<backed_up, std::string> back_up(const fs::path& state,
                                         const fs::path& file, bool replace,
                                         const store::progress& step) {
  std::error_code error;
  if (!fs::exists(state / small_files[0], error)) {
    return unexpected(fmt::format(
        "there is no state of Mekiki in {}; name its folder with --state",
        state.string()));
  }
  if (!replace && fs::exists(file, error)) {
    return unexpected(
        fmt::format("{} is there already; --force replaces it", file.string()));
  }
  const new_file made(file);
  if (!made.is_there())
    return cannot("write", file);
  const open_file out(::fdopen(::dup(made.descriptor()), "w"));
  if (!out)
    return cannot("write", file);
  writer archive(out.get(), file);
  backed_up done;
  for (const std::string_view name : small_files) {
    if (!fs::exists(state / name, error))
      continue;
    if (const auto added = archive.add(name, state / name); !added)
      return unexpected(added.error());
  }
  if (const fs::path database = state / store::file_name;
      fs::exists(database, error)) {
    const new_file copy(fs::path(file.string() + "-db"));
    if (!copy.is_there())
      return cannot("write", copy.path());
    const auto copied = store::back_up(database, copy.path(), step);
    if (!copied)
      return unexpected(copied.error());
    const auto found = store::examine(copy.path());
    if (!found)
      return unexpected(found.error());
    if (!found->damage.empty()) {
      return unexpected(
          fmt::format("the database is damaged ({}): see `mekiki "
                      "store check`; nothing was saved",
                      found->damage.front()));
    }
    for (const store::named_count& n : found->rows) {
      if (n.name == "mail")
        done.mails = n.mails;
    }
    const auto added = archive.add(store::file_name, copy.path());
    if (!added)
      return unexpected(added.error());
  }
  if (const auto ended = archive.end(); !ended)
    return unexpected(ended.error());
  // link() refuses a name that is taken.
  if ((replace ? ::rename(made.path().c_str(), file.c_str())
               : ::link(made.path().c_str(), file.c_str())) != 0)
    return cannot("write", file);
  done.octets = archive.octets();
  done.names = archive.names();
  return done;
}

expected<void, std::string> give_to_owner_of_folder(const fs::path& file) {
  struct stat folder {};
  if (::geteuid() != 0)
    return {};
  if (::stat(file.parent_path().c_str(), &folder) != 0 ||
      ::lchown(file.c_str(), folder.st_uid, folder.st_gid) != 0)
    return cannot("change the owner of", file);
  return {};
}

expected<void, std::string> restore(const fs::path& file,
                                    const fs::path& state) {
  std::error_code error;
  if (!fs::exists(state, error)) {
    fs::create_directories(state, error);
    ::chmod(state.c_str(), 0700);
  }
  const bool is_empty = fs::is_empty(state, error);
  if (error) {
    return unexpected(fmt::format("cannot read the state folder {}: {}",
                                  state.string(), error.message()));
  }
  if (!is_empty) {
    return unexpected(fmt::format(
        "the state folder {} is not empty: stop the service, move what is in "
        "it elsewhere, and try again",
        state.string()));
  }
  const staging to(state / "restoring");
  if (!to.is_made)
    return cannot("write into", state);
  reader archive(file, to.path);
  if (const auto done = archive.read(); !done)
    return done;
  if (!archive.has(small_files[0])) {
    return unexpected(
        fmt::format("{} holds no state of Mekiki", file.string()));
  }
  if (archive.has(store::file_name)) {
    const auto good = check_database(to.path / store::file_name);
    if (!good)
      return good;
  }
  for (const auto& [name, digest] : archive.found()) {
    const fs::path made = to.path / name;
    const fs::path there = state / name;
    result given;
    if (there.parent_path() != state &&
        !fs::exists(there.parent_path(), error)) {
      if (::mkdir(there.parent_path().c_str(), 0700) != 0)
        return cannot("write", there);
      given = give_to_owner_of_folder(there.parent_path());
    }
    if (::rename(made.c_str(), there.c_str()) != 0)
      return cannot("write", there);
    if (given)
      given = give_to_owner_of_folder(there);
    if (!given)
      return given;
  }
  return {};
}

}  // namespace mekiki::daemon
