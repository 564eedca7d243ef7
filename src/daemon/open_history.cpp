#include "daemon/open_history.hpp"

#include "daemon/state.hpp"

namespace mekiki::daemon {

store::options history_options(const config::settings& settings,
                               const clock& clock) {
  return {.now = clock,
          .deadline = settings.verdict.history_deadline,
          .keep = std::chrono::days(settings.history.days),
          .keep_sums = std::chrono::days(settings.history.sum_days),
          .zone = time_zone::local(),
          .texts = settings.history.keep,
          .memory = settings.history.memory,
          .octets = settings.history.octets,
          .least_free_disk = settings.history.least_free_disk,
          .is_shared = [&settings](std::string_view upstream) {
            return verdict::rule_for(settings.verdict, upstream).shares_history;
          }};
}

expected<std::string, std::string> account_of(
    const std::string& login, const std::vector<pop3::route>& routes) {
  const auto target =
      pop3::find_target(login, pop3::client_leg::implicit_tls, routes);
  if (!target)
    return unexpected(target.error());
  return pop3::account_id(*target);
}

expected<std::unique_ptr<store::store>, std::string> open_history_file(
    const std::filesystem::path& state, const config::settings& settings,
    const clock& clock) {
  const auto folder = open_state_folder(state, settings.state);
  if (!folder)
    return unexpected(folder.error());
  // No mail is judged with it, so that nothing is shared or kept.
  return store::open(*folder / store::file_name,
                     {.now = clock, .octets = settings.history.octets});
}

}  // namespace mekiki::daemon
