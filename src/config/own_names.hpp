// Our own names, as the settings say or as they follow from the host's.
#pragma once

#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace mekiki::config {

/// This host's name, or "localhost".
std::string host_name();

/// The setting, or the host's name.
std::string authserv_id(const settings& c);

/// A host name that stands for us: that of authserv_id where it is one.
std::string own_host_name(const settings& c);

/// Who writes our own mails: the setting smtp.from, or mekiki@own_host_name.
std::string own_address(const settings& c);
/// No person writes from it, since it says Mekiki before the @; any other
/// smtp.from may be a person's.
bool is_ours_alone(std::string_view own_address);

}  // namespace mekiki::config
