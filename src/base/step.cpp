// The function that instrumented code calls at each edge (CMake option STEPS)
// in programs that do not count. Growth tests have their own.
extern "C" __attribute__((weak, no_sanitize("coverage"))) void
__sanitizer_cov_trace_pc() {}
