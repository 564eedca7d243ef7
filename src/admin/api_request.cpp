#include "admin/api_request.hpp"

#include <charconv>
#include <utility>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "admin/words.hpp"
#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace mekiki::admin {

namespace json = boost::json;

namespace {

constexpr std::size_t most_parameters = 20;

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (text.size() - i < 3)
      return std::nullopt;
    const int high = ascii::hex_value(text[i + 1]);
    const int low = ascii::hex_value(text[i + 2]);
    if (high < 0 || low < 0)
      return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (to_utf8(out) != out)
    return std::nullopt;
  return out;
}

}  // namespace

std::optional<parameters> parameters::parse(std::string_view query) {
  parameters out;
  for (std::size_t n = 0; !query.empty(); ++n) {
    if (n == most_parameters)
      return std::nullopt;
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::string_view name = pair.substr(0, pair.find('='));
    auto key = decode(name);
    auto value = decode(pair.substr(std::min(name.size() + 1, pair.size())));
    if (!key || !value)
      return std::nullopt;
    out.values_.emplace(std::move(*key), std::move(*value));
  }
  return out;
}

std::string_view parameters::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string_view() : found->second;
}

std::optional<std::int64_t> parameters::number(std::string_view name,
                                               std::int64_t least,
                                               std::int64_t most) const {
  const std::string_view given = text(name);
  std::int64_t value = 0;
  const auto [end, error] =
      std::from_chars(given.data(), given.data() + given.size(), value);
  if (error != std::errc() || end != given.data() + given.size() ||
      value < least || value > most)
    return std::nullopt;
  return value;
}

std::optional<std::string> api_request::text(std::string_view name) const {
  const json::value* v = body.if_contains(name);
  if (v == nullptr || !v->is_string())
    return std::nullopt;
  return std::string(std::string_view(v->get_string()));
}

std::optional<bool> api_request::truth(std::string_view name) const {
  const json::value* v = body.if_contains(name);
  return v != nullptr && v->is_bool() ? std::optional(v->get_bool())
                                      : std::nullopt;
}

std::optional<std::int64_t> api_request::number(std::string_view name) const {
  const json::value* v = body.if_contains(name);
  return v != nullptr && v->is_int64() ? std::optional(v->get_int64())
                                       : std::nullopt;
}

response json_response(const json::value& v) {
  return {.type = "application/json", .body = json::serialize(v), .fields = {}};
}

response error_response(const api_request& c, unsigned status,
                        std::string_view code, std::string_view english) {
  response r = json_response(
      {{"error", code}, {"text", json_text(error_text(english, c.in))}});
  r.status = status;
  return r;
}

response error_response(const api_request& c, const denial& why) {
  response r = error_response(c, why.status, why.code, why.text);
  if (why.again.count() > 0)
    r.fields.emplace_back("Retry-After", fmt::format("{}", why.again.count()));
  return r;
}

response bad_request(const api_request& c, std::string_view english) {
  return error_response(c, 400, "bad-request", english);
}

response unavailable(const api_request& c) {
  return error_response(c, 503, "unavailable",
                        "The history gave no answer in time.");
}

json::string json_text(std::string_view text) {
  return json::string(to_utf8(text));
}

}  // namespace mekiki::admin
