#include "net/transport/polling_hub.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "net/transport/io_loop.hpp"
#include "net/transport/upgrade_probe.hpp"

namespace pushmesh::net {

void tell_of_the_end(io_loop& loop, session_request request) {
  if (auto* upgrade = std::get_if<session_upgrade>(&request))
    return upgrade_probe::turn_away(loop, std::move(*upgrade));
  const auto& polling = std::get<polling_request>(request);
  if (polling.what == polling_request::kind::get)
    return answer(loop, polling.from, {200, "text/plain; charset=UTF-8", "1"});
  if (polling.what == polling_request::kind::post)
    return answer(loop, polling.from, {200, "text/html", "ok"});
  refuse(loop, std::move(request), errc::session_unknown);
}

void polling_hub::take(session_request request) {
  using enum session_table::known;
  const auto& key = std::visit([](auto& r) -> const session_key& { return r.sid; }, request);
  const auto [how, session] = sessions_.find(key);
  if (how == no && loop_.closes_idle_connections())
    return tell_of_the_end(loop_, std::move(request));
  if (how == no) return refuse(loop_, std::move(request), errc::session_unknown);
  if (how == polling) return session->take(std::move(request));
  if (auto* upgrade = std::get_if<session_upgrade>(&request))
    return upgrade_probe::turn_away(loop_, std::move(*upgrade));
  refuse(loop_, std::move(request), errc::bad_request);
}

exchange_id polling_hub::expect(waiter& w) {
  waiting_.emplace(++exchanges_, &w);
  return {&loop_, exchanges_};
}

void polling_hub::answer(exchange_id id, polling_answer answer) {
  const auto found = waiting_.find(id.number);
  if (found == waiting_.end()) return;
  auto& w = *found->second;
  waiting_.erase(found);
  w.on_answer(std::move(answer));
}

void polling_hub::tell_of_refused_eio3() {
  if (loop_.now() < silent_until_) return;
  silent_until_ = loop_.now() + std::chrono::minutes(1);
  loop_.log(
      "a client of Engine.IO protocol 3 (socket.io-client 1.x or 2.x) was refused: allow_eio3 is "
      "off");
}

void polling_hub::drop_lingering() {
  std::vector<polling_connection::ref> lingering;
  sessions_.for_each_polling([&](polling_connection& c) {
    if (c.lingers()) lingering.emplace_back(&c);
  });
  for (auto& c : lingering) c->cut();
}

void answer(io_loop& here, exchange_id id, polling_answer what) {
  if (!id) return;
  if (id.loop == &here) return here.polling().answer(id, std::move(what));
  post_answer(id, std::move(what));
}

void post_answer(exchange_id id, polling_answer what) {
  struct task final : loop_task {
    task(exchange_id i, polling_answer a) : id(i), what(std::move(a)) {}
    void run(io_loop& there) override { there.polling().answer(id, std::move(what)); }
    exchange_id id;
    polling_answer what;
  };
  id.loop->post(std::make_unique<task>(id, std::move(what)));
}

}  // namespace pushmesh::net
