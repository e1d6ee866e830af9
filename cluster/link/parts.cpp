#include "cluster/link/parts.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "cluster/link/wire_v1_archive.hpp"

namespace pushmesh::cluster {

using wire_v1::class_of;
using wire_v1::item_class;
using wire_v1::item_kind;
using wire_v1::wire_errc;

namespace {

struct part {
  std::uint64_t total = 0;
  std::uint64_t offset = 0;
  std::string_view piece;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.total), a.number(x.offset), a.rest(x.piece);
  }
};

item_kind part_kind(item_class c) noexcept {
  if (c == item_class::fifo) return item_kind::fifo_part;
  return c == item_class::reply ? item_kind::reply_part : item_kind::session_part;
}

bool is_part(item_kind k) noexcept {
  return k == item_kind::fifo_part || k == item_kind::reply_part || k == item_kind::session_part;
}

tl::unexpected<wire_v1::wire_error> error(wire_errc code, item_kind kind, std::size_t at = 0) {
  return tl::make_unexpected(wire_v1::wire_error{code, kind, at});
}

}  // namespace

std::size_t part_cutter::append_next(std::string& out, std::size_t max_size) {
  part p{item_.size(), offset_, {}};
  wire_v1::sizer head;
  part::fields(head, p);
  const auto overhead = 1 + wire_v1::varint_size(max_size) + head.size();
  p.piece = item_.substr(offset_, max_size - overhead);
  const auto body = head.size() + p.piece.size();
  const auto total = 1 + wire_v1::varint_size(body) + body;
  const auto before = out.size();
  out.resize(before + total);
  wire_v1::writer w(out.data() + before);
  const auto kind = part_kind(class_of(static_cast<item_kind>(item_[0])));
  w.code(kind, kind);
  w.number(body);
  part::fields(w, p);
  offset_ += p.piece.size();
  return total;
}

part_joiner::result part_joiner::add(const wire_v1::raw_item& item) {
  joined_.clear();
  if (joined_.capacity() > wire_v1::max_item) joined_.shrink_to_fit();
  if (!wire_v1::needs_credit(item.kind)) return item;
  auto& of = joints_[static_cast<std::size_t>(class_of(item.kind)) - 1];
  if (is_part(item.kind)) return add_part(item, of);
  if (of.total != 0) return error(wire_errc::part_interrupted, item.kind);
  return item;
}

part_joiner::result part_joiner::add_part(const wire_v1::raw_item& item, joint& of) {
  part p;
  wire_v1::reader r(item.body);
  part::fields(r, p);
  if (r.fault() != wire_v1::no_fault) return error(r.fault(), item.kind, r.offset());
  if (p.total > max_item_) return error(wire_errc::too_long, item.kind);
  const bool continues = p.offset == of.have.size() && (of.total == 0 || of.total == p.total);
  if (!continues || p.piece.empty() || p.piece.size() > p.total - p.offset)
    return error(wire_errc::part_out_of_place, item.kind);

  of.total = static_cast<std::size_t>(p.total);
  const auto needed = of.have.size() + p.piece.size();
  // Never more memory than announced, never much more than has come.
  if (needed > of.have.capacity()) of.have.reserve(std::min(of.total, 2 * needed));
  of.have.append(p.piece);
  if (needed < of.total) return std::nullopt;
  return complete(item.kind, of);
}

part_joiner::result part_joiner::complete(item_kind part, joint& of) {
  joined_ = std::move(of.have);
  of = {};
  wire_v1::wire_reader reader(joined_, max_item_);
  const auto whole = reader.next();
  if (!whole) return error(wire_errc::bad_joined_item, part);
  if (!*whole) {
    // A kind that we do not know, or several: the first is skipped as it would be in a batch.
    return reader.skipped() == 1 ? result(std::nullopt) : error(wire_errc::bad_joined_item, part);
  }
  const auto& item = **whole;
  if (item.bytes.size() != joined_.size() || class_of(item.kind) != class_of(part) ||
      is_part(item.kind))
    return error(wire_errc::bad_joined_item, part);
  return item;
}

}  // namespace pushmesh::cluster
