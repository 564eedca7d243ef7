// Commands that leave nothing half done when they are told to stop.
#pragma once

namespace mekiki::cli {

/// From now on SIGINT, SIGTERM and SIGHUP end nothing by themselves, a file
/// that grows too large is an error of writing, and a reader who went away is
/// one, too.
void watch_for_interruption();

/// Whether one of those signals came.
bool is_interrupted();

}  // namespace mekiki::cli
