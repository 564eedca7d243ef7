#include "cli/commands/act_as_owner.hpp"

#include "daemon/folder_owner.hpp"
#include "daemon/state.hpp"

namespace mekiki::cli {

expected<void, std::string> act_as_owner(const store_options& where,
                                         const config::settings& settings) {
  // Once for a process, which has one command.
  static const daemon::acting_as_owner owner(
      daemon::find_state_folder(where.state, settings.state));
  return owner.done();
}

}  // namespace mekiki::cli
