#include "cluster/node/main/api_caller.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "actors/api/json_value.hpp"
#include "cluster/host_port.hpp"
#include "cluster/node/config/value_text.hpp"
#include "cluster/node/http/api/api_keys.hpp"
#include "cluster/node/main/messages.hpp"
#include "net/transport/http_fetch.hpp"

namespace pushmesh::program {

using config::exit_code;

namespace {

// nullopt for what is no http://HOST[:PORT], a slash behind it allowed.
std::optional<host_port> parse_url(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) return std::nullopt;
  url.remove_prefix(scheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  if (url.find_first_of("/?#@ ") != std::string_view::npos) return std::nullopt;
  if (auto where = host_port::parse(url)) return where;
  return host_port::parse(std::string(url) + ":80");
}

// A file with one bare key.
tl::expected<std::string, std::string> read_key(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return tl::unexpected(file + ": " + std::strerror(errno));
  std::string key(1024, '\0');
  in.read(key.data(), static_cast<std::streamsize>(key.size()));
  key.resize(static_cast<std::size_t>(in.gcount()));
  key.erase(key.find_last_not_of(" \t\r\n") + 1);
  if (!http::is_bearer_token(key))
    return tl::unexpected(file + ": expected one key and nothing else");
  return key;
}

struct error_body {
  struct inner {
    std::string message;
  } error;
};
template <class Fields>
void json_fields(Fields& f, error_body::inner& e) {
  f("message", e.message);
}
template <class Fields>
void json_fields(Fields& f, error_body& e) {
  f("error", e.error);
}

std::string problem_in(const net::http_response& answer) {
  if (const auto told = try_from_json<error_body>(answer.body)) return told->error.message;
  return "the node answered with status " + std::to_string(answer.status);
}

}  // namespace

tl::expected<std::string, api_caller::refusal> api_caller::get(const std::string& target) const {
  return call("GET", target, {});
}

tl::expected<std::string, api_caller::refusal> api_caller::post(const std::string& target,
                                                                std::string json) const {
  return call("POST", target, std::move(json));
}

tl::expected<std::string, api_caller::refusal> api_caller::call(const char* method,
                                                                const std::string& target,
                                                                std::string json) const {
  net::http_fetch request{.host = host_, .port = port_, .method = method, .target = target};
  if (!key_.empty()) request.headers.emplace_back("Authorization", "Bearer " + key_);
  if (!json.empty()) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(json);
  request.connect_within = flags_.client.unreachable_after;
  request.answer_within = flags_.timeout.value_or(flags_.client.answer_within);
  const auto answer = net::fetch(request);
  if (!answer) {
    const auto where = flags_.http + ": " + answer.error().why;
    const auto code = answer.error().connected
                          ? fail(exit_code::failed, where + ": what became of it is unknown")
                          : fail(exit_code::unreachable, "no node can be reached at " + where);
    return tl::unexpected(refusal{false, code});
  }
  if (answer->status == 200) return answer->body;
  if (answer->status == 404)
    return tl::unexpected(refusal{true, static_cast<int>(exit_code::nobody)});
  return tl::unexpected(refusal{false, fail(exit_code::failed, problem_in(*answer))});
}

int with_api(const cluster_flags& flags, const std::function<int(const api_caller&)>& use) {
  auto where = parse_url(flags.http);
  if (!where || where->port == 0)
    return fail(exit_code::usage, "--http: expected a URL such as \"http://127.0.0.1:9100\", got " +
                                      config::in_quotes(flags.http));
  std::string key;
  if (!flags.key_file.empty()) {
    auto read = read_key(flags.key_file);
    if (!read) return fail(exit_code::configuration, "--key-file: " + read.error());
    key = std::move(*read);
  }
  return use(api_caller(flags, std::move(where->host), where->port, std::move(key)));
}

std::string path_segment(std::string_view text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string segment;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (plain.find(c) != std::string_view::npos)
      segment += c;
    else
      ((segment += '%') += digits[byte >> 4]) += digits[byte & 15];
  }
  return segment;
}

}  // namespace pushmesh::program
