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

#include "base/file_remedy.hpp"
#include "base/hex.hpp"
#include "base/printable.hpp"
#include "base/small_file.hpp"
#include "crypto/digest.hpp"
#include "daemon/folder_owner.hpp"
#include "daemon/labels.hpp"
#include "daemon/new_file.hpp"
#include "store/schema.hpp"
#include "store/store.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

using result = expected<void, std::string>;

/// Beside the database. Folders are made for those that have one.
constexpr std::string_view small_files[] = {
    "label-secret",   "label-generations", "admin-password", "admin-log",
    "tls-hosts",      "servers",           "tls/ca.pem",     "tls/ca-key.pem",
    "tls/server.pem", "tls/server-key.pem"};
constexpr std::string_view sums_name = "SHA256SUMS";
constexpr std::size_t block = 512;  // of tar
constexpr std::size_t piece = 64 << 10;
constexpr std::uint64_t largest_small_file = 16 << 20;

struct closer {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
using open_file = std::unique_ptr<std::FILE, closer>;

auto cannot(std::string_view what, const fs::path& file) {
  const int failure = errno;
  return unexpected(fmt::format("cannot {} {}: {}{}", what, file.string(),
                                std::generic_category().message(failure),
                                file_remedy(file, failure)));
}

}  // namespace

expected<void, std::string> has_state(const fs::path& state) {
  std::error_code error;
  const fs::path secret = state / small_files[0];
  if (fs::exists(secret, error))
    return {};
  if (error) {
    return unexpected(fmt::format("cannot read {}: {}{}", secret.string(),
                                  error.message(),
                                  file_remedy(secret, error.value())));
  }
  return unexpected(fmt::format(
      "there is no state of Mekiki in {}; name its folder with --state",
      state.string()));
}

namespace {

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
  writer(std::FILE* out, fs::path name, store::progress step)
      : out_(out), name_(std::move(name)), step_(std::move(step)) {}

  /// One of the small files, unless there is none. It is another user's perhaps
  /// (daemon/folder_owner.hpp), and may be anything.
  result add_small(std::string_view name, const fs::path& from) {
    const int fd = ::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
                                            O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENOENT)
      return {};
    if (fd < 0 && errno == ELOOP)
      return unexpected(from.string() + " is a link, and is not saved");
    const open_file in(fd < 0 ? nullptr : ::fdopen(fd, "r"));
    struct stat info {};
    if (!in || ::fstat(fd, &info) != 0)
      return cannot("read", from);
    if (!S_ISREG(info.st_mode))
      return unexpected(from.string() + " is no file, and is not saved");
    if (static_cast<std::uint64_t>(info.st_size) > largest_small_file) {
      return unexpected(fmt::format("{} is larger than {} KB, and is not saved",
                                    from.string(), largest_small_file / 1024));
    }
    return add(name, from, in.get(), info);
  }

  result add_database(const new_file& copy) {
    const open_file in(::fdopen(::dup(copy.descriptor()), "r"));
    struct stat info {};
    if (!in || ::fstat(copy.descriptor(), &info) != 0 ||
        std::fseek(in.get(), 0, SEEK_SET) != 0)
      return cannot("read", copy.path());
    return add(store::file_name, copy.path(), in.get(), info);
  }

  result end() {
    begin(sums_name, sums_.size(), 0);
    put(sums_);
    pad();
    put(std::string(2 * block, '\0'));
    if (std::fflush(out_) != 0)
      failed_ = true;
    return good();
  }

  std::uint64_t octets() const { return octets_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  result add(std::string_view name, const fs::path& from, std::FILE* in,
             const struct stat& info) {
    const auto all = static_cast<std::uint64_t>(info.st_size);
    std::uint64_t left = all;
    begin(name, left, info.st_mtime);
    crypto::hasher digest(crypto::hash_algorithm::sha256);
    std::array<char, piece> buffer{};
    while (left > 0) {
      const std::size_t n = std::fread(
          buffer.data(), 1,
          static_cast<std::size_t>(std::min<std::uint64_t>(left, piece)), in);
      if (n == 0) {
        return unexpected(
            fmt::format("{} changed while it was copied", from.string()));
      }
      digest.update({buffer.data(), n});
      put({buffer.data(), n});
      left -= n;
      if (!step_(all - left, all))
        return unexpected(std::string("interrupted"));
    }
    pad();
    sums_ += fmt::format("{}  {}\n", to_hex(digest.finish().octets()), name);
    names_.emplace_back(name);
    return good();
  }

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
  store::progress step_;
  std::string sums_;
  std::vector<std::string> names_;
  std::uint64_t octets_ = 0;
  bool failed_ = false;
};

