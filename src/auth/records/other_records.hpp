// Records that a mail domain may publish beside SPF, DKIM and DMARC: MTA-STS
// (RFC 8461), TLS reports (RFC 8460), BIMI, and whether its zone is signed.
// Only the DNS is asked: no policy file and no picture is fetched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "auth/dmarc/record.hpp"
#include "auth/records/finding.hpp"
#include "dns/resolver.hpp"

namespace mekiki::records {

enum class presence : std::uint8_t {
  absent,
  present,
  broken,   // there, and not as its RFC wants it
  unknown,  // the DNS gave no answer, or cannot say
};
std::string_view to_string(presence p);

struct other_record {
  presence state = presence::unknown;
  std::string name;  // where it is
  std::string text;  // as published; empty unless there is exactly one
};

struct other_records {
  other_record mta_sts;  // _mta-sts
  other_record tls_rpt;  // _smtp._tls
  other_record bimi;     // default._bimi
  /// Whether answers of the zone are signed and validated; unknown where the
  /// resolver does not validate, or answers from a zone file.
  presence dnssec = presence::unknown;
};

/// Seven questions at most. `domain` is normalized.
boost::asio::awaitable<other_records> read_other_records(
    std::string domain, dns::resolver& resolver);

/// What is absent is no finding. `policy`: DMARC's, for BIMI.
std::vector<finding> judge_other(const other_records& records,
                                 std::optional<dmarc::policy> policy);

}  // namespace mekiki::records
