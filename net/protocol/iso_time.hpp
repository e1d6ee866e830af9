#pragma once

#include <string>

namespace pushmesh::net {

/// What Date.prototype.toISOString gives for so many milliseconds since 1970 (ECMAScript 2023,
/// 21.4.1.32): `2020-02-29T12:00:00.000Z`; empty for what is no date there.
std::string iso_time(double milliseconds);

}  // namespace pushmesh::net
