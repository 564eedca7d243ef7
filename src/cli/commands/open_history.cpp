#include "cli/commands/open_history.hpp"

#include "cli/commands/act_as_owner.hpp"
#include "config/load.hpp"
#include "daemon/open_history.hpp"

namespace mekiki::cli {

expected<std::unique_ptr<store::store>, std::string> open_history(
    const store_options& where, const clock& clock) {
  const auto loaded = config::load(where.config);
  if (!loaded)
    return unexpected(loaded.error());
  if (auto acts = act_as_owner(where, loaded->settings); !acts)
    return unexpected(acts.error());
  return daemon::open_history_file(where.state, loaded->settings, clock);
}

}  // namespace mekiki::cli
