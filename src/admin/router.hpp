// Finds the page for a request, and refuses requests for another host name
// (421). Who may see a page is decided in api.cpp. No sockets.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "admin/http.hpp"
#include "base/expected.hpp"
#include "base/ip_address.hpp"

namespace mekiki::admin {

/// Makes the answer to a request. It may wait, for the store for example; the
/// request lives at least as long.
using page = std::function<boost::asio::awaitable<response>(const request&)>;
/// A page that does not wait.
page at_once(std::function<response(const request&)> make);

class router {
 public:
  /// `names`: the host names, in lower case, that requests may name. Names of
  /// loopback, and the address that a connection came to, are always allowed.
  explicit router(std::vector<std::string> names = {})
      : names_(std::move(names)) {}

  void add(std::string path, page p) {
    pages_[std::move(path)].get = std::move(p);
  }
  void add_post(std::string path, page p) {
    pages_[std::move(path)].post = std::move(p);
  }

  /// The page for `r`, which came to the address `local`; or the refusal: 421
  /// if it names another host ("DNS rebinding": a foreign page whose name
  /// resolves to us), 404, or 405.
  expected<const page*, response> find(const request& r,
                                       const ip_address& local) const;

  /// The answer of that page, or the refusal. 500 if the page throws.
  boost::asio::awaitable<response> answer(const request& r,
                                          const ip_address& local) const;

 private:
  bool is_ours(std::string_view host, const ip_address& local) const;

  std::vector<std::string> names_;
  struct pages {
    page get;  // and HEAD
    page post;
  };
  std::map<std::string, pages, std::less<>> pages_;
};

}  // namespace mekiki::admin
