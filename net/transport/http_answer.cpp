#include "net/transport/http_answer.hpp"

#include <string_view>

namespace pushmesh::net {
namespace {

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return status < 400 ? "OK" : "Error";
  }
}

// A line break inside a value would start a header, or an answer, of somebody else's choice.
void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  for (char c : value)
    if (c != '\r' && c != '\n') out += c;
  out += "\r\n";
}

}  // namespace

std::string encode_http_answer(const http_response& answer, after_answer after, answer_part part) {
  std::string out = "HTTP/1.1 " + std::to_string(answer.status) + ' ';
  out.append(reason_phrase(answer.status)).append("\r\n");
  const bool bodiless = answer.status == 204 || answer.status == 304;
  if (!bodiless) {
    if (!answer.content_type.empty()) append_line(out, "Content-Type", answer.content_type);
    append_line(out, "Content-Length", std::to_string(answer.body.size()));
  }
  for (auto& [name, value] : answer.headers) append_line(out, name, value);
  append_line(out, "Connection", after == after_answer::close ? "close" : "keep-alive");
  out += "\r\n";
  if (part == answer_part::all && !bodiless) out += answer.body;
  return out;
}

http_response plain_answer(int status) {
  http_response answer;
  answer.status = status;
  answer.body = reason_phrase(status);
  return answer;
}

}  // namespace pushmesh::net
