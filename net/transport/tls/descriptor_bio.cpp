#include "net/transport/tls/descriptor_bio.hpp"

#include <openssl/bio.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "net/transport/outbound_budget.hpp"

namespace pushmesh::net {

struct descriptor_bio::rest {
  explicit rest(outbound_budget& budget) : charge(budget) {}
  void append(const char* data, std::size_t size) {
    bytes.append(data, size);
    charge.set(sizeof(rest) + bytes.capacity());
  }
  std::string_view left() const noexcept { return std::string_view(bytes).substr(sent); }

  budget_charge charge;
  std::string bytes;
  std::size_t sent = 0;
};

/// The functions of the BIO; its data is the descriptor_bio.
struct bio_calls {
  static descriptor_bio& self(BIO* bio) noexcept {
    return *static_cast<descriptor_bio*>(BIO_get_data(bio));
  }

  static int read(BIO* bio, char* into, std::size_t size, std::size_t* taken) noexcept {
    auto& d = self(bio);
    BIO_clear_retry_flags(bio);
    *taken = 0;
    ssize_t n;
    do n = ::recv(d.fd_, into, size, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
      *taken = static_cast<std::size_t>(n);
      return 1;
    }
    if (n < 0 && errno == EAGAIN)
      BIO_set_retry_read(bio);
    else
      d.state_ = n == 0 ? io_result::status::closed : failure_of(errno);
    return 0;
  }

  static int write(BIO* bio, const char* data, std::size_t size, std::size_t* taken) {
    auto& d = self(bio);
    BIO_clear_retry_flags(bio);
    *taken = 0;
    const auto sent = d.rest_ ? 0 : d.send(data, size);
    if (d.state_ != io_result::status::ok) return 0;
    if (sent < size) {
      if (!d.rest_) d.rest_ = std::make_unique<descriptor_bio::rest>(d.budget_);
      d.rest_->append(data + sent, size - sent);
    }
    *taken = size;
    return 1;
  }

  static long control(BIO*, int command, long, void*) noexcept {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static BIO_METHOD* method() {
    struct deleter {
      void operator()(BIO_METHOD* m) const noexcept { BIO_meth_free(m); }
    };
    static const std::unique_ptr<BIO_METHOD, deleter> made = [] {
      std::unique_ptr<BIO_METHOD, deleter> m(
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pushmesh descriptor"));
      BIO_meth_set_read_ex(m.get(), read);
      BIO_meth_set_write_ex(m.get(), write);
      BIO_meth_set_ctrl(m.get(), control);
      return m;
    }();
    return made.get();
  }
};

descriptor_bio::descriptor_bio(int fd, outbound_budget& budget) noexcept
    : fd_(fd), budget_(budget) {}

descriptor_bio::~descriptor_bio() = default;

bio_st* descriptor_bio::make_bio() {
  auto* const bio = BIO_new(bio_calls::method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

io_result::status descriptor_bio::flush() {
  if (state_ != io_result::status::ok || !rest_) return state_;
  const auto left = rest_->left();
  const auto n = send(left.data(), left.size());
  if (state_ != io_result::status::ok) return state_;
  if (n < left.size()) {
    rest_->sent += n;
    return io_result::status::would_block;
  }
  rest_.reset();
  return io_result::status::ok;
}

std::size_t descriptor_bio::unsent() const noexcept {
  return rest_ ? rest_->left().size() : 0;
}

std::size_t descriptor_bio::send(const char* data, std::size_t size) noexcept {
  ssize_t n;
  do n = ::send(fd_, data, size, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno != EAGAIN) state_ = failure_of(errno);
  return 0;
}

}  // namespace pushmesh::net
