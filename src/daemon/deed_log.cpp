#include "daemon/deed_log.hpp"

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.hpp"
#include "base/small_file.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string line_of(const admin::deed& d) {
  return json::serialize(json::object{{"at", d.at},
                                      {"who", d.who},
                                      {"from", d.from},
                                      {"what", d.what},
                                      {"details", d.details}}) +
         "\n";
}

std::optional<admin::deed> read_line(std::string_view line) {
  boost::system::error_code error;
  const json::value v = json::parse(line, error);
  if (error || !v.is_object())
    return std::nullopt;
  const json::object& o = v.get_object();
  const auto text = [&](std::string_view name) {
    const json::value* at = o.if_contains(name);
    return at != nullptr && at->is_string() ? std::string(at->get_string())
                                            : std::string();
  };
  const json::value* at = o.if_contains("at");
  if (at == nullptr || !at->is_int64())
    return std::nullopt;
  return admin::deed{.at = at->get_int64(),
                     .who = text("who"),
                     .from = text("from"),
                     .what = text("what"),
                     .details = text("details")};
}

fs::path before(const fs::path& file) { return file.string() + ".1"; }

}  // namespace

void deed_log::note(const admin::deed& d) const {
  log::info("admin: {} from {}: {} {}",
            d.who.empty() ? "the administrator" : log::quoted(d.who), d.from,
            d.what, log::quoted(d.details));
  if (file_.empty())
    return;
  const std::string line = line_of(d);
  std::error_code error;
  const auto size = fs::file_size(file_, error);
  if (!error && size + line.size() > largest)
    fs::rename(file_, before(file_), error);
  const int to =
      ::open(file_.c_str(),
             O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  const bool is_kept = to >= 0 && ::write(to, line.data(), line.size()) ==
                                      static_cast<ssize_t>(line.size());
  if (!is_kept) {
    log::error("{} cannot be written: {}", file_.string(),
               std::generic_category().message(errno));
  }
  if (to >= 0)
    ::close(to);
}

std::vector<admin::deed> deed_log::newest() const {
  std::vector<admin::deed> out;
  for (const fs::path& file : {file_, before(file_)}) {
    if (file_.empty())
      break;
    const auto text = read_small_file(file, 2 * largest);
    if (!text)
      continue;
    std::string_view rest = *text;
    while (!rest.empty() && out.size() < most_told) {
      if (rest.ends_with('\n'))
        rest.remove_suffix(1);
      const std::size_t lf = rest.rfind('\n');
      const std::size_t begin = lf == rest.npos ? 0 : lf + 1;
      if (auto d = read_line(rest.substr(begin)))
        out.push_back(std::move(*d));
      rest = rest.substr(0, begin);
    }
  }
  return out;
}

}  // namespace mekiki::daemon
