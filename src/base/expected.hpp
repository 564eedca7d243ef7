// expected<T, E>: a value or the reason why there is none.
//
// std::expected where the library has it; otherwise the subset of it that
// this project uses, over std::variant, built by index so that T and E may be
// the same type. Use only what both of them have.
#pragma once

#include <version>

#if defined(__cpp_lib_expected)

#include <expected>

namespace mekiki {
using std::expected;
using std::unexpected;
}  // namespace mekiki

#else

#include <cassert>
#include <type_traits>
#include <utility>
#include <variant>

namespace mekiki {

template <class E>
class unexpected {
 public:
  explicit unexpected(E error) : error_(std::move(error)) {}
  const E& error() const& { return error_; }
  E&& error() && { return std::move(error_); }

 private:
  E error_;
};

template <class T, class E>
class [[nodiscard]] expected {
  using stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

 public:
  using value_type = T;
  using error_type = E;

  expected() requires std::is_default_constructible_v<stored>
      : state_(std::in_place_index<0>) {}

  template <class U = stored>
  requires(!std::is_void_v<T> && std::is_constructible_v<stored, U&&> &&
           !std::is_same_v<std::remove_cvref_t<U>, expected> &&
           std::is_convertible_v<U&&, stored>)
      expected(U&& value)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  template <class G>
  requires std::is_constructible_v<E, G> expected(
      unexpected<G> error)  // NOLINT(google-explicit-constructor)
      : state_(std::in_place_index<1>, std::move(error).error()) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  template <class U = stored>
  requires(!std::is_void_v<T>) const U& operator*() const& {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  template <class U = stored>
  requires(!std::is_void_v<T>) U& operator*() & {
    assert(has_value());
    return *std::get_if<0>(&state_);
  }
  template <class U = stored>
  requires(!std::is_void_v<T>) U && operator*() && {
    assert(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  const stored* operator->() const { return std::get_if<0>(&state_); }
  stored* operator->() { return std::get_if<0>(&state_); }

  const E& error() const& {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }
  E&& error() && {
    assert(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

  template <class U>
  stored value_or(U&& other) const& {
    return has_value() ? **this : static_cast<stored>(std::forward<U>(other));
  }

 private:
  std::variant<stored, E> state_;
};

}  // namespace mekiki

#endif
