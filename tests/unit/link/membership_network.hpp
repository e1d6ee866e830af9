#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/link/membership.hpp"

/// Nodes that carry out what their membership asks for over a simulated network with delays, cuts,
/// frozen and dead nodes, in steps of a millisecond.
class membership_network {
 public:
  using membership = pushmesh::cluster::membership;
  using link_id = pushmesh::cluster::link_id;
  using time_point = membership::clock::time_point;

  struct node {
    std::string address;
    std::unique_ptr<membership> members;  // null: dead
    bool frozen = false;
    std::map<link_id, std::pair<int, int>> ends;  // link -> connection, side
    std::set<std::string> up;                     // names, by peer_up and peer_down
    int ups = 0, downs = 0;
    bool asked_to_restart = false;
    std::vector<std::string> log;
  };

  membership_network(unsigned seed, int count) : random_(seed), nodes_(count) {
    for (int i = 0; i < count; ++i) nodes_[i].address = "10.0.0." + std::to_string(i + 1) + ":7000";
  }

  node& operator[](int i) { return nodes_[i]; }
  std::string address(int i) const { return nodes_[i].address; }
  time_point now() const { return now_; }
  std::mt19937_64& random() { return random_; }

  pushmesh::cluster::peer_identity identity(int i) {
    using namespace pushmesh::cluster;
    peer_identity p;
    p.name = p.address = address(i);
    p.cluster = "test";
    const auto bits = random_();
    // The order of starts has nothing to do with that of numbers.
    p.incarnation =
        incarnation_id::make(random_() % 1000, {std::uint8_t(bits), std::uint8_t(bits >> 8),
                                                std::uint8_t(++runs_), std::uint8_t(runs_ >> 8)});
    for (int c = 0; c < 6; ++c) p.tag[c] = static_cast<char>('a' + (bits >> (16 + 5 * c)) % 26);
    return p;
  }
  void start(int i, const std::vector<std::string>& peers) { start(i, peers, identity(i)); }
  void start(int i, const std::vector<std::string>& peers, pushmesh::cluster::peer_identity who) {
    auto& n = nodes_[i];
    n.members = std::make_unique<membership>(std::move(who), peers, [this] { return random_(); });
    n.frozen = n.asked_to_restart = false;
    n.up.clear();
    n.ends.clear();
  }
  /// As by kill -9: the kernel closes its connections.
  void kill(int i) {
    for (const auto& [link, end] : nodes_[i].ends) close(end.first, end.second);
    nodes_[i].members.reset();
    nodes_[i].ends.clear();
    nodes_[i].up.clear();
  }
  void leave(int i) {
    for (const auto& [link, end] : nodes_[i].ends)
      send(end.first, end.second, message::goodbye, {});
    nodes_[i].members.reset();
    nodes_[i].ends.clear();
  }
  void cut(int a, int b) { cuts_.insert(std::minmax(a, b)); }
  void heal(int a, int b) { cuts_.erase(std::minmax(a, b)); }
  void heal_all() { cuts_.clear(); }
  bool is_cut(int a, int b) const { return cuts_.contains(std::minmax(a, b)); }

