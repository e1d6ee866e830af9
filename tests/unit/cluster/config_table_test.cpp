#include "cluster/node/config/option_table.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "cluster/node/config/config_pages.hpp"
#include "cluster/node/config/load_config.hpp"

using namespace pushmesh::config;

TEST_CASE("every option has its own name and key, a section that is listed and a sentence") {
  std::set<std::string_view> names, keys, sections;
  for (const auto& s : option_sections()) sections.insert(s.name);
  for (const auto& o : option_table()) {
    CAPTURE(o.name);
    CHECK(names.insert(o.name).second);
    if (!o.key.empty()) CHECK(keys.insert(o.key).second);
    CHECK(sections.count(o.section()) == 1);
    CHECK(o.help.ends_with('.'));
    CHECK_FALSE(o.type.form.empty());
    CHECK(o.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos);
  }
}

TEST_CASE("the default of every option has the form it asks for") {
  for (const auto& o : option_table()) {
    if (o.key.empty()) continue;
    CAPTURE(o.name);
    const auto shown = o.type.write(node_config{});
    raw_value value{raw_value::kind::text, shown, {}};
    if (shown.starts_with('"')) value.text = shown.substr(1, shown.size() - 2);
    if (o.type.takes == arity::list) value = {raw_value::kind::list, shown, {}};
    node_config settings;
    CHECK(o.type.read(settings, value));
  }
}

TEST_CASE("names of variables and keys follow from the name and the section") {
  const auto* o = find_option("ping-interval");
  REQUIRE(o != nullptr);
  CHECK(o->variable() == "PUSHMESH_PING_INTERVAL");
  CHECK(o->section() == "socketio");
  CHECK(o->key_in_section() == "ping_interval");
  CHECK(find_option("listen")->section().empty());
  CHECK(find_option("lisen") == nullptr);
}

TEST_CASE("the page about the configuration names every option with its default") {
  const auto page = configuration_page();
  for (const auto& o : option_table()) {
    CAPTURE(o.name);
    CHECK(page.find("### `--" + std::string(o.name) + "`") != std::string::npos);
    CHECK(page.find("`" + o.variable() + "`") != std::string::npos);
    if (!o.key.empty())
      CHECK(page.find("`" + o.type.write(node_config{}) + "`") != std::string::npos);
  }
}
