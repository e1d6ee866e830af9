#include "tests/unit/redis/redis_server.hpp"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "net/transport/listener.hpp"

namespace pushmesh::test {

redis_server::redis_server(std::uint16_t port, std::vector<std::string> more)
    : port_(port), more_(std::move(more)) {
  char name[] = "/tmp/pushmesh-redis-XXXXXX";
  REQUIRE(::mkdtemp(name));
  folder_ = name;
  start();
}

redis_server::~redis_server() {
  kill();
  std::filesystem::remove_all(folder_);
}

void redis_server::start() {
  std::vector<std::string> words{"redis-server",
                                 "--port",
                                 std::to_string(port_),
                                 "--bind",
                                 "127.0.0.1",
                                 "--unixsocket",
                                 folder_ + "/redis.sock",
                                 "--dir",
                                 folder_,
                                 "--save",
                                 "",
                                 "--appendonly",
                                 "no",
                                 "--logfile",
                                 folder_ + "/log"};
  words.insert(words.end(), more_.begin(), more_.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  REQUIRE(pid_ >= 0);
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

void redis_server::kill() {
  if (pid_ <= 0) return;
  const auto pid = std::exchange(pid_, -1);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

std::uint16_t free_port() {
  const auto port = net::listener::probe("127.0.0.1", 0);
  REQUIRE(port);
  return *port;
}

}  // namespace pushmesh::test
