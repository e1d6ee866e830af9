// Random histories of one user against a simple model: a list of what he is owed, made without log,
// cursor or changes. And the copy that carries out the changes is the same record at every step.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cluster/push/store/user_receipts.hpp"
#include "cluster/push/store/user_record.hpp"
#include "tests/unit/store/store_values.hpp"

using namespace pushmesh::cluster::push;
using pushmesh::test::at;
using pushmesh::test::device_on;
using pushmesh::test::message_alone;
using pushmesh::test::socket_number;

namespace {

const user_id user("u");

struct owed {
  std::string id;
  std::int64_t expires;
};

struct model {
  std::vector<owed> queue;
  std::set<std::string> granted, claimed;
  std::vector<std::uint32_t> sockets;  // oldest first
  std::map<std::string, receipt_state> receipts;

  bool has(const std::string& tag) const { return granted.contains(tag) || claimed.contains(tag); }
  bool waits(const std::string& id) const {
    return std::any_of(queue.begin(), queue.end(), [&](const owed& o) { return o.id == id; });
  }
  void end(std::string id, receipt_state how) {
    std::erase_if(queue, [&](const owed& o) { return o.id == id; });
    receipts[id] = how;
  }
  void expire(std::int64_t now) {
    const auto all = queue;
    for (const auto& o : all)
      if (o.expires <= now) end(o.id, receipt_state::expired);
  }
  void push(std::string id, std::int64_t now, std::int64_t ttl, std::size_t most) {
    if (queue.size() >= most) expire(now);
    if (queue.size() >= most) end(queue.front().id, receipt_state::expired);
    receipts[id] = receipt_state::stored;
    queue.push_back({std::move(id), now + ttl});
  }
};

class history {
 public:
  explicit history(std::uint32_t seed) : random_(seed) {
    limits_.queue_per_user = 1 + number(12);
    policy_.which = static_cast<device_policy::rule>(number(2));
    policy_.max_devices = 1 + number(3);
  }

  void step() {
    now_ += static_cast<std::int64_t>(1 + number(20));
    changes_.clear();
    const bool touched = act();
    for (const auto& c : changes_) {
      copy_.apply(c);
      note_receipts(receipts_, user, c);
    }
    REQUIRE(copy_ == record_);
    if (touched) compare();
  }

 private:
  std::size_t number(std::size_t max) { return random_() % (max + 1); }
  tag_name tag() { return tag_name(std::string(1, static_cast<char>('a' + number(2)))); }
  std::string some_id() { return "m" + std::to_string(number(made_)); }

  /// False: the record was not looked at, what is in the log is not in its queue yet.
  bool act() {
    switch (const auto what = number(9)) {
      case 0:
      case 1:
        return push_to_log();
      default:
        record_.read_log(log_, limits_, at(now_), changes_);
        what < 5 ? push() : what < 7 ? acknowledge() : what < 8 ? login() : change_tags();
        return true;
    }
  }
  bool push_to_log() {
    const auto id = "m" + std::to_string(++made_);
    const auto t = tag();
    const bool all = number(1);
    const auto ttl = static_cast<std::int64_t>(50 + number(300));
    log_.append(
        {{log_.end().value + 1 + number(3)}, message_alone(id, now_, ttl), all, {t}, {}, {}});
    if (all || model_.has(t.text)) unread_.push_back({id, now_ + ttl});
    return false;
  }
  void take_unread() {
    for (auto& o : unread_)
      if (o.expires > now_) model_.push(o.id, now_, o.expires - now_, limits_.queue_per_user);
    unread_.clear();
  }
  void push() {
    take_unread();
    const auto id = "m" + std::to_string(++made_);
    const auto ttl = static_cast<std::int64_t>(1 + number(300));
    CHECK(record_.enqueue(message_alone(id, now_, ttl), limits_, at(now_), changes_).has_value());
    model_.push(id, now_, ttl, limits_.queue_per_user);
  }
  void acknowledge() {
    take_unread();
    const auto id = some_id();
    const bool waits = model_.waits(id);
    if (number(2) == 0) {
      std::size_t before = 0;
      for (const auto& o : model_.queue) {
        ++before;
        if (o.id == id) break;
      }
      CHECK(record_.acknowledge_through(message_id(id), {}, at(now_), changes_) ==
            (waits ? before : 0));
      if (waits)
        for (std::size_t i = 0; i < before; ++i)
          model_.end(model_.queue.front().id, receipt_state::acked);
    } else if (number(2) == 0) {
      if (record_.sent(message_id(id), at(now_), changes_) > 0)
        model_.receipts[id] = receipt_state::sent;
      record_.expire(at(now_), changes_);
      model_.expire(now_);
    } else {
      CHECK(record_.acknowledge(message_id(id), {}, at(now_), changes_) == waits);
      if (waits) model_.end(id, receipt_state::acked);
    }
  }
  void login() {
    take_unread();
    const auto socket = static_cast<std::uint32_t>(1 + number(5));
    if (number(1)) {
      const bool online = std::erase(model_.sockets, socket) > 0;
      CHECK(record_.release(socket_number(socket), changes_) == online);
      return;
    }
    const auto t = tag();
    const auto a = record_.admit(device_on(socket, now_), {t}, policy_, limits_, changes_);
    REQUIRE(a.has_value());
    model_.claimed = {t.text};
    std::erase(model_.sockets, socket);
    const auto most = policy_.which == device_policy::rule::max ? policy_.max_devices : 1;
    std::size_t losers = 0;
    for (; model_.sockets.size() + 1 > most; ++losers) model_.sockets.erase(model_.sockets.begin());
    model_.sockets.push_back(socket);
    CHECK(a->losers.size() == losers);
  }
  void change_tags() {
    take_unread();
    const auto t = tag();
    if (number(1)) {
      CHECK(record_.tag(t, tag_source::granted, limits_, changes_).has_value());
      model_.granted.insert(t.text);
    } else {
      record_.untag(t, changes_);
      model_.granted.erase(t.text);
      model_.claimed.erase(t.text);
    }
  }
  void compare() {
    std::vector<std::string> is, expected;
    for (const auto& e : record_.queue()) is.push_back(e.message->id.text);
    for (const auto& o : model_.queue) expected.push_back(o.id);
    REQUIRE(is == expected);
    std::set<std::string> tags;
    for (const auto& t : record_.tags()) tags.insert(t.text);
    auto wanted = model_.granted;
    wanted.insert(model_.claimed.begin(), model_.claimed.end());
    REQUIRE(tags == wanted);
    std::vector<pushmesh::socket_id> online, sockets;
    for (const auto& d : record_.devices()) online.push_back(d.socket);
    for (const auto s : model_.sockets) sockets.push_back(socket_number(s));
    REQUIRE(online == sockets);
    std::string wrong;  // one assertion for all: sanitizers make each of them dear
    for (const auto& [id, state] : model_.receipts) {
      const auto* const of = receipts_.find(message_id(id));
      if (!of || of->find(user)->state != state) wrong += id + " ";
    }
    REQUIRE(wrong == "");
  }

  std::mt19937 random_;
  store_limits limits_;
  device_policy policy_;
  std::int64_t now_ = 0;
  std::size_t made_ = 0;
  user_record record_{user};
  user_record copy_{user};
  push_log log_{1000};
  receipt_table receipts_{store_limits{}};
  user_changes changes_;
  model model_;
  std::vector<owed> unread_;  // by the record, of the log
};

}  // namespace

TEST_CASE("random histories of a user are those of a simple model") {
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    history h(seed);
    for (int i = 0; i < 60; ++i) h.step();
  }
}
