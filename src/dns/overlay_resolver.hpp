// A resolver that answers as if some records were published already: for those
// who want to see what a change of their zone would do.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "dns/resolver.hpp"

namespace mekiki::dns {

/// Passes questions on to another resolver, which outlives it, and puts its own
/// records into the answers.
class overlay_resolver final : public resolver {
 public:
  explicit overlay_resolver(resolver& inner) : inner_(inner) {}

  /// The text takes the place of those that begin with the same version, such
  /// as "v=spf1". `name` is normalized.
  void add_text(std::string name, std::string text);
  /// They take the place of all MX records of the name.
  void set_exchanges(std::string name, std::vector<mail_exchange> exchanges);

  void prefetch(const question& q) override { inner_.prefetch(q); }
  boost::asio::awaitable<answer_ptr> resolve(question q) override;
  search_list search() const override { return inner_.search(); }

 private:
  struct own_records {
    std::vector<std::string> texts;
    std::vector<mail_exchange> exchanges;
  };
  resolver& inner_;
  std::map<std::string, own_records> own_;
};

}  // namespace mekiki::dns
