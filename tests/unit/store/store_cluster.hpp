#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/push/store/replicated_store.hpp"
#include "tests/unit/store/store_over_wire.hpp"
#include "tests/unit/store/store_values.hpp"

namespace pushmesh::test {

namespace push = cluster::push;

/// Some stores in one process, and the network between them: in order on each link, in any order
/// between links, as a seed wants it. Time stands still but for ticks.
class store_cluster {
 public:
  explicit store_cluster(std::size_t count, std::uint32_t seed = 1,
                         const push::store_options& options = {})
      : random_(seed), options_(options) {
    for (std::size_t i = 0; i < count; ++i) add();
    see_all();
  }

  struct told {
    push::user_id user;
    socket_id socket;
    push::platform_name by;
  };
  struct node : push::store_port {
    node(store_cluster& c, std::size_t i) : in(c), index(i) {}
    void send(const cluster::incarnation_id& to, push::store_message m) override {
      in.send(index, to, std::move(m));
    }
    void replaced(const push::user_id& user, const push::losing_device& l) override {
      replaced_devices.push_back({user, l.device.socket, l.by});
    }
    push::store_time now() const override { return in.now_; }

    store_cluster& in;
    std::size_t index;
    push::store_node self;
    bool alive = true;
    std::vector<told> replaced_devices;
    std::unique_ptr<push::replicated_store> store;
  };

  /// Nobody sees it yet.
  node& add() {
    const auto i = nodes_.size();
    nodes_.push_back(std::make_unique<node>(*this, i));
    auto& n = *nodes_.back();
    const auto b = static_cast<std::uint8_t>(i + 1);
    n.self = {cluster::incarnation_id::make(1000 + i, {b, 7, b, 7, b, 7, b, 7, b, b}),
              "n" + std::to_string(i + 1)};
    n.store = std::make_unique<push::replicated_store>(n.self, options_, n);
    return n;
  }
  node& operator[](std::size_t i) { return *nodes_[i]; }
  std::size_t size() const { return nodes_.size(); }
  std::int64_t ms() const { return (now_ - at(0)).count(); }
  std::size_t number(std::size_t max) { return random_() % (max + 1); }

  // Faults. What is under way on a link that ends is lost; nodes notice in see().
  void kill(std::size_t i) {
    nodes_[i]->alive = false;
    for (std::size_t j = 0; j < size(); ++j) cut(i, j);
  }
  void cut(std::size_t a, std::size_t b) {
    links_[{a, b}].clear();
    links_[{b, a}].clear();
    cuts_.insert(std::minmax(a, b));
  }
  void heal(std::size_t a, std::size_t b) { cuts_.erase(std::minmax(a, b)); }
  bool linked(std::size_t a, std::size_t b) const {
    return nodes_[a]->alive && nodes_[b]->alive && !cuts_.contains(std::minmax(a, b));
  }
  void see(std::size_t i) {
    if (!nodes_[i]->alive) return;
    std::vector<push::store_node> others;
    for (std::size_t j = 0; j < size(); ++j)
      if (j != i && linked(i, j)) others.push_back(nodes_[j]->self);
    nodes_[i]->store->set_view(others);
  }
  void see_all() {
    for (std::size_t i = 0; i < size(); ++i) see(i);
  }

  /// One message of some link. False: none is under way.
  bool deliver() {
    std::vector<std::pair<std::size_t, std::size_t>> busy;
    for (const auto& [link, waiting] : links_)
      if (!waiting.empty()) busy.push_back(link);
    if (busy.empty()) return false;
    const auto link = busy[number(busy.size() - 1)];
    auto m = std::move(links_[link].front());
    links_[link].pop_front();
    ++delivered_;
    nodes_[link.second]->store->take(nodes_[link.first]->self.id, std::move(m));
    return true;
  }
  void tick() {
    now_ += std::chrono::milliseconds(50);
    for (auto& n : nodes_)
      if (n->alive) n->store->tick();
  }
  /// Until nothing is under way, nobody waits and every user is where he belongs. False: after a
  /// minute of the cluster's time it is not so.
  bool settle() {
    for (int ticks = 0; ticks < 1200; ++ticks) {
      while (deliver()) {
      }
      if (settled()) return true;
      tick();
    }
    return false;
  }
  bool settled() const {
    for (const auto& n : nodes_)
      if (n->alive &&
          (n->store->waiting() > 0 || n->store->users().unsettled() > 0 || !n->store->confirmed()))
        return false;
    return true;
  }

