#include "auth/historic/sender_id.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "auth/historic/pra.hpp"
#include "base/ascii.hpp"

namespace mekiki::historic {
namespace {

using boost::asio::awaitable;

/// A text that has a version section of "spf2.0".
struct version_section {
  bool has_scope = false;  // the one that is asked for
  std::size_t end = 0;
};

//   version  = "spf2.0/" scope-id *( "," scope-id )
//   scope-id = "pra" / "mfrom" / name
std::optional<version_section> read_version(std::string_view text,
                                            std::string_view scope_id) {
  constexpr std::string_view prefix = "spf2.0/";
  if (!ascii::istarts_with(text, prefix))
    return std::nullopt;
  version_section out;
  out.end = std::min(text.find(' '), text.size());
  std::string_view ids = text.substr(prefix.size(), out.end - prefix.size());
  for (;;) {
    const std::string_view id = ids.substr(0, ids.find(','));
    if (id.empty() || !ascii::is_alpha(id.front()) ||
        !std::all_of(id.begin(), id.end(), [](char c) {
          return ascii::is_alnum(c) || c == '-' || c == '_' || c == '.';
        })) {
      return std::nullopt;
    }
    out.has_scope = out.has_scope || ascii::iequals(id, scope_id);
    if (id.size() == ids.size())
      return out;
    ids.remove_prefix(id.size() + 1);
  }
}

spf::selection select(const std::vector<std::string>& texts,
                      std::string_view scope_id) {
  spf::selection out;
  bool has_version_2 = false;
  for (const std::string& text : texts) {
    const auto version = read_version(text, scope_id);
    has_version_2 = has_version_2 || version;
    if (!version || !version->has_scope)
      continue;
    if (out.code == spf::errc::allowed) {
      out.code = spf::errc::several_records;
      return out;
    }
    out.code = spf::errc::allowed;
    out.text = text;
    out.terms = out.text.substr(version->end);
  }
  return has_version_2 ? out : spf::select_spf1(texts);
}

}  // namespace

spf::selection select_mfrom(const std::vector<std::string>& texts) {
  return select(texts, "mfrom");
}

spf::selection select_pra(const std::vector<std::string>& texts) {
  return select(texts, "pra");
}

awaitable<spf::check_result> check_sender_id_host(const spf::request& asked,
                                                  sender_id_scope what,
                                                  dns::resolver& resolver,
                                                  const spf::options& how) {
  spf::options scoped = how;
  scoped.select = what == sender_id_scope::pra ? select_pra : select_mfrom;
  co_return co_await spf::check_host(asked, resolver, scoped);
}

awaitable<sender_id_result> check_sender_id(const message::header_view& header,
                                            const spf::request& asked,
                                            dns::resolver& resolver,
                                            const spf::options& how) {
  sender_id_result out;
  auto found = find_responsible(header);
  if (!found) {
    out.reason = "the header names nobody who is responsible for sending";
    co_return out;
  }
  out.field = std::move(found->field);
  out.address = found->mailbox.address();
  spf::request purported = asked;
  purported.mail_from = out.address;
  spf::check_result result = co_await check_sender_id_host(
      purported, sender_id_scope::pra, resolver, how);
  out.status = result.status;
  out.reason = std::move(result.reason);
  co_return out;
}

}  // namespace mekiki::historic
