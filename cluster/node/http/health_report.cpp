#include "cluster/node/http/health_report.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/api/json_writer.hpp"
#include "cluster/node/log/log_format.hpp"

namespace pushmesh::http {
namespace {

void add(std::string& to, std::string_view name, std::string_view text) {
  to.append(",\"").append(name).append("\":");
  append_json(to, log::as_utf8(text));
}

void add(std::string& to, const component_health& part) {
  to += "{\"name\":";
  append_json(to, part.name);
  add(to, "state", part.state == health_state::ok ? "ok" : "degraded");
  if (part.lasting) {
    to += ",\"seconds\":";
    append_json(
        to, std::int64_t{std::chrono::duration_cast<std::chrono::seconds>(*part.lasting).count()});
  }
  add(to, "detail", part.detail);
  if (!part.advice.empty()) add(to, "advice", part.advice);
  to += '}';
}

}  // namespace

std::string health_report(bool ready, const std::vector<component_health>& parts) {
  std::string text = ready ? "{\"ready\":true,\"parts\":[" : "{\"ready\":false,\"parts\":[";
  std::string_view separator = "\n";
  for (const auto& part : parts) {
    text += separator;
    add(text, part);
    separator = ",\n";
  }
  return text + "\n]}\n";
}

}  // namespace pushmesh::http
