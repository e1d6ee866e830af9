#include "cluster/node/http/client_files.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "cluster/node/http/http_errors.hpp"

namespace pushmesh::http {
namespace {

constexpr std::array names{
    "socket.io.js",
    "socket.io.js.map",
    "socket.io.min.js",
    "socket.io.min.js.map",
    "socket.io.esm.min.js",
    "socket.io.esm.min.js.map",
    "socket.io.msgpack.min.js",
    "socket.io.msgpack.min.js.map",
};
constexpr std::uintmax_t largest_script = 8 * 1024 * 1024;

std::string_view without_query(std::string_view target) noexcept {
  return target.substr(0, target.find('?'));
}

// FNV-1a: a name for a content, nothing that has to withstand anybody.
std::string tag_of(std::string_view content) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : content) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::array<char, 24> text;
  std::snprintf(text.data(), text.size(), "\"%016llx\"", static_cast<unsigned long long>(hash));
  return text.data();
}

// RFC 9110 section 13.1.2: a list of tags, weak ones compare equal too.
bool lists(std::string_view if_none_match, std::string_view tag) noexcept {
  return if_none_match == "*" || if_none_match.find(tag) != std::string_view::npos;
}

std::string_view type_of(std::string_view name) noexcept {
  return name.ends_with(".map") ? "application/json; charset=utf-8"
                                : "application/javascript; charset=utf-8";
}

net::http_response nothing_there() {
  return {404, "text/plain; charset=UTF-8", "Not Found", {}};
}

}  // namespace

tl::expected<client_files, std::string> client_files::load(const std::string& folder,
                                                           std::string path) {
  client_files made;
  made.path_ = std::move(path);
  if (folder.empty()) return made;
  std::error_code ec;
  if (!std::filesystem::is_directory(folder, ec))
    return tl::make_unexpected("client_dir: " + folder + " is not a folder");
  for (const std::string name : names) {
    const auto file = std::filesystem::path(folder) / name;
    if (!std::filesystem::is_regular_file(file, ec)) continue;
    if (std::filesystem::file_size(file, ec) > largest_script)
      return tl::make_unexpected("client_dir: " + file.string() + " is too large for a script");
    std::ifstream in(file, std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(in)), {});
    if (!in) return tl::make_unexpected("client_dir: cannot read " + file.string());
    auto tag = tag_of(content);
    made.scripts_.emplace(name, script{std::move(content), std::move(tag)});
  }
  if (made.scripts_.empty())
    return tl::make_unexpected(
        "client_dir: " + folder +
        " holds no socket.io*.js; what is wanted is the folder client-dist of the npm package "
        "socket.io, or dist of socket.io-client");
  return made;
}

bool client_files::is_one(std::string_view target) const noexcept {
  const auto asked = without_query(target);
  if (!asked.starts_with(path_)) return false;
  const auto name = asked.substr(path_.size());
  for (const std::string_view known : names)
    if (name == known) return true;
  return false;
}

net::http_response client_files::answer(const net::http_request& request) const {
  const auto name = std::string(without_query(request.target).substr(path_.size()));
  if (request.method != "GET" && request.method != "HEAD") return method_not_allowed();
  const auto found = scripts_.find(name);
  if (found == scripts_.end())
    return error_response(
        404, "not_found",
        "this node does not have " + name +
            ": start it with --client-dir and the folder client-dist of the npm package "
            "socket.io, or load the client from elsewhere");
  const auto& [content, tag] = found->second;
  net::http_response answer{200, std::string(type_of(name)), {}, {}};
  answer.headers = {
      {"ETag", tag}, {"Cache-Control", "public, max-age=0"}, {"X-Content-Type-Options", "nosniff"}};
  if (lists(request.header("if-none-match"), tag))
    answer.status = 304;
  else
    answer.body = content;
  return answer;
}

net::http_service with_client_files(client_files files, net::http_handler rest) {
  const auto shared = std::make_shared<const client_files>(std::move(files));
  const bool has_rest = rest != nullptr;
  net::http_service service([shared, rest = std::move(rest)](const net::http_request& request) {
    if (shared->is_one(request.target)) return shared->answer(request);
    return rest ? rest(request) : nothing_there();
  });
  service.judge = [shared, has_rest](const net::http_request& head) {
    std::optional<net::http_response> refusal;
    if (!has_body(head)) return refusal;
    if (shared->is_one(head.target))
      refusal = no_body_taken();
    else if (!has_rest)
      refusal = nothing_there();
    return refusal;
  };
  return service;
}

}  // namespace pushmesh::http
