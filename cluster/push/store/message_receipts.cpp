#include "cluster/push/store/message_receipts.hpp"

#include <algorithm>
#include <numeric>

namespace pushmesh::cluster::push {

std::string_view to_string(receipt_state s) noexcept {
  constexpr std::array<std::string_view, receipt_states> names{"stored", "sent", "acked",
                                                               "timed_out", "expired"};
  return names[static_cast<std::size_t>(s)];
}

namespace {

std::size_t index(receipt_state s) noexcept {
  return static_cast<std::size_t>(s);
}

}  // namespace

message_receipts::message_receipts(name_pool& names, store_time begun, std::size_t max_listed)
    : names_(names), begun_(begun), max_listed_(max_listed) {}

message_receipts::~message_receipts() {
  forget_all();
}

void message_receipts::forget_all() {
  for (const auto& s : slots_) {
    if (s.user == 0) continue;
    names_.release(s.user);
    names_.release(s.device);
  }
  slots_ = {};
  used_ = 0;
}

std::uint32_t message_receipts::ticks(store_time t) const noexcept {
  const auto since = std::clamp<std::int64_t>((t - begun_).count(), 0, UINT32_MAX - 1);
  return static_cast<std::uint32_t>(since + 1);
}

std::optional<store_time> message_receipts::time(std::uint32_t ticks) const noexcept {
  if (ticks == 0) return std::nullopt;
  return begun_ + std::chrono::milliseconds(ticks - 1);
}

std::size_t message_receipts::home_of(std::uint32_t user) const noexcept {
  const auto mixed = user * std::uint64_t{0x9E3779B97F4A7C15u} >> 32;
  return static_cast<std::size_t>(mixed * slots_.size() >> 32);
}

const message_receipts::slot* message_receipts::find_slot(std::uint32_t user) const noexcept {
  if (slots_.empty() || user == 0) return nullptr;
  for (auto at = home_of(user); slots_[at].user != 0; at = at + 1 == slots_.size() ? 0 : at + 1)
    if (slots_[at].user == user) return &slots_[at];
  return nullptr;
}

message_receipts::slot& message_receipts::put_slot(std::uint32_t user) {
  auto at = home_of(user);
  while (slots_[at].user != 0) at = at + 1 == slots_.size() ? 0 : at + 1;
  slots_[at].user = user;
  return slots_[at];
}

void message_receipts::grow() {
  // A message to one user is the most frequent: it has one slot and a free one.
  std::vector<slot> old(slots_.empty() ? 2 : slots_.size() * 3 / 2 + 1);
  old.swap(slots_);
  for (const auto& s : old)
    if (s.user != 0) put_slot(s.user) = s;
}

void message_receipts::note(const receipt_event& e) {
  if (counts_only_) return count_event(e);
  list_event(e);
  if (used_ <= max_listed_) return;
  counts_only_ = true;
  forget_all();
}

void message_receipts::count_event(const receipt_event& e) {
  if (e.before) {
    if (is_final(*e.before) || e.state <= *e.before) return;
    auto& from = counts_[index(*e.before)];
    if (from == 0) return;
    --from;
  }
  ++counts_[index(e.state)];
}

void message_receipts::list_event(const receipt_event& e) {
  auto* s = const_cast<slot*>(find_slot(names_.find(e.user.view())));
  if (!s) {
    if ((used_ + 1) * 10 > slots_.size() * 9 || used_ + 1 >= slots_.size()) grow();
    s = &put_slot(names_.add(e.user.view()));
    ++used_;
    ++counts_[index(e.state)];
  } else {
    if (is_final(s->state) || (e.state < s->state)) return;
    --counts_[index(s->state)];
    ++counts_[index(e.state)];
  }
  s->state = e.state;
  if (!e.device.empty() && names_[s->device] != e.device.view()) {
    const auto former = s->device;
    s->device = names_.add(e.device.view());
    names_.release(former);
  }
  auto& when = is_final(e.state) ? s->ended : e.state == receipt_state::sent ? s->sent : s->stored;
  if (when == 0) when = ticks(e.at);
}

receipt message_receipts::read(const slot& s) const {
  return {user_id(names_[s.user]),
          device_id(names_[s.device]),
          s.state,
          time(s.stored),
          time(s.sent),
          time(s.ended)};
}

std::optional<receipt> message_receipts::find(const user_id& user) const {
  const auto* const s = find_slot(names_.find(user.view()));
  if (!s) return std::nullopt;
  return read(*s);
}

std::vector<receipt> message_receipts::list() const {
  std::vector<receipt> all;
  all.reserve(used_);
  for (const auto& s : slots_)
    if (s.user != 0) all.push_back(read(s));
  return all;
}

std::uint64_t message_receipts::recipients() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace pushmesh::cluster::push
