#include "cluster/node/config/file_settings.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "cluster/node/config/nearest_name.hpp"
#include "cluster/node/config/option_table.hpp"
#include "cluster/node/config/value_text.hpp"

namespace pushmesh::config {
namespace {

std::string shown(const raw_value& value) {
  constexpr std::size_t longest = 80;
  auto text = value.text.substr(0, longest);
  if (value.text.size() > longest) text += "...";
  const bool from_file =
      value.type != raw_value::kind::text && value.type != raw_value::kind::string;
  const bool is_flag_list = value.type == raw_value::kind::list && !value.text.starts_with('[');
  return from_file && !is_flag_list ? text : in_quotes(text);
}

bool is_section(std::string_view name) {
  const auto& all = option_sections();
  return std::any_of(all.begin(), all.end(), [name](const auto& s) { return s.name == name; });
}

bool has_subsections(const std::string& section) {
  const auto& all = option_sections();
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& s) { return s.name.starts_with(section + '.'); });
}

std::vector<std::string> keys_in(std::string_view section) {
  std::vector<std::string> keys;
  for (const auto& o : option_table())
    if (!o.key.empty() && o.section() == section) keys.emplace_back(o.key_in_section());
  return keys;
}

// The same key in another section is meant more likely than a similar one in this section.
std::string meant(const file_entry& entry) {
  for (const auto& o : option_table()) {
    if (o.key.empty() || o.key_in_section() != entry.key) continue;
    if (o.section().empty()) return "; it belongs at the top, before any [section]";
    return "; it belongs in [" + std::string(o.section()) + "]";
  }
  return suggestion(entry.key, keys_in(entry.section));
}

std::string unknown_section(const std::string& name, const std::string& place) {
  std::vector<std::string> names;
  for (const auto& s : option_sections())
    if (!s.name.empty()) names.emplace_back(s.name);
  return "unknown section [" + name + "] in " + place + suggestion(name, names, "[", "]");
}

}  // namespace

std::string store_value(node_config& settings, const option& o, const raw_value& value,
                        const std::string& where) {
  if (o.type.read(settings, value)) return {};
  return where + ": expected " + o.type.form + ", got " +
         (o.type.is_secret ? "something else (not shown)" : shown(value));
}

tl::expected<const option*, std::string> option_of_entry(const file_entry& entry,
                                                         const std::string& place) {
  for (const auto& o : option_table())
    if (!o.key.empty() && o.section() == entry.section && o.key_in_section() == entry.key)
      return &o;
  if (entry.value.type == raw_value::kind::table) {
    const auto name = entry.section.empty() ? entry.key : entry.section + '.' + entry.key;
    if (is_section(name)) return nullptr;
    if (entry.section.empty() || has_subsections(entry.section))
      return tl::unexpected(unknown_section(name, place));
  }
  return tl::unexpected("unknown key " + in_quotes(entry.key) + " in " + place + meant(entry));
}

}  // namespace pushmesh::config
