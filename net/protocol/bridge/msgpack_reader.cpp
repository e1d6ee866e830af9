#include "net/protocol/bridge/msgpack_reader.hpp"

#include <cstddef>
#include <cstdint>

#include <msgpack/unpack.hpp>
#include <msgpack/null_visitor.hpp>

#include "net/protocol/bridge/msgpack_extension.hpp"

namespace pushmesh::net {
namespace {

// The names are those that msgpack::parse calls.
class builder_visitor : public msgpack::null_visitor {
 public:
  explicit builder_visitor(document_builder& to) : to_(to) {}

  bool visit_nil() { return to_.null(); }
  bool visit_boolean(bool v) { return to_.boolean(v); }
  bool visit_positive_integer(std::uint64_t v) { return to_.whole(v); }
  bool visit_negative_integer(std::int64_t v) { return to_.whole(v); }
  bool visit_float32(float v) { return to_.real(static_cast<double>(v)); }
  bool visit_float64(double v) { return to_.real(v); }
  bool visit_str(const char* v, std::uint32_t size) { return to_.text({v, size}); }
  bool visit_bin(const char* v, std::uint32_t size) { return to_.bytes({v, size}); }
  /// The first byte is the type; the one before it tells the fixed sizes from the others.
  bool visit_ext(const char* v, std::uint32_t size) {
    if (size == 0) return to_.fail(bridge_errc::malformed);
    const auto head = static_cast<unsigned char>(v[-1]);
    const auto is_fixed = head >= 0xd4 && head <= 0xd8 && size - 1 == 1u << (head - 0xd4);
    return add_extension({static_cast<std::int8_t>(v[0]), is_fixed, {v + 1, size - 1}}, to_);
  }
  bool start_array(std::uint32_t) { return to_.begin_array(); }
  bool end_array() { return to_.end(); }
  bool start_map(std::uint32_t) { return to_.begin_map(); }
  bool end_map() { return to_.end(); }
  void parse_error(std::size_t, std::size_t) { to_.fail(bridge_errc::malformed); }
  void insufficient_bytes(std::size_t, std::size_t) { to_.fail(bridge_errc::malformed); }

 private:
  document_builder& to_;
};

}  // namespace

void read_msgpack(std::string_view bytes, document_builder& to) {
  builder_visitor visitor(to);
  std::size_t used = 0;
  if (!msgpack::parse(bytes.data(), bytes.size(), used, visitor) || used != bytes.size())
    to.fail(bridge_errc::malformed);
}

}  // namespace pushmesh::net