  void run(std::chrono::milliseconds time) {
    for (const auto end = now_ + time; now_ < end;) step();
  }
  /// Runs until `reached` or `limit`; the time it took, or `limit`.
  std::chrono::milliseconds run_until(const std::function<bool()>& reached,
                                      std::chrono::milliseconds limit) {
    const auto began = now_;
    while (now_ - began < limit && !reached()) step();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - began);
  }

  /// Every two living nodes have each other up by the two ends of one connection.
  bool full_mesh() {
    for (int a = 0; a < size(); ++a)
      for (int b = 0; b < a; ++b)
        if (nodes_[a].members && nodes_[b].members && !linked(a, b)) return false;
    for (auto& n : nodes_)
      if (n.members && n.members->live().size() != n.up.size()) return false;
    return true;
  }
  bool linked(int a, int b) {
    const auto at_a = connection_to(a, b), at_b = connection_to(b, a);
    return at_a.first >= 0 && at_a.first == at_b.first && at_a.second != at_b.second;
  }
  int size() const { return static_cast<int>(nodes_.size()); }

 private:
  struct message {
    enum kind { probe, probe_ok, dial, dial_ok, hello, welcome, gossip, refusal, goodbye, closed };
  };
  struct packet {
    time_point due;
    message::kind kind;
    pushmesh::cluster::membership_action content;
  };
  struct side {
    int node = -1;
    link_id link = 0;
    bool open = true;
    bool is_up = false;
    time_point heard{};
    std::deque<packet> inbox;
  };
  struct connection {
    side sides[2];
    bool gone = false;
  };
  struct errand {  // probe or dial: an answer to one node
    time_point due;
    int from, to;
    link_id link;
    bool is_dial;
    pushmesh::cluster::incarnation_id run;
  };

  std::pair<int, int> connection_to(int a, int b) {
    if (!nodes_[b].members) return {-1, 0};
    for (const auto& p : nodes_[a].members->live())
      if (p.identity.incarnation == nodes_[b].members->own().incarnation &&
          nodes_[a].ends.contains(p.link))
        return nodes_[a].ends.at(p.link);
    return {-1, 0};
  }
  std::chrono::milliseconds delay() { return std::chrono::milliseconds(random_() % 6); }
  int node_at(const std::string& address) const {
    for (int i = 0; i < size(); ++i)
      if (nodes_[i].address == address) return i;
    return -1;
  }
  void send(int c, int from_side, message::kind kind,
            pushmesh::cluster::membership_action content) {
    connections_[c].sides[1 - from_side].inbox.push_back(
        {now_ + delay(), kind, std::move(content)});
  }
  void close(int c, int from_side) {
    connections_[c].sides[from_side].open = false;
    send(c, from_side, message::closed, {});
  }

  void step() {
    now_ += std::chrono::milliseconds(1);
    for (int i = 0; i < size(); ++i)
      if (alive(i) && (now_.time_since_epoch() / std::chrono::milliseconds(1) + 7 * i) % 50 == 0)
        apply(i, nodes_[i].members->tick(now_));
    auto errands = std::exchange(errands_, {});
    for (auto& e : errands) run_errand(e);
    for (std::size_t c = 0; c < connections_.size(); ++c)
      if (!connections_[c].gone) step_connection(static_cast<int>(c));
  }
  bool alive(int i) const { return nodes_[i].members && !nodes_[i].frozen; }

  void run_errand(errand& e) {
    if (is_cut(e.from, e.to)) return;  // lost, never answered
    if (now_ < e.due || !alive(e.from)) return errands_.push_back(e);
    if (nodes_[e.from].members->own().incarnation != e.run) return;
    auto& from = *nodes_[e.from].members;
    // The kernel of a frozen node still accepts.
    const auto answered = nodes_[e.to].members != nullptr;
    if (!e.is_dial) return apply(e.from, from.probed(e.link, answered, now_));
    if (answered) {
      const auto c = static_cast<int>(connections_.size());
      auto& fresh = connections_.emplace_back();
      fresh.sides[0] = {e.from, e.link, true, false, now_, {}};
      fresh.sides[1] = {e.to, 0, true, false, now_, {}};
      nodes_[e.from].ends[e.link] = {c, 0};
    }
    using pushmesh::cluster::dial_result;
    // Now and then a heartbeat tick of the middleman cuts the handshake.
    const auto cut = random_() % 8 == 0;
    const auto result = cut        ? dial_result::cut_by_tick
                        : answered ? dial_result::connected
                                   : dial_result::failed;
    apply(e.from, from.dialled(e.link, result, now_));
    if (cut && answered) close(nodes_[e.from].ends[e.link].first, 0);
  }

  void step_connection(int c) {
    for (int s : {0, 1}) {
      const auto to = connections_[c].sides[s].node;
      if (is_cut(to, connections_[c].sides[1 - s].node) || nodes_[to].frozen) continue;
      for (;;) {
        auto& inbox = connections_[c].sides[s].inbox;
        if (inbox.empty() || inbox.front().due > now_) break;
        auto p = std::move(inbox.front());
        inbox.pop_front();
        if (connections_[c].sides[s].open && nodes_[to].members) deliver(c, s, p);
      }
    }
    watch(c);
    auto& both = connections_[c].sides;
    connections_[c].gone = !both[0].open && !both[1].open;
  }

  void deliver(int c, int s, packet& p) {
    const auto i = connections_[c].sides[s].node;
    auto& n = nodes_[i];
    if (connections_[c].sides[s].link == 0) {
      if (p.kind != message::hello) return void(connections_[c].sides[s].open = false);
      const auto link = n.members->accepted(now_);
      if (!link) return close(c, s);
      connections_[c].sides[s].link = *link;
      n.ends[*link] = {c, s};
    }
    const auto link = connections_[c].sides[s].link;
    switch (p.kind) {
      case message::hello:
        if (p.content.verdict == pushmesh::cluster::hello_verdict::accept)
          return apply(i, n.members->hello(link, p.content.peer, now_));
        return apply(
            i, n.members->refused(link, p.content.verdict, p.content.text, now_, p.content.peer));
      case message::welcome:
        return apply(i, n.members->welcome(link, now_));
      case message::gossip:
        return n.members->gossip(link, p.content.gossip, now_);
      case message::refusal:
        return apply(i, n.members->refused(link, p.content.verdict, p.content.text, now_));
      case message::goodbye:
        return apply(i, n.members->goodbye(link, now_));
      case message::closed:
        connections_[c].sides[s].open = false;
        n.ends.erase(link);
        return apply(i, n.members->lost(link, "closed by peer", now_));
      default:
        return;
    }
  }

  // In the place of failure_detector: suspected after 1 s, down after 2.4 s.
  void watch(int c) {
    for (int s : {0, 1}) {
      auto& own = connections_[c].sides[s];
      auto& other = connections_[c].sides[1 - s];
      if (!own.open || !own.is_up || !alive(own.node)) continue;
      if (alive(other.node) && other.open && !is_cut(own.node, other.node)) own.heard = now_;
      auto& members = *nodes_[own.node].members;
      members.suspect(own.link, now_ - own.heard >= std::chrono::milliseconds(1000));
      if (now_ - own.heard < std::chrono::milliseconds(2400)) continue;
      const auto link = own.link;
      const auto i = own.node;
      close(c, s);
      nodes_[i].ends.erase(link);
      apply(i, members.lost(link, "silent", now_));
    }
  }

  void apply(int i, std::vector<pushmesh::cluster::membership_action> todo) {
    using task = pushmesh::cluster::membership_task;
    auto& n = nodes_[i];
    for (auto& a : todo) {
      const auto end = n.ends.contains(a.link) ? n.ends.at(a.link) : std::pair(-1, 0);
      const auto tell = [&](message::kind kind) {
        if (end.first >= 0) send(end.first, end.second, kind, a);
      };
      switch (a.task) {
        case task::probe:
        case task::dial:
          if (const auto to = node_at(a.address); to >= 0)
            errands_.push_back({now_ + delay(), i, to, a.link, a.task == task::dial,
                                n.members->own().incarnation});
          break;
        case task::send_hello:
          a.peer = n.members->own();
          tell(message::hello);
          break;
        case task::send_welcome:
          tell(message::welcome);
          break;
        case task::send_gossip:
          tell(message::gossip);
          break;
        case task::drop:
          if (end.first < 0) break;
          if (!a.text.empty()) tell(message::refusal);
          close(end.first, end.second);
          n.ends.erase(a.link);
          break;
        case task::peer_up:
          ++n.ups;
          if (end.first >= 0) {
            connections_[end.first].sides[end.second].is_up = true;
            connections_[end.first].sides[end.second].heard = now_;
          }
          if (!n.up.insert(a.peer.name).second) n.log.push_back("UP TWICE " + a.peer.name);
          break;
        case task::peer_down:
          ++n.downs;
          if (n.up.erase(a.peer.name) == 0) n.log.push_back("DOWN TWICE " + a.peer.name);
          break;
        case task::restart:
          n.asked_to_restart = true;
          break;
        case task::log:
          n.log.push_back(a.text);
          break;
        case task::look_up:
          break;
      }
    }
  }

  std::mt19937_64 random_;
  std::vector<node> nodes_;
  std::deque<connection> connections_;
  std::vector<errand> errands_;
  std::set<std::pair<int, int>> cuts_;
  time_point now_{};
  int runs_ = 0;
};
