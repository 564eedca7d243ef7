// Tells whether a fuzz target is linear.
//   growth steps|time TARGET CORPUS
#include <algorithm>
#include <cstdio>
#include <string_view>

#include "base/fuzz_targets.hpp"
#include "growth.hpp"

int main(int argc, char** argv) {
  using namespace mekiki;
  const std::string_view what = argc == 4 ? argv[1] : "";
  const auto targets = fuzz_targets();
  const auto target = std::ranges::find(
      targets, std::string_view(argc == 4 ? argv[2] : ""), &fuzz_target::name);
  if (target == targets.end() || (what != "steps" && what != "time")) {
    std::fprintf(stderr, "usage: growth steps|time TARGET CORPUS\n");
    return 2;
  }
  const bool linear = growth::is_linear(
      target->name, target->run, argv[3],
      what == "steps" ? growth::measure::steps : growth::measure::time);
  return linear ? 0 : 1;
}
