#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

namespace pushmesh::test {

/// A real redis-server in a folder of its own, on a unix socket and, if asked for, a TCP port.
class redis_server {
 public:
  explicit redis_server(std::uint16_t port = 0, std::vector<std::string> more = {});
  ~redis_server();
  redis_server(const redis_server&) = delete;

  /// Starts it (again).
  void start();
  /// Kills it at once, and waits until it is gone.
  void kill();
  void signal(int number) const { ::kill(pid_, number); }
  std::string url(const std::string& login = {}) const {
    return "unix://" + login + folder_ + "/redis.sock";
  }

 private:
  std::string folder_;
  std::uint16_t port_;
  std::vector<std::string> more_;
  pid_t pid_ = -1;
};

/// A port that nobody listens on right now.
std::uint16_t free_port();

}  // namespace pushmesh::test