// ---------------------------------------------------------------- restore

bool is_ours(std::string_view name) {
  return name == store::file_name ||
         std::ranges::find(small_files, name) != std::end(small_files);
}

/// Unpacks an archive into a folder of its own.
class reader {
 public:
  reader(std::FILE* in, fs::path file, fs::path to, store::progress step)
      : in_(in),
        file_(std::move(file)),
        to_(std::move(to)),
        step_(std::move(step)) {}

  result read() {
    std::array<char, block> h{};
    while (sums_.empty()) {
      if (std::fread(h.data(), 1, block, in_) != block)
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
    if (std::fread(sums_.data(), 1, sums_.size(), in_) != sums_.size())
      return damaged("it ends early");
    return {};
  }

  result unpack(const member& m) {
    if (m.name != store::file_name && m.size > largest_small_file)
      return damaged(fmt::format("{} is too large in it", m.name));
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
      const std::size_t n = std::fread(buffer.data(), 1, want, in_);
      if (n == 0)
        return damaged("it ends early");
      digest.update({buffer.data(), n});
      if (std::fwrite(buffer.data(), 1, n, out.get()) != n)
        return cannot("write", to);
      left -= n;
      if (!step_(m.size - left, m.size))
        return unexpected(std::string("interrupted; nothing was restored"));
    }
    const auto rest =
        static_cast<std::size_t>((block - m.size % block) % block);
    if (std::fread(buffer.data(), 1, rest, in_) != rest)
      return damaged("it ends early");
    if (std::fflush(out.get()) != 0 || ::fsync(fd) != 0)
      return cannot("write", to);
    found_.emplace(m.name, to_hex(digest.finish().octets()));
    return {};
  }

  std::FILE* in_;
  fs::path file_;
  fs::path to_;
  store::progress step_;
  std::string sums_;
  std::map<std::string, std::string, std::less<>> found_;  // digests
};

/// A folder that goes, with all in it, when this does.
struct staging {
  explicit staging(fs::path p) : path(std::move(p)) {
    is_made = ::mkdir(path.c_str(), 0700) == 0;  // else errno says why
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
  const auto version = store::read_version(file);
  if (!version)
    return unexpected(version.error());
  if (*version == 0)
    return unexpected(std::string("the database in it has no tables"));
  const auto found = store::examine(file);
  if (!found)
    return unexpected(found.error());
  if (found->damage.empty())
    return {};
  return unexpected(
      fmt::format("the database in it is damaged ({})", found->damage.front()));
}

/// What must be elsewhere before something is restored. A file system that is
/// mounted there may have brought lost+found.
result find_nothing_in(const fs::path& state) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator all(state, error);
  for (; !error && all != fs::directory_iterator(); all.increment(error)) {
    if (const std::string name = all->path().filename(); name != "lost+found")
      names.push_back(printable(name));
  }
  if (error) {
    return unexpected(fmt::format("cannot read the state folder {}: {}{}",
                                  state.string(), error.message(),
                                  file_remedy(state, error.value())));
  }
  if (names.empty())
    return {};
  std::ranges::sort(names);
  constexpr std::size_t most = 5;
  const std::size_t shown = std::min(most, names.size());
  std::string list = fmt::format(
      "{}",
      fmt::join(names.begin(),
                names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < names.size())
    list += fmt::format(" and {} more", names.size() - shown);
  return unexpected(fmt::format(
      "the state folder {} is not empty, it holds {}: stop the service, move "
      "what is in it elsewhere, and try again",
      state.string(), list));
}

/// Writes all members. The folder's owner may be another user, whose files are
/// none that root should open.
expected<backed_up, std::string> save(const fs::path& state,
                                      const fs::path& file, writer& archive,
                                      const store::progress& step) {
  const acting_as_owner owner(state);
  if (!owner.done())
    return unexpected(owner.done().error());
  if (auto there = has_state(state); !there)
    return unexpected(there.error());
  std::error_code error;
  backed_up done;
  for (const std::string_view name : small_files) {
    if (auto added = archive.add_small(name, state / name); !added)
      return unexpected(added.error());
  }
  if (const fs::path database = state / store::file_name;
      fs::exists(database, error)) {
    // SQLite waits for somebody to write into a pipe.
    if (!fs::is_regular_file(database, error))
      return unexpected(database.string() + " is no file");
    // He may be unable to write where the backup goes.
    const new_file copy(owner.is_other() ? state / "backup"
                                         : fs::path(file.string() + "-db"));
    if (auto there = copy.made(); !there)
      return unexpected(there.error());
    if (auto copied = store::back_up(database, copy.path(), step); !copied)
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
    if (auto added = archive.add_database(copy); !added)
      return unexpected(added.error());
  }
  if (auto ended = archive.end(); !ended)
    return unexpected(ended.error());
  done.octets = archive.octets();
  done.names = archive.names();
  return done;
}

bool is_backup(std::string_view first) {
  if (first.size() != block)
    return false;
  std::array<char, block> h{};
  std::ranges::copy(first, h.begin());
  const auto m = read_header(h);
  return m && is_ours(m->name);
}

}  // namespace

