// The state folder, and the files that are made in it once.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/expected.hpp"
#include "config/settings.hpp"
#include "net/tls.hpp"

namespace mekiki::daemon {

/// The state folder, made with mode 0700 when absent: `asked` (--state), else
/// `configured` (the setting), else $STATE_DIRECTORY (systemd), else
/// $XDG_STATE_HOME/mekiki, else ~/.local/state/mekiki. A folder that is open to
/// others (systemd makes such ones) gets mode 0700 if it is empty or ours, else
/// it is refused. The reason of a failure is a sentence.
expected<std::filesystem::path, std::string> open_state_folder(
    const std::filesystem::path& asked,
    const std::filesystem::path& configured);

/// Where that folder is or would be; empty if nothing says so.
std::filesystem::path find_state_folder(
    const std::filesystem::path& asked,
    const std::filesystem::path& configured);

/// The key of the label's values (daemon/labels.hpp). A folder that has it is
/// ours.
std::filesystem::path label_secret_file(const std::filesystem::path& state);

/// Our own authority and server certificate, in the folder `tls` of the state
/// folder, with the names that clients may use for this host.
expected<net::own_certificates, std::string> own_certificates(
    const config::settings& settings, const std::filesystem::path& state,
    const clock& clock);

/// Writes a new file, whole or not at all, with mode 0600 whatever the umask.
/// An existing file is an error with `existing::keep`.
enum class existing { keep, replace };
expected<void, std::string> write_private_file(
    const std::filesystem::path& file, std::string_view text,
    existing when_there);

}  // namespace mekiki::daemon
