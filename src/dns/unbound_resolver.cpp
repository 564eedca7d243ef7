#include "dns/unbound_resolver.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <tuple>
#include <unbound.h>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "dns/name.hpp"
#include "dns/rdata.hpp"

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

void set_servers(ub_ctx* context, const unbound_options& options,
                 set_up& steps) {
  for (const std::string& server : options.resolvers) {
    steps.check(ub_ctx_set_fwd(context, server.c_str()),
                fmt::format("resolver {}", server));
  }
  if (options.resolvers.empty()) {
    // Without the file libunbound asks the root servers.
    static_cast<void>(ub_ctx_resolvconf(context, nullptr));
  }
  for (const stub_zone& stub : options.stubs) {
    steps.check(
        ub_ctx_set_stub(context, stub.zone.c_str(), stub.server.c_str(), 0),
        fmt::format("zone {} at {}", stub.zone, stub.server));
  }
  if (std::filesystem::exists(options.hosts)) {
    steps.check(ub_ctx_hosts(context, options.hosts.c_str()),
                options.hosts.string());
  }
}

void set_validation(ub_ctx* context, const unbound_options& options,
                    set_up& steps) {
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
  for (const std::filesystem::path& file : options.trust_anchor_files) {
    steps.check(ub_ctx_add_ta_file(context, file.c_str()),
                fmt::format("trust anchor file {}", file.string()));
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
  // A resolver that was away is noticed when it is back.
  steps.option(c, "infra-keep-probing:", "yes");
  steps.option(c, "infra-host-ttl:", "60");
  set_servers(c, options, steps);
  set_validation(c, options, steps);
  // Has to come last: it ends the set-up, and reads what was only noted.
  steps.check(ub_ctx_zone_add(c, "test.", "transparent"),
              "the trust anchors or zones cannot be used");
  if (!steps.problem().empty())
    return unexpected(steps.problem());
  return context;
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

// A question in flight. Its timer is the deadline, and what the coroutines
// that want the answer wait on: it is cancelled when the answer is there.
struct pending {
  pending(asio::io_context& io, unbound_resolver& by, question q)
      : owner(by), asked(std::move(q)), timer(io) {}

  unbound_resolver& owner;
  const question asked;
  steady_point began;
  asio::steady_timer timer;
  answer_ptr answer;
  int id = 0;  // libunbound's
};
using pending_ptr = std::shared_ptr<pending>;

class unbound_resolver final : public resolver {
 public:
  unbound_resolver(asio::io_context& io, const unbound_options& options,
                   const clock& clock, context_ptr context)
      : io_(io),
        context_(std::move(context)),
        worker_(io, ub_fd(context_.get())),
        deadline_(options.deadline),
        max_in_flight_(options.max_in_flight),
        clock_(clock),
        counts_(options.counts),
        cache_(options.cache, clock) {}
  ~unbound_resolver() override;
  unbound_resolver(const unbound_resolver&) = delete;
  unbound_resolver& operator=(const unbound_resolver&) = delete;

  void prefetch(const question& q) override;
  asio::awaitable<answer_ptr> resolve(question q) override;

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
  void wait_for_worker();

  asio::io_context& io_;
  context_ptr context_;
  asio::posix::stream_descriptor
      worker_;            // of libunbound: released, not closed
  bool waiting_ = false;  // for `worker_`
  std::chrono::milliseconds deadline_;
  std::size_t max_in_flight_;
  const clock& clock_;
  lookup_counts* counts_;
  answer_cache cache_;
  std::map<question, pending_ptr> in_flight_;
  // Handlers that run when the resolver is gone see that this is.
  std::shared_ptr<unbound_resolver> alive_{this, [](unbound_resolver*) {}};
};

unbound_resolver::~unbound_resolver() {
  while (!in_flight_.empty()) {
    give_up(in_flight_.begin()->second,
            make_failure(status::servfail, "the resolver is going away"));
  }
  worker_.release();
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
  if (answer_ptr cached = cache_.find(q); cached != nullptr) {
    return {std::move(cached), {}};
  }
  if (const auto found = in_flight_.find(q); found != in_flight_.end()) {
    return {nullptr, found->second};
  }
  if (in_flight_.size() >= max_in_flight_) {
    return {make_failure(status::servfail, "too many DNS questions at once"),
            {}};
  }
  const auto p = std::make_shared<pending>(io_, *this, q);
  const int error = ub_resolve_async(
      context_.get(), escape(q.name).c_str(), static_cast<int>(q.type),
      1 /* IN */, p.get(), &unbound_resolver::on_result, &p->id);
  if (error != 0) {
    return {make_failure(status::servfail, ub_strerror(error)), {}};
  }
  in_flight_.emplace(q, p);
  p->began = clock_.steady();
  p->timer.expires_after(deadline_);
  p->timer.async_wait([p, alive = std::weak_ptr(alive_)](
                          const boost::system::error_code& stopped) {
    if (stopped || p->answer != nullptr || alive.expired())
      return;
    p->owner.give_up(p, make_failure(status::timeout));
  });
  wait_for_worker();
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
  cache_.insert(p->asked, a);
  if (counts_ != nullptr) {
    const steady_point now = clock_.steady();
    counts_->note(a->status, now - p->began, now);
  }
  p->answer = std::move(a);
  p->timer.cancel();
  in_flight_.erase(p->asked);
  // The loop may end when nothing is in flight.
  if (in_flight_.empty() && waiting_)
    worker_.cancel();
}

// Without an answer of libunbound, which will not call back any more.
void unbound_resolver::give_up(const pending_ptr& p, answer_ptr a) {
  ub_cancel(context_.get(), p->id);
  finish(p, std::move(a));
}

void unbound_resolver::wait_for_worker() {
  if (waiting_)
    return;
  waiting_ = true;
  worker_.async_wait(asio::posix::descriptor_base::wait_read,
                     [this, alive = std::weak_ptr(alive_)](
                         const boost::system::error_code& error) {
                       if (alive.expired())
                         return;
                       waiting_ = false;
                       if (!error)
                         ub_process(context_.get());
                       if (!in_flight_.empty())
                         wait_for_worker();
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
