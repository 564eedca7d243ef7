#include "base/log.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <unistd.h>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <sys/stat.h>

#include "base/utf8.hpp"

namespace mekiki::log {
namespace {

constexpr const char* events_name = "mekiki.events";

/// The inside of a JSON string (RFC 8259 7).
template <class Buffer>
void append_json(std::string_view text, Buffer& out) {
  while (!text.empty()) {
    const auto octet = static_cast<unsigned char>(text[0]);
    const std::size_t length = std::max<std::size_t>(utf8_length(text), 1);
    if (octet == '"' || octet == '\\') {
      out.push_back('\\');
      out.push_back(text[0]);
    } else if (octet < 0x20 || octet == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", octet);
    } else if (octet >= 0x80 && length == 1) {
      fmt::format_to(std::back_inserter(out), "\\ufffd");
    } else {
      for (const char c : text.substr(0, length)) out.push_back(c);
    }
    text.remove_prefix(length);
  }
}

/// `text` in quotes, so that it cannot end them or the line.
void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet == 0x7f || c == '"' || c == '\\') {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", octet);
    } else {
      out += c;
    }
  }
  out += '"';
}

/// The members of a line's object: a message, or an event's own.
class json_members final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    const bool is_event =
        std::string_view(message.logger_name.data(),
                         message.logger_name.size()) == events_name;
    if (is_event) {
      out.append(text.data(), text.data() + text.size());
      return;
    }
    constexpr std::string_view name = R"("message":")";
    out.append(name.data(), name.data() + name.size());
    append_json(text, out);
    out.push_back('"');
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<json_members>();
  }
};

/// The priority that the journal reads at the begin of a line (sd-daemon(3)).
class journal_priority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    std::string_view priority = "<6>";
    if (message.level == spdlog::level::debug)
      priority = "<7>";
    else if (message.level == spdlog::level::warn)
      priority = "<4>";
    else if (message.level >= spdlog::level::err)
      priority = "<3>";
    out.append(priority.data(), priority.data() + priority.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<journal_priority>();
  }
};

bool is_journal(int descriptor) {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  return stream != nullptr && ::fstat(descriptor, &info) == 0 &&
         fmt::format("{}:{}", info.st_dev, info.st_ino) == stream;
}

/// A logger of its own, so that the formatter knows which lines are whole.
struct event_log {
  std::shared_ptr<spdlog::logger> logger;  // null before `start`
  log::format form = log::format::text;
};
event_log& events() {
  static event_log log;
  return log;
}

spdlog::level::level_enum level_of(std::string_view name) {
  if (name == "warning")
    return spdlog::level::warn;
  if (name == "error")
    return spdlog::level::err;
  return spdlog::level::from_str(std::string(name));
}

}  // namespace

void start(std::string_view level, format f) {
  const auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("mekiki", sink);
  auto event_logger = std::make_shared<spdlog::logger>(events_name, sink);
  auto formatter = std::make_unique<spdlog::pattern_formatter>(
      f == format::json ? spdlog::pattern_time_type::utc
                        : spdlog::pattern_time_type::local);
  formatter->add_flag<json_members>('*').add_flag<journal_priority>('J');
  const bool to_journal = is_journal(STDERR_FILENO);
  if (f == format::json) {
    formatter->set_pattern(
        std::string(to_journal ? "%J" : "") +
        R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%*})");
  } else {
    formatter->set_pattern(to_journal ? "%J%v"
                                      : "%Y-%m-%d %H:%M:%S.%e%z %^%l%$ %v");
  }
  sink->set_formatter(std::move(formatter));
  for (const auto& l : {logger, event_logger}) {
    l->set_level(level_of(level));
    l->flush_on(spdlog::level::info);
  }
  spdlog::set_default_logger(std::move(logger));
  events() = {.logger = std::move(event_logger), .form = f};
}

void set_level(std::string_view level) {
  spdlog::set_level(level_of(level));
  if (events().logger != nullptr)
    events().logger->set_level(level_of(level));
}

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 200;
  std::string out;
  append_quoted(text.substr(0, most), out);
  if (text.size() > most)
    out += "...";
  return out;
}

std::string format_event(format f, std::string_view name,
                         std::span<const fact> facts) {
  const bool json = f == format::json;
  std::string out =
      json ? fmt::format(R"("message":"{}")", name) : std::string(name);
  for (const fact& each : facts) {
    out += json ? fmt::format(R"(,"{}":)", each.name)
                : fmt::format(" {}=", each.name);
    const auto* number = std::get_if<std::uint64_t>(&each.value);
    if (number != nullptr) {
      out += std::to_string(*number);
      continue;
    }
    const std::string_view text = std::get<std::string_view>(each.value);
    if (json) {
      out += '"';
      append_json(text, out);
      out += '"';
    } else {
      append_quoted(text, out);
    }
  }
  return out;
}

void event(std::string_view name, std::span<const fact> facts) {
  const event_log& log = events();
  if (log.logger == nullptr || !log.logger->should_log(spdlog::level::info))
    return;
  log.logger->log(spdlog::level::info, format_event(log.form, name, facts));
}

}  // namespace mekiki::log
