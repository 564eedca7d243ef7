// What a sender has to do, by rules that large receivers made and that can be
// switched on. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "verdict/decide.hpp"
#include "verdict/facts.hpp"

namespace mekiki::verdict {

/// Ordered, so that the minimum of two is their common result.
enum class conformity : std::uint8_t { fail, unknown, pass };

struct class_result {
  conformity status = conformity::pass;
  std::string_view rule;  // that decided; empty where classes are off
};

/// google: of a bulk sender's mail SPF and DKIM pass and one of them is
/// aligned; of others' mail one of them passes. strict: of a bulk sender's mail
/// both pass and are aligned; others as google. What is not known (SPF left
/// out, a temperror) never fails a mail.
class_result check_sender_class(const facts& f, const policy& p);

}  // namespace mekiki::verdict
