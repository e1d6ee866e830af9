#pragma once

#include <cstddef>

namespace pushmesh {

/// Bytes this process may use: the smallest of its cgroups' limits and the machine's memory.
std::size_t usable_memory();

/// Raises the soft limit of open descriptors to the hard one and returns it.
std::size_t raise_descriptor_limit();

}  // namespace pushmesh
