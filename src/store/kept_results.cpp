#include "store/kept_results.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "auth/authres/parse.hpp"
#include "auth/authres/shown.hpp"

namespace mekiki::store {
namespace {

namespace json = boost::json;

// A text that was cut at 320 octets may be an address without its "@". Nothing
// else in a result is that long.
constexpr std::size_t longest_without_at = 250;

json::object to_json(const kept_result& r) {
  json::object out = {{"method", r.method}, {"result", r.result}};
  if (!r.reason.empty())
    out["reason"] = r.reason;
  if (!r.properties.empty()) {
    json::object properties;
    for (const auto& [name, value] : r.properties) properties[name] = value;
    out["properties"] = std::move(properties);
  }
  return out;
}

std::string text_of(const json::object& in, std::string_view name) {
  const json::value* v = in.if_contains(name);
  const json::string* s = v == nullptr ? nullptr : v->if_string();
  return s == nullptr ? std::string() : std::string(*s);
}

kept_result read_result(const json::object& in) {
  kept_result out;
  out.method = text_of(in, "method");
  out.result = text_of(in, "result");
  out.reason = text_of(in, "reason");
  const json::value* properties = in.if_contains("properties");
  if (properties != nullptr && properties->is_object()) {
    for (const auto& property : properties->get_object()) {
      if (const json::string* value = property.value().if_string())
        out.properties.emplace_back(property.key(), *value);
    }
  }
  return out;
}

/// What earlier versions kept.
std::vector<kept_result> read_field(std::string_view value) {
  std::vector<kept_result> out;
  auto read = authres::parse(value, authres::parse_mode::relaxed);
  if (!read)
    return out;
  for (authres::reported_result& r : read->results) {
    kept_result& k = out.emplace_back();
    k.method = std::move(r.method);
    k.result = std::move(r.result);
    k.reason = std::move(r.reason);
    for (authres::property& p : r.properties)
      k.properties.emplace_back(p.ptype + '.' + p.name, std::move(p.value));
  }
  return out;
}

void take_out_local_part(std::string& text) {
  const std::size_t at = text.rfind('@');
  // "@example.jp" says nothing of anybody.
  if (at != std::string::npos && at > 0)
    text.erase(0, at + 1);
  else if (at == std::string::npos && text.size() > longest_without_at)
    text.clear();
}

}  // namespace

std::vector<kept_result> kept_results_of(
    const std::vector<authres::method_result>& results) {
  std::vector<kept_result> out;
  for (const authres::method_result& r : results) {
    kept_result& k = out.emplace_back();
    k.method = r.method;
    k.result = authres::word_of(r);
    k.reason = authres::shown(r.reason);
    for (const authres::property& p : r.properties)
      k.properties.emplace_back(p.ptype + '.' + p.name,
                                authres::shown(p.value));
  }
  return out;
}

std::string encode(const std::vector<kept_result>& results, std::size_t most) {
  std::string out;
  for (const kept_result& r : results) {
    const std::string text = json::serialize(to_json(r));
    if (out.size() + text.size() + 2 > most)
      break;
    out += (out.empty() ? '[' : ',') + text;
  }
  return out.empty() ? out : out + ']';
}

std::vector<kept_result> decode_results(std::string_view kept) {
  // An Authentication-Results field cannot begin so: "[" is no token, and what
  // is quoted begins with a quote.
  if (!kept.starts_with('['))
    return kept.empty() ? std::vector<kept_result>() : read_field(kept);
  boost::system::error_code failed;
  const json::value read = json::parse(kept, failed);
  std::vector<kept_result> out;
  if (failed || !read.is_array())
    return out;
  for (const json::value& r : read.get_array()) {
    if (r.is_object())
      out.push_back(read_result(r.get_object()));
  }
  return out;
}

void take_out_local_parts(std::vector<kept_result>& results) {
  for (kept_result& r : results) {
    take_out_local_part(r.reason);
    for (auto& [name, value] : r.properties) take_out_local_part(value);
  }
}

}  // namespace mekiki::store
