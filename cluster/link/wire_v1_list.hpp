#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <type_traits>
#include <vector>

namespace pushmesh::cluster::wire_v1 {

class reader;
class writer;
class sizer;

/// A list inside an item, without a copy: either over values of the sender (any contiguous
/// container), or over encoded bytes that were checked when the item was decoded. Elements are made
/// while iterating. Valid as long as what it looks at.
template <class T>
class list {
 public:
  list() = default;
  /// Over a vector, span or array whose elements convert to T.
  template <class Range>
  requires(!std::same_as<Range, list>) &&
      std::convertible_to<const typename Range::value_type&, T> list(const Range& values)
      : list(values, [](const typename Range::value_type& v) -> T { return v; }) {}
  /// The same with a captureless function that makes a T of an element.
  template <class Range, class Project>
  list(const Range& values, Project) : data_(std::data(values)), count_(std::size(values)) {
    static_assert(std::is_empty_v<Project>, "the projection must not capture");
    using source = std::remove_cvref_t<decltype(*std::data(values))>;
    get_ = [](const void* data, std::size_t i) -> T {
      return Project{}(static_cast<const source*>(data)[i]);
    };
  }

  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }

  class iterator {
   public:
    using value_type = T;
    using reference = const T&;
    using pointer = const T*;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    iterator() = default;
    const T& operator*() const noexcept { return value_; }
    const T* operator->() const noexcept { return &value_; }
    iterator& operator++() {
      ++index_;
      load();
      return *this;
    }
    iterator operator++(int) {
      auto old = *this;
      ++*this;
      return old;
    }
    friend bool operator==(const iterator& a, const iterator& b) noexcept {
      return a.index_ == b.index_;
    }

   private:
    friend class list;
    iterator(const list& of, std::size_t index) : of_(&of), rest_(of.encoded_), index_(index) {
      load();
    }
    void load() {
      if (index_ < of_->count_) value_ = of_->get_ ? of_->get_(of_->data_, index_) : next(rest_);
    }

    const list* of_ = nullptr;
    std::string_view rest_;  // encoded elements behind the current one
    std::size_t index_ = 0;
    T value_{};
  };
  iterator begin() const { return {*this, 0}; }
  iterator end() const { return {*this, count_}; }

  /// The elements as U's, for who keeps them: `rooms.copy<std::string>()`.
  template <class U = T>
  std::vector<U> copy() const {
    std::vector<U> result;
    result.reserve(count_);
    for (const auto& v : *this) result.emplace_back(v);
    return result;
  }

 private:
  friend class reader;
  friend class writer;
  friend class sizer;
  list(std::string_view encoded, std::size_t count) noexcept : encoded_(encoded), count_(count) {}
  /// Reads one element off the front of checked bytes.
  static T next(std::string_view& rest);

  T (*get_)(const void*, std::size_t) = nullptr;
  const void* data_ = nullptr;
  std::string_view encoded_;
  std::size_t count_ = 0;
};

using texts = list<std::string_view>;

}  // namespace pushmesh::cluster::wire_v1
