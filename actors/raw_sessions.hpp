#pragma once

#include <any>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "actors/api/engineio.hpp"
#include "net/transport/connection.hpp"

namespace pushmesh::actors {

class node_core;
class raw_sessions;
class shard;

/// The clients of bare Engine.IO endpoints on one shard. Only used on the shard's thread.
class raw_sessions {
 public:
  raw_sessions(node_core& core, shard& home) noexcept : core_(core), home_(home) {}

  /// Takes a session that was just opened. `handlers` outlives it.
  net::connection_handler& open(std::unique_ptr<net::connection> link, net::handshake&& request,
                                int protocol, const engineio_handlers& handlers);
  void close_all(close_reason reason);
  std::size_t size() const noexcept { return all_.size(); }

 private:
  friend class raw_session;
  void remove(raw_session& s);

  node_core& core_;
  shard& home_;
  std::vector<std::unique_ptr<raw_session>> all_;
};

/// One of them.
class raw_session final : public net::connection_handler {
 public:
  raw_session(raw_sessions& owner, std::unique_ptr<net::connection> link, net::handshake&& request,
              int protocol, const engineio_handlers& handlers);

  net::connection& link() noexcept { return *link_; }
  const net::handshake& request() const noexcept { return request_; }
  int protocol() const noexcept { return protocol_; }
  std::any& data() noexcept { return data_; }
  void begin();

  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_writable() override {}
  void on_closed(close_reason reason) override;

 private:
  friend class raw_sessions;
  /// Runs application code; what it throws is logged and closes this client.
  template <class F>
  void guarded(F&& run);
  void report_failure(const char* why);

  raw_sessions& owner_;
  std::unique_ptr<net::connection> link_;
  net::handshake request_;
  const engineio_handlers& handlers_;
  std::any data_;
  std::size_t position_ = 0;  // in raw_sessions::all_
  int protocol_;
};

}  // namespace pushmesh::actors
