// Key records that were met before, parsed and ready to verify.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/dkim/errc.hpp"
#include "auth/dkim/key_record.hpp"
#include "crypto/public_key.hpp"

namespace mekiki::dkim {

/// What one text in the DNS is as a key.
struct cached_key {
  errc problem = errc::ok;  // why there is no `key`
  key_record record;
  std::optional<crypto::public_key> key;
};

/// Keys by the text they were made of, so that a changed record is another
/// key; how long a text is believed is the resolver's business. Holds the
/// `capacity` keys used last. Not for several threads at once.
class key_cache {
 public:
  explicit key_cache(std::size_t capacity = 1024);

  /// Parses on first sight. Valid until the next call.
  cached_key& get(std::string_view text);

  std::size_t size() const { return entries_.size(); }

 private:
  struct entry {
    std::string text;
    cached_key key;
  };

  std::size_t capacity_;
  std::list<entry> entries_;  // used last in front
  std::unordered_map<std::string_view, std::list<entry>::iterator> index_;
};

}  // namespace mekiki::dkim
