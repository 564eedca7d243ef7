#include "daemon/serve.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "admin/autoconfig.hpp"
#include "admin/events.hpp"
#include "admin/health.hpp"
#include "admin/metrics.hpp"
#include "admin/server.hpp"
#include "base/ascii.hpp"
#include "base/compute_pool.hpp"
#include "base/file_remedy.hpp"
#include "base/log.hpp"
#include "base/memory_budget.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"
#include "base/small_file.hpp"
#include "base/unix_time.hpp"
#include "cli/story_facts.hpp"
#include "config/check.hpp"
#include "config/load.hpp"
#include "config/own_names.hpp"
#include "config/reload.hpp"
#include "daemon/certificate_keeper.hpp"
#include "daemon/dashboard.hpp"
#include "daemon/domain_pages.hpp"
#include "daemon/domain_watch.hpp"
#include "daemon/file_opener.hpp"
#include "daemon/health.hpp"
#include "daemon/labels.hpp"
#include "daemon/loop_busy.hpp"
#include "daemon/metrics.hpp"
#include "daemon/open_history.hpp"
#include "daemon/readable_files.hpp"
#include "daemon/report_fetcher.hpp"
#include "daemon/report_keeper.hpp"
#include "daemon/sandbox.hpp"
#include "daemon/secret_files.hpp"
#include "daemon/sending_watch.hpp"
#include "daemon/service_manager.hpp"
#include "daemon/sight_watch.hpp"
#include "daemon/signing_keys.hpp"
#include "daemon/state.hpp"
#include "daemon/state_lock.hpp"
#include "daemon/upstream.hpp"
#include "daemon/warning_sender.hpp"
#include "daemon/watchdog.hpp"
#include "milter/server.hpp"
#include "net/listen.hpp"
#include "net/sleep.hpp"
#include "store/rejudge.hpp"
#include "store/store.hpp"
#include "store/upkeep.hpp"
#include "verdict/correspondents.hpp"
#include "verdict/signer_resolver.hpp"

namespace mekiki::daemon {
namespace {

namespace fs = std::filesystem;

/// Two sockets for each session, and a file for each large mail: the limit
/// that the system sets by default is too low for many sessions.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

struct certificate_files {
  fs::path chain;
  fs::path key;
  fs::path ca;  // of our own authority; empty: it is not in use
  std::string ca_sha256;
};

expected<certificate_files, std::string> certificate(
    const config::settings& settings, const fs::path& state,
    const clock& clock) {
  if (!settings.tls.certificate.empty()) {
    return certificate_files{
        settings.tls.certificate, settings.tls.key, {}, {}};
  }
  auto own = own_certificates(settings, state, clock);
  if (!own)
    return unexpected(own.error());
  log::info(
      "our own certificate authority is {} (sha256 {}); `mekiki cert` "
      "tells how clients come to trust it",
      own->ca.string(), own->ca_sha256);
  for (const std::string& name : own->left_out) {
    log::warning(
        "clients cannot call this machine {}: our certificate authority was "
        "made when it had another name, and may not vouch for this one; "
        "`mekiki cert --renew` makes a new one",
        name);
  }
  return certificate_files{own->chain, own->key, own->ca, own->ca_sha256};
}

/// Starts a mail's lookups, which run beside its session.
std::function<void(boost::asio::awaitable<void>)> beside(
    boost::asio::io_context& io) {
  return [&io](boost::asio::awaitable<void> work) {
    boost::asio::co_spawn(
        io, std::move(work), [](const std::exception_ptr& error) {
          if (error)
            log::error("a look-up beside a session was broken off");
        });
  };
}

/// Without a history no mail is `genuine`, or forged against a habit. The log
/// says so as an error, and mails are delivered.
std::unique_ptr<store::store> open_history(const config::settings& settings,
                                           const fs::path& state,
                                           const clock& clock,
                                           admin::event_hub& events,
                                           boost::asio::io_context& io) {
  store::options how = history_options(settings, clock);
  how.noted = [&events, &io](const std::vector<store::mail_row>& mails) {
    boost::asio::post(io, [&events, mails] { events.publish(mails); });
  };
  auto opened = store::open(state / store::file_name, std::move(how));
  if (opened)
    return std::move(*opened);
  log::error("there is no history, nobody will be known: {}", opened.error());
  return nullptr;
}

/// Judges mails again, now and then, about which the DNS left a check open. The
/// arguments outlive the loop.
boost::asio::awaitable<void> judge_again(
    store::store* history, std::function<store::rejudge_services()> with) {
  constexpr std::chrono::minutes pause{1};
  for (;;) {
    const store::rejudge_services now = with();
    const std::size_t decided = co_await store::judge_due(*history, now);
    if (decided > 0)
      log::info("judged again, and decided: {} mail{}", decided,
                decided == 1 ? "" : "s");
    co_await net::sleep(pause);
  }
}

boost::asio::awaitable<void> watch_domains(domain_watch* watch) {
  constexpr std::chrono::minutes pause{10};  // the watch knows what is due
  for (;;) {
    co_await watch->look();
    co_await net::sleep(pause);
  }
}

boost::asio::awaitable<void> fetch_reports(report_fetcher* fetcher) {
  constexpr std::chrono::seconds pause{5};  // the fetcher knows what is due
  for (;;) {
    try {
      co_await fetcher->look();
    } catch (const std::exception& e) {
      log::error("reports: fetching broke off: {}", e.what());
    }
    co_await net::sleep(pause);
  }
}

boost::asio::awaitable<void> name_report_sources(report_keeper* keeper) {
  constexpr std::chrono::seconds pause{10};
  for (;;) {
    co_await net::sleep(pause);
    try {
      co_await keeper->find_names();
    } catch (const std::exception& e) {
      log::error("reports: names of senders were not found: {}", e.what());
    }
  }
}

boost::asio::awaitable<void> renew_certificate(certificate_keeper* keeper) {
  for (;;) {
    co_await net::sleep(std::chrono::hours(1));
    const auto done = keeper->look();
    if (!done) {
      log::error("the server certificate cannot be renewed: {}", done.error());
    } else if (*done) {
      log::info("the server certificate is a new one");
    }
  }
}

/// The facts of a mail's story for the dashboard: those of `mekiki explain`
/// without the DNS queries.
std::function<std::string(const verdict::judgement&)> story_for(
    const config::settings& settings) {
  return [id = config::authserv_id(settings)](const verdict::judgement& v) {
    return cli::pack_story(v, id);
  };
}

std::size_t threads_of(const config::settings& settings) {
  if (settings.limits.threads > 0)
    return settings.limits.threads;
  return std::max(std::thread::hardware_concurrency(), 1U);
}

/// Tells the service manager that the loop turns.
boost::asio::awaitable<void> be_watched(const service_manager* manager) {
  for (;;) {
    manager->tell("WATCHDOG=1");
    co_await net::sleep(manager->watchdog());
  }
}

/// Within 5 seconds, even if the thread that hangs holds the log's lock.
void end_at_once(std::string_view why) {
  ::signal(SIGALRM, SIG_DFL);
  ::alarm(5);
  log::error("the program hangs and ends itself: {}", why);
  std::abort();
}

/// The daemon: its parts, in the order in which they are made, and the steps
/// that make them. They are destroyed in the opposite order.
class proxy_daemon {
 public:
  proxy_daemon(const config::settings& settings, const serve_options& options)
      : settings_(settings),
        options_(options),
        current_(settings),
        source_(read_source()) {}

