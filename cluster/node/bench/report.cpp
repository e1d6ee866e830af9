#include "cluster/node/bench/report.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "net/protocol/json_scanner.hpp"

namespace pushmesh::bench {
namespace {

double ms(std::uint64_t us) {
  return static_cast<double>(us) / 1'000;
}

double per_second(std::uint64_t n, double seconds) {
  return seconds > 0 ? static_cast<double>(n) / seconds : 0;
}

double cores_used(const bench_result& r) {
  double sum = 0;
  for (const auto& w : r.workers) sum += w.busy;
  return sum;
}

double busiest(const bench_result& r) {
  double most = 0;
  for (const auto& w : r.workers) most = std::max(most, w.busy);
  return most;
}

// `refused by the server 12, timed out 3`
std::string by_cause(const bench_result& r, const std::array<std::uint64_t, failure_kinds>& n) {
  std::string text;
  for (std::size_t i = 0; i < failure_kinds; ++i) {
    if (n[i] == 0) continue;
    const auto f = static_cast<failure>(i);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", words_of(f), n[i]);
    if (f == failure::http_status) text += fmt::format(" (last {})", r.last_http_status);
  }
  return text.empty() ? text : " (" + text + ")";
}

std::string percentiles(const latency_histogram& h) {
  return fmt::format("p50 {:.2f}, p90 {:.2f}, p99 {:.2f}, p99.9 {:.2f}, max {:.2f} ms",
                     ms(h.percentile(50)), ms(h.percentile(90)), ms(h.percentile(99)),
                     ms(h.percentile(99.9)), ms(h.max()));
}

void add_line(std::string& out, std::string_view name, const std::string& text) {
  out += fmt::format("{:<13} {}\n", name, text);
}

void add_connections(std::string& out, const bench_result& r) {
  add_line(out, "connected",
           fmt::format("{} of {} in {:.2f} s, {:.0f}/s", r.connected, r.connections,
                       r.connect_seconds, per_second(r.connected, r.connect_seconds)));
  add_line(out, "handshake", percentiles(r.connecting));
  add_line(out, "failed", fmt::format("{}{}", r.failed_total(), by_cause(r, r.failed)));
  add_line(out, "dropped", fmt::format("{}{}", r.dropped, by_cause(r, r.dropped_by)));
  if (r.reconnected > 0) add_line(out, "reconnected", std::to_string(r.reconnected));
  if (r.stalled + r.stalled_closed > 0)
    add_line(out, "stalled",
             fmt::format("{}, of which the server closed {}", r.stalled + r.stalled_closed,
                         r.stalled_closed));
}

void add_messages(std::string& out, const bench_result& r) {
  if (r.broadcasts > 0) {
    add_line(out, "broadcasts",
             fmt::format("{} sent, {} complete, {} incomplete (messages missing {}, repeated {})",
                         r.broadcasts, r.complete, r.incomplete, r.missing, r.repeated));
    add_line(out, "completion", percentiles(r.completion));
  }
  if (r.messages > 0) add_line(out, "latency", percentiles(r.latency));
  if (r.echoes_sent > 0) {
    add_line(out, "echo", percentiles(r.echo));
    add_line(out, "", fmt::format("{} sent, {} answered", r.echoes_sent, r.echoes_answered));
  }
  add_line(out, "messages",
           fmt::format("{}; over {:.1f} s {:.0f}/s, {:.1f} MB/s; {} other, {} pings, {} acks given",
                       r.messages, r.seconds, r.messages_per_second, r.bytes_per_second / 1e6,
                       r.other, r.pings, r.acks_answered));
  if (!r.source_error.empty()) add_line(out, "source", r.source_error);
}

std::string json_percentiles(std::string_view name, const latency_histogram& h) {
  return fmt::format(
      "\"{}\":{{\"count\":{},\"mean\":{:.3f},\"p50\":{:.3f},\"p90\":{:.3f},\"p99\":{:.3f},"
      "\"p999\":{:.3f},\"max\":{:.3f}}},",
      name, h.count(), h.mean() / 1'000, ms(h.percentile(50)), ms(h.percentile(90)),
      ms(h.percentile(99)), ms(h.percentile(99.9)), ms(h.max()));
}

std::string json_causes(std::string_view name, const std::array<std::uint64_t, failure_kinds>& n) {
  std::string text = fmt::format("\"{}\":{{", name);
  for (std::size_t i = 0; i < failure_kinds; ++i) {
    if (n[i] == 0) continue;
    if (text.back() != '{') text += ',';
    text += fmt::format("\"{}\":{}", name_of(static_cast<failure>(i)), n[i]);
  }
  return text + "},";
}

std::string json_sentences(std::string_view name, const std::vector<std::string>& sentences) {
  std::string text = fmt::format("\"{}\":[", name);
  for (const auto& s : sentences) {
    if (text.back() != '[') text += ',';
    net::append_json_string(text, s);
  }
  return text + "]";
}

}  // namespace

std::uint64_t bench_result::failed_total() const noexcept {
  return std::accumulate(failed.begin(), failed.end(), std::uint64_t{0});
}

bool bench_result::is_good() const noexcept {
  const bool all_connected = connected == connections && dropped == 0;
  const bool all_back = reconnects && live_at_end + stalled_closed >= connections;
  return (all_connected || all_back) && workers_died == 0 && source_error.empty() &&
         incomplete == 0 && repeated == 0 && echoes_answered == echoes_sent;
}

std::string text_report(const bench_result& r) {
  std::string out;
  add_connections(out, r);
  add_messages(out, r);
  add_line(out, "clients",
           fmt::format("{} processes, {:.2f} cores in all, the busiest {:.0f} %; {:.1f} MiB; "
                       "machine {:.0f} % idle",
                       r.workers.size(), cores_used(r), busiest(r) * 100,
                       static_cast<double>(r.client_memory) / (1 << 20), r.machine_idle * 100));
  const auto exhausted = exhausted_resources(r);
  if (exhausted.empty()) add_line(out, "ran out", "nothing");
  for (const auto& sentence : exhausted) add_line(out, "ran out", sentence);
  add_line(out, "result", r.is_good() ? "ok" : "NOT ok");
  return out;
}

std::string json_report(const bench_result& r) {
  std::string out = "{";
  const auto number = [&out](std::string_view name, std::uint64_t n) {
    out += fmt::format("\"{}\":{},", name, n);
  };
  const auto fraction = [&out](std::string_view name, double n) {
    out += fmt::format("\"{}\":{:.3f},", name, n);
  };
  out += fmt::format("\"ok\":{},", r.is_good());
  number("connections", r.connections);
  number("connected", r.connected);
  fraction("connect_seconds", r.connect_seconds);
  fraction("connects_per_second", per_second(r.connected, r.connect_seconds));
  number("failed", r.failed_total());
  out += json_causes("failed_by", r.failed);
  number("last_http_status", r.last_http_status);
  number("live_at_end", r.live_at_end);
  number("dropped", r.dropped);
  out += json_causes("dropped_by", r.dropped_by);
  number("reconnected", r.reconnected);
  number("stalled", r.stalled + r.stalled_closed);
  number("stalled_closed", r.stalled_closed);
  fraction("seconds", r.seconds);
  number("broadcasts", r.broadcasts);
  number("broadcasts_complete", r.complete);
  number("broadcasts_incomplete", r.incomplete);
  number("messages_missing", r.missing);
  number("messages_repeated", r.repeated);
  number("messages", r.messages);
  fraction("messages_per_second", r.messages_per_second);
  number("bytes", r.bytes);
  number("other_events", r.other);
  number("pings_answered", r.pings);
  number("acks_answered", r.acks_answered);
  number("echoes_sent", r.echoes_sent);
  number("echoes_answered", r.echoes_answered);
  out += json_percentiles("handshake_ms", r.connecting);
  out += json_percentiles("latency_ms", r.latency);
  out += json_percentiles("first_ms", r.first);
  out += json_percentiles("completion_ms", r.completion);
  out += json_percentiles("echo_ms", r.echo);
  number("processes", r.workers.size());
  fraction("client_cores", cores_used(r));
  fraction("busiest_client", busiest(r));
  fraction("machine_idle", r.machine_idle);
  number("client_memory_bytes", r.client_memory);
  out += "\"source_error\":";
  net::append_json_string(out, r.source_error);
  out += ',';
  return out + json_sentences("ran_out", exhausted_resources(r)) + "}\n";
}

}  // namespace pushmesh::bench
