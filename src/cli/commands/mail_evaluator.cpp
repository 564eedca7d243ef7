#include "cli/commands/mail_evaluator.hpp"

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "auth/dkim/key_cache.hpp"
#include "daemon/resolver.hpp"
#include "daemon/state.hpp"
#include "pop3/account.hpp"
#include "store/store.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/evaluate.hpp"

namespace mekiki::cli {
namespace {

/// The mail as it was given to the evaluation.
class read_again final : public verdict::octet_source {
 public:
  read_again(const stored_mail& mail, std::size_t size)
      : mail_(mail), size_(size) {}

  std::size_t size() const override { return size_; }

  std::optional<std::string> read() override {
    auto reader = mail_reader::open(mail_);
    std::string all;
    while (reader) {
      const auto octets = reader->read();
      if (!octets)
        break;
      if (octets->empty())
        return all;
      all += *octets;
    }
    return std::nullopt;
  }

 private:
  const stored_mail& mail_;
  std::size_t size_;
};

expected<verdict::source, std::string> find_source(
    const std::string& account, const std::vector<pop3::route>& routes) {
  if (account.empty())
    return verdict::source{};
  const auto target =
      pop3::find_target(account, pop3::client_leg::implicit_tls, routes);
  if (!target)
    return unexpected("--account: " + target.error());
  return verdict::source{.account = pop3::account_id(*target),
                         .login = target->user,
                         .upstream = target->host};
}

/// Null where nothing was ever kept.
expected<std::unique_ptr<store::store>, std::string> open_history(
    const judging_options& options, const std::filesystem::path& configured,
    const verdict::settings& settings, const clock& clock) {
  const std::filesystem::path file =
      daemon::find_state_folder(options.state, configured) / store::file_name;
  std::error_code error;
  if (options.account.empty() || !std::filesystem::exists(file, error))
    return std::unique_ptr<store::store>();
  // Nobody waits for a mail here.
  constexpr std::chrono::seconds deadline{10};
  return store::open_read_only(
      file, {.now = clock,
             .deadline = deadline,
             .is_shared = [&settings](std::string_view upstream) {
               return verdict::rule_for(settings, upstream).shares_history;
             }});
}

}  // namespace

struct mail_evaluator::state {
  boost::asio::io_context io{1};
  system_clock real;
  std::optional<manual_clock> fixed;
  std::unique_ptr<dns::resolver> resolver;
  std::optional<recording_resolver> recorder;
  dkim::key_cache keys;
  verdict::settings settings;
  verdict::correspondents watched;
  std::unique_ptr<store::store> history;
  verdict::empty_history nobody_known;
  verdict::source from;
  std::optional<verdict::smtp_facts> given;

  const clock& time() const {
    if (fixed)
      return *fixed;
    return real;
  }

  /// One mail; the notes are about it from now on.
  verdict::evaluation begin() {
    recorder->forget();
    return {settings,
            verdict::services{.resolver = *recorder,
                              .keys = keys,
                              .clock = time(),
                              .history = opened_history(),
                              .watched = &watched},
            from, given};
  }

  verdict::history* opened_history() {
    if (history != nullptr)
      return history.get();
    return &nobody_known;
  }

  template <class Answer>
  Answer wait_for(boost::asio::awaitable<Answer> work) {
    std::optional<Answer> answer;
    std::exception_ptr thrown;
    boost::asio::co_spawn(io, std::move(work),
                          [&](std::exception_ptr e, Answer a) {
                            thrown = std::move(e);
                            answer = std::move(a);
                          });
    // Not run(): the resolver waits for the network as long as it lives.
    io.restart();
    while (!answer) io.run_one();
    if (thrown)
      std::rethrow_exception(thrown);
    return std::move(*answer);
  }
};

mail_evaluator::mail_evaluator(std::unique_ptr<state> s)
    : state_(std::move(s)) {}
mail_evaluator::~mail_evaluator() = default;

expected<std::unique_ptr<mail_evaluator>, std::string> mail_evaluator::make(
    const config::settings& settings, const judging_options& options) {
  auto s = std::make_unique<state>();
  if (options.at)
    s->fixed.emplace(*options.at);
  if (options.ip && options.mail_from.empty() && options.helo.empty()) {
    return unexpected(std::string(
        "--ip needs --mail-from or --helo: there is nobody to check else"));
  }
  auto resolver = daemon::make_resolver(s->io, settings, options.zone);
  if (!resolver)
    return unexpected(resolver.error());
  s->resolver = std::move(*resolver);
  s->recorder.emplace(*s->resolver);
  s->settings = settings.verdict;
  if (options.allow_weak)
    s->settings.dkim.allow_weak = true;
  auto from = find_source(options.account, settings.routes);
  if (!from)
    return unexpected(from.error());
  s->from = std::move(*from);
  auto history = open_history(options, settings.state, s->settings, s->time());
  if (!history)
    return unexpected(history.error());
  s->history = std::move(*history);
  s->watched = verdict::correspondents(settings.verdict.watched);
  if (options.ip)
    s->given = {*options.ip, options.mail_from, options.helo};
  return std::unique_ptr<mail_evaluator>(new mail_evaluator(std::move(s)));
}

expected<verdict::judgement, std::string> mail_evaluator::run(
    const stored_mail& mail) {
  auto reader = mail_reader::open(mail);
  if (!reader)
    return unexpected(reader.error());
  verdict::evaluation evaluation = state_->begin();
  std::size_t size = 0;
  for (;;) {
    const auto octets = reader->read();
    if (!octets)
      return unexpected(octets.error());
    if (octets->empty())
      break;
    size += octets->size();
    evaluation.write(*octets);
  }
  read_again again(mail, size);
  return state_->wait_for(evaluation.finish(&again));
}

verdict::judgement mail_evaluator::run(std::string_view octets) {
  verdict::evaluation evaluation = state_->begin();
  evaluation.write(octets);
  return state_->wait_for(evaluation.finish(nullptr));
}

const std::vector<dns_note>& mail_evaluator::notes() const {
  return state_->recorder->notes();
}

std::vector<spf::trace_step> mail_evaluator::trace_spf(
    const spf::request& asked) {
  std::vector<spf::trace_step> steps;
  spf::options how;
  how.trace = [&steps](const spf::trace_step& step) { steps.push_back(step); };
  state_->wait_for(spf::check_host(asked, *state_->recorder, how));
  return steps;
}

}  // namespace mekiki::cli
