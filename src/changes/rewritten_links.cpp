#include "changes/rewritten_links.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/replace_all.hpp"
#include "dns/name.hpp"
#include "message/header.hpp"
#include "mime/parts.hpp"
#include "mime/transfer.hpp"

namespace mekiki::changes {
namespace {

constexpr std::size_t longest = 4096;  // octets of a link
constexpr std::size_t max_links = 512;
constexpr int deepest = 4;

bool is_among(char c, std::string_view octets) {
  return octets.find(c) != std::string_view::npos;
}

/// The octets at the beginning of `text` that are letters, digits or in
/// `others`.
std::string_view word_at(std::string_view text, std::string_view others) {
  std::size_t size = 0;
  while (size < text.size() &&
         (ascii::is_alnum(text[size]) || is_among(text[size], others)))
    ++size;
  return text.substr(0, size);
}

bool skip(std::string_view& text, std::string_view word) {
  const bool found = text.starts_with(word);
  if (found)
    text.remove_prefix(word.size());
  return found;
}

bool is_web_host(std::string_view host) {
  const std::size_t dot = host.rfind('.');
  return dot != std::string_view::npos && dot + 2 < host.size() &&
         ascii::is_alpha(host[dot + 1]) &&
         dns::is_hostname(ascii::to_lower(host));
}

/// A URL as a gateway takes one from a mail. What was put back is what the
/// author signed and nobody sees: words of his text are none, in whatever
/// script.
bool is_web_url(std::string_view url) {
  std::string_view host = url;
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos ||
      (!ascii::iequals(url.substr(0, scheme), "http") &&
       !ascii::iequals(url.substr(0, scheme), "https")))
    return false;
  host.remove_prefix(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  host = host.substr(0, host.find(':'));
  return is_web_host(host) && std::all_of(url.begin(), url.end(), [](char c) {
           return c > ' ' && c < '\x7f' && !is_among(c, "\"<>\\");
         });
}

/// It would end an attribute or a comment of HTML.
bool is_markup(std::string_view url) {
  const std::size_t path = url.find('/', url.find("://") + 3);
  return url.find('\'') != std::string_view::npos ||
         (path != std::string_view::npos &&
          url.find("--", path) != std::string_view::npos);
}

/// Nothing if a "%" has no digits.
std::optional<std::string> decode_percent(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos;
       at = text.find('%', at + 1)) {
    if (at + 2 >= text.size() || ascii::hex_value(text[at + 1]) < 0 ||
        ascii::hex_value(text[at + 2]) < 0)
      return std::nullopt;
  }
  return mime::decode_escapes(text, '%');
}

//   url-v2 = *( ALPHA / DIGIT / "_" / "-" 2HEXDIG / "." / ... )
/// "_" stands for "/" and "-" for "%".
std::optional<std::string> decode_proofpoint_v2(std::string_view text) {
  std::string percent(text);
  if (percent.find('%') != std::string::npos)
    return std::nullopt;
  std::replace(percent.begin(), percent.end(), '-', '%');
  std::replace(percent.begin(), percent.end(), '_', '/');
  return decode_percent(percent);
}

/// "*" in `text` stands for the next of `octets`, and "**" and a letter or
/// digit for so many of them: "A" for 2, "B" for 3, ...
std::optional<std::string> decode_proofpoint_v3(std::string_view text,
                                                std::string_view octets) {
  constexpr std::string_view runs =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '*') {
      out += text[i];
      continue;
    }
    std::size_t size = 1;
    if (text.substr(i).starts_with("**")) {
      const std::size_t run =
          i + 2 < text.size() ? runs.find(text[i + 2]) : std::string_view::npos;
      if (run == std::string_view::npos)
        return std::nullopt;
      size = run + 2;
      i += 2;
    }
    if (octets.size() < size)
      return std::nullopt;
    out += octets.substr(0, size);
    octets.remove_prefix(size);
  }
  if (!octets.empty())
    return std::nullopt;
  // Some hosts on the way make one slash of two.
  const std::size_t colon = out.find(":/");
  if (colon != std::string::npos && !out.substr(colon).starts_with("://"))
    out.insert(colon + 1, "/");
  return out;
}

/// A parameter behind the URL.
struct parameter {
  std::string_view name;
  std::string_view octets;  // beside letters and digits
  std::size_t most;         // octets of its value
};

