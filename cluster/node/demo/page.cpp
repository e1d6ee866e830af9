#include "cluster/node/demo/page.hpp"

namespace pushmesh::demo {
namespace {

// page.html.inc is the page between the delimiters of a raw string literal.
constexpr std::string_view html =
#include "cluster/node/demo/page.html.inc"
    ;

}  // namespace

std::string page(std::string_view path) {
  constexpr std::string_view placeholder = "{{PATH}}";
  std::string text(html);
  return text.replace(text.find(placeholder), placeholder.size(), path);
}

}  // namespace pushmesh::demo
