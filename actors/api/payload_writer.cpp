#include "actors/api/payload_writer.hpp"

#include <algorithm>
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
  const auto seen = net::find_placeholders(text_);
  if (std::equal(seen.begin(), seen.end(), places_.begin(), places_.end(),
                 [](const net::placeholder& p, std::size_t ours) { return p.offset == ours; }))
    return {std::move(text_), std::move(attachments_)};
  std::string cleaned;
  std::size_t copied = 0;
  for (const auto& p : seen) {
    if (std::binary_search(places_.begin(), places_.end(), p.offset)) continue;
    cleaned += std::string_view(text_).substr(copied, p.offset - copied);
    cleaned += "null";
    copied = p.offset + p.size;
  }
  cleaned += std::string_view(text_).substr(copied);
  return {std::move(cleaned), std::move(attachments_)};
}

}  // namespace pushmesh
