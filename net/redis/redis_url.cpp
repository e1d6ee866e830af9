#include "net/redis/redis_url.hpp"

#include <charconv>
#include <optional>

#include "net/protocol/percent_encoding.hpp"

namespace pushmesh::net::redis {
namespace {

using failure = tl::unexpected<std::string>;

constexpr std::size_t longest_url = 2048;
/// sizeof(sockaddr_un::sun_path) with its final zero.
constexpr std::size_t longest_socket_path = 107;

failure because(const char* sentence) {
  return failure(std::string(sentence));
}

/// Without its percent-encoding; nullopt when that is broken or hides a zero byte.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto byte = percent_encoded(text.substr(i));
    if (!byte || *byte == '\0') return std::nullopt;
    out += *byte;
    i += 2;
  }
  return out;
}

/// All of `text` as a decimal number of at most `most`.
std::optional<std::uint32_t> number(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end || value > most) return std::nullopt;
  return value;
}

tl::expected<void, std::string> read_login(std::string_view text, redis_url& url) {
  const auto colon = text.find(':');
  if (colon == text.npos)
    return because("a login is \"user:password@\" or \":password@\": there is no colon in it");
  auto user = decoded(text.substr(0, colon));
  auto password = decoded(text.substr(colon + 1));
  if (!user || !password) return because("the percent-encoding of user or password is broken");
  if (!user->empty() && password->empty()) return because("there is a user but no password");
  url.user = std::move(*user);
  url.password = std::move(*password);
  return {};
}

tl::expected<void, std::string> read_database(std::string_view text, redis_url& url) {
  // Redis counts databases with an int.
  const auto n = number(text, 2'147'483'647);
  if (!n) return because("the database must be a whole number");
  url.database = *n;
  return {};
}

tl::expected<void, std::string> read_query(std::string_view query, redis_url& url) {
  if (!query.starts_with("db=")) return because("the only parameter is \"?db=NUMBER\"");
  return read_database(query.substr(3), url);
}

bool is_host(std::string_view host) noexcept {
  constexpr std::string_view others = ".-_";
  for (const char c : host)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
          others.find(c) != others.npos))
      return false;
  return !host.empty() && host.size() <= 253;
}

bool is_ipv6(std::string_view host) noexcept {
  // Which addresses there are is for the resolver to say.
  return host.find_first_not_of("0123456789abcdefABCDEF:.%") == host.npos &&
         host.find(':') != host.npos;
}

tl::expected<void, std::string> read_place(std::string_view text, redis_url& url) {
  auto port = std::string_view{};
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return because("the IPv6 address has no closing bracket");
    url.host = text.substr(1, end - 1);
    if (!is_ipv6(url.host)) return because("between the brackets there must be an IPv6 address");
    port = text.substr(end + 1);
    if (!port.empty() && port[0] != ':')
      return because("behind the bracket only \":port\" may come");
  } else {
    const auto colon = text.find(':');
    url.host = text.substr(0, colon);
    if (url.host.empty()) return because("the host is missing");
    if (!is_host(url.host)) return because("the host is no name or address");
    if (colon != text.npos) port = text.substr(colon);
  }
  if (port.empty()) return {};
  const auto n = number(port.substr(1), 65'535);
  if (!n || *n == 0) return because("the port must be a number from 1 to 65535");
  url.port = static_cast<std::uint16_t>(*n);
  return {};
}

}  // namespace

std::string redis_url::label() const {
  if (!socket.empty()) return socket;
  const auto is_v6 = host.find(':') != host.npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

tl::expected<redis_url, std::string> parse_redis_url(std::string_view text) {
  if (text.size() > longest_url) return because("it is longer than 2048 characters");
  for (const unsigned char c : text)
    if (c <= ' ' || c >= 0x7f) return because("it holds a character that must be percent-encoded");
  redis_url url;
  const auto scheme_end = text.find("://");
  const auto scheme = text.substr(0, scheme_end);
  if (scheme_end == text.npos || (scheme != "redis" && scheme != "rediss" && scheme != "unix"))
    return because("it must begin with redis://, rediss:// or unix://");
  url.tls = scheme == "rediss";
  auto rest = text.substr(scheme_end + 3);
  if (rest.find('#') != rest.npos) return because("\"#\" has no meaning here: encode it as %23");
  const auto mark = rest.find('?');
  const auto query = mark == rest.npos ? std::string_view{} : rest.substr(mark + 1);
  rest = rest.substr(0, mark);
  // A password may hold a slash that nobody encoded, but not an @.
  const auto at = rest.rfind('@');
  if (at != rest.npos) {
    if (auto read = read_login(rest.substr(0, at), url); !read) return failure(read.error());
    rest.remove_prefix(at + 1);
  }
  const auto slash = rest.find('/');
  if (scheme == "unix") {
    if (slash != 0 || rest.size() < 2)
      return because("the path of a unix socket begins with a slash");
    auto path = decoded(rest);
    if (!path) return because("the percent-encoding of the path is broken");
    if (path->size() > longest_socket_path) return because("the path of a unix socket is too long");
    url.socket = std::move(*path);
  } else {
    if (auto read = read_place(rest.substr(0, slash), url); !read) return failure(read.error());
    const auto database = slash == rest.npos ? std::string_view{} : rest.substr(slash + 1);
    if (!database.empty())
      if (auto read = read_database(database, url); !read) return failure(read.error());
  }
  if (mark != std::string_view::npos)
    if (auto read = read_query(query, url); !read) return failure(read.error());
  return url;
}

}  // namespace pushmesh::net::redis
