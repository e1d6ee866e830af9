#include "cluster/node/config/flags.hpp"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

#include "cluster/node/config/nearest_name.hpp"
#include "cluster/node/config/option_table.hpp"
#include "cluster/node/config/value_text.hpp"

namespace pushmesh::config {
namespace {

std::string flag_of(const option& o) {
  return "--" + std::string(o.name);
}

// As it is written on the command line: without the quotes and brackets of TOML.
std::string default_of(const option& o) {
  auto text = o.type.write(node_config{});
  std::erase_if(text, [](char c) { return c == '"' || c == '[' || c == ']' || c == ' '; });
  return text;
}

// Lines of at most `width` characters, cut at blanks.
std::string wrapped(const std::string& text, std::size_t width) {
  std::string out;
  std::istringstream words(text);
  std::size_t used = 0;
  for (std::string word; words >> word; used += word.size() + 1) {
    if (used > 0) out += used + word.size() > width ? '\n' : ' ';
    if (used + word.size() > width) used = 0;
    out += word;
  }
  return out;
}

std::string help_of(const option& o) {
  std::string text(o.help);
  if (o.type.takes == arity::one && !o.key.empty() && !default_of(o).empty())
    text += " Default: " + default_of(o);
  return wrapped(text, 64);
}

std::string group_of(const option& o) {
  for (const auto& s : option_sections())
    if (s.name == o.section()) return std::string(s.title);
  return {};
}

raw_value list_of(const std::vector<std::string>& given) {
  raw_value value{raw_value::kind::list, {}, {}};
  for (const auto& text : given) {
    if (!value.text.empty()) value.text += ',';
    value.text += text;
    for (auto& item : split_list(text)) value.items.push_back(std::move(item));
  }
  return value;
}

}  // namespace

void define_flags(CLI::App& command) {
  command.footer(
      "Every option is also a key of the TOML file and an environment variable: --listen is\n"
      "PUSHMESH_LISTEN. `pushmesh check-config` shows what is in effect, and from where.");
  for (const auto& o : option_table()) {
    // All values are taken as they are: the table judges them, with the same words as in a file.
    const auto help = help_of(o);
    auto* flag = o.type.takes == arity::none ? command.add_flag(flag_of(o), help)
                                             : command.add_option(flag_of(o), help);
    flag->group(group_of(o));
    flag->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    if (o.type.takes != arity::none)
      flag->expected(1)->allow_extra_args(false)->type_name(std::string(o.placeholder));
  }
}

tl::expected<std::vector<given_flag>, std::string> given_flags(const CLI::App& command) {
  std::vector<given_flag> flags;
  for (const auto& o : option_table()) {
    const auto* given = command.get_option(flag_of(o));
    const auto& texts = given->results();
    if (texts.empty()) continue;
    if (o.type.takes == arity::list)
      flags.push_back({&o, list_of(texts)});
    else if (texts.size() > 1)
      return tl::unexpected(flag_of(o) + " is given " + std::to_string(texts.size()) + " times");
    else
      flags.push_back({&o, {raw_value::kind::text, texts.front(), {}}});
  }
  return flags;
}

std::string unknown_argument(const CLI::App& command) {
  const auto extras = command.remaining();
  if (extras.empty()) return {};
  const auto word = extras.front().substr(0, extras.front().find('='));
  if (!word.starts_with('-')) return "unexpected argument " + in_quotes(word);
  std::vector<std::string> names;
  for (const auto* o : command.get_options())
    for (const auto& name : o->get_lnames()) names.push_back(name);
  const auto name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
  return "unknown option " + word + suggestion(name, names, "--", "");
}

}  // namespace pushmesh::config
