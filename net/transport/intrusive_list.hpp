#pragma once

#include <cstddef>
#include <utility>

namespace pushmesh::net {

/// Base of what can be in one intrusive_list<T>. Destroying it takes it out.
template <class T>
class list_hook {
 public:
  list_hook() = default;
  ~list_hook() { unlink(); }
  list_hook(const list_hook&) = delete;
  list_hook& operator=(const list_hook&) = delete;
  bool linked() const noexcept { return link_ != nullptr; }
  void unlink() noexcept {
    if (!link_) return;
    *link_ = next_;
    if (next_) next_->list_hook::link_ = link_;
    link_ = nullptr;
    next_ = nullptr;
  }
  /// The element behind this one; nullptr at the end.
  T* next() const noexcept { return next_; }

 private:
  template <class>
  friend class intrusive_list;
  T* next_ = nullptr;
  T** link_ = nullptr;
};

/// List of objects that it does not own, linked through themselves: O(1) and nothing allocated.
template <class T>
class intrusive_list {
 public:
  intrusive_list() = default;
  ~intrusive_list() {
    while (head_) head_->list_hook<T>::unlink();
  }
  intrusive_list(const intrusive_list&) = delete;
  intrusive_list& operator=(const intrusive_list&) = delete;
  bool empty() const noexcept { return head_ == nullptr; }
  T* front() const noexcept { return head_; }
  void swap(intrusive_list& other) noexcept {
    std::swap(head_, other.head_);
    for (auto* list : {this, &other})
      if (list->head_) static_cast<list_hook<T>*>(list->head_)->link_ = &list->head_;
  }
  void push_front(T& x) noexcept {
    list_hook<T>& hook = x;
    hook.unlink();
    hook.next_ = head_;
    hook.link_ = &head_;
    if (head_) static_cast<list_hook<T>*>(head_)->link_ = &hook.next_;
    head_ = &x;
  }

 private:
  T* head_ = nullptr;
};

}  // namespace pushmesh::net
