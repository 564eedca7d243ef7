// Sets the time zone of this process while the object lives, for tests.
#pragma once

#include <cstdlib>
#include <ctime>

namespace mekiki::test {

// The rules of zones as POSIX spells them: no zone files are needed.
constexpr const char* berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr const char* tokyo = "JST-9";

class zone {
 public:
  explicit zone(const char* rules) {
    ::setenv("TZ", rules, 1);
    ::tzset();
  }
  ~zone() {
    ::unsetenv("TZ");
    ::tzset();
  }
  zone(const zone&) = delete;
  zone& operator=(const zone&) = delete;
};

}  // namespace mekiki::test
