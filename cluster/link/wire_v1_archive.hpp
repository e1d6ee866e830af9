#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "actors/api/ids.hpp"
#include "cluster/link/interest.hpp"
#include "cluster/link/wire_v1_bounds.hpp"
#include "cluster/link/wire_v1_error.hpp"
#include "cluster/link/wire_v1_list.hpp"

/// The three ways to walk over an item's fields: what it takes, writing, reading. An operation
/// stands for the same bytes in all three:
///
///   number    LEB128 of an unsigned number in as few bytes as possible, at most 10
///   fixed     8 bytes, little-endian
///   millis    number, below 2^32
///   code      1 byte, not above a bound
///   flags     1 byte, the first flag is bit 0; bits without a flag are 0
///   raw       the bytes as they are
///   id        a socket id's 20 characters
///   text      number of bytes, bytes
///   rest      bytes up to the end of the item
///   maybe     1 byte 0, or 1 byte 1 and the fields
///   elements  number of elements, elements (a text has at most max_name bytes)
///   sub       the fields of a part
///   require   no bytes: what must hold between fields
namespace pushmesh::cluster::wire_v1 {

constexpr std::size_t varint_size(std::uint64_t v) noexcept {
  return (static_cast<std::size_t>(std::bit_width(v | 1)) + 6) / 7;
}

/// Elements whose encoded size does not depend on their value; 0 for others.
template <class T>
inline constexpr std::size_t fixed_size = 0;
template <>
inline constexpr std::size_t fixed_size<std::uint64_t> = 8;
template <>
inline constexpr std::size_t fixed_size<socket_id> = socket_id::length;
template <>
inline constexpr std::size_t fixed_size<interest_change> = 9;

/// The layout of types that are not items. A is one of the archives below, X maybe const.
template <class A, class X>
void fields_of(A& a, X& x) {
  using type = std::remove_const_t<X>;
  if constexpr (std::is_same_v<type, std::string_view>) {
    a.text(x, max_name);
  } else if constexpr (std::is_same_v<type, std::uint64_t>) {
    a.fixed(x);
  } else if constexpr (std::is_same_v<type, socket_id>) {
    a.id(x);
  } else if constexpr (std::is_same_v<type, interest_change>) {
    a.flags(x.interested), a.fixed(x.room);
  } else if constexpr (std::is_same_v<type, interest_digest>) {
    a.number(x.sequence), a.number(x.rooms), a.fixed(x.sum);
  } else {
    type::fields(a, x);
  }
}

inline constexpr wire_errc no_fault{};

/// Adds up the bytes and checks the bounds, so that writer needs neither.
class sizer {
 public:
  std::size_t size() const noexcept { return size_; }
  wire_errc fault() const noexcept { return fault_; }

  void number(std::uint64_t v) noexcept { size_ += varint_size(v); }
  void fixed(std::uint64_t) noexcept { size_ += 8; }
  void millis(std::chrono::milliseconds v) noexcept {
    require(v.count() >= 0 && v.count() <= UINT32_MAX);
    number(static_cast<std::uint64_t>(v.count()));
  }
  template <class E>
  void code(E v, E max) noexcept {
    require(v <= max);
    size_ += 1;
  }
  template <class... B>
  void flags(const B&...) noexcept {
    size_ += 1;
  }
  template <class C, std::size_t N>
  void raw(const std::array<C, N>&) noexcept {
    size_ += N;
  }
  void id(const socket_id& v) noexcept {
    if (!socket_id::parse(v.view())) fail(wire_errc::bad_socket_id);
    size_ += socket_id::length;
  }
  void text(std::string_view v, std::size_t max) noexcept {
    if (v.size() > max) fail(wire_errc::too_long);
    number(v.size());
    size_ += v.size();
  }
  void rest(std::string_view v) noexcept { size_ += v.size(); }
  template <class T>
  void maybe(const std::optional<T>& v) {
    size_ += 1;
    if (v) fields_of(*this, *v);
  }
  template <class T>
  void elements(const list<T>& v, std::size_t max) {
    if (v.size() > max) return fail(wire_errc::too_many);
    number(v.size());
    if (v.get_ == nullptr) {
      size_ += v.encoded_.size();
    } else if constexpr (fixed_size<T> != 0 && !std::is_same_v<T, socket_id>) {
      size_ += v.size() * fixed_size<T>;
    } else {
      for (const auto& element : v) fields_of(*this, element);
    }
  }
  template <class X>
  void sub(const X& x) {
    fields_of(*this, x);
  }
  void require(bool holds) noexcept {
    if (!holds) fail(wire_errc::bad_value);
  }

