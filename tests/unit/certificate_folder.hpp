#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace pushmesh::test {

/// A folder for certificates, gone at the end. The commands run in it.
class certificate_folder {
 public:
  certificate_folder() {
    char name[] = "/tmp/pushmesh-certificates-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~certificate_folder() { std::filesystem::remove_all(folder_); }
  certificate_folder(const certificate_folder&) = delete;
  certificate_folder& operator=(const certificate_folder&) = delete;

  std::string path(const std::string& file) const { return folder_ + "/" + file; }
  /// A shell command that must succeed.
  void run(const std::string& command) const {
    INFO(command);
    REQUIRE(::system(("cd '" + folder_ + "' && { " + command + "; } >>log 2>&1").c_str()) == 0);
  }

 private:
  std::string folder_;
};

}  // namespace pushmesh::test