  /// The answer is the exit code.
  int run() {
    using step = expected<void, std::string> (proxy_daemon::*)();
    constexpr step steps[] = {&proxy_daemon::take_folder,
                              &proxy_daemon::prepare_process,
                              &proxy_daemon::reach_upstreams,
                              &proxy_daemon::load_certificate,
                              &proxy_daemon::load_secrets,
                              &proxy_daemon::load_signing_keys,
                              &proxy_daemon::listen_for_mail,
                              &proxy_daemon::listen_for_mtas,
                              &proxy_daemon::listen_for_admin,
                              &proxy_daemon::close_to_strangers,
                              &proxy_daemon::give_up_rights,
                              &proxy_daemon::start_threads,
                              &proxy_daemon::make_proxy,
                              &proxy_daemon::make_pages,
                              &proxy_daemon::start_background_work,
                              &proxy_daemon::wait_for_signals,
                              &proxy_daemon::announce};
    for (const step next : steps) {
      if (const auto done = (this->*next)(); !done) {
        log::error("cannot start: {}", done.error());
        return 2;
      }
    }
    run_loop();
    log::info("stopped");
    return 0;
  }

 private:
  // Each step says in a sentence why the daemon cannot start.
  using result = expected<void, std::string>;

  /// Two at once would each keep the history's counters in memory.
  result take_folder() { return lock_.take(options_.state); }

  result prepare_process() {
    raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a full disk is an error of write, no more
    // SQLite sorts in files what is large, by default in /var/tmp.
    ::setenv("SQLITE_TMPDIR", options_.state.c_str(), 1);
    if (!wants_sandbox())
      return {};
    keep_memory_private();
    opener_ = std::make_unique<file_opener>(
        files_by_name(settings_, options_.settings_file));
    return {};
  }

  /// Never where sanitizers look at the process at its end from another one, or
  /// counters are written wherever it was started.
  bool wants_sandbox() const {
#ifdef MEKIKI_NO_SANDBOX
    return false;
#else
    return settings_.sandbox.enabled;
#endif
  }

  /// How files are read that this process may not open; null: it may.
  file_reader reader() {
    if (opener_ == nullptr)
      return {};
    return [this](const fs::path& file) -> std::string {
      auto text = opener_->read(file, config::largest_file);
      if (text)
        return std::move(*text);
      log::warning("{}", text.error());
      return {};
    };
  }

  result reach_upstreams() {
    auto made = make_upstream_parts(io_, settings_, options_.zone,
                                    options_.state, clock_, reader());
    if (!made)
      return unexpected(made.error());
    upstream_.emplace(std::move(*made));
    return {};
  }

  /// A file of the settings, also where this process may not open it any more.
  expected<std::string, std::string> read(const fs::path& file) const {
    constexpr std::size_t most = config::largest_file;
    std::error_code error;
    if (opener_ == nullptr && fs::exists(file, error) &&
        !fs::is_regular_file(file, error))
      return unexpected(file.string() + ": cannot be read: it is no file");
    return opener_ != nullptr ? opener_->read(file, most)
                              : read_small_file(file, most);
  }

