#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "auth/spf/check_host.hpp"
#include "base/ascii.hpp"

namespace {

using namespace mekiki;

std::string_view take(std::string_view& rest, char end) {
  const std::size_t at = rest.find(end);
  const std::string_view out = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return out;
}

// Lines "TYPE name data": T text, A address, M or P host, and E for names that
// time out. What is not there does not exist.
class line_zone final : public dns::resolver {
 public:
  explicit line_zone(std::string_view lines) {
    while (!lines.empty()) {
      std::string_view line = take(lines, '\n');
      const std::string_view type = take(line, ' ');
      add(type, std::string(take(line, ' ')), line);
    }
  }

  void prefetch(const dns::question&) override {}
  boost::asio::awaitable<dns::answer_ptr> resolve(dns::question q) override {
    ++asked;
    auto out = std::make_shared<dns::answer>();
    const auto found = answers_.find(q);
    out->status = dns::status::nxdomain;
    if (found != answers_.end())
      *out = found->second;
    co_return out;
  }

  std::size_t asked = 0;

 private:
  void add(std::string_view type, const std::string& name,
           std::string_view data) {
    using dns::record_type;
    const auto at = [&](record_type t) -> dns::answer& {
      dns::answer& a = answers_[{name, t}];
      a.status = dns::status::success;
      return a;
    };
    if (type == "T") {
      at(record_type::txt).texts.emplace_back(data);
    } else if (type == "M") {
      at(record_type::mx).exchanges.push_back({0, std::string(data)});
    } else if (type == "P") {
      at(record_type::ptr).names.emplace_back(data);
    } else if (const auto ip = parse_ip_address(data); type == "A" && ip) {
      at(ip->is_v4() ? record_type::a : record_type::aaaa)
          .addresses.push_back(*ip);
    } else if (type == "E") {
      for (const auto t : {record_type::txt, record_type::a, record_type::aaaa,
                           record_type::mx, record_type::ptr}) {
        at(t).status = dns::status::timeout;
      }
    }
  }

  std::map<dns::question, dns::answer> answers_;
};

bool is_visible(std::string_view text) {
  for (const char c : text) {
    if (!ascii::is_graph(c) && c != ' ')
      return false;
  }
  return true;
}

}  // namespace

// Three lines, the client's address, MAIL FROM and HELO; then the zone. Every
// check ends within its bounds, with texts that may be shown.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  spf::request asked;
  asked.ip = parse_ip_address(take(rest, '\n')).value_or(ip_address());
  asked.mail_from = take(rest, '\n');
  asked.helo = take(rest, '\n');
  line_zone zone(rest);
  spf::options how;
  std::size_t steps = 0;
  if (size % 2 == 0) {
    how.trace = [&steps](const spf::trace_step& step) {
      ++steps;
      if (!is_visible(step.subject) || step.depth > 10)
        std::abort();
    };
  }
  spf::check_result result;
  boost::asio::io_context io;
  boost::asio::co_spawn(io, spf::check_host(asked, zone, how),
                        [&](const std::exception_ptr& e, spf::check_result r) {
                          if (e)
                            std::abort();
                          result = std::move(r);
                        });
  io.run();
  if (result.status != to_result(result.code) || result.reason.empty() ||
      result.questions != zone.asked || zone.asked > 1 + 10 * 11 + 12 ||
      result.terms > 10 || result.voids > 3 ||
      result.explanation.size() > how.max_explanation ||
      !is_visible(result.reason) || !is_visible(result.explanation) ||
      !is_visible(result.mechanism)) {
    std::abort();
  }
  if (how.trace && result.questions > 0 && steps == 0)
    std::abort();
  return 0;
}
