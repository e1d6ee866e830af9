#include "cluster/node/log/node_log.hpp"

#include <unistd.h>

#include <algorithm>
#include <memory>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "cluster/node/log/log_format.hpp"

namespace pushmesh::log {
namespace {

using line_form = std::string (*)(const entry&);

constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info,
                                                spdlog::level::warn, spdlog::level::err};

// spdlog's own patterns do not escape the text, which clients can influence.
class escaping_formatter : public spdlog::formatter {
 public:
  explicit escaping_formatter(line_form form) : form_(form) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto name = spdlog::level::to_string_view(message.level);
    const auto level = message.level == spdlog::level::warn
                           ? std::string_view("warn")  // spdlog says "warning"
                           : std::string_view(name.data(), name.size());
    const auto line =
        form_({message.time, level, {message.payload.data(), message.payload.size()}});
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<escaping_formatter>(form_);
  }

 private:
  line_form form_;
};

line_form form_for(config::log_format format) {
  if (format == config::log_format::text) return text_line;
  if (format == config::log_format::json) return json_line;
  return isatty(STDERR_FILENO) ? text_line : json_line;
}

}  // namespace

writer make_writer(config::log_level level, config::log_format format) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("pushmesh", std::move(sink));
  logger->set_formatter(std::make_unique<escaping_formatter>(form_for(format)));
  logger->set_level(levels[static_cast<int>(level)]);
  return [logger](int line_level, std::string_view text) {
    logger->log(levels[std::clamp(line_level, 0, 3)],
                spdlog::string_view_t(text.data(), text.size()));
  };
}

}  // namespace pushmesh::log
