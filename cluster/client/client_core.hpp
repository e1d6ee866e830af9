#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "cluster/client/call_table.hpp"
#include "cluster/client/client_call.hpp"
#include "cluster/client/client_options.hpp"
#include "cluster/client/completion_thread.hpp"
#include "cluster/link/link_services.hpp"
#include "cluster/link/wire_v1.hpp"

namespace pushmesh::cluster {

/// The calls of one client and the link that carries them: what links are for in a client. Shared
/// by the client, its gateway, and everything calls can be made with.
class client_core final : public link_services, public std::enable_shared_from_this<client_core> {
 public:
  using clock = std::chrono::steady_clock;
  using millis = std::chrono::milliseconds;

  explicit client_core(client_options options);

  /// Makes a call whose answer is a T. `items_of(id)` gives its encoded items.
  template <class T, class ItemsOf>
  void launch(std::function<void(client_result<T>)> done, millis patience, bool is_volatile,
              ItemsOf items_of) {
    call c;
    c.patience = patience;
    c.is_volatile = is_volatile;
    c.answer = awaited<T>{std::move(done), {}};
    call_table::completions due;
    {
      std::lock_guard lock(mutex_);
      c.id = calls_.next_id();
      c.items = items_of(c.id);
      due = calls_.launch(std::move(c), clock::now());
    }
    completions_.run(std::move(due));
  }
  /// A piece of an answer came.
  template <class T>
  void answer(wire_v1::request_id id, T part, bool last) {
    call_table::completions due;
    {
      std::lock_guard lock(mutex_);
      due = calls_.answer(id.value, std::move(part), last);
    }
    completions_.run(std::move(due));
  }

  const client_options& options() const noexcept { return options_; }
  /// Name of the node that is up; empty: none.
  std::string node() const;
  void log(int level, const std::string& line);
  /// Ends all calls. The links are gone.
  void stop();

  // link_services, by the gateway and its links
  void peer_up(const peer_ref& peer) override;
  void peer_down(const peer_ref& peer) override;
  std::unique_ptr<item_sink> open_sink(const peer_ref& peer) override;
  void tick(clock::time_point now) override;

 private:
  std::string why_unreachable() const;

  const client_options options_;
  mutable std::mutex mutex_;  // of what follows
  call_table calls_;
  link_id link_ = 0;       // that is up
  std::string complaint_;  // last one of the gateway since a node was up
  completion_thread completions_;
};

}  // namespace pushmesh::cluster