  using made_tls = expected<std::unique_ptr<net::tls_context>, std::string>;
  made_tls read_certificate(const config::settings& settings) {
    const auto files = certificate(settings, options_.state, clock_);
    if (!files)
      return unexpected(files.error());
    if (!files->ca.empty())
      own_authority_ = *files;
    // Our own is in the state folder.
    if (opener_ == nullptr || settings.tls.certificate.empty())
      return net::tls_context::make_server(files->chain, files->key);
    const auto chain = read(files->chain);
    if (!chain)
      return unexpected(chain.error());
    auto text = read(files->key);
    if (!text)
      return unexpected(text.error());
    const secret key(std::move(*text));
    return net::tls_context::make_server({files->chain, *chain},
                                         {files->key, key.reveal()});
  }

  made_tls read_authorities(const config::settings& settings) const {
    const fs::path& extra = settings.upstream.extra_ca;
    if (opener_ == nullptr)
      return net::tls_context::make_client(extra);
    // One that is another file now cannot be opened by OpenSSL.
    const fs::path system = net::system_authorities().front();
    std::error_code error;
    std::list<std::string> texts;
    std::vector<net::pem_source> all;
    for (const fs::path& file : {system, extra}) {
      if (file.empty() || (file == system && !fs::exists(file, error)))
        continue;
      auto text = read(file);
      if (!text)
        return unexpected(text.error());
      all.emplace_back(file, texts.emplace_back(std::move(*text)));
    }
    return net::tls_context::make_client_with(all);
  }

  result load_certificate() {
    auto made = read_certificate(settings_);
    if (!made)
      return unexpected(made.error());
    tls_ = std::move(*made);
    return {};
  }

  // Before anything listens: a wrong password file is told at the start.
  result load_secrets() {
    auto secret = label_secret(options_.state, random_);
    if (!secret)
      return unexpected(secret.error());
    database_mark_ = database_mark(*secret);
    labels_.emplace(options_.state, std::move(*secret));
    std::error_code error;
    fs::create_directories(spool(), error);
    if (error) {
      return unexpected(fmt::format("cannot make {}: {}{}", spool().string(),
                                    error.message(),
                                    file_remedy(spool(), error.value())));
    }
    auto made = mail_sender::make(settings_, *upstream_->resolver, clock_);
    if (!made)
      return unexpected(made.error());
    sender_ = std::move(*made);
    auto passwords = read_passwords(settings_);
    if (!passwords)
      return unexpected(passwords.error());
    report_passwords_ = std::move(*passwords);
    return {};
  }

  expected<secret, std::string> read_password(const fs::path& file) const {
    // Once the sandbox is closed, the opener alone may.
    if (opener_ == nullptr)
      return load_password(file);
    mode_t mode = 0;
    auto text = opener_->read(file, config::largest_file, &mode);
    if (!text)
      return unexpected(text.error());
    return password_in(std::move(*text), mode, file);
  }

  expected<report_fetcher::passwords, std::string> read_passwords(
      const config::settings& settings) const {
    report_fetcher::passwords out;
    for (const config::report_mailbox& m : settings.report_mailboxes) {
      auto password = read_password(m.password_file);
      if (!password)
        return unexpected(password.error());
      out.insert_or_assign(m.password_file, std::move(*password));
    }
    return out;
  }

  /// Once the sandbox is closed, the opener alone may open files.
  expected<milter::key_table, std::string> read_keys(
      const config::settings& settings) const {
    return read_signing_keys(settings,
                             [this](const fs::path& file)
                                 -> expected<crypto::private_key, std::string> {
                               if (opener_ == nullptr)
                                 return load_signing_key(file);
                               mode_t mode = 0;
                               auto text = opener_->read(
                                   file, config::largest_file, &mode);
                               if (!text)
                                 return unexpected(text.error());
                               return key_in(std::move(*text), mode, file);
                             });
  }

  result load_signing_keys() {
    auto keys = read_keys(settings_);
    if (!keys)
      return unexpected(keys.error());
    signing_keys_ = std::move(*keys);
    return {};
  }

  /// Keys of the start sign until the DNS contradicts them; those of a reload
  /// sign once it was asked, and only if it contradicts none.
  boost::asio::awaitable<void> compare_keys(milter::key_table keys,
                                            bool is_reload) {
    const std::uint64_t number = ++key_comparisons_;
    const std::size_t all = keys.all().size();
    key_findings found =
        co_await compare_with_records(keys, *upstream_->resolver, clock_);
    if (number != key_comparisons_)
      co_return;  // a later reload counts
    const bool is_whole = found.usable.size() == all;
    for (const std::string& sentence : found.sentences) {
      if (is_whole) {
        log::warning("{}", sentence);
      } else {
        log::error("{}", sentence);
      }
    }
    if (!is_whole && is_reload) {
      log::error("mail is signed with the keys of before");
      co_return;
    }
    milter_->use(milter::key_table(std::move(found.usable)));
  }

  /// The accounts that domains.report_accounts names.
  void name_report_accounts() {
    report_accounts_.clear();
    for (const std::string& login : current_.domains.report_accounts) {
      if (const auto account = account_of(login, current_.routes))
        report_accounts_.insert(*account);
    }
  }

