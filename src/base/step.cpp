// What the edges of instrumented code call (CMake's STEPS) where nobody counts
// them. A growth test brings its own.
extern "C" __attribute__((weak, no_sanitize("coverage"))) void
__sanitizer_cov_trace_pc() {}
