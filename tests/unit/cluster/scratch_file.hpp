#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace pushmesh {

/// A file of its own for a test, gone with it.
class scratch_file {
 public:
  explicit scratch_file(std::string_view text) {
    char name[] = "/tmp/pushmesh-test-XXXXXX";
    const int descriptor = ::mkstemp(name);
    if (descriptor < 0) throw std::runtime_error("no file in /tmp");
    ::close(descriptor);
    name_ = name;
    write(text);
  }
  ~scratch_file() { ::unlink(name_.c_str()); }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;

  void write(std::string_view text) const { std::ofstream(name_, std::ios::binary) << text; }
  const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
};

}  // namespace pushmesh
