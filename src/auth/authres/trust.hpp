// Which Authentication-Results fields may be believed (RFC 8601 7.1).
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "auth/authres/parse.hpp"
#include "message/header.hpp"

namespace mekiki::authres {

struct trust_rule {
  /// Each a server's authserv-id, or "@example.net" for all ids in that domain
  /// and below it. None: nobody is believed.
  std::vector<std::string> ids;
  /// As `ids`, but believed in the topmost field alone.
  std::vector<std::string> first_ids = {};
  /// The topmost field is believed without an authserv-id, too.
  bool first_without_id = false;
  /// Index in `header_view::fields` from which on nothing counts: what stands
  /// there may have been written by the sender.
  std::size_t end = std::numeric_limits<std::size_t>::max();
  parse_mode mode = parse_mode::relaxed;
};

/// True if the rule names `authserv_id`; without regard to case, U-labels and
/// A-labels being the same.
bool is_trusted(std::string_view authserv_id,
                const std::vector<std::string>& ids);

struct trusted_field {
  std::size_t index = 0;  // in `header_view::fields`
  parsed_field content;
};

/// Top to bottom. Fields that cannot be read do not count.
std::vector<trusted_field> trusted_fields(const message::header_view& header,
                                          const trust_rule& rule);

}  // namespace mekiki::authres
