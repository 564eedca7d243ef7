#include "dns/unbound_resolver.hpp"

#include <algorithm>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string_view>
#include <tuple>
#include <unbound.h>
#include <unistd.h>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sys/mman.h>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "dns/name.hpp"
#include "dns/rdata.hpp"
#include "dns/system_files.hpp"

namespace mekiki::dns {

namespace asio = boost::asio;

namespace {

// RFC 9718: the root's key signing keys of 2017 and 2024.
constexpr const char* root_anchors[] = {
    ". DS 20326 8 2 "
    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    ". DS 38696 8 2 "
    "683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16"};

answer_ptr make_failure(status s, std::string detail = {}) {
  answer a;
  a.status = s;
  a.detail = std::move(detail);
  return std::make_shared<const answer>(std::move(a));
}

// libunbound reads names as zone files write them.
std::string escape(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (ascii::is_alnum(c) || c == '-' || c == '_' || c == '.') {
      out += c;
    } else {
      out += fmt::format("\\{:03}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

struct context_deleter {
  void operator()(ub_ctx* context) const { ub_ctx_delete(context); }
};
using context_ptr = std::unique_ptr<ub_ctx, context_deleter>;

// ---- set-up

// Collects the first thing that went wrong.
class set_up {
 public:
  void check(int result, std::string_view what) {
    if (result != 0 && problem_.empty()) {
      problem_ = fmt::format("DNS: {}: {}", what, ub_strerror(result));
    }
  }
  void option(ub_ctx* context, const char* name, const char* value) {
    check(ub_ctx_set_option(context, name, value), name);
  }
  const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
};

resolv_conf read_servers(const unbound_options& options) {
  return options.read ? parse_resolv_conf(options.read(options.resolv_conf))
                      : read_resolv_conf(options.resolv_conf);
}

// What libunbound opens itself. Where that is not allowed it gets a file
// without a name, which is there as long as this.
class openable {
 public:
  openable(const std::filesystem::path& file, const unbound_options& options)
      : given_(file.string()), name_(given_) {
    if (!options.read)
      return;
    const std::string text = options.read(file);
    is_empty_ = text.empty();
    copy_ = ::memfd_create("copy", MFD_CLOEXEC);
    is_whole_ = copy_ >= 0 && ::write(copy_, text.data(), text.size()) ==
                                  static_cast<ssize_t>(text.size());
    name_ = fmt::format("/proc/self/fd/{}", copy_);
  }
  ~openable() {
    if (copy_ >= 0)
      ::close(copy_);
  }
  openable(const openable&) = delete;
  openable& operator=(const openable&) = delete;

  const std::string& given_name() const { return given_; }
  /// Known only where it is a copy.
  bool is_empty() const { return is_empty_; }
  /// `take` is a function of libunbound.
  int give_to(int (*take)(ub_ctx*, const char*), ub_ctx* context) const {
    return is_whole_ ? take(context, name_.c_str()) : UB_READFILE;
  }

 private:
  const std::string given_;
  std::string name_;
  int copy_ = -1;
  bool is_empty_ = false;
  bool is_whole_ = true;
};

void set_hosts(ub_ctx* context, const unbound_options& options, set_up& steps) {
  if (!std::filesystem::exists(options.hosts))
    return;
  const openable file(options.hosts, options);
  steps.check(file.give_to(ub_ctx_hosts, context), file.given_name());
}

void set_servers(ub_ctx* context, const unbound_options& options,
                 set_up& steps) {
  for (const std::string& server : options.resolvers) {
    steps.check(ub_ctx_set_fwd(context, server.c_str()),
                fmt::format("resolver {}", server));
  }
  if (options.resolvers.empty()) {
    // Without any libunbound asks the root servers. One that it cannot use
    // leaves the others.
    for (const std::string& server : read_servers(options).servers)
      static_cast<void>(ub_ctx_set_fwd(context, server.c_str()));
  }
  for (const stub_zone& stub : options.stubs) {
    steps.check(
        ub_ctx_set_stub(context, stub.zone.c_str(), stub.server.c_str(), 0),
        fmt::format("zone {} at {}", stub.zone, stub.server));
  }
  set_hosts(context, options, steps);
}

/// The files in `anchors` are read when the set-up ends.
void set_validation(ub_ctx* context, const unbound_options& options,
                    const std::list<openable>& anchors, set_up& steps) {
  if (options.validation == dnssec::off) {
    steps.option(context, "module-config:", "iterator");
    return;
  }
  if (options.validation == dnssec::opportunistic) {
    steps.option(context, "harden-dnssec-stripped:", "no");
  }
  for (const std::string& anchor : options.trust_anchors) {
    steps.check(ub_ctx_add_ta(context, anchor.c_str()),
                fmt::format("trust anchor {}", anchor));
  }
  for (const openable& file : anchors) {
    // Without any anchor nothing would be validated.
    steps.check(file.is_empty() ? UB_READFILE
                                : file.give_to(ub_ctx_add_ta_file, context),
                fmt::format("trust anchor file {}", file.given_name()));
  }
  if (options.trust_anchors.empty() && options.trust_anchor_files.empty()) {
    for (const char* anchor : root_anchors) {
      steps.check(ub_ctx_add_ta(context, anchor), "the root's trust anchors");
    }
  }
}

expected<context_ptr, std::string> make_context(
    const unbound_options& options) {
  context_ptr context(ub_ctx_create());
  ub_ctx* c = context.get();
  if (c == nullptr)
    return unexpected(std::string("DNS: out of memory"));
  set_up steps;
  steps.check(ub_ctx_debugout(c, nullptr), "log");
  // A worker in a thread of its own.
  steps.check(ub_ctx_async(c, 1), "thread");
  // The library's defaults are for programs with few questions.
  steps.option(c, "outgoing-range:", "256");
  steps.option(c, "outgoing-num-tcp:", "32");
  // Local resolvers may be asked, and may know the names of the local net.
  steps.option(c, "do-not-query-localhost:", "no");
  steps.option(c, "unblock-lan-zones:", "yes");
  steps.option(c, "insecure-lan-zones:", "yes");
  // A resolver that does not answer may wait for name servers that somebody
  // chose, which says nothing of itself: its time-outs are not remembered. Else
  // some dozen questions about a name whose servers are silent would make it
  // count as dead, for every other name too. (A small infra-cache-max-rtt does
  // the opposite: whatever reaches it is dead. Measured with 1.17.)
  steps.option(c, "infra-host-ttl:", "0");
  steps.option(c, "infra-keep-probing:", "yes");
  set_servers(c, options, steps);
  std::list<openable> anchors;
  for (const std::filesystem::path& file : options.trust_anchor_files)
    anchors.emplace_back(file, options);
  set_validation(c, options, anchors, steps);
  // Has to come last: it ends the set-up, and reads what was only noted.
  steps.check(ub_ctx_zone_add(c, "test.", "transparent"),
              "the trust anchors or zones cannot be used");
  if (!steps.problem().empty())
    return unexpected(steps.problem());
  return context;
}

/// The list belongs to the servers that stand in the same file.
search_list search_of(const unbound_options& options) {
  if (!options.resolvers.empty())
    return {};
  return read_servers(options).search;
}

// ---- answers

answer_ptr make_answer(record_type type, int error, const ub_result* result) {
  if (error != 0 || result == nullptr) {
    return make_failure(status::servfail, ub_strerror(error));
  }
  // First, since a bogus result carries the forged data all the same.
  if (result->bogus != 0) {
    return make_failure(status::bogus,
                        result->why_bogus != nullptr ? result->why_bogus : "");
  }
  answer a;
  a.authentic = result->secure != 0;
  a.ttl = std::chrono::seconds(std::max(result->ttl, 0));
  if (result->nxdomain != 0) {
    a.status = status::nxdomain;
  } else if (result->rcode != 0) {
    return make_failure(status::servfail,
                        fmt::format("response code {}", result->rcode));
  } else if (result->havedata == 0) {
    a.status = status::no_data;
  } else {
    a.status = status::success;
    bool any = false;
    for (int i = 0; result->data[i] != nullptr; ++i) {
      const std::string_view rdata(result->data[i],
                                   static_cast<std::size_t>(result->len[i]));
      any = add_rdata(type, rdata, a) || any;
    }
    if (!any)
      return make_failure(status::servfail, "malformed records");
  }
  return std::make_shared<const answer>(std::move(a));
}

// ---- the resolver

class unbound_resolver;

// One context of libunbound. Replaced as a whole, since its servers cannot be
// changed once it has been asked; lives as long as questions to it do. Never
// let go within one of its own callbacks.
struct engine {
  engine(asio::io_context& io, context_ptr made)
      : context(std::move(made)), worker(io, ub_fd(context.get())) {}
  ~engine() { worker.release(); }
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  context_ptr context;
  asio::posix::stream_descriptor worker;  // libunbound's: released, not closed
  bool waiting = false;                   // for `worker`
  std::size_t in_flight = 0;
};
using engine_ptr = std::shared_ptr<engine>;

// A question in flight. Its timer is the deadline, and what the coroutines
// that want the answer wait on: it is cancelled when the answer is there.
struct pending {
  pending(asio::io_context& io, unbound_resolver& by, engine_ptr to, question q)
      : owner(by), asks(std::move(to)), asked(std::move(q)), timer(io) {}

  unbound_resolver& owner;
  const engine_ptr asks;
  const question asked;
  steady_point began;
  asio::steady_timer timer;
  answer_ptr answer;
  int id = 0;                        // libunbound's
  std::uint64_t answers_before = 0;  // unbound_resolver::answers_
};
using pending_ptr = std::shared_ptr<pending>;

class unbound_resolver final : public resolver {
 public:
  unbound_resolver(asio::io_context& io, const unbound_options& options,
                   const clock& clock, context_ptr context)
      : io_(io),
        options_(options),
        clock_(clock),
        cache_(options.cache, clock),
        resolv_conf_(options.resolv_conf),
        hosts_(options.hosts),
        engine_(std::make_shared<engine>(io, std::move(context))),
        search_(search_of(options)),
        looked_(clock.steady()),
        begun_(looked_) {}
  ~unbound_resolver() override;
  unbound_resolver(const unbound_resolver&) = delete;
  unbound_resolver& operator=(const unbound_resolver&) = delete;

  void prefetch(const question& q) override;
  asio::awaitable<answer_ptr> resolve(question q) override;
  search_list search() const override { return search_; }

 private:
  // The answer if it is there at once, else the question in flight.
  struct started {
    answer_ptr answer;
    pending_ptr waiting;
  };
  started start(const question& q);
  static void on_result(void* data, int error, ub_result* result) noexcept;
  void finish(const pending_ptr& p, answer_ptr a);
  void give_up(const pending_ptr& p, answer_ptr a);
  void wait_for_worker(engine_ptr e);
  void keep_up();
  void begin_anew(std::string_view why);

  asio::io_context& io_;
  const unbound_options options_;
  const clock& clock_;
  answer_cache cache_;
  watched_file resolv_conf_;
  watched_file hosts_;
  engine_ptr engine_;
  search_list search_;
  steady_point looked_;  // at the files
  steady_point begun_;   // `engine_`
  int failures_ = 0;     // in a row
  std::uint64_t answers_ = 0;
  std::map<question, pending_ptr> in_flight_;
  // Handlers that run when the resolver is gone see that this is.
  std::shared_ptr<unbound_resolver> alive_{this, [](unbound_resolver*) {}};
};

unbound_resolver::~unbound_resolver() {
  while (!in_flight_.empty()) {
    const pending_ptr p = in_flight_.begin()->second;  // which goes from there
    give_up(p, make_failure(status::servfail, "the resolver is going away"));
  }
}

/// Another network has other servers and other names.
void unbound_resolver::keep_up() {
  constexpr std::chrono::seconds between_looks{1};
  constexpr std::chrono::seconds between_beginnings{10};
  constexpr int most_failures = 4;
  const steady_point now = clock_.steady();
  if (now - looked_ >= between_looks) {
    looked_ = now;
    const bool other_servers =
        resolv_conf_.has_changed() && options_.resolvers.empty();
    const bool other_hosts = hosts_.has_changed();
    if (other_servers || other_hosts) {
      const std::filesystem::path& file =
          other_servers ? options_.resolv_conf : options_.hosts;
      cache_.clear();
      begin_anew(fmt::format("{} has changed", file.string()));
      return;
    }
  }
  if (failures_ >= most_failures && now - begun_ >= between_beginnings)
    begin_anew("the DNS does not answer");
}

/// What is in flight ends with the engine that it was begun with.
void unbound_resolver::begin_anew(std::string_view why) {
  failures_ = 0;
  begun_ = clock_.steady();
  auto context = make_context(options_);
  if (!context) {
    log::warning("{}, but is not used: {}", why, context.error());
    return;
  }
  log::info("{}: the DNS is asked anew", why);
  engine_ = std::make_shared<engine>(io_, std::move(*context));
  search_ = search_of(options_);
}

void unbound_resolver::prefetch(const question& q) { start(q); }

asio::awaitable<answer_ptr> unbound_resolver::resolve(question q) {
  const started s = start(q);
  if (s.answer != nullptr)
    co_return s.answer;
  // From here on only `s` is used: the resolver may be gone afterwards.
  std::ignore =
      co_await s.waiting->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (s.waiting->answer != nullptr)
    co_return s.waiting->answer;
  co_return make_failure(status::servfail, "cancelled");
}

unbound_resolver::started unbound_resolver::start(const question& q) {
  if (!is_normalized(q.name))
    return {make_failure(status::malformed), {}};
  keep_up();
  if (answer_ptr cached = cache_.find(q); cached != nullptr) {
    return {std::move(cached), {}};
  }
  if (const auto found = in_flight_.find(q); found != in_flight_.end()) {
    return {nullptr, found->second};
  }
  if (in_flight_.size() >= options_.max_in_flight) {
    return {make_failure(status::servfail, "too many DNS questions at once"),
            {}};
  }
  const auto p = std::make_shared<pending>(io_, *this, engine_, q);
  const int error = ub_resolve_async(
      engine_->context.get(), escape(q.name).c_str(), static_cast<int>(q.type),
      1 /* IN */, p.get(), &unbound_resolver::on_result, &p->id);
  if (error != 0) {
    return {make_failure(status::servfail, ub_strerror(error)), {}};
  }
  in_flight_.emplace(q, p);
  ++engine_->in_flight;
  p->began = clock_.steady();
  p->answers_before = answers_;
  p->timer.expires_after(options_.deadline);
  p->timer.async_wait([p, alive = std::weak_ptr(alive_)](
                          const boost::system::error_code& stopped) {
    if (stopped || p->answer != nullptr || alive.expired())
      return;
    p->owner.give_up(p, make_failure(status::timeout));
  });
  wait_for_worker(engine_);
  return {nullptr, p};
}

void unbound_resolver::on_result(void* data, int error,
                                 ub_result* result) noexcept {
  const std::unique_ptr<ub_result, void (*)(ub_result*)> owner(
      result, &ub_resolve_free);
  const auto* asked = static_cast<const pending*>(data);
  unbound_resolver& self = asked->owner;
  const pending_ptr p = self.in_flight_.at(asked->asked);
  self.finish(p, make_answer(p->asked.type, error, result));
}

void unbound_resolver::finish(const pending_ptr& p, answer_ptr a) {
  const steady_point now = clock_.steady();
  const bool is_answered = !is_temporary(a->status);
  failures_ = is_answered ? 0 : failures_ + 1;
  const bool is_silent =
      a->status == status::timeout && p->answers_before != answers_;
  cache_.insert(p->asked, a, is_silent);
  answers_ += is_answered ? 1 : 0;
  if (options_.counts != nullptr)
    options_.counts->note(a->status, now - p->began, now);
  p->answer = std::move(a);
  p->timer.cancel();
  in_flight_.erase(p->asked);
  // The loop may end when nothing is in flight.
  if (--p->asks->in_flight == 0 && p->asks->waiting)
    p->asks->worker.cancel();
}

// Without an answer of libunbound, which will not call back any more.
void unbound_resolver::give_up(const pending_ptr& p, answer_ptr a) {
  ub_cancel(p->asks->context.get(), p->id);
  finish(p, std::move(a));
}

/// The handler holds the engine, so that it outlives its callbacks.
void unbound_resolver::wait_for_worker(engine_ptr e) {
  if (e->waiting)
    return;
  e->waiting = true;
  asio::posix::stream_descriptor& worker = e->worker;
  worker.async_wait(asio::posix::descriptor_base::wait_read,
                    [this, e = std::move(e), alive = std::weak_ptr(alive_)](
                        const boost::system::error_code& error) {
                      if (alive.expired())
                        return;
                      e->waiting = false;
                      if (!error)
                        ub_process(e->context.get());
                      if (e->in_flight > 0)
                        wait_for_worker(e);
                    });
}

}  // namespace

expected<std::unique_ptr<resolver>, std::string> make_unbound_resolver(
    asio::io_context& io, const unbound_options& options, const clock& clock) {
  expected<context_ptr, std::string> context = make_context(options);
  if (!context)
    return unexpected(context.error());
  return std::make_unique<unbound_resolver>(io, options, clock,
                                            std::move(*context));
}

}  // namespace mekiki::dns
