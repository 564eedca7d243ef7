// A job that keeps a thread of a pool busy until it is told to end, for tests.
#pragma once

#include <exception>
#include <latch>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/compute_pool.hpp"

namespace mekiki::test {

class held_job {
 public:
  compute_pool::job job(std::string owner, std::string about = "held",
                        std::string client = "") {
    return {.client = std::move(client),
            .owner = std::move(owner),
            .about = std::move(about),
            .work = [this] {
              begun_.count_down();
              go_on_.wait();
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
  void wait_begun() { begun_.wait(); }
  void release() { go_on_.count_down(); }

 private:
  std::latch begun_{1};
  std::latch go_on_{1};
};

}  // namespace mekiki::test
