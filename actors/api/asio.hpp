#pragma once

#include <memory>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "actors/api/ack.hpp"

/// For programs that use Boost.Asio: emits with acknowledgement as asynchronous operations. The
/// only public header that needs Boost; a program that does not include it does not see Asio.
namespace pushmesh {

/// Sends `emit` and completes with its ack_result. Signature: `void(ack_result)`; any completion
/// token will do: a callback, boost::asio::use_future, boost::asio::use_awaitable.
///
/// The handler never runs inside this call, but by boost::asio::post on its associated executor
/// (without one on Asio's system executor: bind yours), which is told of outstanding work until
/// then. When the server stops first, the operation still completes, with those who had not
/// answered under `left`; an emit on a server that is gone destroys the handler without a call.
/// Any thread.
///
///     ack_result r = co_await pushmesh::async_emit_with_ack(
///         socket.emit_with_ack("question", 42), boost::asio::use_awaitable);
template <class CompletionToken>
auto async_emit_with_ack(pending_emit emit, CompletionToken&& token) {
  auto launch = [](auto handler, pending_emit pending) {
    auto work = boost::asio::make_work_guard(boost::asio::get_associated_executor(handler));
    // ack_callback is copyable and handlers need not be.
    auto kept = std::make_shared<decltype(handler)>(std::move(handler));
    pending.then([work = std::move(work), kept](ack_result result) mutable {
      const auto executor = work.get_executor();
      boost::asio::post(executor, [kept = std::move(kept), result = std::move(result)]() mutable {
        std::move (*kept)(std::move(result));
      });
      work.reset();
    });
  };
  return boost::asio::async_initiate<CompletionToken, void(ack_result)>(std::move(launch), token,
                                                                        std::move(emit));
}

}  // namespace pushmesh
