// Text that must not outlive its use.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace mekiki {

/// Overwrites memory in a way the compiler may not leave out.
void wipe(char* data, std::size_t size);

/// A password or private key: wiped when it goes, never copied by accident,
/// and without a formatter, so that no log line can hold it.
class secret {
 public:
  secret() = default;
  explicit secret(std::string text) : text_(std::move(text)) {}
  ~secret() { clear(); }
  secret(const secret&) = delete;
  secret& operator=(const secret&) = delete;
  secret(secret&& other) noexcept { *this = std::move(other); }
  secret& operator=(secret&& other) noexcept {
    if (this != &other) {
      clear();
      text_ = other.text_;  // a moved-from short string would keep its octets
      other.clear();
    }
    return *this;
  }

  /// The text itself; copies of it are the caller's to wipe.
  std::string_view reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  void clear() {
    wipe(text_.data(), text_.capacity());
    text_.clear();
  }

 private:
  std::string text_;
};

}  // namespace mekiki