  expected<pop3::proxy_settings, std::string> for_proxy(
      const config::settings& settings) {
    pop3::proxy_settings made = proxy_settings(settings);
    made.mail.spool.directory = spool();
    made.mail.spool.budget = &memory_;
    made.ahead.memory = &memory_;
    const std::string own = config::own_address(settings);
    made.mail.verdict.own = {
        .address = own,
        .is_ours_alone = config::is_ours_alone(own),
        .wrote = [key = labels_->mail_key()](const message::header_view& h) {
          return notify::is_own_mail(h, key);
        }};
    for (const auto& list : {bound_.pop3, bound_.pop3s, bound_.admin}) {
      auto& addresses = made.upstream.addresses.own;
      addresses.insert(addresses.end(), list.begin(), list.end());
    }
    if (!settings.users.templates.empty()) {
      auto texts = notify::texts::load(settings.users.templates);
      if (!texts)
        return unexpected("users.templates: " + texts.error());
      made.mail.texts = std::move(*texts);
    }
    made.mail.texts.set_contact(settings.users.contact);
    made.mail.texts.set_dashboard(settings.admin.url);
    return made;
  }

  // The listeners are told to the proxy, which refuses to connect to them, and
  // the proxy to the listeners: they are bound first and accept once the loop
  // runs.
  result listen_for_mail() {
    for (const bool tls : {false, true}) {
      auto made =
          listen(tls ? "pop3s" : "pop3", tls ? "listen.pop3s" : "listen.pop3",
                 tls ? settings_.listen.pop3s : settings_.listen.pop3,
                 settings_.limits.sessions, [this, tls](const net::endpoint&) {
                   return [this, tls](net::stream_ptr client) {
                     return proxy_->serve(std::move(client), tls);
                   };
                 });
      for (auto& l : made) {
        if (!l)
          return unexpected(l.error());
        (tls ? bound_.pop3s : bound_.pop3).push_back((*l)->local());
        mail_listeners_.push_back(std::move(*l));
      }
    }
    return {};
  }

  result listen_for_mtas() {
    for (const net::place& where : settings_.milter.listen) {
      const bool is_local = !where.path.empty();
      const auto serve_one = [this, is_local](net::stream_ptr mta) {
        return serve_mta(std::move(mta), is_local);
      };
      const std::size_t most = settings_.milter.connections;
      auto made = is_local
                      ? net::listener::bind(io_, where.path, most, serve_one)
                      : net::listener::bind(io_, where.at, most, serve_one);
      if (!made)
        return unexpected(made.error() + " (milter.listen)");
      bound_.milter.push_back(
          is_local ? where : net::place{.at = (*made)->local(), .path = {}});
      mail_listeners_.push_back(std::move(*made));
    }
    return {};
  }

  boost::asio::awaitable<void> serve_mta(net::stream_ptr mta, bool is_local) {
    const net::endpoint peer = mta->peer();
    const bool may_ask =
        is_local ||
        std::ranges::any_of(current_.milter.mtas, [&](const ip_network& n) {
          return n.contains(peer.address);
        });
    if (!may_ask) {
      log::warning(
          "a mail server at {} is turned away: it is not in "
          "milter.mtas",
          net::format(peer));
      co_return;
    }
    co_await milter_->serve(std::move(mta));
  }

  using made_listener = expected<std::unique_ptr<net::listener>, std::string>;

  /// On the sockets of that name which the service manager handed over; else on
  /// the addresses of that setting.
  std::vector<made_listener> listen(
      std::string_view name, std::string_view setting,
      const std::vector<net::endpoint>& where, std::size_t most,
      const std::function<net::listener::handler(const net::endpoint&)>&
          handler_for) {
    std::vector<made_listener> out;
    const std::vector<int> sockets = manager_.take(name);
    out.reserve(std::max(sockets.size(), where.size()));
    for (const int socket : sockets) {
      out.push_back(net::listener::adopt(
          io_, socket, most, handler_for(net::listener::address_of(socket))));
    }
    if (!sockets.empty()) {
      log::info("the service manager's sockets \"{}\" take the place of {}",
                name, setting);
      return out;
    }
    for (const net::endpoint& e : where) {
      made_listener l = net::listener::bind(io_, e, most, handler_for(e));
      if (!l) {
        l = unexpected(fmt::format("{} ({})", l.error(), setting));
      }
      out.push_back(std::move(l));
    }
    return out;
  }

  // Mail comes first: it is served whatever becomes of these.
  result listen_for_admin() {
    auto made =
        listen("dashboard", "admin.listen", settings_.admin.listen,
               settings_.admin.connections, [this](const net::endpoint& e) {
                 const admin::server_settings how{
                     .deadline = settings_.admin.deadline,
                     .tls = is_https(e) ? tls_.get() : nullptr,
                     .proxies = settings_.admin.proxies};
                 return [this, how](net::stream_ptr client) {
                   return admin::serve(std::move(client), pages_, how, clock_);
                 };
               });
    for (auto& l : made) {
      if (l) {
        bound_.admin.push_back((*l)->local());
        admin_listeners_.push_back(std::move(*l));
      } else {
        log::error("no dashboard and no /metrics there: {}", l.error());
      }
    }
    for (const std::string& name : manager_.left()) {
      log::warning(
          "a socket of the service manager is called {}, which is none of "
          "pop3, pop3s and dashboard: it is not used",
          log::quoted(name));
    }
    return {};
  }

  // The service manager may listen elsewhere than the settings say.
  result close_to_strangers() { return is_closed_to_strangers(settings_); }

