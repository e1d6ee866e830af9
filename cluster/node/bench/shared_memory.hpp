#pragma once

#include <sys/mman.h>

#include <new>
#include <utility>

namespace pushmesh::bench {

/// A zeroed T that this process shares with those it forks. T must be fine when all its bytes are 0
/// and is never destroyed. Pages are taken when first written.
template <class T>
class shared_memory {
 public:
  /// Throws std::bad_alloc.
  shared_memory() {
    void* const p =
        mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    object_ = static_cast<T*>(p);
  }
  shared_memory(shared_memory&& o) noexcept : object_(std::exchange(o.object_, nullptr)) {}
  shared_memory& operator=(shared_memory&&) = delete;
  ~shared_memory() {
    if (object_) munmap(object_, sizeof(T));
  }

  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }

 private:
  T* object_;
};

}  // namespace pushmesh::bench
