#include "actors/bridge/redis_advice.hpp"

#include <array>

namespace pushmesh::actors {
namespace {

struct known_error {
  std::string_view words;  // somewhere in it
  std::string_view advice;
};

// The first one that fits counts.
constexpr std::array known{
    known_error{"WRONGPASS", "check user and password in the URL of option \"redis\""},
    known_error{"NOAUTH", "option \"redis\" needs a password in its URL"},
    known_error{"ERR AUTH",
                "this Redis has no password: leave it out of the URL of option \"redis\""},
    known_error{"LOADING", "Redis is reading its data and will be ready soon"},
    known_error{"max number of clients", "raise maxclients of Redis"},
    known_error{"OOM", "Redis is out of memory: raise maxmemory, or evict"},
    known_error{"DENIED", "Redis is in protected mode: give it a password, or bind it elsewhere"},
    known_error{"DB index", "this Redis has no database of that number: see option \"redis\""},
    known_error{"its certificate",
                "check redis_tls_ca and the certificate of Redis, and redis_tls_name if its name "
                "is not the one in the URL"},
    known_error{"alert", "Redis refused our side of TLS: see redis_tls_cert and redis_tls_key"},
    known_error{"wrong version number",
                "there is no TLS at this port: use redis://, or the tls-port of Redis"},
    known_error{"no TLS in time",
                "there may be no TLS at this port: use redis://, or the tls-port of Redis"},
    known_error{"Connection refused",
                "nothing listens there: start Redis, or check option \"redis\""},
    known_error{"No such file", "there is no such socket: start Redis, or check option \"redis\""},
    known_error{"Permission denied", "the node's user may not use this socket: see unixsocketperm"},
    known_error{"cannot resolve", "check the host in option \"redis\", and DNS"},
    known_error{"no answer within",
                "Redis is frozen, overloaded or cut off: look at its process, its machine and the "
                "network"},
    known_error{"in time", "Redis or the way to it does not answer: check host, port and firewall"},
    known_error{"did not come back",
                "messages take too long through this Redis: look at its load and its log"},
    known_error{"closed the connection",
                "look at the log of Redis: it may have been stopped, want TLS (rediss://), or have "
                "dropped a slow subscriber (client-output-buffer-limit pubsub, maxmemory-clients)"},
};

}  // namespace

std::string advice_for(std::string_view error, std::string_view key) {
  if (error.find("NOPERM") != error.npos)
    return "give the user +psubscribe +publish +ping and the channels \"&" + std::string(key) +
           "*\" (ACL SETUSER)";
  for (const auto& k : known)
    if (error.find(k.words) != error.npos) return std::string(k.advice);
  return {};
}

}  // namespace pushmesh::actors