  result is_closed_to_strangers(const config::settings& settings) const {
    for (const auto* list : {&bound_.pop3, &bound_.pop3s, &bound_.admin}) {
      if (const auto why = config::why_hosts_are_needed(settings, *list);
          !why.empty())
        return unexpected("upstream.hosts: " + why);
    }
    return {};
  }

  // All that is opened by its name only once is open, and no thread has begun.
  result give_up_rights() {
    if (!wants_sandbox()) {
      if (options_.demo_password.empty())
        log::warning("sandbox: off (sandbox.enabled)");
      return {};
    }
    // The history's file of an earlier version may be open to others, which
    // could not be changed later.
    ::chmod((options_.state / store::file_name).c_str(), 0600);
    rights_ = close_doors(
        {.written = {options_.state}, .read = readable_files(settings_)});
    log::info("sandbox: {}", describe(rights_));
    for (const std::string& sentence : rights_.missing)
      log::error("sandbox: NOT WHOLE: {}", sentence);
    return {};
  }

  result start_threads() {
    pool_.emplace(threads_of(settings_), clock_);
    history_ = open_history(settings_, options_.state, clock_, events_, io_);
    if (history_ == nullptr)
      return {};
    const auto is_known =
        store::take_over(options_.state / store::file_name, database_mark_);
    if (!is_known) {
      log::error("{}", is_known.error());
    } else if (!*is_known) {
      log::warning(
          "the database {} is not of this installation, or its label-secret "
          "was made anew: mails are judged by what was learned there, and "
          "label rules that mail clients got there are of no use (`mekiki "
          "rules`). To bring a whole installation over use `mekiki backup` and "
          "`mekiki restore`; to begin a new history stop the service and move "
          "the database away, with its -wal and -shm. From now on it counts as "
          "being of this one, and this is not said again",
          (options_.state / store::file_name).string());
    }
    return {};
  }

  /// `mail` is what holds at POP3.
  milter::settings for_milter(const config::settings& settings,
                              delivery::settings mail) const {
    mail.verdict.iprev = true;
    mail.verdict.providers.insert(mail.verdict.providers.begin(),
                                  {.upstream = mail.notify.authserv_id,
                                   .networks = settings.milter.relays});
    milter::policy policy = settings.milter.policy;
    // It stands in an SMTP reply.
    if (std::ranges::all_of(settings.users.contact, [](char c) {
          return c == ' ' || ascii::is_graph(c);
        }))
      policy.contact = settings.users.contact;
    return {.own_networks = settings.milter.sign_networks,
            .relays = settings.milter.relays,
            .mode = settings.milter.mode,
            .policy = std::move(policy),
            .failure_comes_again = settings.milter.failure_comes_again,
            .mail = std::move(mail)};
  }

  result make_proxy() {
    auto made = for_proxy(settings_);
    if (!made)
      return unexpected(made.error());
    milter::settings for_mtas = for_milter(settings_, made->mail);
    proxy_ = std::make_unique<pop3::proxy>(
        std::move(*made),
        pop3::proxy_services{
            .mail = {
                .verdict = {.resolver = *upstream_->resolver,
                            .keys = keys_,
                            .clock = clock_,
                            .history = history_.get(),
                            .watched = &watched_,
                            .start = beside(io_),
                            .pool = &*pool_,
                            .silent = &silent_},
                .history = history_.get(),
                .story = story_for(settings_),
                .labels =
                    [this](const std::string& account, std::int64_t now) {
                      return labels_->of(account, now);
                    },
                .word =
                    [this](const std::string& account) {
                      return labels_->word_of(account);
                    },
                .has_reports =
                    [this](const std::string& account, std::size_t octets) {
                      return reports_ && report_accounts_.contains(account) &&
                             reports_->has_room(account, octets);
                    },
                .look_for_reports =
                    [this](std::shared_ptr<message::spool> octets,
                           const verdict::judgement& v,
                           const std::string& account) {
                      beside(io_)(
                          reports_->keep_beside(std::move(octets), v, account));
                    }},
            .server_tls = tls_.get(),
            .upstream_side = *upstream_->tls,
            .seen_tls = upstream_->seen_tls,
            .hosts = upstream_->hosts});
    milter_.emplace(std::move(for_mtas), proxy_->desk());
    milter_->use(std::move(signing_keys_));
    return {};
  }

  /// Where our own authority's certificate is; empty: it is not in use.
  certificate_files own_authority() const {
    return current_.tls.certificate.empty() ? own_authority_
                                            : certificate_files();
  }

  admin::door_list doors() const {
    const auto ports = [](const std::vector<net::endpoint>& of) {
      std::vector<std::uint16_t> out;
      for (const net::endpoint& e : of)
        if (std::ranges::find(out, e.port) == out.end())
          out.push_back(e.port);
      return out;
    };
    admin::door_list out{.pop3 = ports(bound_.pop3),
                         .pop3s = ports(bound_.pop3s),
                         .ca_sha256 = own_authority().ca_sha256};
    for (const pop3::route& r : current_.routes)
      out.routes.push_back({.pattern = r.pattern, .host = r.host});
    return out;
  }

  std::optional<admin::incoming_door> door_for_clients() const {
    if (!bound_.pop3s.empty()) {
      return admin::incoming_door{.port = bound_.pop3s.front().port,
                                  .is_tls = true};
    }
    if (bound_.pop3.empty())
      return std::nullopt;
    return admin::incoming_door{.port = bound_.pop3.front().port,
                                .is_tls = false};
  }