bool is_part_of_state(const fs::path& file, const fs::path& state) {
  std::vector<std::string> names(std::begin(small_files),
                                 std::end(small_files));
  for (const char* suffix : {"", "-wal", "-shm", "-journal"})
    names.push_back(std::string(store::file_name) + suffix);
  std::error_code error;
  return std::ranges::any_of(names, [&](const std::string& name) {
    const fs::path part = state / name;
    return fs::equivalent(file, part, error) ||
           fs::weakly_canonical(file, error) ==
               fs::weakly_canonical(part, error);
  });
}

expected<void, std::string> may_become_backup(
    const fs::path& file, const fs::path& state, existing when_there,
    const std::function<bool(std::string_view)>& is_earlier) {
  const auto refused = [&](std::string_view why) {
    return unexpected(fmt::format("{} {}", file.string(), why));
  };
  if (file == "-") {
    return refused(
        "is no name for a backup, which is written to a file, whole or not at "
        "all: name a new one");
  }
  if (is_part_of_state(file, state))
    return refused("is a part of the state that is to be saved");
  struct stat info {};
  if (::lstat(file.c_str(), &info) != 0)
    return {};
  if (S_ISDIR(info.st_mode))
    return refused("is a folder");
  if (!S_ISREG(info.st_mode)) {
    return refused(
        "is a link, or no file at all, and a backup takes the place of files "
        "only: name a new one");
  }
  if (when_there == existing::keep)
    return refused("is there already; --force replaces it");
  const open_file in(std::fopen(file.c_str(), "re"));
  if (!in)
    return cannot("read", file);
  std::string first(block, '\0');
  first.resize(std::fread(first.data(), 1, block, in.get()));
  if (!first.empty() && !is_earlier(first)) {
    return refused(
        "is no earlier backup, and is kept, with --force too: name another");
  }
  return {};
}

expected<backed_up, std::string> back_up(const fs::path& state,
                                         const fs::path& file,
                                         existing when_there,
                                         const store::progress& step) {
  if (auto may = may_become_backup(file, state, when_there, is_backup); !may)
    return unexpected(may.error());
  new_file made(file);
  if (auto there = made.made(); !there)
    return unexpected(there.error());
  const open_file out(::fdopen(::dup(made.descriptor()), "w"));
  if (!out)
    return cannot("write", file);
  writer archive(out.get(), file, step);
  auto done = save(state, file, archive, step);
  if (!done)
    return done;
  if (auto kept = made.become(when_there); !kept)
    return unexpected(kept.error());
  return done;
}

expected<void, std::string> restore(const fs::path& file, const fs::path& state,
                                    const store::progress& step) {
  const open_file in(std::fopen(file.c_str(), "re"));
  if (!in)
    return cannot("read", file);
  std::error_code error;
  if (!fs::exists(state, error)) {
    fs::create_directories(state, error);
    ::chmod(state.c_str(), 0700);
  }
  const acting_as_owner owner(state);
  if (!owner.done())
    return owner.done();
  if (auto empty = find_nothing_in(state); !empty)
    return empty;
  const staging to(state / "restoring");
  if (!to.is_made)
    return cannot("write into", state);
  reader archive(in.get(), file, to.path, step);
  if (const auto done = archive.read(); !done)
    return done;
  if (!archive.has(small_files[0])) {
    return unexpected(
        fmt::format("{} holds no state of Mekiki", file.string()));
  }
  if (const auto secret = read_label_secret(to.path / small_files[0]);
      !secret) {
    return unexpected(
        fmt::format("the {} in {} is not whole; nothing was restored",
                    small_files[0], file.string()));
  }
  if (archive.has(store::file_name)) {
    const auto good = check_database(to.path / store::file_name);
    if (!good)
      return good;
  }
  for (const auto& [name, digest] : archive.found()) {
    const fs::path made = to.path / name;
    const fs::path there = state / name;
    if (there.parent_path() != state &&
        !fs::exists(there.parent_path(), error) &&
        ::mkdir(there.parent_path().c_str(), 0700) != 0)
      return cannot("write", there);
    if (::rename(made.c_str(), there.c_str()) != 0)
      return cannot("write", there);
  }
  return {};
}

}  // namespace mekiki::daemon
