#include "store/rule_words.hpp"

#include <algorithm>
#include <utility>

#include "auth/dmarc/public_suffix.hpp"
#include "base/ascii.hpp"
#include "dns/name.hpp"

namespace mekiki::store {

using verdict::rule;

namespace {

constexpr std::string_view everybody = "this would be about everybody";
constexpr std::string_view too_wide =
    "expected a domain such as \"example.jp\": this stands for all domains "
    "that end in it";

/// What people copy along from a mail or a browser.
bool is_wrapped(std::string_view text) {
  return text.find_first_of("<>\"()") != std::string_view::npos ||
         text.find("://") != std::string_view::npos ||
         ascii::istarts_with(text, "mailto:");
}

expected<std::string, std::string> domain_of(std::string_view text,
                                             const rule& of) {
  constexpr std::string_view spf = "spf:";
  const bool by_spf = of.what == rule::kind::signer && text.starts_with(spf);
  const auto name = dns::to_a_labels(by_spf ? text.substr(spf.size()) : text);
  if (!name || !dns::is_hostname(*name)) {
    return unexpected(std::string(
        of.what == rule::kind::list
            ? "a list is named by what stands in angle brackets in its "
              "List-Id field, such as \"dev.lists.example.org\""
            : "expected a domain such as \"example.jp\""));
  }
  if (of.does == rule::effect::trust && dmarc::is_public_suffix(*name))
    return unexpected(std::string(too_wide));
  return by_spf ? std::string(spf) + *name : *name;
}

/// Why nothing in it names a domain; "" if something does.
std::string_view width_of(std::string_view domain) {
  const std::size_t named =
      std::min(domain.find_first_not_of("*?."), domain.size());
  domain.remove_prefix(named);
  if (domain.empty())
    return everybody;
  return dmarc::is_public_suffix(std::string(domain)) ? too_wide
                                                      : std::string_view();
}

/// Addresses are compared without regard to case, their domains in A-labels;
/// what stands behind the last "@" becomes such where it is a domain.
expected<std::string, std::string> author_glob(std::string_view text,
                                               rule::effect does) {
  const bool is_clean = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
  });
  if (text.empty() || text.size() > 320 || !is_clean || is_wrapped(text)) {
    return unexpected(
        std::string("expected an address, a domain or a pattern such as "
                    "\"*@example.jp\""));
  }
  if (text.starts_with('@')) {
    return unexpected(std::string(
        "for all addresses of a domain write \"*@example.jp\", or the domain "
        "alone"));
  }
  const std::size_t at = text.rfind('@') + 1;  // 0 if there is none
  const auto name = dns::to_a_labels(text.substr(at));
  const std::string domain = name ? *name : std::string(text.substr(at));
  if (const auto wide = width_of(domain);
      does == rule::effect::trust && !wide.empty())
    return unexpected(std::string(wide));
  if (domain.find_first_of(".*?[") == domain.npos) {
    return unexpected(
        std::string("no mail comes from a name without a dot: expected a "
                    "domain such as \"example.jp\""));
  }
  return std::string(text.substr(0, at)) + domain;
}

}  // namespace

std::string_view to_string(rule::kind k) {
  switch (k) {
    case rule::kind::author:
      return "author";
    case rule::kind::signer:
      return "signer";
    case rule::kind::list:
      return "list";
    case rule::kind::forwarder:
      return "forwarder";
  }
  return "author";
}

std::string_view to_string(rule::effect e) {
  return e == rule::effect::trust ? "trust" : "distrust";
}

std::optional<rule> read_rule(std::string_view kind, std::string_view effect) {
  for (const auto k : {rule::kind::author, rule::kind::signer, rule::kind::list,
                       rule::kind::forwarder}) {
    for (const auto e : {rule::effect::trust, rule::effect::distrust}) {
      if (kind == to_string(k) && effect == to_string(e)) {
        rule r;
        r.what = k;
        r.does = e;
        return r;
      }
    }
  }
  return std::nullopt;
}

expected<rule, rule_error> parse_rule(rule with_kind_effect,
                                      std::string_view pattern,
                                      std::string_view signer) {
  rule r = std::move(with_kind_effect);
  const bool is_author = r.what == rule::kind::author;
  auto read = is_author ? author_glob(pattern, r.does) : domain_of(pattern, r);
  if (!read)
    return unexpected(rule_error{read.error(), std::string(pattern)});
  r.pattern = std::move(*read);
  if (signer.empty())
    return r;
  if (!is_author) {
    return unexpected(
        rule_error{"a signer goes with rules about authors only", ""});
  }
  auto by = domain_of(signer, {.what = rule::kind::signer});
  if (!by)
    return unexpected(rule_error{"signer: " + by.error(), std::string(signer)});
  r.signer = std::move(*by);
  return r;
}

}  // namespace mekiki::store
