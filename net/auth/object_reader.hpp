#pragma once

#include <string>
#include <string_view>

namespace pushmesh::net {

/// What read_json_object() found below the top: a member of the object, or an element of a member
/// that is an array.
struct object_item {
  enum class kind : unsigned char { null, boolean, number, string, array, object };
  std::string_view name;  ///< of the member
  kind type;
  std::string_view text;  ///< of a string: decoded; of a number: as written; else empty
  bool is_element;        ///< of the member's array
};

/// Takes the items in the order of the text; false ends the reading.
class object_sink {
 public:
  virtual ~object_sink() = default;
  virtual bool take(const object_item& item) = 0;
};

/// Reads a JSON object (RFC 8259, valid UTF-8), nothing but white space around it. Containers may
/// be 16 deep; those further down are checked and not shown. Does not recurse. False when the text
/// is no object or the sink ended it.
bool read_json_object(std::string_view text, object_sink& sink);

}  // namespace pushmesh::net
