// Reads the input as a batch twice: item by item, and through the joiner of parts. What is read
// must be what would be written, looking at every element must stay within the input, and both ends
// must agree on the credit.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "cluster/link/parts.hpp"
#include "cluster/link/wire_v1.hpp"
#include "cluster/link/wire_v1_archive.hpp"

using namespace pushmesh::cluster;
using namespace pushmesh::cluster::wire_v1;

namespace {

void expect(bool ok) {
  if (!ok) std::abort();
}

/// Looks at every byte of an item, elements of lists one by one.
class walker {
 public:
  std::size_t seen() const noexcept { return seen_; }

  void number(std::uint64_t v) noexcept { seen_ += v != 0; }
  void fixed(std::uint64_t v) noexcept { seen_ += v != 0; }
  void millis(std::chrono::milliseconds v) noexcept { seen_ += v.count() != 0; }
  template <class E>
  void code(E, E) noexcept {}
  template <class... B>
  void flags(const B&... b) noexcept {
    seen_ += (b + ...);
  }
  template <class C, std::size_t N>
  void raw(const std::array<C, N>& v) noexcept {
    for (const auto c : v) seen_ += c != 0;
  }
  void id(const pushmesh::socket_id& v) noexcept { text(v.view(), 20); }
  void text(std::string_view v, std::size_t max) noexcept {
    expect(v.size() <= max);
    for (const auto c : v) seen_ += c != 0;
  }
  void rest(std::string_view v) noexcept { text(v, v.size()); }
  template <class T>
  void maybe(const std::optional<T>& v) {
    if (v) fields_of(*this, *v);
  }
  template <class T>
  void elements(const list<T>& v, std::size_t max) {
    expect(v.size() <= max);
    std::size_t count = 0;
    for (const auto& element : v) {
      fields_of(*this, element);
      ++count;
    }
    expect(count == v.size());
  }
  template <class X>
  void sub(const X& x) {
    fields_of(*this, x);
  }
  void require(bool holds) noexcept { expect(holds); }

 private:
  std::size_t seen_ = 0;
};

template <class T>
constexpr bool may_grow = requires {
  T::may_grow;
};

void check_item(const raw_item& raw) {
  const auto one = decode(raw);
  if (!one) {
    expect(!one.error().message().empty());
    expect(one.error().at <= raw.body.size());
    return;
  }
  std::visit(
      [&]<class T>(const T& x) {
        walker w;
        T::fields(w, x);
        expect(w.seen() <= 2 * raw.bytes.size());
        std::string again;
        expect(encode(again, x).has_value());
        wire_reader reader(again, max_joined + 16);
        const auto copy = reader.next();
        expect(copy && *copy && (**copy).kind == raw.kind);
        expect(may_grow<T> ? raw.body.substr(0, (**copy).body.size()) == (**copy).body
                           : raw.body == (**copy).body);
      },
      *one);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string batch(reinterpret_cast<const char*>(data), size);
  const auto cost = credit_cost(batch);
  wire_reader reader(batch);
  part_joiner joiner(4096);
  bool joining = true;
  std::size_t bytes = 0;
  for (;;) {
    const auto next = reader.next();
    if (!next) {
      expect(!cost && cost.error() == next.error() && next.error().at <= batch.size());
      return 0;
    }
    if (!*next) break;
    bytes += (**next).bytes.size();
    expect(bytes <= batch.size());
    check_item(**next);
    if (!joining) continue;
    const auto whole = joiner.add(**next);
    expect(joiner.buffered() <= 3 * 4096);
    if (!whole)
      joining = false;
    else if (*whole && (**whole).bytes.data() != (**next).bytes.data())
      check_item(**whole);
  }
  expect(cost && *cost == reader.cost() && *cost <= batch.size());
  return 0;
}
