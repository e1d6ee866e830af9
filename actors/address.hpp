#pragma once

#include <string>
#include <vector>

namespace pushmesh::actors {

struct handler_table;

/// Whom an emit or a command addresses, as values. See pushmesh::target for the rules.
struct address {
  std::string nsp;                          ///< concrete namespace, with its slash
  const handler_table* handlers = nullptr;  ///< of that namespace; lives as long as the node
  std::vector<std::string> rooms;           ///< union of these
  std::vector<std::string> except;          ///< less the members of these
  bool everybody = true;  ///< no to() was called: all of the namespace. False with no rooms: nobody
  bool is_volatile = false;
  bool local = false;
  bool fed_only = false;  ///< of the other nodes only those that this one feeds (feed_port)
};

}  // namespace pushmesh::actors
