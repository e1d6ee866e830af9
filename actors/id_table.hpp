#pragma once

#include <cstddef>
#include <vector>

#include "actors/api/ids.hpp"

namespace pushmesh::actors {

/// Finds objects by their socket_id: open addressing over pointers, 16 bytes per entry at most.
/// T has `const socket_id& id() const`. Holds no ownership.
template <class T>
class id_table {
 public:
  T* find(const socket_id& id) const noexcept {
    if (slots_.empty()) return nullptr;
    for (auto i = home(id);; i = next(i)) {
      if (!slots_[i]) return nullptr;
      if (slots_[i]->id() == id) return slots_[i];
    }
  }

  void insert(T& object) {
    if ((size_ + 1) * 4 > slots_.size() * 3) resize(slots_.empty() ? 16 : slots_.size() * 2);
    place(object);
    ++size_;
  }

  void erase(const T& object) noexcept {
    if (slots_.empty()) return;
    auto hole = home(object.id());
    while (slots_[hole] != &object) {
      if (!slots_[hole]) return;
      hole = next(hole);
    }
    // Backward shift: what probed past the hole moves up, so no tombstones are needed.
    for (auto i = next(hole); slots_[i]; i = next(i)) {
      const auto wanted = home(slots_[i]->id());
      if (distance(wanted, i) < distance(wanted, hole)) continue;
      slots_[hole] = slots_[i];
      hole = i;
    }
    slots_[hole] = nullptr;
    --size_;
    if (slots_.size() > 16 && size_ * 8 < slots_.size()) resize(slots_.size() / 2);
  }

  std::size_t size() const noexcept { return size_; }

 private:
  std::size_t home(const socket_id& id) const noexcept {
    return (id.hash() >> 17) & (slots_.size() - 1);
  }
  std::size_t next(std::size_t i) const noexcept { return (i + 1) & (slots_.size() - 1); }
  std::size_t distance(std::size_t from, std::size_t to) const noexcept {
    return (to - from) & (slots_.size() - 1);
  }
  void place(T& object) noexcept {
    auto i = home(object.id());
    while (slots_[i]) i = next(i);
    slots_[i] = &object;
  }
  void resize(std::size_t slots) {
    std::vector<T*> old(slots);
    old.swap(slots_);
    for (auto* object : old)
      if (object) place(*object);
  }

  std::vector<T*> slots_;  // a power of two of them
  std::size_t size_ = 0;
};

}  // namespace pushmesh::actors