  result make_pages() {
    domains_.emplace(
        current_, options_.state, *upstream_->resolver, clock_,
        [this](std::string domain) {
          return past_of(dashboard_ ? dashboard_->history() : nullptr, &clock_,
                         std::move(domain));
        },
        beside(io_));
    counted_.emplace(metric_sources{.proxy = proxy_->counts(),
                                    .mails = proxy_->desk().counts(),
                                    .lookups = *upstream_->lookups,
                                    .history = history_.get(),
                                    .tls = tls_.get(),
                                    .loop = &busy_,
                                    .pool = &*pool_,
                                    .memory = &memory_,
                                    .rights = &rights_,
                                    .milter = &milter_->counts(),
                                    .domains = &*domains_,
                                    .since = unix_seconds(clock_.now())});
    pages_.add("/metrics",
               admin::metrics_page(settings_.admin.metrics_for, [this] {
                 counted_->servers = last_sights();
                 return metrics(*counted_);
               }));
    pages_.add("/healthz",
               admin::health_page([this] { return look_at_health(); }));
    admin::add_setup_files(
        pages_, {.setups = [this]() -> const std::vector<admin::client_setup>& {
                   return current_.autoconfigs;
                 },
                 .door = [this] { return door_for_clients(); }});
    auto opened = dashboard::open(
        {.settings = settings_,
         .options = options_,
         .proxy = *proxy_,
         .labels = *labels_,
         .doors = [this] { return doors(); },
         .authority =
             [this] {
               constexpr std::size_t most = 64 << 10;
               return read_small_file(own_authority().ca, most).value_or("");
             },
         .history = history_.get(),
         .events = events_,
         .counted = *counted_,
         .health = [this] { return look_at_health(); },
         .domains = *domains_,
         .random = random_,
         .now = clock_});
    if (opened) {
      dashboard_ = std::move(*opened);
      dashboard_->add_pages(pages_);
      if (dashboard_->history() != nullptr)
        sights_.emplace(*dashboard_->history(), clock_);
    } else {
      log::error("there is no dashboard: {}", opened.error());
    }
    return {};
  }

  result start_background_work() {
    if (sights_)
      beside(io_)(sights_->run());
    if (manager_.watchdog() > std::chrono::microseconds::zero())
      beside(io_)(be_watched(&manager_));
    keeper_.emplace(current_, options_.state, clock_, *tls_);
    beside(io_)(renew_certificate(&*keeper_));
    beside(io_)(compare_keys(milter_->keys(), false));
    beside(io_)(watch_domains(&*domains_));
    if (history_ == nullptr)
      return {};
    reports_.emplace(current_, options_.state / store::file_name,
                     *upstream_->resolver, clock_);
    name_report_accounts();
    fetcher_.emplace(
        fetcher_services{.settings = current_,
                         .rules = [this]() -> const pop3::proxy_settings& {
                           return proxy_->settings();
                         },
                         .upstream = {.resolver = *upstream_->resolver,
                                      .tls = *upstream_->tls,
                                      .seen_tls = upstream_->seen_tls,
                                      .clock = clock_},
                         .hosts = upstream_->hosts,
                         .verdict = proxy_->desk().with().verdict,
                         .keeper = *reports_,
                         .clock = clock_});
    fetcher_->use(std::move(report_passwords_));
    counted_->fetcher = &*fetcher_;
    counted_->reports = &*reports_;
    beside(io_)(fetch_reports(&*fetcher_));
    beside(io_)(name_report_sources(&*reports_));
    beside(io_)(judge_again(history_.get(), [this] {
      return store::rejudge_services{.resolver = *upstream_->resolver,
                                     .keys = keys_,
                                     .now = clock_,
                                     .dkim = current_.verdict.dkim,
                                     .dmarc = current_.verdict.dmarc,
                                     .dns_budget = current_.verdict.dns_budget};
    }));
    if (sender_ != nullptr) {
      if (dashboard_ && dashboard_->history() != nullptr)
        sending_.emplace(current_, proxy_->desk().settings().texts,
                         *dashboard_->history(), *history_, *domains_, clock_);
      warnings_.emplace(settings_, proxy_->desk().settings().texts, *labels_,
                        *history_, *sender_, clock_,
                        dashboard_ ? dashboard_->history() : nullptr,
                        &*domains_, sending_ ? &*sending_ : nullptr);
      beside(io_)(warnings_->run());
    }
    return {};
  }

  result wait_for_signals() {
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    signals_.add(SIGHUP);
    wait_for_signal();
    // The parent process may have blocked them until they are handled.
    sigset_t handled;
    sigemptyset(&handled);
    sigaddset(&handled, SIGINT);
    sigaddset(&handled, SIGTERM);
    sigaddset(&handled, SIGHUP);
    pthread_sigmask(SIG_UNBLOCK, &handled, nullptr);
    return {};
  }

  void wait_for_signal() {
    signals_.async_wait([this](boost::system::error_code ec, int signal) {
      if (ec)
        return;
      wait_for_signal();
      if (signal == SIGHUP) {
        reload();
      } else {
        stop();
      }
    });
  }