struct gateway {
  std::string_view name;
  std::string_view host;  // or its end, if that begins with "." or "-"
  std::string_view path;  // up to the URL
  std::optional<std::string> (*decode)(std::string_view);
  std::array<parameter, 6> behind;  // all of them, in this order
};

constexpr std::array<parameter, 6> proofpoint_v2 = {{{"d", "-_", 32},
                                                     {"c", "-_", 96},
                                                     {"r", "-_", 96},
                                                     {"m", "-_", 96},
                                                     {"s", "-_", 96},
                                                     {"e", "", 0}}};
constexpr std::array<parameter, 6> safe_links = {
    {{"data", "%.-_", 1024}, {"sdata", "%-_", 160}, {"reserved", "", 1}}};
constexpr std::array<parameter, 6> barracuda = {
    {{"c", ",-_", 256}, {"typo", "", 1}}};
constexpr std::array<parameter, 6> trend_micro = {
    {{"umid", "-", 36}, {"auth", "-", 81}}};

constexpr std::string_view proofpoint = "Proofpoint URL Defense";
constexpr std::string_view microsoft = "Microsoft Safe Links";
constexpr std::string_view trend = "Trend Micro Time-of-Click Protection";

constexpr gateway gateways[] = {
    {proofpoint, "urldefense.proofpoint.com",
     "/v2/url?u=", decode_proofpoint_v2, proofpoint_v2},
    {microsoft, ".safelinks.protection.outlook.com", "/?url=", decode_percent,
     safe_links},
    {"Barracuda Link Protection", "linkprotect.cudasvc.com",
     "/url?a=", decode_percent, barracuda},
    {trend, "-ctp.trendmicro.com",
     "/wis/clicktime/v1/query?url=", decode_percent, trend_micro},
    {trend, "-ctp.trendmicro.com",
     ":443/wis/clicktime/v1/query?url=", decode_percent, trend_micro},
    {trend, "-urlprotect.trendmicro.com",
     ":443/wis/clicktime/v1/query?url=", decode_percent, trend_micro}};

constexpr std::string_view v3_hosts[] = {"urldefense.com", "urldefense.us",
                                         "urldefense.proofpoint.com"};

bool is_host_of(std::string_view host, std::string_view name) {
  if (name.front() != '.' && name.front() != '-')
    return host == name;
  return host.size() > name.size() && host.ends_with(name) &&
         word_at(host, "-").size() >= host.size() - name.size();
}

/// "&", in HTML also "&amp;"; some gateways write that in plain text too.
bool skip_ampersand(std::string_view& text) {
  return skip(text, "&amp;") || skip(text, "&");
}

/// Something behind the link that would be part of it.
bool goes_on(std::string_view text) {
  if (text.empty())
    return false;
  if (skip_ampersand(text)) {
    text.remove_prefix(word_at(text, "_-.").size());
    return text.starts_with('=');
  }
  return ascii::is_alnum(text.front()) || is_among(text.front(), "%=#-_/");
}

/// The parameters, and nothing else.
bool skip_parameters(std::string_view& text, const gateway& g) {
  for (const parameter& p : g.behind) {
    if (p.name.empty())
      break;
    if (!skip_ampersand(text) || !skip(text, p.name) || !skip(text, "="))
      return false;
    const std::string_view value = word_at(text, p.octets);
    if (value.size() > p.most || (value.empty() && p.most > 0))
      return false;
    text.remove_prefix(value.size());
  }
  return !goes_on(text);
}

std::optional<rewritten_link> read_query(std::string_view rest,
                                         const gateway& g) {
  // No "+", which may be a space, and nothing that may end a parameter.
  const std::string_view written = word_at(rest, "%-._~:/!*'(),@");
  rest.remove_prefix(written.size());
  if (!skip_parameters(rest, g))
    return std::nullopt;
  auto url = g.decode(written);
  if (!url || !is_web_url(*url))
    return std::nullopt;
  return rewritten_link{.gateway = g.name,
                        .size = rest.size(),
                        .url = std::move(*url),
                        .has_space = g.name == proofpoint};
}

