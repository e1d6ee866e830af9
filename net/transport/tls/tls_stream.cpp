#include "net/transport/tls/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "net/transport/io_loop.hpp"
#include "net/transport/outbound_budget.hpp"
#include "net/transport/tls/descriptor_bio.hpp"
#include "net/transport/tls/pem_files.hpp"

namespace pushmesh::net {
namespace {

using status = io_result::status;

// RFC 8446 section 5.1: what fits one record.
constexpr std::size_t max_record = SSL3_RT_MAX_PLAIN_LENGTH;

// A client that has us answer (alerts, key updates) and does not read is not read either.
constexpr std::size_t max_unsent = 4 * max_record;

constexpr std::string_view plain_http_answer =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    "Content-Length: 44\r\n\r\nThis port speaks TLS: use https:// or wss://";

struct ssl_deleter {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};

/// The pieces behind the first `skip` bytes, cut into records.
class record_source {
 public:
  record_source(std::span<const iovec> pieces, std::size_t skip) noexcept
      : pieces_(pieces), offset_(skip) {
    drop_finished();
  }
  bool done() const noexcept { return pieces_.empty(); }

  /// The next record's content: a large piece as it is, several small ones copied to `room`. A
  /// piece is never cut behind its first byte: see tls_stream::write().
  std::string_view next(std::span<char> room) noexcept {
    if (front().size() >= room.size() || pieces_.size() == 1) return take(room.size());
    std::size_t used = 0;
    while (!done() && (room.size() - used > 1 || front().size() == 1) && used < room.size()) {
      const auto part = take(room.size() - used);
      std::memcpy(room.data() + used, part.data(), part.size());
      used += part.size();
    }
    return {room.data(), used};
  }

 private:
  std::string_view front() const noexcept {
    const auto& piece = pieces_.front();
    return {static_cast<const char*>(piece.iov_base) + offset_, piece.iov_len - offset_};
  }
  std::string_view take(std::size_t most) noexcept {
    const auto part = front().substr(0, most);
    offset_ += part.size();
    drop_finished();
    return part;
  }
  void drop_finished() noexcept {
    while (!pieces_.empty() && offset_ >= pieces_.front().iov_len) {
      offset_ -= pieces_.front().iov_len;
      pieces_ = pieces_.subspan(1);
    }
  }

  std::span<const iovec> pieces_;
  std::size_t offset_;
};

class tls_stream final : public byte_stream {
 public:
  enum class role : std::uint8_t { server, client };

  tls_stream(io_loop& l, socket s, SSL_CTX& context, role r)
      : byte_stream(l, std::move(s)),
        bio_(socket_.native_handle(), l.budget()),
        ssl_(SSL_new(&context)),
        role_(r) {
    auto* const bio = bio_.make_bio();
    SSL_set_bio(ssl_.get(), bio, bio);
    r == role::server ? SSL_set_accept_state(ssl_.get()) : SSL_set_connect_state(ssl_.get());
  }
  ~tls_stream() override { close(); }

  io_result read(std::span<char> into) override;
  io_result write(std::span<const iovec> pieces) override;
  void shutdown_write() override {
    say_goodbye();
    ::shutdown(socket_.native_handle(), SHUT_WR);
  }
  status handshake() override;
  std::string problem() const override;
  /// Before the handshake.
  void expect_name(const std::string& name);
  bool is_secure() const noexcept override { return true; }
  std::string peer_certificate() const override {
    const auto* const certificate = SSL_get0_peer_certificate(ssl_.get());
    return certificate && SSL_get_verify_result(ssl_.get()) == X509_V_OK ? subject_of(*certificate)
                                                                         : std::string();
  }

 private:
  next_read when_to_read() const noexcept override { return next_read_; }
  void before_close() noexcept override { say_goodbye(); }
  status failure(int result);
  void on_handshake_done();
  void on_handshake_failed(status why, unsigned long reason);
  void say_goodbye() noexcept;

  descriptor_bio bio_;
  std::unique_ptr<SSL, ssl_deleter> ssl_;
  unsigned long reason_ = 0;  // why it failed, as OpenSSL counts reasons
  next_read next_read_ = next_read::readable;
  const role role_;
  bool connected_ = false;  // the handshake is done
  bool failed_ = false;     // OpenSSL must not be asked for more
  bool goodbye_said_ = false;
  bool owes_byte_ = false;  // see write()
};

void tls_stream::expect_name(const std::string& name) {
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), name.c_str()) == 1) return;
  ERR_clear_error();
  SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  SSL_set1_host(ssl_.get(), name.c_str());
  SSL_set_tlsext_host_name(ssl_.get(), name.c_str());
}

status tls_stream::handshake() {
  next_read_ = next_read::readable;
  if (connected_) return status::ok;
  if (failed_) return status::error;
  if (const auto flushed = bio_.flush(); flushed != status::ok && flushed != status::would_block)
    return flushed;
  ERR_clear_error();
  const auto result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    on_handshake_done();
    return status::ok;
  }
  const auto why = failure(result);
  if (why == status::would_block && bio_.unsent() > 0) next_read_ = next_read::writable;
  return why;
}