  /// Reads settings and certificates again: all of them hold from now on, or
  /// none.
  void reload() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    manager_.tell(
        fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                    std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000));
    const auto done = read_again();
    if (done) {
      log::info("reloaded");
    } else {
      std::string_view lines = done.error();
      while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        log::error("{}", lines.substr(0, end));
        lines.remove_prefix(std::min(end + 1, lines.size()));
      }
      log::error("not reloaded: everything is as it was");
    }
    manager_.tell(done ? "READY=1\nSTATUS=Reloaded"
                       : "READY=1\nSTATUS=Not reloaded, see the log");
    manager_.answer_reload(done ? std::string_view() : done.error());
  }

  result read_again() {
    std::string source;
    config::loaded given{.settings = current_, .warnings = {}, .lines = {}};
    if (!options_.settings_file.empty()) {
      auto text = read(options_.settings_file);
      if (!text)
        return unexpected(text.error());
      source = std::move(*text);
      // As it is while an editor writes it.
      if (source.empty() && !source_.empty()) {
        return unexpected(fmt::format(
            "{} is empty; if that is meant, a restart takes all settings back "
            "to their defaults",
            options_.settings_file.string()));
      }
      auto loaded = config::load_text(source, options_.settings_file);
      if (!loaded)
        return unexpected(loaded.error());
      given = std::move(*loaded);
    }
    if (opener_ != nullptr) {
      const auto closed =
          settings_that_need_a_restart(settings_, given.settings);
      if (!closed.empty()) {
        return unexpected(fmt::format(
            "restart needed: {} name{} what is closed to the "
            "running program (docs/security.md)",
            fmt::join(closed, ", "), closed.size() == 1 ? "s" : ""));
      }
    }
    config::reloaded next = config::reload(settings_, given.settings);
    // The listeners stay those of the start.
    if (const auto closed = is_closed_to_strangers(next.settings); !closed)
      return closed;
    auto for_sessions = for_proxy(next.settings);
    if (!for_sessions)
      return unexpected(for_sessions.error());
    auto to_servers = read_authorities(next.settings);
    if (!to_servers)
      return unexpected(to_servers.error());
    auto to_clients = read_certificate(next.settings);
    if (!to_clients)
      return unexpected(to_clients.error());

    auto passwords = read_passwords(next.settings);
    if (!passwords)
      return unexpected(passwords.error());

    auto keys = read_keys(next.settings);
    if (!keys)
      return unexpected(keys.error());

    // Nothing can fail from here on.
    tls_->take_from(**to_clients);
    upstream_->tls->take_from(**to_servers);
    log::set_level(next.settings.log.level);
    current_ = std::move(next.settings);
    name_report_accounts();
    beside(io_)(compare_keys(std::move(*keys), true));
    if (fetcher_)
      fetcher_->use(std::move(*passwords));
    for (const config::problem& warning : given.warnings)
      log::warning("{}", format(warning, options_.settings_file.string()));
    for (const std::string& name : next.waiting)
      log::warning("{} is changed: that takes effect at a restart", name);
    // What sessions began with is kept for them, so an unchanged file must not
    // add to it.
    if (source == source_ && current_.users.templates.empty())
      return {};
    source_ = source;
    milter_->use(for_milter(current_, for_sessions->mail));
    proxy_->use(std::move(*for_sessions));
    if (dashboard_)
      dashboard_->use(current_, given.lines);
    return {};
  }

  /// The settings file, whose readability is `config::load`'s affair.
  std::string read_source() const {
    auto text = read_small_file(options_.settings_file, config::largest_file);
    return text ? std::move(*text) : std::string();
  }

  result announce() {
    for (const auto& e : bound_.admin) {
      log::info("listening on {} (admin)", net::format(e));
    }
    if (!bound_.admin.empty() && dashboard_ &&
        !dashboard_->setup_path().empty()) {
      const net::endpoint& e = bound_.admin.front();
      log::warning(
          "the dashboard has no password yet; set it here, the link works "
          "once: {}://{}{}",
          is_https(e) ? "https" : "http", for_browsers(e),
          dashboard_->setup_path());
    }
    for (const auto& e : bound_.pop3) {
      log::info("listening on {} (pop3)", net::format(e));
    }
    for (const auto& e : bound_.pop3s) {
      log::info("listening on {} (pop3s)", net::format(e));
    }
    for (const auto& e : bound_.milter) {
      log::info("listening on {} (milter)", net::format(e));
    }
    manager_.tell("READY=1\nSTATUS=Serving");
    if (options_.ready) {
      options_.ready(bound_,
                     [this] { boost::asio::post(io_, [this] { stop(); }); });
    }
    return {};
  }

  /// All addresses ("0.0.0.0") are none that a browser could go to.
  std::string for_browsers(const net::endpoint& e) const {
    if (e.address != ip_address() && e.address != ip_address::v6({}))
      return net::format(e);
    const auto& names = settings_.admin.names;
    return fmt::format("{}:{}", names.empty() ? "localhost" : names.front(),
                       e.port);
  }

  /// Until the listeners are stopped and their sessions have ended.
  void run_loop() {
    watchdog dog(
        settings_.limits.hang,
        {.now = clock_,
         .pool = *pool_,
         .ask_loop =
             [this](std::function<void()> answer) {
               boost::asio::post(io_, std::move(answer));
             },
         .last_work = [this] { return proxy_->desk().last_work(); },
         .warn = [](std::string_view text) { log::warning("{}", text); },
         .end = end_at_once});
    dog.start();
    busy_.turn();
    // Not run(): the resolver waits for the network as long as it lives.
    while (!stopped_ || has_sessions() || (fetcher_ && fetcher_->is_busy())) {
      io_.run_one();
      busy_.turn();
    }
  }

  /// No more clients. Sessions that are at an answer may end it; then, or at
  /// the second call, all are cancelled and the loop is left.
  void stop() {
    for (auto& l : admin_listeners_) l->stop();
    if (std::exchange(drains_, true)) {
      end_sessions();
      return;
    }
    manager_.tell("STOPPING=1");
    for (auto& l : mail_listeners_) l->close();
    if (fetcher_)
      fetcher_->stop();
    proxy_->drain();
    beside(io_)(drain());
  }

  boost::asio::awaitable<void> drain() {
    constexpr std::chrono::milliseconds pause{50};
    const steady_point until = clock_.steady() + current_.limits.drain;
    if (proxy_->busy() > 0)
      log::info("stopping, once {} sessions have their answers",
                proxy_->busy());
    const auto keeps_reports = [this] {
      return reports_ && reports_->is_busy();
    };
    while ((proxy_->busy() + milter_->busy() > 0 || keeps_reports()) &&
           clock_.steady() < until && !stopped_)
      co_await net::sleep(pause);
    end_sessions();
  }

  void end_sessions() {
    for (auto& l : mail_listeners_) l->stop();
    if (reports_)
      reports_->stop();
    stopped_ = true;
  }

  bool has_sessions() const {
    const auto has = [](const auto& l) { return l->sessions() > 0; };
    return std::ranges::any_of(mail_listeners_, has) ||
           std::ranges::any_of(admin_listeners_, has);
  }

  bool is_https(const net::endpoint& e) const {
    return !net::is_loopback(e.address) && !settings_.admin.clear;
  }

  const std::vector<store::server_sight>* last_sights() const {
    return sights_ && sights_->last() ? &*sights_->last() : nullptr;
  }

  boost::asio::awaitable<std::vector<admin::health_item>> look_at_health() {
    std::optional<std::vector<store::server_sight>> servers;
    if (sights_)
      servers = co_await sights_->look();
    std::error_code error;
    const fs::space_info room = fs::space(options_.state, error);
    const health_facts f{
        .lookups = *upstream_->lookups,
        .history = history_.get(),
        .servers = servers ? &*servers : nullptr,
        .over_budget = proxy_->desk().accounts_over_budget(),
        .free_octets = error ? std::nullopt : std::optional(room.available),
        .certificate = tls_->valid_until(),
        .addon = dashboard_ ? dashboard_->addon_seen() : std::nullopt,
        .knows_addons = dashboard_ != nullptr,
        .domains = health_of(*domains_, unix_seconds(clock_.now())),
        .reports = fetcher_ ? health_of(*fetcher_) : report_health()};
    co_return health_items(f, clock_.steady(), unix_seconds(clock_.now()));
  }

  fs::path spool() const { return options_.state / "spool"; }

  const config::settings& settings_;  // those of the start
  const serve_options& options_;
  config::settings current_;  // with what a reload changed
  std::string source_;        // the settings file as it was read
  service_manager manager_ = service_manager::from_environment();
  const system_clock clock_;
  state_lock lock_;
  std::unique_ptr<file_opener> opener_;  // null: files are opened
  sandbox_state rights_;
  boost::asio::io_context io_{1};
  std::optional<upstream_parts> upstream_;
  std::unique_ptr<net::tls_context> tls_;
  system_random random_;
  std::optional<label_book> labels_;
  std::string database_mark_;
  admin::event_hub events_;
  std::unique_ptr<store::store> history_;  // null: it could not be opened
  std::unique_ptr<mail_sender> sender_;    // null: no mail is sent
  dkim::key_cache keys_;
  verdict::silent_signers silent_;
  const verdict::correspondents watched_{settings_.verdict.watched};
  memory_budget memory_{settings_.limits.memory};
  // Outlive the listeners, whose sessions use them.
  std::unique_ptr<pop3::proxy> proxy_;
  std::optional<milter::server> milter_;
  milter::key_table signing_keys_;  // until the milter has them
  std::uint64_t key_comparisons_ = 0;
  std::optional<domain_watch> domains_;
  std::unique_ptr<dashboard> dashboard_;
  // Goes before all that its jobs touch, and before the loop.
  std::optional<compute_pool> pool_;
  admin::router pages_{settings_.admin.names};
  std::vector<std::unique_ptr<net::listener>> mail_listeners_;
  std::vector<std::unique_ptr<net::listener>> admin_listeners_;
  bound_ports bound_;
  certificate_files own_authority_;  // since it was last in use
  loop_busy busy_;
  std::optional<metric_sources> counted_;
  std::optional<sight_watch> sights_;     // nothing: there is no history
  std::optional<sending_watch> sending_;  // nothing: there is no history
  std::optional<warning_sender> warnings_;
  std::optional<certificate_keeper> keeper_;
  report_fetcher::passwords report_passwords_;  // until the fetcher has them
  std::set<std::string> report_accounts_;       // pop3::account_id
  std::optional<report_keeper> reports_;        // nothing: there is no history
  std::optional<report_fetcher> fetcher_;
  bool drains_ = false;
  bool stopped_ = false;
  boost::asio::signal_set signals_{io_};
};

}  // namespace

int serve(const config::settings& settings, const serve_options& options) {
  return proxy_daemon(settings, options).run();
}

}  // namespace mekiki::daemon