//   "/v3/__" url "__;" base64url "!!" token "!" token "$"
std::optional<rewritten_link> read_v3(std::string_view rest) {
  const std::size_t end = rest.find("__;");
  if (end == std::string_view::npos)
    return std::nullopt;
  const std::string_view written = rest.substr(0, end);
  rest.remove_prefix(end + 3);
  std::string digits(word_at(rest, "-_"));
  rest.remove_prefix(digits.size());
  if (!skip(rest, "!!"))
    return std::nullopt;
  constexpr std::size_t most = 192;
  for (const std::string_view mark : {"!", "$"}) {
    const std::string_view token = word_at(rest, "-_");
    rest.remove_prefix(token.size());
    if (token.empty() || token.size() > most || !skip(rest, mark))
      return std::nullopt;
  }
  std::replace(digits.begin(), digits.end(), '-', '+');
  std::replace(digits.begin(), digits.end(), '_', '/');
  const auto octets = base64_decode(digits);
  if (!octets || goes_on(rest) ||
      !std::all_of(written.begin(), written.end(),
                   [](char c) { return ascii::is_graph(c) && c != '%'; }))
    return std::nullopt;
  auto url = decode_proofpoint_v3(written, *octets);
  if (!url || !is_web_url(*url))
    return std::nullopt;
  return rewritten_link{.gateway = proofpoint,
                        .size = rest.size(),
                        .url = std::move(*url),
                        .has_space = true};
}

constexpr std::string_view start = "https://";

/// `text` begins with `start`.
std::optional<rewritten_link> read_link(std::string_view text) {
  text = text.substr(0, longest);
  std::string_view rest = text.substr(start.size());
  const std::string_view host = word_at(rest, ".-");
  rest.remove_prefix(host.size());
  std::optional<rewritten_link> out;
  for (const gateway& g : gateways) {
    std::string_view behind = rest;
    if (is_host_of(host, g.host) && skip(behind, g.path))
      out = read_query(behind, g);
  }
  if (std::find(std::begin(v3_hosts), std::end(v3_hosts), host) !=
          std::end(v3_hosts) &&
      skip(rest, "/v3/__"))
    out = read_v3(rest);
  if (out)
    out->size = text.size() - out->size;
  return out;
}

/// A text that looks like a gateway's link up to its host.
bool may_be_link(std::string_view text) {
  const std::string_view host =
      word_at(text.substr(0, longest).substr(start.size()), ".-");
  return std::ranges::any_of(
             gateways,
             [&](const gateway& g) { return is_host_of(host, g.host); }) ||
         std::find(std::begin(v3_hosts), std::end(v3_hosts), host) !=
             std::end(v3_hosts);
}

class restorer {
 public:
  explicit restorer(const link_guess& how) : how_(how) {}

  std::optional<restored_links> take() {
    if (failed_ || out_.gateways.empty())
      return std::nullopt;
    std::sort(out_.gateways.begin(), out_.gateways.end());
    return std::move(out_);
  }

  void add_entity(std::string_view body, const mime::content& kind, int depth) {
    if (kind.is_multipart()) {
      add_parts(body, kind, depth);
    } else if (!kind.is_file &&
               (kind.type == "text/plain" || kind.type == "text/html")) {
      add_text(body, kind);
    } else {
      out_.body += body;
    }
  }

 private:
  void add_parts(std::string_view body, const mime::content& kind, int depth) {
    failed_ |= depth == deepest;
    if (failed_)
      return;
    std::size_t done = 0;
    const mime::multipart_view view = mime::split_parts(body, kind.boundary);
    for (const std::string_view part : view.parts) {
      const message::header_view header = message::parse_header(part);
      const auto begin = static_cast<std::size_t>(part.data() - body.data());
      out_.body += body.substr(done, begin + header.body - done);
      add_entity(part.substr(header.body), mime::read_content(header),
                 depth + 1);
      done = begin + part.size();
    }
    out_.body += body.substr(done);
  }

  void add_text(std::string_view body, const mime::content& kind) {
    const bool html = kind.type == "text/html";
    switch (kind.encoding) {
      case mime::transfer_encoding::identity:
        out_.body += restore(body, html);
        break;
      case mime::transfer_encoding::quoted_printable:
        for (std::size_t at = 0; at < body.size();)
          add_quoted_line(body, at, html);
        break;
      case mime::transfer_encoding::base64:
        add_base64(body, html);
        break;
    }
  }

  /// A line with its soft breaks. As it stands if it has no such link.
  void add_quoted_line(std::string_view body, std::size_t& at, bool html) {
    const std::size_t begin = at;
    bool is_soft = true;
    while (is_soft && at < body.size()) {
      std::string_view line = mime::next_line(body, at);
      while (!line.empty() && ascii::is_wsp(line.back())) line.remove_suffix(1);
      is_soft = line.ends_with('=');
    }
    const std::string_view written = body.substr(begin, at - begin);
    const auto decoded =
        mime::decode(mime::transfer_encoding::quoted_printable, written);
    failed_ |= !decoded;
    if (failed_)
      return;
    const std::string restored = restore(*decoded, html);
    if (restored == *decoded) {
      out_.body += written;
    } else {
      out_.body += mime::encode_quoted_printable(restored);
    }
  }

