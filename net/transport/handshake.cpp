#include "net/transport/handshake.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "net/protocol/engineio_request.hpp"

namespace pushmesh::net {
namespace {

constexpr std::size_t max_text = std::numeric_limits<std::uint16_t>::max();

// A header is kept as two lengths, then name and value: the numbers are cheaper than the
// separators would be to escape.
constexpr std::size_t pair_overhead = 2 * sizeof(std::uint16_t);

class writer {
 public:
  explicit writer(char* out) noexcept : out_(out) {}
  void text(std::string_view s) noexcept { out_ = std::copy(s.begin(), s.end(), out_); }
  void length(std::string_view s) noexcept {
    const auto n = static_cast<std::uint16_t>(s.size());
    std::memcpy(out_, &n, sizeof n);
    out_ += sizeof n;
  }

 private:
  char* out_;
};

std::size_t take_length(std::string_view& text) noexcept {
  std::uint16_t n;
  std::memcpy(&n, text.data(), sizeof n);
  text.remove_prefix(sizeof n);
  return n;
}

// The next name and value of the headers in `text`, which is not empty.
std::pair<std::string_view, std::string_view> take_header(std::string_view& text) noexcept {
  const auto name_size = take_length(text);
  const auto value_size = take_length(text);
  const auto name = text.substr(0, name_size);
  const auto value = text.substr(name_size, value_size);
  text.remove_prefix(name_size + value_size);
  return {name, value};
}

}  // namespace

handshake::handshake(const source& s)
    : issued_ms_(s.issued_ms),
      target_(static_cast<std::uint16_t>(std::min(s.target.size(), max_text))),
      address_(static_cast<std::uint16_t>(std::min(s.address.size(), max_text))),
      certificate_(static_cast<std::uint16_t>(std::min(s.certificate.size(), max_text))),
      secure_(s.secure) {
  std::size_t size = front();
  for (auto& [name, value] : s.headers)
    size += pair_overhead + std::min(name.size(), max_text) + std::min(value.size(), max_text);
  size_ = static_cast<std::uint32_t>(size);
  text_.reset(new char[size]);

  writer out(text_.get());
  out.text(s.target.substr(0, target_));
  out.text(s.address.substr(0, address_));
  out.text(s.certificate.substr(0, certificate_));
  for (auto& [name, value] : s.headers) {
    const auto kept_name = name.substr(0, max_text);
    const auto kept_value = value.substr(0, max_text);
    out.length(kept_name);
    out.length(kept_value);
    out.text(kept_name);
    out.text(kept_value);
  }
}

std::string_view handshake::target() const noexcept {
  return {text_.get(), target_};
}

std::string_view handshake::address() const noexcept {
  return text_ ? std::string_view{text_.get() + target_, address_} : std::string_view{};
}

std::string_view handshake::client_certificate() const noexcept {
  return text_ ? std::string_view{text_.get() + target_ + address_, certificate_}
               : std::string_view{};
}

std::string_view handshake::header(std::string_view lower_case_name) const noexcept {
  for (auto rest = header_text(); !rest.empty();) {
    const auto [name, value] = take_header(rest);
    if (name == lower_case_name) return value;
  }
  return {};
}

std::vector<std::pair<std::string_view, std::string_view>> handshake::headers() const {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  for (auto rest = header_text(); !rest.empty();) all.push_back(take_header(rest));
  return all;
}

std::string_view handshake::header_text() const noexcept {
  if (!text_) return {};
  return {text_.get() + front(), size_ - front()};
}

std::vector<std::pair<std::string, std::string>> handshake::query() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (auto& [name, value] : parse_query(split_target(target()).second))
    all.emplace_back(std::move(name), std::move(value));
  return all;
}

}  // namespace pushmesh::net
