// One request of the interface (visitor, parameters, body), and the JSON
// answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "admin/authenticator.hpp"
#include "admin/http.hpp"
#include "admin/sessions.hpp"
#include "notify/words/sentence.hpp"
#include "store/dashboard_queries.hpp"

namespace mekiki::admin {

/// The parameters of a query, decoded (application/x-www-form-urlencoded). Of
/// two with one name the first counts.
class parameters {
 public:
  /// Nothing where an escape is wrong, or a text is no UTF-8.
  static std::optional<parameters> parse(std::string_view query);

  /// "" where it is not there.
  std::string_view text(std::string_view name) const;
  /// Nothing where it is not there, or no whole number of that range.
  std::optional<std::int64_t> number(std::string_view name, std::int64_t least,
                                     std::int64_t most) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

struct api_request {
  const request& asked;
  visitor who;
  parameters query;
  boost::json::object body;  // of a POST
  notify::language in = notify::language::english;
  store::shown_texts texts = store::shown_texts::of_forged;  // to `who`

  /// Members of the body; nothing where they are not there or of another type.
  std::optional<std::string> text(std::string_view name) const;
  std::optional<bool> truth(std::string_view name) const;
  std::optional<std::int64_t> number(std::string_view name) const;
};

response json_response(const boost::json::value& v);
/// Errors; their sentences are translated by words.hpp.
response error_response(const api_request& c, unsigned status,
                        std::string_view code, std::string_view english);
response error_response(const api_request& c, const denial& why);
response bad_request(const api_request& c, std::string_view english);
response unavailable(const api_request& c);  // the store

/// Text that may not be UTF-8, made fit for JSON.
boost::json::string json_text(std::string_view text);

}  // namespace mekiki::admin
