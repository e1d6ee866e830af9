#include "actors/api/payload_writer.hpp"

#include <optional>
#include <utility>

#include "net/protocol/placeholders.hpp"

namespace pushmesh {

void payload_writer::place(std::size_t index) {
  places_.push_back(text_.size());
  net::append_placeholder(text_, index);
}

void payload_writer::attach(const binary& bytes) {
  place(attachments_.size());
  attachments_.push_back(bytes);
}

void payload_writer::raw(std::string_view json, std::span<const binary> attachments) {
  std::vector<std::optional<std::size_t>> renumbered(attachments.size());
  std::size_t copied = 0;
  for (const auto& p : net::find_placeholders(json)) {
    if (!p.index || *p.index >= attachments.size()) continue;
    text_ += json.substr(copied, p.offset - copied);
    copied = p.offset + p.size;
    auto& index = renumbered[*p.index];
    if (!index) {
      index = attachments_.size();
      attachments_.push_back(attachments[*p.index]);
    }
    place(*index);
  }
  text_ += json.substr(copied);
}

payload payload_writer::finish() && {
  if (attachments_.empty()) return {std::move(text_)};
  return {net::hide_false_placeholders(std::move(text_), places_), std::move(attachments_)};
}

}  // namespace pushmesh
