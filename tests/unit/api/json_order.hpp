#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

/// Types of an application, outside our namespace, with the one hook.
namespace shop {

struct order {
  int id = 0;
  std::string item;
  std::optional<double> price;
  friend bool operator==(const order&, const order&) = default;
};

template <class Fields>
void json_fields(Fields& f, order& o) {
  f("id", o.id);
  f("item", o.item);
  f("price", o.price);
}

struct basket {
  std::vector<order> items;
  std::map<std::string, order> gifts;
  friend bool operator==(const basket&, const basket&) = default;
};

template <class Fields>
void json_fields(Fields& f, basket& b) {
  f("items", b.items);
  f("gifts", b.gifts);
}

/// A struct may contain itself.
struct branch {
  std::string name;
  std::vector<branch> children;
  friend bool operator==(const branch&, const branch&) = default;
};

template <class Fields>
void json_fields(Fields& f, branch& b) {
  f("name", b.name);
  f("children", b.children);
}

}  // namespace shop
