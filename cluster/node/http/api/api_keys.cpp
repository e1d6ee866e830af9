#include "cluster/node/http/api/api_keys.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "cluster/node/config/value_text.hpp"

namespace pushmesh::http {
namespace {

constexpr std::size_t max_key_length = 512;
/// Each request is compared with all of them.
constexpr std::size_t max_keys = 1000;
constexpr std::size_t max_file_size = 1024 * 1024;
constexpr std::string_view blanks = " \t";

bool is_token_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~+/").find(c) != std::string_view::npos;
}

// Cuts the part before the first character of `ends` off; what follows it stays.
std::string_view cut(std::string_view& text, std::string_view ends) noexcept {
  const auto end = std::min(text.find_first_of(ends), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

tl::expected<api_scopes, std::string> parse_scopes(std::string_view list) {
  if (list.empty()) return api_scopes::all();
  api_scopes scopes;
  for (bool more = true; more;) {
    more = list.find(',') != std::string_view::npos;
    const auto name = trimmed(cut(list, ","));
    const auto scope = parse_scope(name);
    if (!scope)
      return tl::unexpected("unknown scope " + config::in_quotes(std::string(name)) +
                            "; there are push, read and admin");
    scopes = scopes.with(*scope);
  }
  return scopes;
}

}  // namespace

bool is_bearer_token(std::string_view text) noexcept {
  if (text.empty() || text.size() > max_key_length) return false;
  const auto padding = std::min(text.find('='), text.size());
  return padding > 0 && std::all_of(text.begin(), text.begin() + padding, is_token_char) &&
         text.find_first_not_of('=', padding) == std::string_view::npos;
}

tl::expected<api_keys, std::string> api_keys::parse(std::string_view text) {
  api_keys keys;
  std::size_t number = 0;
  const auto wrong = [&number](const std::string& what) {
    return tl::unexpected("line " + std::to_string(number) + ": " + what);
  };
  while (!text.empty()) {
    ++number;
    auto line = cut(text, "\n");
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trimmed(line);
    if (line.empty() || line.front() == '#') continue;
    const auto key = cut(line, blanks);
    if (!is_bearer_token(key))
      return wrong("a key has up to 512 letters, digits and -._~+/, and may end in =");
    const auto scopes = parse_scopes(trimmed(line));
    if (!scopes) return wrong(scopes.error());
    const auto digest = net::digest_of(key);
    if (keys.find(digest)) return wrong("the key is there already");
    if (keys.entries_.size() == max_keys)
      return wrong("there are more than " + std::to_string(max_keys) + " keys");
    keys.entries_.push_back({digest, *scopes, std::make_shared<net::rate_limit>()});
  }
  if (keys.entries_.empty()) return tl::unexpected(std::string("there is no key in it"));
  return keys;
}

tl::expected<api_keys, std::string> api_keys::load(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return tl::unexpected(file + ": " + std::strerror(errno));
  std::string text(max_file_size + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return tl::unexpected(file + ": cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > max_file_size) return tl::unexpected(file + ": longer than 1 MiB");
  return parse(text).map_error([&](const std::string& what) { return file + ": " + what; });
}

const api_keys::entry* api_keys::find(std::string_view key) const {
  return find(net::digest_of(key));
}

const api_keys::entry* api_keys::find(const net::secret_digest& digest) const noexcept {
  const entry* found = nullptr;
  for (const auto& e : entries_)
    if (net::equal_in_constant_time(e.digest, digest)) found = &e;
  return found;
}

void api_keys::keep_rates_of(const api_keys& before) {
  for (auto& e : entries_)
    if (const auto* old = before.find(e.digest)) e.rate = old->rate;
}

}  // namespace pushmesh::http
