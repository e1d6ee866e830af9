#include "cluster/node/bench/client_session.hpp"

#include <algorithm>
#include <utility>

#include "net/protocol/engineio_packet.hpp"
#include "net/protocol/limits.hpp"
#include "net/protocol/socketio_codec.hpp"

namespace pushmesh::bench {
namespace {

using net::engineio_type;
using net::socketio_type;
using net::ws_opcode;

// We believe the server under test: larger messages than it takes itself are not its mistake.
constexpr std::size_t max_message = 64 << 20;

constexpr std::string_view end_of_head = "\r\n\r\n";

// Raw elements of the last decoded packet. One per process instead of one per connection.
std::vector<std::string_view>& elements_scratch() {
  static std::vector<std::string_view> elements;
  return elements;
}

}  // namespace

struct client_session::talk {
  const client_phrases& phrases;
  std::string& out;
  session_events& events;

  void say(std::initializer_list<std::string_view> pieces) {
    append_client_frame(out, ws_opcode::text, pieces);
  }
};

client_session::client_session() : parser_(net::ws_role::client, max_message) {}

std::optional<failure> client_session::feed(std::span<char> input, const client_phrases& phrases,
                                            std::string& out, session_events& events) {
  if (stage_ == stage::upgrading) {
    if (const auto wrong = read_head(input, events)) return wrong;
    if (stage_ == stage::upgrading) return std::nullopt;
  }
  talk with{phrases, out, events};
  for (;;) {
    const auto event = parser_.next(input);
    if (!event) return failure::bad_frame;
    if (!*event) return std::nullopt;
    if (const auto wrong = read_event(**event, with)) return wrong;
  }
}

// Leaves in `input` what stands behind the head.
std::optional<failure> client_session::read_head(std::span<char>& input, session_events& events) {
  static constexpr std::size_t max_head = net::protocol_limits{}.max_http_head;
  if (!head_) head_ = std::make_unique<std::string>();
  const auto before = head_->size();
  // The blank line may have begun in what came earlier.
  const auto search_from = before > 3 ? before - 3 : 0;
  const auto taken = std::min(input.size(), max_head);
  head_->append(input.data(), taken);
  const auto at = head_->find(end_of_head, search_from);
  if (at == std::string::npos) {
    if (head_->size() >= max_head) return failure::bad_upgrade;
    input = {};
    return std::nullopt;
  }
  input = input.subspan(at + end_of_head.size() - before);
  head_->resize(at + end_of_head.size());
  const auto head = std::exchange(head_, nullptr);
  if (is_upgraded(*head)) {
    stage_ = stage::opening;
    return std::nullopt;
  }
  const int status = status_of(*head);
  if (status == 0 || status == 101) return failure::bad_upgrade;
  events.refused_with(status);
  return failure::http_status;
}

std::optional<failure> client_session::read_event(const net::ws_event& event, talk& with) {
  switch (event.kind) {
    case ws_opcode::text:
      return read_text(event.payload, with);
    case ws_opcode::binary:
      with.events.other(event.payload.size());
      return std::nullopt;
    case ws_opcode::close:
      return failure::closed;
    case ws_opcode::ping:
      append_client_frame(with.out, ws_opcode::pong, {event.payload});
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<failure> client_session::read_text(std::string_view text, talk& with) {
  const auto& prefix = with.phrases.stamped_prefix;
  if (text.starts_with(prefix)) {
    // By far the most there is: not worth a look at the padding.
    const auto s = read_stamp(text.substr(prefix.size()));
    if (s) {
      with.events.stamped(*s, text.size());
      return std::nullopt;
    }
  }
  const auto packet = net::parse_engineio_packet(text);
  if (!packet) return failure::bad_packet;
  switch (packet->type) {
    case engineio_type::open:
      if (stage_ != stage::opening) return failure::bad_packet;
      stage_ = stage::joining;
      with.say({with.phrases.connect});
      return std::nullopt;
    case engineio_type::close:
      return failure::disconnected;
    case engineio_type::ping:
      with.say({"3", packet->data});
      with.events.pinged();
      return std::nullopt;
    case engineio_type::message:
      return read_packet(packet->data, with);
    default:
      return std::nullopt;
  }
}

std::optional<failure> client_session::read_packet(std::string_view text, talk& with) {
  static const net::protocol_limits limits;
  auto& elements = elements_scratch();
  const auto packet = net::decode_socketio(text, limits, elements);
  if (!packet) return failure::bad_packet;
  if (packet->nsp != with.phrases.nsp) return failure::bad_packet;
  switch (packet->type) {
    case socketio_type::connect:
      if (stage_ != stage::joining) return failure::bad_packet;
      stage_ = stage::live;
      with.events.live();
      return std::nullopt;
    case socketio_type::connect_error:
      return failure::namespace_refused;
    case socketio_type::disconnect:
      return failure::disconnected;
    case socketio_type::ack:
      if (const auto id = net::parse_ack_id(packet->ack_id)) with.events.acked(*id);
      return std::nullopt;
    case socketio_type::event:
    case socketio_type::binary_event:
      if (!packet->ack_id.empty()) {
        with.say({with.phrases.ack, packet->ack_id, "[]"});
        with.events.ack_asked();
      }
      break;
    case socketio_type::binary_ack:
      break;
  }
  if (elements.size() >= 3 && elements[0] == "\"bench\"") {
    const auto from = static_cast<std::size_t>(elements[1].data() - text.data());
    if (const auto s = read_stamp(text.substr(from))) {
      with.events.stamped(*s, text.size());
      return std::nullopt;
    }
  }
  with.events.other(text.size());
  return std::nullopt;
}

}  // namespace pushmesh::bench
