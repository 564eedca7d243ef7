// A job that keeps a thread of a pool busy until it is told to end, for tests.
#pragma once

#include <exception>
#include <latch>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/compute_pool.hpp"

namespace mekiki::test {

/// May end before the pool does: the job shares what it waits for.
class held_job {
 public:
  compute_pool::job job(std::string owner, std::string about = "held",
                        std::string client = "") {
    return {.client = std::move(client),
            .owner = std::move(owner),
            .about = std::move(about),
            .work = [shared = shared_] {
              shared->begun.count_down();
              shared->go_on.wait();
            }};
  }
  /// Gives it to the pool, and returns when a thread has begun it.
  void occupy(boost::asio::io_context& io, compute_pool& pool,
              std::string owner, std::string about = "held",
              std::string client = "") {
    boost::asio::co_spawn(
        io,
        pool.run(job(std::move(owner), std::move(about), std::move(client))),
        [](const std::exception_ptr&) {});
    io.poll();
    wait_begun();
  }
  void wait_begun() { shared_->begun.wait(); }
  void release() { shared_->go_on.count_down(); }

 private:
  struct signals {
    std::latch begun{1};
    std::latch go_on{1};
  };
  std::shared_ptr<signals> shared_ = std::make_shared<signals>();
};

}  // namespace mekiki::test
