#include "store/rule_words.hpp"

#include <algorithm>
#include <utility>

#include "dns/name.hpp"

namespace mekiki::store {

using verdict::rule;

namespace {

expected<std::string, std::string> domain_of(std::string_view text,
                                             rule::kind kind) {
  constexpr std::string_view spf = "spf:";
  const bool by_spf = kind == rule::kind::signer && text.starts_with(spf);
  const auto name = dns::to_a_labels(by_spf ? text.substr(spf.size()) : text);
  if (!name || !dns::is_hostname(*name))
    return unexpected(std::string("expected a domain"));
  return by_spf ? std::string(spf) + *name : *name;
}

/// Addresses are compared without regard to case, their domains in A-labels;
/// what stands behind the last "@" becomes such where it is a domain.
expected<std::string, std::string> author_glob(std::string_view text) {
  const bool is_clean = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
  });
  if (text.empty() || text.size() > 320 || !is_clean) {
    return unexpected(
        std::string("expected an address, a domain or a pattern such as "
                    "\"*@example.jp\""));
  }
  const std::size_t at = text.rfind('@') + 1;  // 0 if there is none
  const auto domain = dns::to_a_labels(text.substr(at));
  return std::string(text.substr(0, at)) +
         (domain ? *domain : std::string(text.substr(at)));
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

expected<rule, std::string> parse_rule(rule with_kind_effect,
                                       std::string_view pattern,
                                       std::string_view signer) {
  rule r = std::move(with_kind_effect);
  const bool is_author = r.what == rule::kind::author;
  auto read = is_author ? author_glob(pattern) : domain_of(pattern, r.what);
  if (!read)
    return unexpected(read.error());
  r.pattern = std::move(*read);
  if (signer.empty())
    return r;
  if (!is_author)
    return unexpected(std::string("a signer is for author rules"));
  auto by = domain_of(signer, rule::kind::signer);
  if (!by)
    return unexpected("signer: " + by.error());
  r.signer = std::move(*by);
  return r;
}

}  // namespace mekiki::store
