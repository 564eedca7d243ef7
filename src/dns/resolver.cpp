#include "dns/resolver.hpp"

namespace mekiki::dns {

std::string_view to_string(record_type type) {
  switch (type) {
    case record_type::a:
      return "A";
    case record_type::cname:
      return "CNAME";
    case record_type::ptr:
      return "PTR";
    case record_type::mx:
      return "MX";
    case record_type::txt:
      return "TXT";
    case record_type::aaaa:
      return "AAAA";
  }
  return "?";
}

std::string_view describe(status s) {
  switch (s) {
    case status::success:
      return "answered";
    case status::no_data:
      return "no such record";
    case status::nxdomain:
      return "no such name";
    case status::timeout:
      return "no answer in time";
    case status::servfail:
      return "the name servers failed";
    case status::bogus:
      return "the answer is not what its owner signed (DNSSEC)";
    case status::malformed:
      return "not a name that can be asked";
  }
  return "";
}

}  // namespace mekiki::dns
