// Seals a mail as the next host of an ARC chain, for the end-to-end tests:
//
//   seal_mail DOMAIN SELECTOR KEYFILE none|pass|fail RESULTS < mail > sealed
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "support/seal.hpp"

namespace {

using namespace mekiki;

std::string all_of(std::istream& in) {
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6)
    return 2;
  std::ifstream file(argv[3], std::ios::binary);
  const auto key = crypto::private_key::parse(all_of(file));
  if (!key)
    return 2;
  const std::string chain = argv[4];
  const auto status = chain == "pass"   ? auth::result::pass
                      : chain == "fail" ? auth::result::fail
                                        : auth::result::none;
  const std::string mail = all_of(std::cin);
  const auto fields =
      arc::seal(mail, status, argv[5], argv[1], argv[2], *key, {});
  if (!fields) {
    std::cerr << arc::describe(fields.error()) << '\n';
    return 1;
  }
  std::cout << *fields << mail;
  return std::cout.flush() ? 0 : 1;
}
