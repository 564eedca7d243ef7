// The fuzz targets that are linked into this program, for mains of our own in
// builds without libFuzzer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mekiki {

struct fuzz_target {
  /// MODULE_STEM, as its folder in testdata/fuzz.
  std::string_view name;
  /// Its LLVMFuzzerTestOneInput; the octets need not outlive the call.
  int (*run)(const std::uint8_t* data, std::size_t size);
};

/// All of them; mekiki_fuzz_program in cmake/mekiki.cmake writes the table.
std::span<const fuzz_target> fuzz_targets();

}  // namespace mekiki
