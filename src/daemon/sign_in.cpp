#include "daemon/sign_in.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <variant>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/log.hpp"
#include "crypto/password.hpp"
#include "daemon/state.hpp"
#include "net/sleep.hpp"
#include "pop3/codec.hpp"
#include "pop3/upstream.hpp"

namespace mekiki::daemon {

namespace asio = boost::asio;
namespace fs = std::filesystem;

using admin::denial;

namespace {

constexpr std::chrono::seconds longest_wait{10};   // for a turn
constexpr std::chrono::seconds longest_login{10};  // at a mailbox' server
constexpr std::chrono::seconds hashing_deadline{10};
constexpr std::chrono::seconds first_delay{1};
constexpr std::size_t token_octets = 16;

denial refused(std::string text) {
  return {.status = 403, .code = "refused", .text = std::move(text)};
}

denial too_many(std::chrono::seconds again) {
  return {.status = 429,
          .code = "too-many",
          .text = "Too many attempts. Please wait a little.",
          .again = again};
}

/// "-ERR [CODE] text" of a server or of ours, as a sentence.
std::string sentence_of(const std::string& status_line) {
  const auto status = pop3::parse_status(status_line);
  return status ? std::string(status->text) : status_line;
}

/// Who guesses from one address of a network has all of them.
std::string of_network(const ip_address& client) {
  return format(network_of_client(client));
}

/// A login that is being tried, while it is.
class counted {
 public:
  counted(std::map<std::string, std::size_t>& all, std::string client)
      : all_(all), client_(std::move(client)) {
    ++all_[client_];
  }
  ~counted() {
    const auto at = all_.find(client_);
    if (--at->second == 0)
      all_.erase(at);
  }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;

