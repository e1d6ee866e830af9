#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <unordered_map>

#include "net/transport/http_message.hpp"

namespace pushmesh::http {

/// The client's scripts as the official server offers them below its path: `socket.io.js`,
/// `.min.js`, `.esm.min.js`, `.msgpack.min.js` and their maps. Read once at start: what a request
/// names is looked up among these names, never in the file system. Read-only, any thread.
class client_files {
 public:
  /// Without a folder: every script is answered by a 404 that says what to do. `path` is that of
  /// the Engine.IO endpoint. The error says what is wrong with the folder.
  static tl::expected<client_files, std::string> load(const std::string& folder, std::string path);

  /// Whether a request is for one of them, there or not.
  bool is_one(std::string_view target) const noexcept;
  net::http_response answer(const net::http_request& request) const;

 private:
  struct script {
    std::string content;
    std::string tag;  // for ETag, with its quotes
  };
  std::string path_;
  std::unordered_map<std::string, script> scripts_;  // by name
};

/// Answers scripts from `files` and all else by `rest`, or 404 when that is empty. Bodies are read
/// for `rest` alone.
net::http_service with_client_files(client_files files, net::http_handler rest);

}  // namespace pushmesh::http
