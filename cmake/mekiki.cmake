# How a module becomes a library, its tests a program, and its fuzz targets
# parts of programs that run them. A module's CMakeLists.txt is one call of
# mekiki_module.

find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(GTest REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)

# libunbound.pc asks for libevent, which only its event API needs.
find_library(UNBOUND_LIBRARY unbound REQUIRED)

add_library(mekiki_flags INTERFACE)
target_include_directories(mekiki_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(mekiki_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wno-missing-designated-field-initializers -Werror
  # The same octets from every folder, so that ccache finds them again.
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
  -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
  $<IF:$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},aarch64>,-mbranch-protection=standard,-fcf-protection>)
target_compile_definitions(mekiki_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  _GLIBCXX_ASSERTIONS)
target_link_options(mekiki_flags INTERFACE
  -fuse-ld=mold -Wl,--as-needed -Wl,-z,relro -Wl,-z,now -Wl,--build-id=sha1)
if(SAN)
  target_compile_options(mekiki_flags INTERFACE
    -fsanitize=${SAN} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(mekiki_flags INTERFACE -fsanitize=${SAN})
  target_compile_definitions(mekiki_flags INTERFACE
    MEKIKI_SANITIZED MEKIKI_NO_SANDBOX)
elseif(FUZZ)
  target_compile_options(mekiki_flags INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(mekiki_flags INTERFACE -fsanitize=address,undefined)
elseif(COVERAGE)
  target_compile_options(mekiki_flags INTERFACE
    -fprofile-instr-generate -fcoverage-mapping)
  target_compile_definitions(mekiki_flags INTERFACE MEKIKI_NO_SANDBOX)
  target_link_options(mekiki_flags INTERFACE -fprofile-instr-generate)
elseif(NOT CMAKE_BUILD_TYPE STREQUAL Debug)
  target_compile_definitions(mekiki_flags INTERFACE _FORTIFY_SOURCE=2)
endif()

# What the growth tests count: a call of __sanitizer_cov_trace_pc at each edge
# of what the libraries do. The sanitizers' build has it, so that nothing is
# compiled twice.
if(SAN MATCHES address)
  set(counts_steps ON)
else()
  set(counts_steps OFF)
endif()
option(STEPS "count steps in the libraries, and test how they grow"
  ${counts_steps})

# Sources of what runs once, or for a person who looks at it. Under a sanitizer,
# compiling them fast is worth more than running them fast. Nowhere else: the
# linker takes one copy of each inline function, and the unoptimized one of such
# a source would run on the path of every mail.
function(mekiki_compile_fast)
  if(SAN)
    set_source_files_properties(${ARGN}
      PROPERTIES COMPILE_OPTIONS "-O0;-U_FORTIFY_SOURCE")
  endif()
endfunction()

# What tests and fuzz targets are compiled with beside that: they run once, so
# compiling them fast is worth more than running them fast.
add_library(mekiki_test_flags INTERFACE)
target_compile_options(mekiki_test_flags INTERFACE
  -O0 -gline-tables-only -U_FORTIFY_SOURCE)

# Seconds, for what hangs; others may have the machine at the same time.
set(MEKIKI_TEST_TIMEOUT 600)
if(SAN)
  set(MEKIKI_TEST_TIMEOUT 1200)
endif()

# Where tests find their data: the one object that differs between checkouts.
configure_file(${CMAKE_SOURCE_DIR}/cmake/test_paths.cpp.in
  ${CMAKE_BINARY_DIR}/test_paths.cpp @ONLY)
add_library(mekiki_test_paths STATIC EXCLUDE_FROM_ALL
  ${CMAKE_BINARY_DIR}/test_paths.cpp)
target_link_libraries(mekiki_test_paths PUBLIC mekiki_flags)

# mekiki_module(NAME [FOLDERS folder...] DEPENDS target... [TEST_DEPENDS ...] [TEST_SHARDS n])
#   What follows is told of a module's own folder, and of FOLDERS within it.
#   *.cpp             -> library mekiki_NAME, linked with DEPENDS
#   test_*.cpp        -> library mekiki_NAME_doubles: what stands in for a part in
#                        tests, the module's own and those that name it among
#                        their TEST_DEPENDS; never in a program
#   *_test.cpp        -> program NAME_test; label `unit`; as so many tests of
#                        ctest as TEST_SHARDS says, each of which runs a part
#   stress_test.cpp   -> program NAME_stress_test, which measures; label `timing`,
#                        with sanitizers `unit`
#   *_fuzz.cpp        -> with FUZZ a libFuzzer program NAME_STEM each; else an
#                        object library of that name, which mekiki_fuzz_program
#                        links; ctest runs each over testdata/fuzz/NAME_STEM
# The global property MEKIKI_FUZZ_TARGETS lists the fuzz targets of all modules.
function(mekiki_module name)
  cmake_parse_arguments(ARG "" "TEST_SHARDS" "FOLDERS;DEPENDS;TEST_DEPENDS" ${ARGN})
  set(patterns *.cpp)
  foreach(folder ${ARG_FOLDERS})
    list(APPEND patterns ${folder}/*.cpp)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  set(library_sources ${sources})
  list(FILTER library_sources EXCLUDE REGEX "_(test|fuzz|main)\\.cpp$")
  list(FILTER library_sources EXCLUDE REGEX "/test_[a-z_]+\\.cpp$")
  set(double_sources ${sources})
  list(FILTER double_sources INCLUDE REGEX "/test_[a-z_]+\\.cpp$")
  list(FILTER double_sources EXCLUDE REGEX "_(test|fuzz|main)\\.cpp$")
  set(test_sources ${sources})
  list(FILTER test_sources INCLUDE REGEX "_test\\.cpp$")
  set(stress_sources ${test_sources})
  list(FILTER test_sources EXCLUDE REGEX "/stress_test\\.cpp$")
  list(FILTER stress_sources INCLUDE REGEX "/stress_test\\.cpp$")
  set(fuzz_sources ${sources})
  list(FILTER fuzz_sources INCLUDE REGEX "_fuzz\\.cpp$")

  if(library_sources)
    add_library(mekiki_${name} STATIC ${library_sources})
    target_link_libraries(mekiki_${name} PUBLIC mekiki_flags ${ARG_DEPENDS})
    if(STEPS)
      target_compile_options(mekiki_${name} PRIVATE
        -fsanitize-coverage=trace-pc)
    endif()
  else()
    add_library(mekiki_${name} INTERFACE)
    target_link_libraries(mekiki_${name} INTERFACE mekiki_flags ${ARG_DEPENDS})
  endif()

  set(doubles "")
  if(double_sources)
    set(doubles mekiki_${name}_doubles)
    add_library(${doubles} STATIC EXCLUDE_FROM_ALL ${double_sources})
    target_link_libraries(${doubles} PUBLIC mekiki_${name} ${ARG_TEST_DEPENDS}
      PRIVATE mekiki_test_flags)
  endif()

  foreach(kind test stress)
    if(NOT ${kind}_sources OR NOT BUILD_TESTING OR FUZZ)
      continue()
    endif()
    set(program ${name}_test)
    set(label unit)
    if(kind STREQUAL stress)
      set(program ${name}_stress_test)
      if(NOT SAN) # there its limits are wide
        set(label timing)
      endif()
    endif()
    add_executable(${program} ${${kind}_sources})
    target_link_libraries(${program} PRIVATE mekiki_test_flags
      mekiki_${name} ${doubles} mekiki_test_paths ${ARG_TEST_DEPENDS}
      GTest::gmock GTest::gtest_main)
    if(kind STREQUAL stress AND CMAKE_BUILD_TYPE STREQUAL Debug)
      continue() # its limits are those of optimized code
    endif()
    set(shards 1)
    if(kind STREQUAL test AND ARG_TEST_SHARDS)
      set(shards ${ARG_TEST_SHARDS})
    endif()
    foreach(shard RANGE 1 ${shards})
      set(test ${program})
      if(shard GREATER 1)
        set(test ${program}_${shard})
      endif()
      math(EXPR index "${shard} - 1")
      add_test(NAME ${test} COMMAND ${program})
      set_tests_properties(${test} PROPERTIES
        TIMEOUT ${MEKIKI_TEST_TIMEOUT} LABELS ${label}
        ENVIRONMENT "GTEST_TOTAL_SHARDS=${shards};GTEST_SHARD_INDEX=${index}")
    endforeach()
    if(label STREQUAL unit)
      set_property(GLOBAL APPEND PROPERTY MEKIKI_UNIT_PROGRAMS ${program})
    else()
      set_tests_properties(${program} PROPERTIES RUN_SERIAL ON)
    endif()
  endforeach()

  foreach(source ${fuzz_sources})
    get_filename_component(stem ${source} NAME_WE)
    set(target ${name}_${stem})
    if(FUZZ)
      add_executable(${target} ${source})
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    else()
      add_library(${target} OBJECT EXCLUDE_FROM_ALL ${source})
      target_link_libraries(${target} PRIVATE mekiki_test_flags)
      # Many entry points in one program.
      target_compile_definitions(${target} PRIVATE
        LLVMFuzzerTestOneInput=${target})
    endif()
    target_link_libraries(${target} PUBLIC mekiki_${name} ${doubles}
      ${ARG_TEST_DEPENDS})
    set_property(GLOBAL APPEND PROPERTY MEKIKI_FUZZ_TARGETS ${target})
  endforeach()
endfunction()

# mekiki_fuzz_program(NAME main.cpp)
#   A program of main.cpp, every fuzz target, and fuzz_targets(), which lists
#   them (base/fuzz_targets.hpp). Not with FUZZ; after all modules.
function(mekiki_fuzz_program name)
  get_property(targets GLOBAL PROPERTY MEKIKI_FUZZ_TARGETS)
  set(declarations "")
  set(rows "")
  foreach(target ${targets})
    string(APPEND declarations
      "extern \"C\" int ${target}(const std::uint8_t*, std::size_t);\n")
    string(APPEND rows "    {\"${target}\", ${target}},\n")
  endforeach()
  configure_file(${CMAKE_SOURCE_DIR}/cmake/fuzz_targets.cpp.in
    ${CMAKE_BINARY_DIR}/fuzz_targets.cpp @ONLY)
  add_executable(${name} ${ARGN} ${CMAKE_BINARY_DIR}/fuzz_targets.cpp)
  target_link_libraries(${name} PRIVATE mekiki_test_flags mekiki_flags ${targets})
endfunction()

# mekiki_split_debug(PROGRAM)
#   The program without its debug information, which lies beside it in
#   PROGRAM.debug, where gdb, addr2line and perf look. Release builds only.
# GNU's: llvm-objcopy 19 damages the notes, and gdb finds no build-id.
find_program(MEKIKI_OBJCOPY
  NAMES ${CMAKE_LIBRARY_ARCHITECTURE}-objcopy objcopy REQUIRED)
function(mekiki_split_debug program)
  if(SAN OR FUZZ OR COVERAGE OR CMAKE_BUILD_TYPE STREQUAL Debug)
    return()
  endif()
  add_custom_command(TARGET ${program} POST_BUILD
    COMMAND ${MEKIKI_OBJCOPY} --only-keep-debug
            $<TARGET_FILE:${program}> ${program}.debug
    COMMAND ${MEKIKI_OBJCOPY} --strip-unneeded
            --add-gnu-debuglink=${program}.debug $<TARGET_FILE:${program}>
    WORKING_DIRECTORY $<TARGET_FILE_DIR:${program}>
    BYPRODUCTS ${CMAKE_BINARY_DIR}/${program}.debug
    VERBATIM)
endfunction()
