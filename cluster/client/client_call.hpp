#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <utility>

#include "actors/api/ack.hpp"
#include "cluster/client/client_results.hpp"

namespace pushmesh {

/// Something a client can do. Nothing is sent before then(), future(), get() or detach(), once.
template <class T>
class [[nodiscard]] client_call {
 public:
  using result = client_result<T>;
  using callback = std::function<void(result)>;
  struct terms {
    /// Without a value: client_options::answer_within; for acknowledgements 10 s and that.
    std::optional<std::chrono::milliseconds> timeout;
    bool until_first_loss = false;
  };
  using launcher = std::function<void(const terms&, callback)>;

  explicit client_call(launcher launch) : launch_(std::move(launch)) {}

  /// How long answers are awaited: those of the clients that are asked to acknowledge, else that of
  /// the node.
  client_call&& timeout(std::chrono::milliseconds t) && { return std::move(timeout(t)); }
  client_call& timeout(std::chrono::milliseconds t) & {
    terms_.timeout = t;
    return *this;
  }
  /// Ends as soon as somebody who was asked disconnects; see ack_terms.
  client_call&& until_first_loss() && requires std::same_as<T, ack_result> {
    terms_.until_first_loss = true;
    return std::move(*this);
  }

  /// `done` runs once, on the client's own thread for this: it may block, but then later ones wait.
  /// What it throws is logged. It must not destroy or stop the client.
  void then(callback done) { launch_(terms_, std::move(done)); }
  /// The same as a future, which always gets its value.
  std::future<result> future() {
    auto promise = std::make_shared<std::promise<result>>();
    auto value = promise->get_future();
    then([promise](result r) { promise->set_value(std::move(r)); });
    return value;
  }
  /// Waits for the result. Not inside a completion handler.
  result get() { return future().get(); }
  /// Sends, and asks no more.
  void detach() {
    then([](const result&) {});
  }

 private:
  launcher launch_;
  terms terms_;
};

}  // namespace pushmesh
