// The folders that tests read. They are the folders that the build was
// configured with; cmake/test_paths.cpp.in defines them.
#pragma once

namespace mekiki::test_paths {

extern const char* const testdata;
/// The public conformance data, beside the checkout. It may be absent.
extern const char* const conformance;

}  // namespace mekiki::test_paths
