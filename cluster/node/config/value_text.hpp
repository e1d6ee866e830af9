#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/host_port.hpp"

namespace pushmesh::config {

/// Digits only. nullopt for signs, blanks, other characters and what passes 64 bits.
std::optional<std::uint64_t> parse_whole(std::string_view text);

/// Bytes: digits with B, KiB, MiB or GiB behind them; plain digits are bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);
/// In the largest unit that divides it: 65536 is `64KiB`, 1000000 is `1000000`.
std::string format_size(std::uint64_t bytes);

/// Digits with ms, s, m or h behind them; a unit is required, but for `0`.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// In the largest unit that divides it: 90000 ms is `90s`.
std::string format_duration(std::chrono::milliseconds duration);

/// Items between commas, blanks around them cut. Empty text is an empty list.
std::vector<std::string> split_list(std::string_view text);

/// `text` in double quotes as a TOML basic string, control characters escaped.
std::string in_quotes(std::string_view text);

/// HOST:PORT of a listener. nullopt unless the host is an IP address or `localhost`.
std::optional<host_port> parse_address(std::string_view text);

/// True when only programs of the same machine reach the address. `text` is HOST:PORT.
bool is_loopback(std::string_view text);

}  // namespace pushmesh::config
