#include "cluster/push/store/store_errc.hpp"

namespace pushmesh::cluster::push {

std::string_view to_string(store_errc e) noexcept {
  switch (e) {
    case store_errc::unavailable:
      return "unavailable";
    case store_errc::full:
      return "full";
    case store_errc::duplicate_session:
      return "duplicate_session";
    case store_errc::conflict:
      return "conflict";
    case store_errc::bad_request:
      return "bad_request";
  }
  return "unknown";
}

}  // namespace pushmesh::cluster::push
