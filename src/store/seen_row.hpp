// What is known of an address that sends as a domain, joined from report_source
// (s) and report_seen (e).
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "reports/senders.hpp"

namespace mekiki::store {

struct seen_row {
  std::string address, name, signer, sender, covered;
  std::int64_t first = 0, last = 0;
  bool is_asked = false;
  auto columns() {
    return std::tie("s.address", address, "s.name", name, "s.due > 0", is_asked,
                    "e.signer", signer, "e.sender", sender, "e.covered",
                    covered, "e.first", first, "e.last", last);
  }
};

inline void take(reports::source& s, seen_row&& row) {
  s.address = std::move(row.address);
  s.name = std::move(row.name);
  s.is_asked = row.is_asked;
  s.signer = std::move(row.signer);
  s.sender = std::move(row.sender);
  s.covered = std::move(row.covered);
  s.first = row.first;
  s.last = row.last;
}

}  // namespace mekiki::store
