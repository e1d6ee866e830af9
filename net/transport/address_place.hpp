#pragma once

#include <utility>

namespace pushmesh::net {

/// One connection of a client address, given back when it goes (net/transport/address_limits.hpp
/// gives it). Any thread; may outlive who gave it.
class address_place {
 public:
  struct record;

  address_place() = default;
  /// Takes over one of the record's references.
  explicit address_place(record* r) noexcept : record_(r) {}
  address_place(address_place&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
  address_place& operator=(address_place other) noexcept {
    std::swap(record_, other.record_);
    return *this;
  }
  ~address_place();

 private:
  record* record_ = nullptr;
};

}  // namespace pushmesh::net