  void add_base64(std::string_view body, bool html) {
    const auto decoded = mime::decode(mime::transfer_encoding::base64, body);
    failed_ |= !decoded;
    if (failed_)
      return;
    const std::string restored = restore(*decoded, html);
    if (restored == *decoded) {
      out_.body += body;
      return;
    }
    // The line end before a delimiter is not the part's.
    std::string encoded = mime::encode_base64(restored);
    encoded.resize(ascii::trim(encoded).size());
    out_.body += encoded;
    out_.body += body.substr(body.find_last_not_of(" \t\r\n") + 1);
  }

  std::string restore(std::string_view text, bool html) {
    std::string out;
    std::size_t done = 0;
    for (std::size_t at = text.find(start); at != std::string_view::npos;
         at = text.find(start, at)) {
      if (!may_be_link(text.substr(at))) {
        at += start.size();
        continue;
      }
      failed_ |= ++tried_ > max_links;
      if (failed_)
        break;
      const auto link = read_link(text.substr(at));
      if (!link || (html && is_markup(link->url))) {
        at += start.size();
        continue;
      }
      out += text.substr(done, at - done);
      out += written(link->url, html);
      at += link->size;
      if (!html && link->has_space && text.substr(at).starts_with(' ')) {
        out_.has_space = true;
        at += how_.takes_space ? 1 : 0;
      }
      done = at;
      auto& names = out_.gateways;
      if (std::find(names.begin(), names.end(), link->gateway) == names.end())
        names.push_back(link->gateway);
    }
    out += text.substr(done);
    return out;
  }

  /// As the sender may have written it.
  std::string written(std::string url, bool html) {
    const std::size_t host = url.find("://") + 3;
    const std::size_t path = url.find_first_of("/?#", host);
    if (path == std::string::npos || path + 1 == url.size()) {
      out_.has_slash = true;
      if (how_.flips_slash && path == std::string::npos) {
        url += '/';
      } else if (how_.flips_slash && url.back() == '/') {
        url.pop_back();
      }
    }
    if (html) {
      if (url.find('&') == std::string::npos)
        return url;
      out_.has_ampersand = true;
      if (how_.in_html != link_guess::ampersand::as_is)
        replace_all(url, "&amp;", "&");
      if (how_.in_html == link_guess::ampersand::escaped)
        replace_all(url, "&", "&amp;");
      return url;
    }
    out_.has_scheme = true;
    const bool is_www = ascii::istarts_with(url.substr(host), "www.");
    if (how_.in_text == link_guess::scheme::none ||
        (how_.in_text == link_guess::scheme::none_before_www && is_www))
      url.erase(0, host);
    return url;
  }

  const link_guess& how_;
  restored_links out_;
  std::size_t tried_ = 0;
  bool failed_ = false;
};

}  // namespace

std::optional<rewritten_link> read_rewritten_link(std::string_view text) {
  return text.starts_with(start) ? read_link(text) : std::nullopt;
}

std::vector<link_guess> further_guesses(const restored_links& first) {
  using ampersand = link_guess::ampersand;
  using scheme = link_guess::scheme;
  std::vector<link_guess> out;
  for (const bool flips : {false, true}) {
    for (const scheme s :
         {scheme::as_is, scheme::none_before_www, scheme::none}) {
      for (const bool takes : {true, false}) {
        for (const ampersand a :
             {ampersand::as_is, ampersand::escaped, ampersand::plain}) {
          if ((flips && !first.has_slash) ||
              (s != scheme::as_is && !first.has_scheme) ||
              (!takes && !first.has_space) ||
              (a != ampersand::as_is && !first.has_ampersand))
            continue;
          out.push_back({a, s, takes, flips});
        }
      }
    }
  }
  out.erase(out.begin());
  return out;
}

std::optional<restored_links> restore_links(std::string_view body,
                                            const mime::content& kind,
                                            const link_guess& how) {
  restorer r(how);
  r.add_entity(body, kind, 0);
  return r.take();
}

}  // namespace mekiki::changes
