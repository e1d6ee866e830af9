#pragma once

#include "net/transport/intrusive_list.hpp"

namespace pushmesh::net {

/// What wants to be called once at the end of the turn in which it asked for it, see
/// io_loop::at_turn_end().
class turn_end_task : public list_hook<turn_end_task> {
 public:
  virtual void on_turn_end() = 0;

 protected:
  ~turn_end_task() = default;
};

}  // namespace pushmesh::net
