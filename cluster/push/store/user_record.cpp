#include "cluster/push/store/user_record.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

namespace pushmesh::cluster::push {

namespace {

template <class... F>
struct overloaded : F... {
  using F::operator()...;
};

}  // namespace

void user_record::carry_out(user_change change, user_changes& out) {
  apply(change);
  out.push_back(std::move(change));
}

void user_record::apply(const user_change& change) {
  std::visit(overloaded{
                 [&](const device_put& c) {
                   std::erase_if(devices_,
                                 [&](const auto& d) { return d.socket == c.device.socket; });
                   devices_.push_back(c.device);
                 },
                 [&](const device_gone& c) {
                   std::erase_if(devices_, [&](const auto& d) { return d.socket == c.socket; });
                 },
                 [&](const tag_put& c) {
                   (c.source == tag_source::granted ? granted_ : claimed_).insert(c.tag);
                 },
                 [&](const tag_gone& c) {
                   (c.source == tag_source::granted ? granted_ : claimed_).erase(c.tag);
                 },
                 [&](const message_queued& c) {
                   if (!queue_.find(c.message->id)) queue_.append(c.message, c.attempts);
                 },
                 [&](const message_sent& c) { queue_.attempted(c.id, c.attempts); },
                 [&](const message_removed& c) { queue_.erase(c.id); },
                 [&](const cursor_moved& c) { read_ = std::max(read_, c.to); },
             },
             change);
}

// ---- logins -------------------------------------------------------------------------------------

tl::expected<admission, store_errc> user_record::admit(const online_device& d,
                                                       const std::vector<tag_name>& claimed,
                                                       const device_policy& policy,
                                                       const store_limits& limits,
                                                       user_changes& out) {
  const std::set<tag_name> wanted(claimed.begin(), claimed.end());
  if (granted_.size() + wanted.size() > limits.tags_per_user)
    return tl::make_unexpected(store_errc::full);
  auto result = decide(policy, devices_, d, limits.devices_per_user);
  if (!result.admitted)
    return tl::make_unexpected(policy.which == device_policy::rule::refuse
                                   ? store_errc::duplicate_session
                                   : store_errc::full);
  for (const auto& l : result.losers) carry_out(device_gone{l.device.socket}, out);
  const auto* const known = device(d.socket);
  if (!known || *known != d) carry_out(device_put{d}, out);
  const auto former = claimed_;
  for (const auto& t : former)
    if (!wanted.contains(t)) carry_out(tag_gone{t, tag_source::claimed}, out);
  for (const auto& t : wanted)
    if (!former.contains(t)) carry_out(tag_put{t, tag_source::claimed}, out);
  return result;
}

bool user_record::release(const socket_id& socket, user_changes& out) {
  if (!device(socket)) return false;
  carry_out(device_gone{socket}, out);
  return true;
}

const online_device* user_record::device(const socket_id& socket) const noexcept {
  const auto at = std::find_if(devices_.begin(), devices_.end(),
                               [&](const auto& d) { return d.socket == socket; });
  return at == devices_.end() ? nullptr : &*at;
}

// ---- tags ---------------------------------------------------------------------------------------

tl::expected<void, store_errc> user_record::tag(const tag_name& tag, tag_source source,
                                                const store_limits& limits, user_changes& out) {
  if ((source == tag_source::granted ? granted_ : claimed_).contains(tag)) return {};
  if (tag_count() >= limits.tags_per_user) return tl::make_unexpected(store_errc::full);
  carry_out(tag_put{tag, source}, out);
  return {};
}

void user_record::untag(const tag_name& tag, user_changes& out) {
  if (granted_.contains(tag)) carry_out(tag_gone{tag, tag_source::granted}, out);
  if (claimed_.contains(tag)) carry_out(tag_gone{tag, tag_source::claimed}, out);
}

std::set<tag_name> user_record::tags() const {
  auto all = granted_;
  all.insert(claimed_.begin(), claimed_.end());
  return all;
}

// ---- messages -----------------------------------------------------------------------------------

void user_record::read_log(const push_log& log, const store_limits& limits, store_time now,
                           user_changes& out) {
  if (log.end() <= read_) return;
  log.read(read_, now, [&](const log_entry& e) {
    if (e.reaches(user_, [this](const tag_name& t) { return has_tag(t); }))
      static_cast<void>(enqueue(e.message, limits, now, out));
  });
  carry_out(cursor_moved{log.end()}, out);
}

tl::expected<void, store_errc> user_record::enqueue(const message_ref& m,
                                                    const store_limits& limits, store_time now,
                                                    user_changes& out) {
  if (m->expired(now) || queue_.find(m->id)) return {};
  const auto size = stored_messages::cost(*m);
  const auto fits = [&] {
    return queue_.size() < limits.queue_per_user &&
           queue_.bytes() + size <= limits.queue_bytes_per_user;
  };
  if (!fits()) expire(now, out);
  const bool never = limits.queue_per_user == 0 || size > limits.queue_bytes_per_user;
  if (never || (!fits() && limits.full_queue == queue_policy::refuse_newest))
    return tl::make_unexpected(store_errc::full);
  while (!fits()) remove(offline_queue::entry(*queue_.begin()), removal::dropped, {}, now, out);
  carry_out(message_queued{m, 0, now}, out);
  return {};
}

void user_record::remove(const offline_queue::entry& e, removal why, const device_id& by,
                         store_time now, user_changes& out) {
  carry_out(message_removed{e.message->id, why, e.attempts, by, now}, out);
}

std::uint16_t user_record::sent(const message_id& id, store_time now, user_changes& out) {
  const auto* const e = queue_.find(id);
  if (!e || e->message->expired(now)) return 0;
  const auto attempts =
      e->attempts == UINT16_MAX ? e->attempts : static_cast<std::uint16_t>(e->attempts + 1);
  carry_out(message_sent{id, attempts, now}, out);
  return attempts;
}

bool user_record::acknowledge(const message_id& id, const device_id& by, store_time now,
                              user_changes& out) {
  const auto* const e = queue_.find(id);
  if (!e) return false;
  remove(*e, removal::acked, by, now, out);
  return true;
}

std::size_t user_record::acknowledge_through(const message_id& last, const device_id& by,
                                             store_time now, user_changes& out) {
  if (!queue_.find(last)) return 0;
  std::size_t count = 0;
  for (bool reached = false; !reached; ++count) {
    reached = queue_.begin()->message->id == last;
    remove(*queue_.begin(), removal::acked, by, now, out);
  }
  return count;
}

void user_record::expire(store_time now, user_changes& out) {
  std::vector<offline_queue::entry> over;
  std::copy_if(queue_.begin(), queue_.end(), std::back_inserter(over),
               [now](const auto& e) { return e.message->expired(now); });
  for (const auto& e : over) remove(e, removal::expired, {}, now, out);
}

// ---- the copy -----------------------------------------------------------------------------------

user_changes user_record::whole() const {
  user_changes all;
  all.reserve(devices_.size() + tag_count() + queue_.size() + 1);
  for (const auto& d : devices_) all.emplace_back(device_put{d});
  for (const auto& t : granted_) all.emplace_back(tag_put{t, tag_source::granted});
  for (const auto& t : claimed_) all.emplace_back(tag_put{t, tag_source::claimed});
  for (const auto& e : queue_)
    all.emplace_back(message_queued{e.message, e.attempts, e.message->created});
  all.emplace_back(cursor_moved{read_});
  return all;
}

bool operator==(const user_record& a, const user_record& b) {
  const auto same_entry = [](const offline_queue::entry& x, const offline_queue::entry& y) {
    return x.message->id == y.message->id && x.attempts == y.attempts;
  };
  return a.user_ == b.user_ && a.devices_ == b.devices_ && a.granted_ == b.granted_ &&
         a.claimed_ == b.claimed_ && a.read_ == b.read_ &&
         std::equal(a.queue_.begin(), a.queue_.end(), b.queue_.begin(), b.queue_.end(), same_entry);
}

}  // namespace pushmesh::cluster::push
