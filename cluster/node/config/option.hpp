#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node/config/node_config.hpp"

namespace pushmesh::config {

/// A value as it was given, before an option makes sense of it.
struct raw_value {
  enum class kind {
    text,    ///< flags and environment: any type, written as text
    string,  ///< the rest: from a file, which has types
    integer,
    boolean,
    list,  ///< of strings; flags and environment give lists so, too
    table,
    other,
  };
  kind type = kind::text;
  std::string text;                ///< as written; of a list: for messages
  std::vector<std::string> items;  ///< of a list
};

/// How an option is given on the command line.
enum class arity {
  one,   ///< `--name VALUE`
  list,  ///< the same, repeated or with commas between the items
  none,  ///< `--name`
};

/// What follows from the type of an option's value.
struct value_type {
  arity takes = arity::one;
  std::string form;  ///< what a value must look like: "true or false"
  /// Stores the value; false when it has not the form.
  std::function<bool(node_config&, const raw_value&)> read;
  /// The value as TOML.
  std::function<std::string(const node_config&)> write;
  bool is_secret = false;  ///< never shown
};

/// One setting: the only place that knows its names, form, bounds, help and where it is kept.
/// Its default is what a fresh node_config holds.
struct option {
  std::string_view name;         ///< `--name`; the environment has PUSHMESH_NAME
  std::string_view key;          ///< in the file, with its section; empty: not in a file
  std::string_view placeholder;  ///< of the value in `--help`
  std::string_view help;         ///< sentences
  value_type type;

  /// `PUSHMESH_PING_INTERVAL`
  std::string variable() const;
  /// `socketio` of "socketio.path", `push.events` of "push.events.login"; empty at the top level.
  std::string_view section() const noexcept;
  /// `path` of "socketio.path".
  std::string_view key_in_section() const noexcept;
};

}  // namespace pushmesh::config
