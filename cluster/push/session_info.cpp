#include "cluster/push/session_info.hpp"

#include <utility>

#include "actors/api/json_value.hpp"
#include "actors/api/json_writer.hpp"
#include "net/protocol/iso_time.hpp"

namespace pushmesh::cluster::push {
namespace {

std::optional<std::string> told(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

struct client_view {
  std::string user;
  std::optional<std::string> device, platform;
  std::vector<std::string> tags;
  std::size_t offline;
  std::optional<std::string> expires;
};

template <class Fields>
void json_fields(Fields& f, client_view& x) {
  f("user", x.user);
  f("device", x.device);
  f("platform", x.platform);
  f("tags", x.tags);
  f("offline", x.offline);
  f("expires", x.expires);
}

struct snapshot {
  std::string user, device, platform;
  std::vector<std::string> tags;
  std::optional<std::int64_t> expires;
  std::int64_t since = 0;
};

template <class Fields>
void json_fields(Fields& f, snapshot& x) {
  f("user", x.user);
  f("device", x.device);
  f("platform", x.platform);
  f("tags", x.tags);
  f("expires", x.expires);
  f("since", x.since);
}

struct error_view {
  std::string_view code, message;
};

template <class Fields>
void json_fields(Fields& f, error_view& x) {
  f("code", x.code);
  f("message", x.message);
}

time_point from_count(std::int64_t milliseconds) {
  return time_point(std::chrono::milliseconds(milliseconds));
}

std::int64_t to_count(time_point t) {
  return t.time_since_epoch().count();
}

}  // namespace

std::vector<std::string> rooms_of(const session_info& session) {
  std::vector<std::string> rooms{"user:" + session.user};
  for (const auto& tag : session.tags) rooms.push_back("tag:" + tag);
  return rooms;
}

std::string to_client_json(const session_info& s) {
  client_view view{s.user, told(s.device), told(s.platform), s.tags, s.offline, std::nullopt};
  if (s.expires) view.expires = net::iso_time(static_cast<double>(to_count(*s.expires)));
  return json_args(view);
}

std::string granted_json(const session_info& session) {
  return R"({"ok":true,"session":)" + to_client_json(session) + '}';
}

std::string refused_json(const error& why) {
  return R"({"ok":false,"error":)" + json_args(error_view{to_string(why.code), why.message}) + '}';
}

std::string to_snapshot(const session_info& s) {
  snapshot out{s.user, s.device, s.platform, s.tags, std::nullopt, to_count(s.since)};
  if (s.expires) out.expires = to_count(*s.expires);
  return json_args(out);
}

std::optional<session_info> from_snapshot(std::string_view text) {
  auto in = try_from_json<snapshot>(text);
  if (!in || in->user.empty()) return std::nullopt;
  session_info s;
  s.user = std::move(in->user);
  s.device = std::move(in->device);
  s.platform = std::move(in->platform);
  s.tags = std::move(in->tags);
  if (in->expires) s.expires = from_count(*in->expires);
  s.since = from_count(in->since);
  return s;
}

}  // namespace pushmesh::cluster::push
