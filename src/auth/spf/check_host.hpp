// check_host(): may this address send mail for this domain? (RFC 7208 4)
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "auth/result.hpp"
#include "auth/spf/errc.hpp"
#include "auth/spf/record.hpp"
#include "base/clock.hpp"
#include "base/ip_address.hpp"
#include "dns/resolver.hpp"

namespace mekiki::spf {

/// What the receiving host saw. Names may hold U-labels in UTF-8 (RFC 8616 4);
/// anything may stand in them.
struct request {
  ip_address ip;          // the client's
  std::string mail_from;  // without angle brackets; empty: null reverse-path,
                          // for which postmaster at `helo` stands (2.4)
  std::string helo;
  std::string receiver;  // our name, for %{r}; empty: "unknown"
  time_point at{};       // for %{t}
};

/// One thing that was done, for people who want to see how the result came.
struct trace_step {
  enum class kind : std::uint8_t {
    record,  // a record was found, or why not
    lookup,  // a question was asked
    term,    // a mechanism was evaluated, or redirect= followed
  };
  kind what = kind::record;
  unsigned depth = 0;   // how many includes deep
  std::string subject;  // the domain, the question, the term as written
  std::string outcome;
};

struct options {
  std::size_t max_terms = 10;         // that ask the DNS (4.6.4)
  std::size_t max_void_lookups = 2;   // void lookups (4.6.4)
  std::size_t max_names = 10;         // of one MX or PTR answer (4.6.4)
  std::size_t max_explanation = 500;  // octets; the rest is cut off
  record_selector select = select_spf1;
  const mekiki::clock* clock = nullptr;          // null: no time is taken
  std::function<void(const trace_step&)> trace;  // empty: nobody looks
};

struct check_result {
  auth::result status = auth::result::none;
  errc code = errc::no_domain;
  std::string reason;  // one English sentence without final stop, ASCII

  std::string domain;     // that was asked, A-labels; empty if there is none
  std::string mechanism;  // the term that decided, as written; may be empty
  std::string record_domain;  // in whose record it stands, or the error is
  std::string explanation;    // of fail, if there is one: visible ASCII and
                              // spaces that strangers wrote

  /// Of temperror: the name that got no answer was made of what the sender
  /// wrote, by a macro s, l, h or p; or the names of the client's address,
  /// which its owner chose, took long or had no answer (ptr).
  bool by_senders_words = false;

  std::size_t terms = 0;      // that asked the DNS
  std::size_t voids = 0;      // lookups without a result
  std::size_t questions = 0;  // asked of the resolver
};

/// RFC 7208 4. Every failure is a result. The arguments must live until it is
/// done.
///
/// Bounds: 10 terms, each of at most 11 questions, and 12 questions for %{p}
/// and the explanation. A question without an answer ends the evaluation,
/// except for those of ptr and %{p}, which are asked in parallel. The caller
/// limits the time, by cancelling.
boost::asio::awaitable<check_result> check_host(const request& asked,
                                                dns::resolver& resolver,
                                                const options& how);

}  // namespace mekiki::spf