 private:
  void fail(wire_errc e) noexcept {
    if (fault_ == no_fault) fault_ = e;
  }
  std::size_t size_ = 0;
  wire_errc fault_ = no_fault;
};

/// Writes to `at`, where there is as much room as sizer said.
class writer {
 public:
  explicit writer(char* at) noexcept : at_(at) {}
  char* at() const noexcept { return at_; }

  void number(std::uint64_t v) noexcept {
    for (; v >= 0x80; v >>= 7) *at_++ = static_cast<char>(v | 0x80);
    *at_++ = static_cast<char>(v);
  }
  void fixed(std::uint64_t v) noexcept {
    if constexpr (std::endian::native == std::endian::big) v = __builtin_bswap64(v);
    std::memcpy(at_, &v, sizeof v);
    at_ += sizeof v;
  }
  void millis(std::chrono::milliseconds v) noexcept {
    number(static_cast<std::uint64_t>(v.count()));
  }
  template <class E>
  void code(E v, E) noexcept {
    *at_++ = static_cast<char>(v);
  }
  template <class... B>
  void flags(const B&... b) noexcept {
    unsigned bits = 0, bit = 1;
    ((bits |= b ? bit : 0, bit <<= 1), ...);
    *at_++ = static_cast<char>(bits);
  }
  template <class C, std::size_t N>
  void raw(const std::array<C, N>& v) noexcept {
    copy(v.data(), N);
  }
  void id(const socket_id& v) noexcept { copy(v.view().data(), socket_id::length); }
  void text(std::string_view v, std::size_t) noexcept {
    number(v.size());
    copy(v.data(), v.size());
  }
  void rest(std::string_view v) noexcept { copy(v.data(), v.size()); }
  template <class T>
  void maybe(const std::optional<T>& v) {
    *at_++ = v ? '\1' : '\0';
    if (v) fields_of(*this, *v);
  }
  template <class T>
  void elements(const list<T>& v, std::size_t) {
    number(v.size());
    if (v.get_ == nullptr) return copy(v.encoded_.data(), v.encoded_.size());
    for (const auto& element : v) fields_of(*this, element);
  }
  template <class X>
  void sub(const X& x) {
    fields_of(*this, x);
  }
  void require(bool) noexcept {}

 private:
  void copy(const void* from, std::size_t size) noexcept {
    if (size != 0) std::memcpy(at_, from, size);
    at_ += size;
  }
  char* at_;
};

/// Reads without copying. After the first fault nothing more is read; what was read then must not
/// be used.
class reader {
 public:
  explicit reader(std::string_view bytes) noexcept
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()) {}

  wire_errc fault() const noexcept { return fault_; }
  /// Bytes read, up to the field at fault if there is a fault.
  std::size_t offset() const noexcept { return fault_ != no_fault ? fault_at_ : consumed(); }
  bool at_end() const noexcept { return at_ == end_; }
  std::string_view remaining() const noexcept { return {at_, left()}; }

