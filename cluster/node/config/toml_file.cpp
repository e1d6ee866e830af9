#include "cluster/node/config/toml_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sstream>
#include <string_view>

#include <toml++/toml.h>

namespace pushmesh::config {
namespace {

// A settings file is some kilobytes; this keeps a wrong file name from filling the memory.
constexpr std::size_t max_file_size = 1 << 20;

tl::expected<std::string, std::string> read_text(const std::string& path) {
  errno = 0;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  std::string text(max_file_size + 1, '\0');
  const auto size = file ? std::fread(text.data(), 1, text.size(), file.get()) : 0;
  if (!file || std::ferror(file.get()))
    return tl::unexpected("cannot read " + path + ": " + std::strerror(errno));
  if (size > max_file_size)
    return tl::unexpected("cannot read " + path + ": it is larger than 1 MiB");
  text.resize(size);
  return text;
}

std::string as_written(const toml::node& node) {
  std::ostringstream out;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_value<decltype(value)>)
      out << value.get();
    else if constexpr (toml::is_array<decltype(value)>)
      out << toml::toml_formatter(value);
  });
  return out.str();
}

raw_value to_raw(const toml::node& node) {
  using kind = raw_value::kind;
  if (const auto* text = node.as_string()) return {kind::string, text->get(), {}};
  if (const auto* truth = node.as_boolean())
    return {kind::boolean, truth->get() ? "true" : "false", {}};
  if (node.is_table()) return {kind::table, "a table", {}};
  raw_value raw{kind::other, as_written(node), {}};
  if (node.is_integer()) raw.type = kind::integer;
  const auto* array = node.as_array();
  if (!array || !(array->empty() || array->is_homogeneous<std::string>())) return raw;
  raw.type = kind::list;
  for (const auto& item : *array) raw.items.push_back(item.as_string()->get());
  return raw;
}

// Of tables in tables as well, which are two deep at most in what we know.
void append_entries(std::vector<file_entry>& entries, const std::string& section,
                    const toml::table& table) {
  for (const auto& [key, node] : table) {
    const auto line = static_cast<unsigned>(key.source().begin.line);
    entries.push_back({section, std::string(key.str()), to_raw(node), line});
    const auto* const inner = node.as_table();
    if (inner && section.find('.') == std::string::npos)
      append_entries(entries, (section.empty() ? "" : section + '.') + std::string(key.str()),
                     *inner);
  }
}

std::vector<file_entry> entries_of(const toml::table& root) {
  std::vector<file_entry> entries;
  append_entries(entries, "", root);
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  return entries;
}

}  // namespace

tl::expected<std::vector<file_entry>, std::string> read_toml_file(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return tl::unexpected(text.error());
  try {
    return entries_of(toml::parse(std::string_view(*text), std::string_view(path)));
  } catch (const toml::parse_error& e) {
    const auto at = e.source().begin;
    return tl::unexpected(path + " line " + std::to_string(at.line) + " column " +
                          std::to_string(at.column) + ": " + std::string(e.description()));
  }
}

}  // namespace pushmesh::config
