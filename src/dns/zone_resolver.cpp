#include "dns/zone_resolver.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <boost/json/stream_parser.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/small_file.hpp"
#include "dns/name.hpp"

namespace mekiki::dns {

namespace json = boost::json;

namespace {

constexpr std::size_t max_zone_octets = 67'108'864;
constexpr int max_cnames = 10;  // of one chain
constexpr std::chrono::seconds zone_ttl{3600};

// In the order of zone_resolver::table.
constexpr std::array<record_type, 6> types{
    record_type::a,  record_type::aaaa, record_type::cname,
    record_type::mx, record_type::ptr,  record_type::txt};

std::size_t index_of(record_type type) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] == type)
      return i;
  }
  return 0;  // `types` holds every enumerator
}

constexpr std::size_t cname_index = 2;
static_assert(types[cname_index] == record_type::cname);

answer_ptr make_answer(status s, std::string detail = {}) {
  answer a;
  a.status = s;
  a.detail = std::move(detail);
  return std::make_shared<const answer>(std::move(a));
}

const answer_ptr& no_data() {
  static const answer_ptr a = make_answer(status::no_data);
  return a;
}
const answer_ptr& nxdomain() {
  static const answer_ptr a = make_answer(status::nxdomain);
  return a;
}
const answer_ptr& malformed() {
  static const answer_ptr a = make_answer(status::malformed);
  return a;
}

// Code points up to 0xff as octets, others as the UTF-8 they came in.
std::string to_octets(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if ((c == 0xc2 || c == 0xc3) && i + 1 < utf8.size()) {
      const auto next = static_cast<unsigned char>(utf8[++i]);
      out += static_cast<char>((c & 0x03) << 6 | (next & 0x3f));
    } else {
      out += utf8[i];
    }
  }
  return out;
}

// Host names in records are only brought to the form of a question: a test
// may well want a target that cannot be asked.
std::string to_host(std::string_view text) {
  if (text.ends_with('.'))
    text.remove_suffix(1);
  return ascii::to_lower(text);
}

// What a name's JSON object says, before CNAMEs are followed.
struct entry {
  std::array<answer_ptr, types.size()> listed;
  answer_ptr others;  // of the type "*"
};
using entries = std::unordered_map<std::string, entry>;

using problem = unexpected<std::string>;

template <class... Arguments>
problem expected_text(fmt::format_string<Arguments...> format,
                      Arguments&&... arguments) {
  return problem("expected " +
                 fmt::format(format, std::forward<Arguments>(arguments)...));
}

expected<answer_ptr, std::string> parse_error_value(const json::object& value) {
  const json::value* word = value.if_contains("error");
  if (word != nullptr && word->is_string() && value.size() == 1) {
    const std::string_view name = word->get_string();
    if (name == "TIMEOUT")
      return make_answer(status::timeout, "by the zone");
    if (name == "SERVFAIL")
      return make_answer(status::servfail, "by the zone");
    if (name == "NXDOMAIN")
      return nxdomain();
    if (name == "NODATA")
      return no_data();
  }
  return expected_text(
      R"({{"error": one of TIMEOUT, SERVFAIL, NXDOMAIN, NODATA}})");
}

expected<std::string, std::string> parse_text(const json::value& value) {
  if (const json::string* text = value.if_string())
    return to_octets(*text);
  std::string joined;
  if (const json::array* parts = value.if_array()) {
    for (const json::value& part : *parts) {
      const json::string* text = part.if_string();
      if (text == nullptr)
        return expected_text("a list of strings");
      joined += to_octets(*text);
    }
    return joined;
  }
  return expected_text("a string or a list of strings");
}

expected<mail_exchange, std::string> parse_exchange(const json::value& value) {
  const json::array* pair = value.if_array();
  if (pair != nullptr && pair->size() == 2 && (*pair)[1].is_string()) {
    const json::value& preference = (*pair)[0];
    if (preference.is_int64() && preference.get_int64() >= 0 &&
        preference.get_int64() <= 0xffff) {
      return mail_exchange{static_cast<std::uint16_t>(preference.get_int64()),
                           to_host((*pair)[1].get_string())};
    }
  }
  return expected_text("[preference 0 to 65535, host]");
}

// Adds one record to `out`; what is wrong with it, or "".
std::string add_record(record_type type, const json::value& value,
                       answer& out) {
  if (type == record_type::txt) {
    expected<std::string, std::string> text = parse_text(value);
    if (!text)
      return text.error();
    out.texts.push_back(std::move(*text));
    return {};
  }
  if (type == record_type::mx) {
    expected<mail_exchange, std::string> exchange = parse_exchange(value);
    if (!exchange)
      return exchange.error();
    out.exchanges.push_back(std::move(*exchange));
    return {};
  }
  const json::string* text = value.if_string();
  if (text == nullptr)
    return "expected a string";
  if (type == record_type::ptr || type == record_type::cname) {
    out.names.push_back(to_host(*text));
    return {};
  }
  const std::optional<ip_address> address = parse_ip_address(*text);
  if (!address || address->is_v4() != (type == record_type::a)) {
    return type == record_type::a ? "expected an IPv4 address"
                                  : "expected an IPv6 address";
  }
  out.addresses.push_back(*address);
  return {};
}