  std::uint64_t varint() noexcept {
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80)
      return static_cast<unsigned char>(*at_++);
    return long_varint();
  }
  template <class N>
  void number(N& v) noexcept {
    const auto wide = varint();
    v = static_cast<N>(wide);
    require(v == wide);
  }
  void fixed(std::uint64_t& v) noexcept {
    const auto bytes = take(sizeof v);
    if (bytes.empty()) return;
    std::memcpy(&v, bytes.data(), sizeof v);
    if constexpr (std::endian::native == std::endian::big) v = __builtin_bswap64(v);
  }
  void millis(std::chrono::milliseconds& v) noexcept {
    std::uint32_t count = 0;
    number(count);
    v = std::chrono::milliseconds(count);
  }
  template <class E>
  void code(E& v, E max) noexcept {
    v = static_cast<E>(byte());
    require(v <= max);
  }
  template <class... B>
  void flags(B&... b) noexcept {
    unsigned bits = byte();
    ((b = (bits & 1) != 0, bits >>= 1), ...);
    require(bits == 0);
  }
  template <class C, std::size_t N>
  void raw(std::array<C, N>& v) noexcept {
    const auto bytes = take(N);
    if (!bytes.empty()) std::memcpy(v.data(), bytes.data(), N);
  }
  void id(socket_id& v) noexcept {
    const auto bytes = take(socket_id::length);
    if (bytes.empty()) return;
    const auto parsed = socket_id::parse(bytes);
    if (!parsed) return fail(wire_errc::bad_socket_id);
    v = *parsed;
  }
  void text(std::string_view& v, std::size_t max) noexcept {
    const auto size = varint();
    if (size > max) return fail(wire_errc::too_long);
    v = take(static_cast<std::size_t>(size));
  }
  void rest(std::string_view& v) noexcept { v = take(left()); }
  template <class T>
  void maybe(std::optional<T>& v) {
    const auto present = byte();
    require(present <= 1);
    if (present == 1) fields_of(*this, v.emplace());
  }
  template <class T>
  void elements(list<T>& v, std::size_t max) {
    const auto count = varint();
    if (count > max) return fail(wire_errc::too_many);
    // An element has at least one byte: no loop over more than there are bytes.
    if (count * (fixed_size<T> == 0 ? 1 : fixed_size<T>) > left())
      return fail(wire_errc::cut_short);
    const auto* const from = at_;
    if constexpr (std::is_same_v<T, std::uint64_t>) {
      at_ += count * sizeof(std::uint64_t);
    } else {
      for (std::uint64_t i = 0; i < count && fault_ == no_fault; ++i) {
        T element{};
        fields_of(*this, element);
      }
    }
    if (fault_ != no_fault) return;
    v = list<T>(std::string_view(from, static_cast<std::size_t>(at_ - from)),
                static_cast<std::size_t>(count));
  }
  template <class X>
  void sub(X& x) {
    fields_of(*this, x);
  }
  void require(bool holds) noexcept {
    if (!holds) fail(wire_errc::bad_value);
  }

 private:
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  std::size_t consumed() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  void fail(wire_errc e) noexcept {
    if (fault_ != no_fault) return;
    fault_ = e;
    fault_at_ = consumed();
    at_ = end_;
  }
  /// Empty if there are not so many.
  std::string_view take(std::size_t size) noexcept {
    if (size > left()) {
      fail(wire_errc::cut_short);
      return {};
    }
    std::string_view const bytes(at_, size);
    at_ += size;
    return bytes;
  }
  std::uint8_t byte() noexcept {
    const auto bytes = take(1);
    return bytes.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(bytes[0]);
  }
  std::uint64_t long_varint() noexcept {
    std::uint64_t v = 0;
    const auto* p = at_;
    for (unsigned shift = 0; p != end_; shift += 7) {
      const auto b = static_cast<unsigned char>(*p++);
      // The tenth byte holds the 64th bit alone; a last byte of 0 says nothing.
      if (shift == 63 && b > 1) break;
      v |= static_cast<std::uint64_t>(b & 0x7f) << shift;
      if (b >= 0x80) continue;
      if (b == 0) break;
      at_ = p;
      return v;
    }
    const auto complete = p != at_ && (p - at_ == 10 || static_cast<unsigned char>(p[-1]) < 0x80);
    fail(complete ? wire_errc::bad_varint : wire_errc::cut_short);
    return 0;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::size_t fault_at_ = 0;
  wire_errc fault_ = no_fault;
};

template <class T>
T list<T>::next(std::string_view& rest) {
  reader r(rest);
  T value{};
  fields_of(r, value);
  rest = r.remaining();
  return value;
}

}  // namespace pushmesh::cluster::wire_v1