std::string tls_stream::problem() const {
  if (!failed_) return {};
  if (const auto verified = SSL_get_verify_result(ssl_.get()); verified != X509_V_OK)
    return std::string("its certificate: ") + X509_verify_cert_error_string(verified);
  const auto* const reason = ERR_reason_error_string(reason_);
  return reason ? reason : "";
}

io_result tls_stream::read(std::span<char> into) {
  next_read_ = next_read::readable;
  if (failed_) return {0, status::error};
  if (const auto flushed = bio_.flush(); flushed != status::ok && flushed != status::would_block)
    return {0, flushed};
  if (bio_.unsent() > max_unsent) return {0, status::error};
  std::size_t total = 0;
  while (total < into.size()) {
    ERR_clear_error();
    std::size_t n = 0;
    const auto result = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &n);
    if (!connected_ && SSL_is_init_finished(ssl_.get())) on_handshake_done();
    if (result == 1) {
      total += n;
      continue;
    }
    const auto why = failure(result);
    if (why == status::would_block && !connected_ && bio_.unsent() > 0)
      next_read_ = next_read::writable;  // the peer waits for the rest of our flight
    if (total == 0) return {0, why};
    // The end was seen: the descriptor may never become readable again.
    if (why != status::would_block) next_read_ = next_read::buffered;
    return {total, status::ok};
  }
  next_read_ = next_read::buffered;
  return {total, status::ok};
}

// OpenSSL hands out whole records, and the outbound queue may drop what is reported as not
// written: so whatever is in a record is reported as written, also when the kernel did not take all
// of it. The rest waits in bio_, and the last byte of the record is not reported until that is
// gone. That way the caller comes back for it, and its queue shows that something is left.
io_result tls_stream::write(std::span<const iovec> pieces) {
  static thread_local std::array<char, max_record> room;
  if (failed_ || !connected_) return {0, status::error};
  if (const auto flushed = bio_.flush(); flushed != status::ok) return {0, flushed};
  std::size_t taken = std::exchange(owes_byte_, false) ? 1 : 0;
  for (record_source source(pieces, taken); !source.done() && bio_.unsent() == 0;) {
    const auto content = source.next(room);
    ERR_clear_error();
    std::size_t n = 0;
    if (const auto result = SSL_write_ex(ssl_.get(), content.data(), content.size(), &n);
        result != 1) {
      const auto why = failure(result);
      // Nothing of ours blocks OpenSSL, and renegotiation is off.
      return {0, why == status::would_block ? status::error : why};
    }
    taken += n;
  }
  if (bio_.unsent() == 0) return {taken, status::ok};
  owes_byte_ = true;
  return {taken - 1, taken > 1 ? status::ok : status::would_block};
}

// What a call that did not succeed means.
status tls_stream::failure(int result) {
  const auto error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return status::would_block;
  const auto reason = ERR_peek_error();
  ERR_clear_error();
  auto what = status::error;
  if (error == SSL_ERROR_ZERO_RETURN)
    what = status::closed;
  else if (bio_.state() != status::ok)
    what = bio_.state();
  failed_ = error != SSL_ERROR_ZERO_RETURN;
  reason_ = reason;
  if (!connected_) on_handshake_failed(what, reason);
  return what;
}

void tls_stream::on_handshake_done() {
  connected_ = true;
  if (role_ == role::client) return;  // what is counted are clients of ours
  loop().counters().tls_handshakes.add();
  if (SSL_session_reused(ssl_.get())) loop().counters().tls_resumed.add();
}

void tls_stream::on_handshake_failed(status why, unsigned long reason) {
  // A client that closes thought better of it.
  if (why == status::closed || role_ == role::client) return;
  loop().counters().tls_failed.add();
  if (ERR_GET_REASON(reason) == SSL_R_HTTP_REQUEST)
    ::send(socket_.native_handle(), plain_http_answer.data(), plain_http_answer.size(),
           MSG_NOSIGNAL);
}

void tls_stream::say_goodbye() noexcept {
  if (!connected_ || failed_ || std::exchange(goodbye_said_, true)) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());  // behind a record that did not go out it does not go out either
  ERR_clear_error();
}

}  // namespace

std::unique_ptr<byte_stream> make_tls_stream(io_loop& loop, byte_stream::socket s,
                                             ssl_ctx_st& context) {
  static_assert(sizeof(tls_stream) <= 128, "one per idle connection");
  return std::make_unique<tls_stream>(loop, std::move(s), context, tls_stream::role::server);
}

std::unique_ptr<byte_stream> make_tls_client_stream(io_loop& loop, byte_stream::socket s,
                                                    ssl_ctx_st& context, const std::string& name) {
  auto made = std::make_unique<tls_stream>(loop, std::move(s), context, tls_stream::role::client);
  made->expect_name(name);
  return made;
}

}  // namespace pushmesh::net
