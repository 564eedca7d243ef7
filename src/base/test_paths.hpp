// The folders that tests read. They are the ones named when the build was
// configured; cmake/test_paths.cpp.in defines them.
#pragma once

namespace mekiki::test_paths {

extern const char* const testdata;
/// The public conformance data, beside the checkout. It may be absent.
extern const char* const conformance;

}  // namespace mekiki::test_paths
