// Runs a fuzz target over its corpus in a build without libFuzzer: each
// argument is a file, or a folder of files. Prints how many ran; none at all
// is a failure, so that a lost corpus does not pass for a clean one.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

namespace {

void run(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string octets{std::istreambuf_iterator<char>(in), {}};
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(octets.data()),
                         octets.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t ran = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::filesystem::is_regular_file(argv[i])) {
      run(argv[i]);
      ++ran;
    } else if (std::filesystem::is_directory(argv[i])) {
      for (const auto& entry :
           std::filesystem::recursive_directory_iterator(argv[i])) {
        if (!entry.is_regular_file())
          continue;
        run(entry.path());
        ++ran;
      }
    }
  }
  std::printf("%zu inputs\n", ran);
  return ran > 0 ? 0 : 1;
}
