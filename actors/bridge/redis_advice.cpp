#include "actors/bridge/redis_advice.hpp"

namespace pushmesh::actors {

std::string advice_for(std::string_view error, std::string_view key) {
  const auto begins = [error](std::string_view word) { return error.starts_with(word); };
  if (begins("NOPERM"))
    return "; give the user +psubscribe +publish +ping and the channels \"&" + std::string(key) +
           "*\" (ACL SETUSER)";
  if (begins("WRONGPASS")) return "; check user and password in the URL of option \"redis\"";
  if (begins("NOAUTH")) return "; option \"redis\" needs a password in its URL";
  if (begins("LOADING")) return "; Redis is reading its data and will be ready soon";
  if (begins("ERR max number of clients")) return "; raise maxclients of Redis";
  if (begins("OOM")) return "; Redis is out of memory: raise maxmemory, or evict";
  return {};
}

}  // namespace pushmesh::actors
