#include "app/report.hpp"

#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/terminal.hpp"
#include "app/units.hpp"
#include "app/utf8.hpp"
#include "base/ascii.hpp"
#include "message/header.hpp"
#include "notify/edit.hpp"

namespace mekiki::app {
namespace {

std::string fields_for(const verdict::verdict& v,
                       std::string_view authserv_id) {
  // The label's secret has no place in an output that is passed on.
  return notify::annotate(v, {.authserv_id = std::string(authserv_id),
                              .label_secret = "0000000000000000"});
}

std::string_view meaning(auth::result dkim_check) {
  switch (dkim_check) {
    case auth::result::pass:
      return "a domain that signed the mail vouches for it as it is";
    case auth::result::fail:
      return "a signature does not fit: the mail was changed, or it is forged";
    default:
      return "no signature could be judged: nothing is proven either way";
  }
}

std::string when(std::int64_t unix_seconds) {
  constexpr std::int64_t most = 9'000'000'000;  // the clock's range
  if (unix_seconds < 0 || unix_seconds > most) {
    return fmt::format("{} (Unix time)", unix_seconds);
  }
  return format_time(time_point(std::chrono::seconds(unix_seconds)));
}

std::string signer(const dkim::signature_result& s) {
  return s.domain.empty() ? "(unreadable)" : printable(s.domain);
}

std::string tell_signature(const dkim::signature_result& s) {
  std::string out;
  const auto step = [&](std::string_view name, const std::string& text) {
    out += fmt::format("    {:<12} {}\n", name, text);
  };
  if (!s.domain.empty()) {
    step("signer", fmt::format("{} (identity {})", printable(s.domain),
                               printable(s.identity)));
  }
  if (!s.algorithm.empty())
    step("algorithm", printable(s.algorithm));
  if (s.signed_at)
    step("signed at", when(*s.signed_at));
  if (s.expires_at)
    step("expires at", when(*s.expires_at));
  if (!s.signed_fields.empty()) {
    step("fields",
         printable(fmt::format("{}", fmt::join(s.signed_fields, ", "))));
  }
  if (!s.selector.empty()) {
    step("key", fmt::format("{}._domainkey.{}", printable(s.selector),
                            printable(s.domain)));
  }
  if (s.key_bits > 0) {
    step("", fmt::format("{} bits{}{}", s.key_bits,
                         s.authentic_key ? ", proven by DNSSEC" : "",
                         s.testing ? ", in test mode" : ""));
  }
  if (s.partial) {
    step("body", fmt::format("only the first {} of {} octets are signed",
                             s.body_covered, s.body_octets));
  } else if (s.body_octets > 0) {
    step("body", fmt::format("{} octets, all signed", s.body_octets));
  }
  step("result",
       fmt::format("{}{}{}", paint_result(to_string(s.status)),
                   s.reason.empty() ? "" : ": ", printable(s.reason)));
  return out;
}

}  // namespace

std::string authentication_results(const verdict::verdict& v,
                                   std::string_view authserv_id) {
  const std::string fields = fields_for(v, authserv_id);
  for (const auto& field : message::parse_header(fields).fields) {
    if (!ascii::iequals(field.name, "Authentication-Results"))
      continue;
    std::string unfolded;
    for (const char c : ascii::trim(field.value)) {
      if (c != '\r' && c != '\n')
        unfolded += c;
    }
    return unfolded;
  }
  return "";
}

std::string json_line(std::string_view file, const verdict::verdict& v,
                      std::string_view authserv_id) {
  boost::json::array signatures;
  for (const auto& s : v.dkim) {
    signatures.push_back(boost::json::object{
        {"domain", to_utf8(s.domain)},
        {"selector", to_utf8(s.selector)},
        {"algorithm", to_utf8(s.algorithm)},
        {"result", to_string(s.status)},
        {"reason", to_utf8(s.reason)},
    });
  }
  const boost::json::object line{
      {"file", to_utf8(file)},
      {"author", to_utf8(v.author)},
      {"x_dkim_check", to_string(v.dkim_check)},
      {"dkim", std::move(signatures)},
      {"authentication_results",
       to_utf8(authentication_results(v, authserv_id))},
      {"verdict", verdict::to_string(v.answer)},
      {"reason", to_utf8(v.reason)},
  };
  return boost::json::serialize(line) + "\n";
}

std::string json_error_line(std::string_view file, std::string_view problem) {
  return boost::json::serialize(boost::json::object{
             {"file", to_utf8(file)}, {"error", to_utf8(problem)}}) +
         "\n";
}

std::string text_line(std::string_view file, const verdict::verdict& v) {
  std::vector<std::string> signatures;
  for (const auto& s : v.dkim) {
    signatures.push_back(
        fmt::format("{} {}{}{}", signer(s), to_string(s.status),
                    s.reason.empty() ? "" : ": ", printable(s.reason)));
  }
  if (signatures.empty())
    signatures.push_back("no signature");
  // Padded before painting: colours have no width.
  const auto padded = [](std::string_view word, std::size_t width) {
    return paint_result(word) + std::string(width - word.size(), ' ');
  };
  return fmt::format("{} {} {}  {}\n", padded(to_string(v.dkim_check), 4),
                     padded(verdict::to_string(v.answer), 10),
                     paint(colour::bold, printable(file)),
                     fmt::join(signatures, "; "));
}

std::string story(std::string_view file, const verdict::verdict& v,
                  std::string_view authserv_id) {
  std::string out = paint(colour::bold, printable(file)) + "\n\n";
  if (v.author_count == 0) {
    out += "  Author: none; the From field has no address\n";
  } else {
    out += fmt::format("  Author: {}{}\n", printable(v.author),
                       v.author_count > 1
                           ? fmt::format(" and {} more", v.author_count - 1)
                           : "");
    out += fmt::format("  Author domain: {}\n", printable(v.author_domain));
  }
  if (v.dkim.empty()) {
    out += "\n  DKIM: the mail carries no signature\n";
  }
  for (std::size_t i = 0; i < v.dkim.size(); ++i) {
    out += fmt::format("\n  DKIM signature {} of {}\n", i + 1, v.dkim.size());
    out += tell_signature(v.dkim[i]);
  }
  out +=
      fmt::format("\n  X-DKIM-Check: {} ({})\n",
                  paint_result(to_string(v.dkim_check)), meaning(v.dkim_check));
  out += fmt::format("  Authentication-Results: {}\n",
                     printable(authentication_results(v, authserv_id)));
  out += fmt::format("  Verdict: {}\n",
                     paint_result(verdict::to_string(v.answer)));
  out += fmt::format("  Reason: {}\n", printable(v.reason));
  return out;
}

}  // namespace mekiki::app
