#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "cluster/node/config/option.hpp"
#include "cluster/node/config/value_text.hpp"

/// The types an option may have. Each function takes `at`, which gives the member of a node_config
/// where the value is kept.
namespace pushmesh::config {

inline constexpr std::uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib;

/// Says whether a text is acceptable.
using text_check = bool (*)(std::string_view);

/// Text of any content that passes `check`; `form` says what that is.
template <class At>
value_type text_value(At at, std::string form, text_check check) {
  return {arity::one, std::move(form),
          [at, check](node_config& c, const raw_value& v) {
            if (v.type != raw_value::kind::text && v.type != raw_value::kind::string) return false;
            if (!check(v.text)) return false;
            at(c) = v.text;
            return true;
          },
          [at](const node_config& c) { return in_quotes(at(c)); }};
}

/// The same for text that may hold a password: it is read as any other, and never shown.
template <class At>
value_type secret_value(At at, std::string form, text_check check) {
  auto type = text_value(at, std::move(form), check);
  type.write = [at](const node_config& c) { return in_quotes(at(c).empty() ? "" : "(not shown)"); };
  type.is_secret = true;
  return type;
}

/// `["a", "b"]`
std::string format_list(const std::vector<std::string>& items);

/// A list of texts that each pass `check`.
template <class At>
value_type list_value(At at, std::string form, text_check check) {
  return {arity::list, std::move(form),
          [at, check](node_config& c, const raw_value& v) {
            if (v.type != raw_value::kind::list) return false;
            for (const auto& item : v.items)
              if (!check(item)) return false;
            at(c) = v.items;
            return true;
          },
          [at](const node_config& c) { return format_list(at(c)); }};
}

/// A whole number from `least` to `most`.
template <class At>
value_type whole_value(At at, std::uint64_t least, std::uint64_t most) {
  return {arity::one,
          "a whole number from " + std::to_string(least) + " to " + std::to_string(most),
          [=](node_config& c, const raw_value& v) {
            if (v.type != raw_value::kind::text && v.type != raw_value::kind::integer) return false;
            const auto number = parse_whole(v.text);
            if (!number || *number < least || *number > most) return false;
            at(c) = static_cast<std::remove_reference_t<decltype(at(c))>>(*number);
            return true;
          },
          [at](const node_config& c) { return std::to_string(at(c)); }};
}

/// Whether 0, which then means that the node chooses, is allowed besides a range.
enum class zero { refused, allowed };

/// Bytes.
template <class At>
value_type size_value(At at, std::uint64_t least, std::uint64_t most, zero z = zero::refused) {
  return {arity::one,
          std::string(z == zero::allowed ? "0 or " : "") + "a size from " + format_size(least) +
              " to " + format_size(most) + " such as \"64KiB\" or \"256MiB\"",
          [=](node_config& c, const raw_value& v) {
            if (v.type == raw_value::kind::boolean) return false;
            const auto bytes = parse_size(v.text);
            if (!bytes) return false;
            const bool is_allowed_zero = *bytes == 0 && z == zero::allowed;
            if (!is_allowed_zero && (*bytes < least || *bytes > most)) return false;
            at(c) = *bytes;
            return true;
          },
          [at](const node_config& c) {
            const auto text = format_size(at(c));
            return parse_whole(text) ? text : in_quotes(text);
          }};
}

/// Time. A number without a unit is refused: it could be seconds or milliseconds.
template <class At>
value_type duration_value(At at, std::chrono::milliseconds least, std::chrono::milliseconds most) {
  return {arity::one,
          "a duration from " + format_duration(least) + " to " + format_duration(most) +
              " such as \"250ms\", \"5s\" or \"2m\"",
          [=](node_config& c, const raw_value& v) {
            if (v.type != raw_value::kind::text && v.type != raw_value::kind::string) return false;
            const auto duration = parse_duration(v.text);
            if (!duration || *duration < least || *duration > most) return false;
            at(c) = *duration;
            return true;
          },
          [at](const node_config& c) { return in_quotes(format_duration(at(c))); }};
}

/// `"a", "b" or "c"`
std::string format_choices(const std::vector<std::string_view>& names);

/// One of the named values.
template <class At, class Enum = std::remove_cvref_t<std::invoke_result_t<At, node_config&>>>
value_type choice_value(At at, std::initializer_list<std::pair<std::string_view, Enum>> names) {
  std::vector<std::pair<std::string_view, Enum>> table(names);
  std::vector<std::string_view> words;
  for (const auto& entry : table) words.push_back(entry.first);
  return {arity::one, format_choices(words),
          [at, table](node_config& c, const raw_value& v) {
            if (v.type != raw_value::kind::text && v.type != raw_value::kind::string) return false;
            for (const auto& [word, value] : table) {
              if (v.text != word) continue;
              at(c) = value;
              return true;
            }
            return false;
          },
          [at, table](const node_config& c) {
            for (const auto& [word, value] : table)
              if (at(c) == value) return in_quotes(word);
            return std::string("?");  // a default that the table does not name
          }};
}

/// On or off; on the command line the name alone is on.
template <class At>
value_type switch_value(At at) {
  return {arity::none, "true or false",
          [at](node_config& c, const raw_value& v) {
            if (v.type != raw_value::kind::text && v.type != raw_value::kind::boolean) return false;
            if (v.text != "true" && v.text != "false") return false;
            at(c) = v.text == "true";
            return true;
          },
          [at](const node_config& c) { return std::string(at(c) ? "true" : "false"); }};
}

}  // namespace pushmesh::config
