#include "admin/assets.hpp"

#include <string>

namespace mekiki::admin {
namespace {

/// What our pages may do: run what we serve, and ask us.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

/// Their names change with what is in them.
constexpr std::string_view cached = "public, max-age=31536000, immutable";
constexpr std::string_view index = "/index.html";
constexpr std::string_view addon = "/addon.xpi";

response show(const asset& a, const request& r) {
  response out;
  out.type = a.type;
  out.policy = page_policy;
  out.cache = a.path == index || a.path == addon ? "no-store" : cached;
  out.body = r.takes_gzip ? a.gzip : a.octets;
  out.fields = {{"Vary", "Accept-Encoding"}};
  if (r.takes_gzip)
    out.fields.emplace_back("Content-Encoding", "gzip");
  if (a.path == addon) {
    out.policy = shown_only;
    out.fields.emplace_back("Content-Disposition",
                            "attachment; filename=\"mekiki-thunderbird.xpi\"");
  }
  return out;
}

}  // namespace

void add_assets(router& to, std::span<const asset> all) {
  for (const asset& a : all) {
    const page shown = at_once([&a](const request& r) { return show(a, r); });
    to.add(std::string(a.path), shown);
    if (a.path == index)
      to.add("/", shown);
  }
}

}  // namespace mekiki::admin