  std::size_t owner_of(const push::user_id& u, std::size_t seen_by) const {
    return index_of(nodes_[seen_by]->store->view().place_of(u).owner);
  }
  std::size_t index_of(const cluster::incarnation_id& id) const {
    for (std::size_t i = 0; i < size(); ++i)
      if (nodes_[i]->self.id == id) return i;
    return size();
  }
  /// Nodes that have a record of the user.
  std::size_t holders(const push::user_id& u) const {
    std::size_t count = 0;
    for (const auto& n : nodes_) {
      const auto* const h = n->store->users().find(u);
      count += n->alive && h && h->has_record;
    }
    return count;
  }
  std::uint64_t delivered() const noexcept { return delivered_; }

  // Operations; the answer is there once `settle()` has come back.
  using answer = std::shared_ptr<std::optional<push::user_outcome>>;
  answer run(std::size_t at_node, const char* user, push::user_operation op) {
    auto a = std::make_shared<std::optional<push::user_outcome>>();
    nodes_[at_node]->store->run(push::user_id(user), std::move(op),
                                [a](push::user_outcome o) { a->emplace(std::move(o)); });
    return a;
  }
  answer login(std::size_t at_node, const char* user, std::uint32_t socket,
               const char* platform = "web") {
    push::user_operation op;
    op.verb = push::user_verb::admit;
    op.device = device_on(socket, ms(), "", platform);
    op.device.home = nodes_[at_node]->self.id;
    op.device.node = nodes_[at_node]->self.name;
    return run(at_node, user, std::move(op));
  }
  answer logout(std::size_t at_node, const char* user, std::uint32_t socket) {
    push::user_operation op;
    op.verb = push::user_verb::release;
    op.device.socket = socket_number(socket);
    return run(at_node, user, std::move(op));
  }
  answer enqueue(std::size_t at_node, const char* user, const std::string& id) {
    push::user_operation op;
    op.verb = push::user_verb::enqueue;
    op.payload = message_alone(id, ms(), 100'000'000);
    return run(at_node, user, std::move(op));
  }
  answer acknowledge(std::size_t at_node, const char* user, const std::string& id) {
    push::user_operation op;
    op.verb = push::user_verb::acknowledge;
    op.message = push::message_id(id);
    return run(at_node, user, std::move(op));
  }
  /// What the store says of a user, asked at a node.
  push::user_view look(std::size_t at_node, const char* user) {
    const auto a = run(at_node, user, {});
    if (!settle() || !*a || (*a)->error) return {};
    return (*a)->view;
  }
  static std::string ids(const push::user_view& v) {
    std::string all;
    for (const auto& e : v.waiting) all += e.message->id.text;
    return all;
  }
  std::size_t logins(const socket_id& socket) const {
    std::size_t count = 0;
    for (const auto& n : nodes_) count += n->alive && n->store->is_logged_in(socket);
    return count;
  }
  std::size_t times_told(const socket_id& socket) const {
    std::size_t count = 0;
    for (const auto& n : nodes_)
      for (const auto& t : n->replaced_devices) count += t.socket == socket;
    return count;
  }

 private:
  void send(std::size_t from, const cluster::incarnation_id& to, push::store_message m) {
    const auto j = index_of(to);
    if (j < size() && linked(from, j)) links_[{from, j}].push_back(over_wire(m));
  }

  std::mt19937 random_;
  push::store_options options_;
  push::store_time now_ = at(0);
  std::vector<std::unique_ptr<node>> nodes_;
  std::map<std::pair<std::size_t, std::size_t>, std::deque<push::store_message>> links_;
  std::set<std::pair<std::size_t, std::size_t>> cuts_;
  std::uint64_t delivered_ = 0;
};

}  // namespace pushmesh::test
