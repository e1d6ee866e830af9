#include "net/redis/reply_reader.hpp"

#include <hiredis/hiredis.h>

#include <new>
#include <utility>
#include <vector>

namespace pushmesh::net::redis {
namespace {

// What hiredis calls while it reads. Each makes a reply in its place in the tree and returns where
// it is; nothing means failure. hiredis passes only pointers on, exceptions must not cross it.

/// Where the reply of `task` belongs: appended to the array it is part of, or a new root. Only the
/// newest element of an array is ever pointed at, so the array may grow.
reply* place(const redisReadTask* task) {
  if (!task->parent) return new reply;
  auto& items = static_cast<reply*>(task->parent->obj)->items;
  return &items.emplace_back();
}

template <class Fill>
void* make(const redisReadTask* task, reply::type kind, Fill fill) noexcept {
  try {
    auto* const made = place(task);
    made->kind = kind;
    fill(*made);
    return made;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void* make_string(const redisReadTask* task, char* text, std::size_t size) noexcept {
  const auto kind = task->type == REDIS_REPLY_ERROR    ? reply::type::error
                    : task->type == REDIS_REPLY_STATUS ? reply::type::status
                                                       : reply::type::string;
  return make(task, kind, [&](reply& r) { r.text.assign(text, size); });
}

// The announced length is not trusted: elements are appended as they arrive.
template <class Count>
void* make_array(const redisReadTask* task, Count) noexcept {
  return make(task, reply::type::array, [](reply&) {});
}

void* make_integer(const redisReadTask* task, long long number) noexcept {
  return make(task, reply::type::integer, [&](reply& r) { r.number = number; });
}

void* make_nil(const redisReadTask* task) noexcept {
  return make(task, reply::type::nil, [](reply&) {});
}

// Called for roots only.
void destroy(void* root) noexcept {
  delete static_cast<reply*>(root);
}

/// hiredis 1.x adds types of RESP3, which we never ask for: refused.
template <class Functions>
void refuse_resp3(Functions& f) {
  if constexpr (requires { f.createDouble; })
    f.createDouble = [](const redisReadTask*, double, char*, std::size_t) -> void* {
      return nullptr;
    };
  if constexpr (requires { f.createBool; })
    f.createBool = [](const redisReadTask*, int) -> void* { return nullptr; };
}

redisReplyObjectFunctions* functions() {
  static auto table = [] {
    redisReplyObjectFunctions f{};
    f.createString = make_string;
    f.createArray = make_array;
    f.createInteger = make_integer;
    f.createNil = make_nil;
    f.freeObject = destroy;
    refuse_resp3(f);
    return f;
  }();
  return &table;
}

}  // namespace

reply_reader::reply_reader(std::size_t max_reply)
    : reader_(redisReaderCreateWithFunctions(functions())), max_reply_(max_reply) {
  if (!reader_) throw std::bad_alloc();
}

reply_reader::~reply_reader() {
  redisReaderFree(reader_);
}

void reply_reader::feed(std::span<const char> bytes) {
  since_reply_ += bytes.size();
  // What it says about failure it says again in redisReaderGetReply.
  redisReaderFeed(reader_, bytes.data(), bytes.size());
}

tl::expected<std::optional<reply>, std::string> reply_reader::next() {
  void* found = nullptr;
  if (redisReaderGetReply(reader_, &found) != REDIS_OK)
    return tl::make_unexpected(std::string(reader_->errstr));
  if (!found) {
    if (since_reply_ > max_reply_)
      return tl::make_unexpected("a reply is larger than " + std::to_string(max_reply_) + " bytes");
    return std::optional<reply>();
  }
  since_reply_ = reader_->len - reader_->pos;
  const std::unique_ptr<reply> root(static_cast<reply*>(found));
  return std::optional<reply>(std::move(*root));
}

std::string format_command(std::span<const std::string_view> words) {
  std::vector<const char*> starts;
  std::vector<std::size_t> sizes;
  for (const auto word : words) {
    starts.push_back(word.empty() ? "" : word.data());
    sizes.push_back(word.size());
  }
  char* text = nullptr;
  const auto size =
      redisFormatCommandArgv(&text, static_cast<int>(words.size()), starts.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();
  std::string command(text, static_cast<std::size_t>(size));
  redisFreeCommand(text);
  return command;
}

}  // namespace pushmesh::net::redis
