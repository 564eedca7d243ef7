#include "base/log.hpp"

#include <memory>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>

namespace mekiki::log {
namespace {

/// The message as the inside of a JSON string.
class json_payload final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    for (const char c : message.payload) {
      const auto octet = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out.push_back('\\');
        out.push_back(c);
      } else if (octet < 0x20 || octet == 0x7f) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", octet);
      } else {
        out.push_back(c);
      }
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<json_payload>();
  }
};

spdlog::level::level_enum level_of(std::string_view name) {
  if (name == "warning")
    return spdlog::level::warn;
  if (name == "error")
    return spdlog::level::err;
  return spdlog::level::from_str(std::string(name));
}

}  // namespace

void start(std::string_view level, format f) {
  auto logger = std::make_shared<spdlog::logger>(
      "mekiki", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  if (f == format::json) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(
        spdlog::pattern_time_type::utc);
    formatter->add_flag<json_payload>('*').set_pattern(
        R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%*"})");
    logger->set_formatter(std::move(formatter));
  } else {
    logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  }
  logger->set_level(level_of(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

std::string quoted(std::string_view text) {
  constexpr std::size_t most = 200;
  std::string out = "\"";
  for (const char c : text.substr(0, most)) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet == 0x7f || c == '"' || c == '\\') {
      out += fmt::format("\\x{:02x}", octet);
    } else {
      out += c;
    }
  }
  out += text.size() > most ? "\"..." : "\"";
  return out;
}

}  // namespace mekiki::log
