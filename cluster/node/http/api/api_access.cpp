#include "cluster/node/http/api/api_access.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "cluster/node/config/value_text.hpp"
#include "cluster/node/http/http_errors.hpp"
#include "net/transport/http_head.hpp"

namespace pushmesh::http {
namespace {

enum class why_refused { no_key, wrong_key };

// RFC 6750 section 3.
net::http_response unauthorized(why_refused why, std::string_view message) {
  auto response = error_response(401, "unauthorized", message);
  response.headers.emplace_back("WWW-Authenticate",
                                why == why_refused::no_key
                                    ? "Bearer realm=\"pushmesh\""
                                    : "Bearer realm=\"pushmesh\", error=\"invalid_token\"");
  return response;
}

// The key of `Authorization: Bearer KEY`; nullopt: there is none, or more than one.
std::optional<std::string_view> key_of(const net::http_request& head) {
  constexpr std::string_view scheme = "bearer ";
  std::optional<std::string_view> key;
  for (const auto& [name, value] : head.headers) {
    if (name != "authorization") continue;
    const std::string_view text = value;
    if (key || !net::equals_ignoring_case(text.substr(0, scheme.size()), scheme))
      return std::nullopt;
    key = text.substr(std::min(text.find_first_not_of(' ', scheme.size()), text.size()));
  }
  return key;
}

// Whether a request came to a name of this machine. A page of another host whose name was made to
// lead here (DNS rebinding) would otherwise be as good as a program on it.
bool is_to_this_machine(std::string_view host) {
  const auto bracket = host.find(']');
  const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const auto name = host.substr(0, colon);
  return config::is_loopback(std::string(name) + ":0");
}

tl::expected<api_scopes, net::http_response> admit_local(const net::http_request& head) {
  const auto origin = head.header("origin");
  if (is_to_this_machine(head.header("host")) &&
      (origin.empty() || origin == "http://" + std::string(head.header("host"))))
    return api_scopes::all();
  return tl::unexpected(error_response(
      403, "forbidden",
      "without keys (api_key_file) the API is for programs on this machine: name it by a loopback "
      "address, and send no Origin of other hosts"));
}

}  // namespace

tl::expected<std::shared_ptr<api_access>, std::string> api_access::make(terms t) {
  std::shared_ptr<api_access> access(new api_access(std::move(t)));
  if (auto problem = access->reload(); !problem.empty()) return tl::unexpected(std::move(problem));
  return access;
}

std::string api_access::reload() {
  if (terms_.key_file.empty()) return {};
  auto loaded = api_keys::load(terms_.key_file);
  if (!loaded) return loaded.error();
  const std::lock_guard lock(mutex_);
  if (keys_) loaded->keep_rates_of(*keys_);
  keys_ = std::make_shared<const api_keys>(std::move(*loaded));
  return {};
}

std::shared_ptr<const api_keys> api_access::current() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

std::size_t api_access::keys() const {
  const auto keys = current();
  return keys ? keys->size() : 0;
}

tl::expected<api_scopes, net::http_response> api_access::admit(const net::http_request& head,
                                                               clock::time_point now) const {
  const auto keys = current();
  if (!keys && terms_.otherwise == without_keys::open) return admit_local(head);
  const auto key = key_of(head);
  if (!key)
    return tl::unexpected(
        unauthorized(why_refused::no_key, "a key is needed: Authorization: Bearer KEY"));
  const auto* const known = keys ? keys->find(*key) : nullptr;
  if (!known) return tl::unexpected(unauthorized(why_refused::wrong_key, "the key is unknown"));
  if (known->rate->take(now, terms_.rate_per_key)) return known->scopes;
  auto response = error_response(
      429, "rate_limited",
      "more than " + std::to_string(terms_.rate_per_key) + " requests per second with this key");
  response.headers.emplace_back("Retry-After", "1");
  return tl::unexpected(std::move(response));
}

}  // namespace pushmesh::http
