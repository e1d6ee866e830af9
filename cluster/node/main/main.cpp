#include "cluster/node/main/command_line.hpp"

int main(int argc, char** argv) {
  return pushmesh::program::run_command_line(argc, argv);
}
