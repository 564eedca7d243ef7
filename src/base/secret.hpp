// Text that must not outlive its use.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace mekiki {

/// Overwrites memory in a way the compiler may not leave out.
void wipe(char* data, std::size_t size);

/// Overwrites what functions that have returned left on the stack of this
/// thread: parsers of others keep pieces of a text there.
void wipe_stack();

/// Memory that is overwritten before it is given back: containers that grow
/// leave nothing behind.
template <class T>
struct wiping_allocator {
  using value_type = T;
  wiping_allocator() = default;
  template <class U>
  wiping_allocator(const wiping_allocator<U>& /*other*/) {}  // NOLINT: implicit

  T* allocate(std::size_t n) { return std::allocator<T>().allocate(n); }
  void deallocate(T* at, std::size_t n) {
    wipe(reinterpret_cast<char*>(at), n * sizeof(T));
    std::allocator<T>().deallocate(at, n);
  }
  bool operator==(const wiping_allocator&) const = default;
};

/// Text that may hold a password among other things. Reserve more than 15
/// octets first: a shorter one lies in the object itself.
using wiped_string =
    std::basic_string<char, std::char_traits<char>, wiping_allocator<char>>;

/// A password or private key: wiped when it goes, never copied by accident,
/// and without a formatter, so that no log line can hold it.
class secret {
 public:
  secret() = default;
  explicit secret(std::string&& text) {
    text_.swap(text);
    wipe(text.data(), text.capacity());  // a short one was copied
  }
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

/// The parts one behind another. (fmt would leave copies in its buffers.)
secret join_secret(std::initializer_list<std::string_view> parts);

}  // namespace mekiki
