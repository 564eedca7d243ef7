# How a module becomes a library, its tests a program, and its fuzz targets
# one program each. A module's CMakeLists.txt is one call of mekiki_module.

find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CURL 7.87 REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(GTest REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
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
  -fstack-protector-strong -fstack-clash-protection -fcf-protection
  -ftrivial-auto-var-init=zero)
target_compile_definitions(mekiki_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  _GLIBCXX_ASSERTIONS)
target_link_options(mekiki_flags INTERFACE
  -fuse-ld=mold -Wl,-z,relro -Wl,-z,now)
if(SAN)
  target_compile_options(mekiki_flags INTERFACE
    -fsanitize=${SAN} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(mekiki_flags INTERFACE -fsanitize=${SAN})
  target_compile_definitions(mekiki_flags INTERFACE MEKIKI_SANITIZED)
elseif(FUZZ)
  target_compile_options(mekiki_flags INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(mekiki_flags INTERFACE -fsanitize=address,undefined)
elseif(NOT CMAKE_BUILD_TYPE STREQUAL Debug)
  target_compile_definitions(mekiki_flags INTERFACE _FORTIFY_SOURCE=2)
endif()

# What tests and fuzz targets are compiled with beside that: they run once, so
# compiling them fast is worth more than running them fast.
add_library(mekiki_test_flags INTERFACE)
target_compile_options(mekiki_test_flags INTERFACE
  -O0 -gline-tables-only -U_FORTIFY_SOURCE)

# Where tests find their data: the one object that differs between checkouts.
configure_file(${CMAKE_SOURCE_DIR}/cmake/test_paths.cpp.in
  ${CMAKE_BINARY_DIR}/test_paths.cpp @ONLY)
add_library(mekiki_test_paths STATIC EXCLUDE_FROM_ALL
  ${CMAKE_BINARY_DIR}/test_paths.cpp)
target_link_libraries(mekiki_test_paths PUBLIC mekiki_flags)

# mekiki_module(NAME DEPENDS target...)
#   *.cpp        -> library mekiki_NAME, linked with DEPENDS
#   test_*.cpp   -> library mekiki_NAME_doubles: what stands in for a part in
#                   tests, the module's own and those that name it among their
#                   TEST_DEPENDS; never in a program
#   *_test.cpp   -> program NAME_test, registered with ctest
#   *_fuzz.cpp   -> program each; ctest runs it over testdata/fuzz/STEM
function(mekiki_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;TEST_DEPENDS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(library_sources ${sources})
  list(FILTER library_sources EXCLUDE REGEX "_(test|fuzz|main)\\.cpp$")
  list(FILTER library_sources EXCLUDE REGEX "/test_[a-z_]+\\.cpp$")
  set(double_sources ${sources})
  list(FILTER double_sources INCLUDE REGEX "/test_[a-z_]+\\.cpp$")
  list(FILTER double_sources EXCLUDE REGEX "_(test|fuzz|main)\\.cpp$")
  set(test_sources ${sources})
  list(FILTER test_sources INCLUDE REGEX "_test\\.cpp$")
  set(fuzz_sources ${sources})
  list(FILTER fuzz_sources INCLUDE REGEX "_fuzz\\.cpp$")

  if(library_sources)
    add_library(mekiki_${name} STATIC ${library_sources})
    target_link_libraries(mekiki_${name} PUBLIC mekiki_flags ${ARG_DEPENDS})
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

  if(test_sources AND BUILD_TESTING AND NOT FUZZ)
    add_executable(${name}_test ${test_sources})
    target_link_libraries(${name}_test PRIVATE mekiki_test_flags
      mekiki_${name} ${doubles} mekiki_test_paths ${ARG_TEST_DEPENDS}
      GTest::gmock GTest::gtest_main)
    add_test(NAME ${name}_test COMMAND ${name}_test)
    set_tests_properties(${name}_test PROPERTIES TIMEOUT 300)
  endif()

  foreach(source ${fuzz_sources})
    get_filename_component(stem ${source} NAME_WE)
    set(target ${name}_${stem})
    set(corpus ${CMAKE_SOURCE_DIR}/testdata/fuzz/${target})
    if(FUZZ)
      add_executable(${target} ${source})
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    else()
      add_executable(${target} ${source}
        ${CMAKE_SOURCE_DIR}/src/base/fuzz_corpus_main.cpp)
      add_test(NAME ${target} COMMAND ${target} ${corpus})
      set_tests_properties(${target} PROPERTIES TIMEOUT 300)
    endif()
    target_link_libraries(${target} PRIVATE mekiki_${name} ${ARG_TEST_DEPENDS})
  endforeach()
endfunction()
