#include "cluster/node/config/config_pages.hpp"

#include <string_view>

#include "cluster/node/config/option_table.hpp"

namespace pushmesh::config {
namespace {

constexpr std::string_view introduction = R"(# Configuration

This page is written by `pushmesh check-config --markdown` from the option table in
`cluster/node/config/option_table.cpp`; a test compares the two. Change the table, not the page.

Every option is a flag of `pushmesh serve`, an environment variable and a key in a TOML file, which
`--config FILE` or `PUSHMESH_CONFIG` names. Where an option is given more than once, a flag wins over
the environment, the environment over the file, the file over the default.

`pushmesh check-config` takes the same flags, reads the same environment and file, and prints what
would be in effect, each setting with where it comes from. It starts nothing.

- A size is a number of bytes, or a string with a unit: `65536`, `"64KiB"`, `"1MiB"`, `"2GiB"`.
- A duration is a string with a unit: `"250ms"`, `"5s"`, `"2m"`, `"24h"`.
- A list is an array in the file: `["/", "/chat"]`; as a flag it is repeated or has commas:
  `--namespaces /,/chat`; as an environment variable it has commas.
- A switch is `true` or `false`; as a flag its name alone is `true`.

```toml
listen = "127.0.0.1:3000"
internal_listen = "127.0.0.1:9100"

[log]
level = "info"

[socketio]
namespaces = ["/", "/chat"]
ping_interval = "25s"

[limits]
memory_limit = "2GiB"
```

A mistake ends the program with one sentence that says where it is and what is allowed: exit code 64
for a flag, 78 for the file, the environment and settings that do not fit together. A key that the
table does not have is a mistake; an environment variable `PUSHMESH_...` that it does not have is
named in the log and ignored.
)";

constexpr std::string_view ending = R"(
## Exit codes

| code | meaning |
| --- | --- |
| 0 | done; `serve` was told to end by SIGTERM or SIGINT |
| 1 | failed: an address is in use, for example |
| 64 | a mistake on the command line |
| 78 | a mistake in the configuration |
)";

// Asterisks would make text italic.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '*') out += '\\';
    out += c;
  }
  return out;
}

std::string entry_of(const option& o) {
  std::string text = "\n### `--" + std::string(o.name) + "`\n\n" + escaped(o.help) + "\n\n";
  if (!o.key.empty()) text += "- in the file: `" + std::string(o.key) + "`\n";
  text += "- in the environment: `" + o.variable() + "`\n";
  text += "- form: " + escaped(o.type.form) + "\n";
  text += "- default: ";
  text += o.key.empty() ? "none" : "`" + o.type.write(node_config{}) + "`";
  return text += '\n';
}

}  // namespace

std::string effective_settings(const loaded_config& loaded) {
  std::string text;
  for (const auto& section : option_sections()) {
    if (!section.name.empty()) text += "\n[" + std::string(section.name) + "]\n";
    for (std::size_t i = 0; i < option_table().size(); ++i) {
      const auto& o = option_table()[i];
      if (o.key.empty() || o.section() != section.name) continue;
      text += std::string(o.key_in_section()) + " = " + o.type.write(loaded.settings) + "  # " +
              loaded.origins[i] + "\n";
    }
  }
  return text;
}

std::string configuration_page() {
  std::string page(introduction);
  for (const auto& section : option_sections()) {
    page += "\n## " + std::string(section.title);
    if (!section.name.empty()) page += ": `[" + std::string(section.name) + "]`";
    page += '\n';
    for (const auto& o : option_table())
      if (o.section() == section.name) page += entry_of(o);
  }
  return page += ending;
}

}  // namespace pushmesh::config
