// Domain names as text: lower case, no final dot.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mekiki::dns {

/// `name` in the form a `question` wants: ASCII letters in lower case, without
/// a final dot. Nothing if it cannot be asked: empty, an empty label, a label
/// over 63 octets, more than 253 octets in all (255 on the wire, RFC 1035
/// 2.3.4), or a NUL. Other octets stay as they are.
std::optional<std::string> normalize(std::string_view name);

/// The same for a name that may hold U-labels in UTF-8, which become A-labels
/// (IDNA 2008 as RFC 8616 asks, mapped as UTS 46 non-transitional). A name of
/// ASCII alone is only normalized.
std::optional<std::string> to_a_labels(std::string_view name);

/// The same for what may be a domain: empty where none can be called so, as are
/// address literals, and names whose mapping brings other octets in than
/// letters, digits, "-", "_" and ".".
std::string domain_name(std::string_view written);

/// True if `normalize(name)` would return `name` itself.
bool is_normalized(std::string_view name);

/// True if `name` is `parent` or lies below it; both normalized.
bool is_subdomain_of(std::string_view name, std::string_view parent);

/// True for a normalized name whose labels are letters, digits and inner
/// hyphens (RFC 1123 2.1) and whose last label is not all digits, so that it
/// cannot be read as an IPv4 address.
bool is_hostname(std::string_view name);

}  // namespace mekiki::dns
