#include "step_count.hpp"

#include <cstddef>
#include <dlfcn.h>

// Nothing here may be instrumented, nor call what it stands for: compiled with
// -fno-builtin and without sanitizers.

namespace {

using std::size_t;

std::uint64_t steps = 0;
std::uint64_t most_steps = 0;
void (*ended)() = nullptr;
bool counting = false;
std::uintptr_t seen[mekiki::growth::most_samples];

inline void count(std::uint64_t n) {
  if (!counting)
    return;
  steps += n;
  if (steps > most_steps) {
    counting = false;
    ended();
  }
}

inline void count_octets(size_t n) { count(1 + n / 16); }

/// The C library's function of a name; until dlsym can be called, nothing.
template <class Function>
Function* found(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

using find_octet = void*(const void*, int, size_t);
using copy = void*(void*, const void*, size_t);
using compare = int(const void*, const void*, size_t);
using fill = void*(void*, int, size_t);
using length = size_t(const char*);

find_octet* real_memchr = nullptr;
copy* real_memcpy = nullptr;
copy* real_memmove = nullptr;
compare* real_memcmp = nullptr;
fill* real_memset = nullptr;
length* real_strlen = nullptr;

void find_functions() {
  real_memchr = found<find_octet>("memchr");
  real_memcpy = found<copy>("memcpy");
  real_memmove = found<copy>("memmove");
  real_memcmp = found<compare>("memcmp");
  real_memset = found<fill>("memset");
  real_strlen = found<length>("strlen");
}

}  // namespace

namespace mekiki::growth {

void count_steps(std::uint64_t most, void (*too_many)()) {
  if (real_strlen == nullptr)
    find_functions();
  steps = 0;
  most_steps = most;
  ended = too_many;
  counting = true;
}

const std::uintptr_t* samples() { return seen; }

std::uint64_t steps_taken() {
  counting = false;
  return steps;
}

}  // namespace mekiki::growth

extern "C" {

void __sanitizer_cov_trace_pc() {
  if (steps % 256 == 0) {
    seen[steps / 256 % mekiki::growth::most_samples] =
        reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  }
  count(1);
}

// The plain loops are for calls before the first count.

void* memchr(const void* octets, int c, size_t size) {
  if (real_memchr != nullptr) {
    void* at = real_memchr(octets, c, size);
    count_octets(at == nullptr ? size
                               : static_cast<const char*>(at) -
                                     static_cast<const char*>(octets));
    return at;
  }
  const auto* p = static_cast<const unsigned char*>(octets);
  for (size_t i = 0; i < size; ++i) {
    if (p[i] == static_cast<unsigned char>(c))
      return const_cast<unsigned char*>(p + i);
  }
  return nullptr;
}

void* memmove(void* to, const void* from, size_t size) {
  if (real_memmove != nullptr) {
    count_octets(size);
    return real_memmove(to, from, size);
  }
  auto* out = static_cast<char*>(to);
  const auto* in = static_cast<const char*>(from);
  if (out < in) {
    for (size_t i = 0; i < size; ++i) out[i] = in[i];
  } else {
    for (size_t i = size; i > 0; --i) out[i - 1] = in[i - 1];
  }
  return to;
}

void* memcpy(void* to, const void* from, size_t size) {
  if (real_memcpy != nullptr) {
    count_octets(size);
    return real_memcpy(to, from, size);
  }
  return memmove(to, from, size);
}

int memcmp(const void* a, const void* b, size_t size) {
  if (real_memcmp != nullptr) {
    count_octets(size);
    return real_memcmp(a, b, size);
  }
  const auto* p = static_cast<const unsigned char*>(a);
  const auto* q = static_cast<const unsigned char*>(b);
  for (size_t i = 0; i < size; ++i) {
    if (p[i] != q[i])
      return p[i] < q[i] ? -1 : 1;
  }
  return 0;
}

void* memset(void* to, int c, size_t size) {
  if (real_memset != nullptr) {
    count_octets(size);
    return real_memset(to, c, size);
  }
  auto* out = static_cast<volatile char*>(to);
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(c);
  return to;
}

size_t strlen(const char* text) {
  if (real_strlen != nullptr) {
    const size_t n = real_strlen(text);
    count_octets(n);
    return n;
  }
  size_t n = 0;
  while (text[n] != '\0') ++n;
  return n;
}
}