// The value of a type: a list of records, or an error.
expected<answer_ptr, std::string> parse_records(record_type type,
                                                const json::value& value) {
  if (const json::object* error = value.if_object()) {
    return parse_error_value(*error);
  }
  const json::array* list = value.if_array();
  if (list == nullptr)
    return expected_text("a list, or an error");
  if (list->empty())
    return no_data();
  if (type == record_type::cname && list->size() > 1) {
    return expected_text("one name at most");
  }
  answer a;
  a.status = status::success;
  a.ttl = zone_ttl;
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (std::string wrong = add_record(type, (*list)[i], a); !wrong.empty()) {
      return problem(fmt::format("record {}: {}", i + 1, wrong));
    }
  }
  return answer_ptr(std::make_shared<const answer>(std::move(a)));
}

std::optional<record_type> parse_type(std::string_view name) {
  for (const record_type type : types) {
    if (to_string(type) == name)
      return type;
  }
  return std::nullopt;
}

expected<entry, std::string> parse_entry(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr)
    return expected_text("an object of types");
  entry out;
  for (const auto& [key, records] : *object) {
    const std::string_view type_name = key;
    if (type_name == "SPF" || type_name == "NS" || type_name == "SOA")
      continue;
    const std::optional<record_type> type = parse_type(type_name);
    if (!type && type_name != "*") {
      return problem(
          fmt::format("type \"{}\": expected A, AAAA, CNAME, MX, PTR, TXT or *",
                      type_name));
    }
    expected<answer_ptr, std::string> a = problem("expected an error");
    if (type) {
      a = parse_records(*type, records);
    } else if (records.is_object()) {
      a = parse_error_value(records.get_object());
    }
    if (!a)
      return problem(fmt::format("type {}: {}", type_name, a.error()));
    (type ? out.listed[index_of(*type)] : out.others) = std::move(*a);
  }
  return out;
}

// What `name` says about the type at index `type`, CNAMEs followed.
answer_ptr look_up(const entries& zone, const zone_resolver::table& names,
                   std::string_view name, std::size_t type) {
  std::string current(name);
  for (int followed = 0; followed <= max_cnames; ++followed) {
    const auto found = zone.find(current);
    if (found == zone.end()) {
      return names.contains(current) ? no_data() : nxdomain();
    }
    const entry& e = found->second;
    if (e.listed[type] != nullptr)
      return e.listed[type];
    const answer_ptr& alias = e.listed[cname_index];
    if (alias == nullptr)
      return e.others != nullptr ? e.others : no_data();
    if (alias->status != status::success)
      return alias;
    current = alias->names.front();
  }
  return make_answer(status::servfail, "a loop or too long chain of CNAMEs");
}

zone_resolver::table resolve_all(const entries& zone) {
  zone_resolver::table names;
  for (const auto& [name, unused] : zone) {
    // The name and all above it, as far as they are not there yet.
    std::string_view part = name;
    while (names.try_emplace(std::string(part)).second) {
      const std::size_t dot = part.find('.');
      if (dot == part.npos)
        break;
      part.remove_prefix(dot + 1);
    }
  }
  for (auto& [name, answers] : names) {
    for (std::size_t type = 0; type < types.size(); ++type) {
      answers[type] = look_up(zone, names, name, type);
    }
  }
  return names;
}

expected<std::unique_ptr<zone_resolver>, std::string> build(
    const json::value& root) {
  const json::object* object = root.if_object();
  if (object == nullptr)
    return expected_text("an object of names");
  entries zone;
  for (const auto& [key, value] : *object) {
    const std::string_view written = key;
    std::optional<std::string> name = normalize(written);
    if (!name) {
      return problem(fmt::format("\"{}\": not a domain name", written));
    }
    expected<entry, std::string> e = parse_entry(value);
    if (!e)
      return problem(fmt::format("\"{}\": {}", written, e.error()));
    if (!zone.try_emplace(std::move(*name), std::move(*e)).second) {
      return problem(fmt::format("\"{}\": the name is there twice", written));
    }
  }
  return std::make_unique<zone_resolver>(resolve_all(zone));
}

// "line 3, column 7" for an offset into the text.
std::string describe_place(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("line {}, column {}", lines + 1,
                     before.size() - line_start + 1);
}

}  // namespace

const answer_ptr& zone_resolver::find(const question& q) const {
  const auto found = names_.find(q.name);
  if (found != names_.end())
    return found->second[index_of(q.type)];
  return is_normalized(q.name) ? nxdomain() : malformed();
}

void zone_resolver::prefetch(const question& /*q*/) {}

boost::asio::awaitable<answer_ptr> zone_resolver::resolve(question q) {
  co_return find(q);
}

expected<std::unique_ptr<zone_resolver>, std::string> parse_zone(
    std::string_view text) {
  json::stream_parser parser;
  boost::system::error_code error;
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && used < text.size())
    error = json::error::extra_data;
  if (!error)
    parser.finish(error);
  if (error) {
    return problem(
        fmt::format("{}: {}", describe_place(text, used), error.message()));
  }
  return build(parser.release());
}

expected<std::unique_ptr<zone_resolver>, std::string> load_zone(
    const std::filesystem::path& file) {
  const auto text = read_small_file(file, max_zone_octets);
  if (!text)
    return problem(text.error());
  expected<std::unique_ptr<zone_resolver>, std::string> zone =
      parse_zone(*text);
  if (!zone) {
    return problem(fmt::format("{}: {}", file.string(), zone.error()));
  }
  return zone;
}

}  // namespace mekiki::dns