 private:
  std::map<std::string, std::size_t>& all_;
  std::string client_;
};

}  // namespace

sign_in::sign_in(fs::path file, pop3::proxy& proxy, const clock& clock)
    : file_(std::move(file)), proxy_(proxy), by_client_(first_delay, clock) {}

sign_in::seen_file sign_in::look() const {
  struct stat info {};
  if (::stat(file_.c_str(), &info) != 0)
    return {};
  return {.inode = info.st_ino,
          .changed = std::int64_t{info.st_ctim.tv_sec} * 1'000'000'000 +
                     info.st_ctim.tv_nsec};
}

expected<std::unique_ptr<sign_in>, std::string> sign_in::open(
    const fs::path& state, pop3::proxy& proxy, random_source& random,
    const clock& clock) {
  std::unique_ptr<sign_in> made(
      new sign_in(state / "admin-password", proxy, clock));
  made->seen_ = made->look();
  std::error_code error;
  if (!fs::exists(made->file_, error)) {
    made->token_ = random_hex(random, token_octets);
    return made;
  }
  auto all = read_administrators(made->file_);
  if (!all)
    return unexpected(all.error());
  made->all_ = std::move(*all);
  if (!made->all_.has_any()) {
    return unexpected(fmt::format(
        "{} does not hold the hash of a password; `mekiki passwd` sets a new "
        "one",
        made->file_.string()));
  }
  return made;
}

bool sign_in::password_has_changed() {
  const seen_file now = look();
  if (now == seen_ || now == seen_file{})
    return false;
  auto all = read_administrators(file_);
  if (!all || !all->has_any())
    return false;
  seen_ = now;
  if (format(*all) == format(all_))  // set_password wrote it
    return false;
  all_ = std::move(*all);
  token_.clear();
  log::info("admin: an administrator's password was changed");
  return true;
}

void sign_in::set_password_now(const secret& password) {
  all_.hash = crypto::hash_password(password);
  token_.clear();
}

/// A client that was refused before has to wait; if the wait would be too long,
/// the answer says when to come again.
asio::awaitable<expected<void, denial>> sign_in::wait_turn(pop3::throttle& of,
                                                           std::string key) {
  const auto wait = of.attempt(key);
  if (wait > longest_wait) {
    co_return unexpected(
        too_many(std::chrono::ceil<std::chrono::seconds>(wait)));
  }
  if (wait > net::duration::zero())
    co_await net::sleep(wait);
  co_return expected<void, denial>();
}

sign_in::answer<void> sign_in::set_password(std::string token, secret password,
                                            ip_address client) {
  const std::string key = fmt::format("{} setup", of_network(client));
  auto turn = co_await wait_turn(by_client_, key);
  if (!turn)
    co_return unexpected(turn.error());
  if (token_.empty() || token != token_) {
    by_client_.failed(key);
    co_return unexpected(
        refused("This link was used already, or belongs to an earlier start."));
  }
  const std::size_t length = password.reveal().size();
  if (length < shortest_password || length > longest_password) {
    co_return unexpected(
        denial{.status = 400,
               .code = "bad-request",
               .text = fmt::format("A password has from {} to {} octets.",
                                   shortest_password, longest_password)});
  }
  const auto kept = std::make_shared<secret>(std::move(password));
  std::function<std::string()> work = [kept] {
    return crypto::hash_password(*kept);
  };
  std::string hash = co_await store::answer_in_time(hashing_, std::move(work),
                                                    hashing_deadline);
  if (hash.empty() || token != token_)
    co_return unexpected(too_many(hashing_deadline));
  administrators all;
  all.hash = std::move(hash);
  if (auto written = write_private_file(file_, format(all), existing::replace);
      !written) {
    co_return unexpected(
        denial{.status = 409, .code = "conflict", .text = written.error()});
  }
  all_ = std::move(all);
  token_.clear();
  log::info("admin: the administrator's password was set");
  co_return expected<void, denial>();
}

sign_in::answer<void> sign_in::administrator(std::string name, secret password,
                                             ip_address client) {
  if (!all_.has_any()) {
    co_return unexpected(
        refused("There is no password yet: use the link that was printed when "
                "Mekiki was started."));
  }
  const std::string key = fmt::format("{} administrator", of_network(client));
  auto turn = co_await wait_turn(by_client_, key);
  if (!turn)
    co_return unexpected(turn.error());
  const auto kept = std::make_shared<secret>(std::move(password));
  // Whether there is such a name is not to be told by the time it takes.
  const std::string* hash = all_.find(name);
  const bool is_known = hash != nullptr;
  if (!is_known)
    hash = all_.hash.empty() ? &all_.named.begin()->second : &all_.hash;
  std::function<int()> work = [kept, hash = *hash, is_known] {
    return crypto::is_password(hash, *kept) && is_known ? 1 : -1;
  };
  const int answer = co_await store::answer_in_time(hashing_, std::move(work),
                                                    hashing_deadline);
  if (answer == 0)
    co_return unexpected(too_many(hashing_deadline));
  if (answer < 0) {
    by_client_.failed(key);
    log::warning("admin: a wrong password came from {}", format(client));
    co_return unexpected(refused("That is not the password."));
  }
  by_client_.succeeded(key);
  co_return expected<void, denial>();
}

// -------------------------------------------------------------- mailboxes

sign_in::answer<std::string> sign_in::log_in(const pop3::target& where,
                                             const pop3::credentials& who) {
  const auto in = co_await proxy_.login().check(where, who);
  if (!in) {
    denial why = refused(sentence_of(in.error().status));
    // The statuses by which `mailbox` tells what happened.
    switch (in.error().kind) {
      case pop3::refusal_kind::credentials:
        break;
      case pop3::refusal_kind::busy:
        why.status = 409;
        break;
      case pop3::refusal_kind::client_left:
      case pop3::refusal_kind::other:
        why.status = 502;
        break;
    }
    co_return unexpected(std::move(why));
  }
  co_return pop3::account_id(where);
}

/// One way after the other, until a server answers.
sign_in::answer<std::string> sign_in::log_in_by(std::vector<pop3::target> ways,
                                                pop3::credentials who) {
  expected<std::string, denial> answer = unexpected(refused(""));
  const pop3::target* before = nullptr;
  std::string first_reason;
  for (const pop3::target& where : ways) {
    const bool is_again = before != nullptr && before->port == where.port &&
                          before->with == where.with;
    if (is_again)
      continue;
    before = &where;
    answer = co_await log_in(where, who);
    if (answer || answer.error().status != 502)
      break;
    if (first_reason.empty())
      first_reason = answer.error().text;
  }
  if (answer || answer.error().status != 502)
    co_return answer;
  denial why = answer.error();
  why.text = std::move(first_reason);
  co_return unexpected(std::move(why));
}

bool sign_in::is_crowded(const std::string& network) const {
  std::size_t all = 0;
  for (const auto& [client, logins] : logins_) all += logins;
  const auto at = logins_.find(network);
  return all >= most_logins ||
         (at != logins_.end() && at->second >= most_logins_of_client);
}

/// The ways a mail client could come by, the safest first: which one this
/// mailbox needs is not known here.
sign_in::answer<std::string> sign_in::mailbox(std::string login,
                                              secret password,
                                              ip_address client) {
  using pop3::client_leg;
  const std::string network = of_network(client);
  if (is_crowded(network))
    co_return unexpected(too_many(longest_login));
  const counted now(logins_, network);

  std::vector<pop3::target> ways;
  std::string account;
  for (const auto l :
       {client_leg::stls, client_leg::implicit_tls, client_leg::clear}) {
    auto where = pop3::find_target(login, l, proxy_.settings().routes);
    if (!where) {
      co_return unexpected(
          denial{.status = 400, .code = "bad-request", .text = where.error()});
    }
    account = pop3::account_id(*where);
    ways.push_back(std::move(*where));
  }
  const std::string both = fmt::format("{} {}", network, account);
  const std::string any = fmt::format("{} mailbox", network);
  auto turn = co_await wait_turn(proxy_.failures(), both);
  if (!turn)
    co_return unexpected(turn.error());
  turn = co_await wait_turn(by_client_, any);
  if (!turn)
    co_return unexpected(turn.error());

  pop3::credentials who;
  who.client = network;
  who.login = std::move(login);
  who.secret = std::move(password);
  using asio::experimental::awaitable_operators::operator||;
  auto first = co_await (log_in_by(std::move(ways), std::move(who)) ||
                         net::sleep(longest_login));
  if (first.index() != 0)
    co_return unexpected(refused("The mail server did not answer in time."));
  expected<std::string, denial> answer = std::get<0>(std::move(first));
  if (answer) {
    proxy_.failures().succeeded(both);
    by_client_.succeeded(any);
    log::info("admin: {} signed in", log::quoted(account));
    co_return answer;
  }
  if (answer.error().status != 403)
    co_return unexpected(refused(answer.error().text));
  proxy_.failures().failed(both);
  by_client_.failed(any);
  co_return answer;
}

}  // namespace mekiki::daemon
