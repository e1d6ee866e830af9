# What a program that uses pushmesh sees: the target pushmesh::pushmesh, in the build tree and after
# `cmake --install` by find_package(pushmesh).

# Headers that are installed, with their folders, under include/pushmesh/. Patterns are allowed.
# tests/layout_check.py reads this list too: whatever these include of ours must be in it.
set(PUSHMESH_PUBLIC_HEADERS
    actors/api/*.hpp
    actors/api/json/*.hpp
    actors/bridge_options.hpp
    actors/messages/socket_messages.hpp
    actors/options.hpp
    cluster/client/client.hpp
    cluster/client/client_call.hpp
    cluster/client/client_options.hpp
    cluster/client/client_results.hpp
    cluster/client/remote_target.hpp
    cluster/node/cluster_options.hpp
    cluster/node/component_health.hpp
    cluster/node/server.hpp
    cluster/node/socket_handle.hpp
    cluster/start_error.hpp
    net/protocol/binary.hpp
    net/protocol/close_reason.hpp
    net/protocol/limits.hpp
    net/transport/address_place.hpp
    net/transport/handshake.hpp
    net/transport/http_message.hpp
    net/transport/options.hpp
    net/transport/tls/tls_options.hpp)

# Headers of the list that users include as <pushmesh/NAME>.
set(PUSHMESH_FORWARDED_HEADERS
    actors/api/asio.hpp
    cluster/client/client.hpp
    cluster/node/server.hpp
    cluster/node/socket_handle.hpp)

# The program's target is called pushmesh, so the library's has another name inside this build.
add_library(pushmesh_api INTERFACE)
add_library(pushmesh::pushmesh ALIAS pushmesh_api)
set_target_properties(pushmesh_api PROPERTIES EXPORT_NAME pushmesh)
target_link_libraries(pushmesh_api INTERFACE pushmesh_cluster)
target_include_directories(
  pushmesh_api INTERFACE $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
                         $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

foreach(header IN LISTS PUSHMESH_FORWARDED_HEADERS)
  cmake_path(GET header FILENAME name)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/include/pushmesh/${name}"
       CONTENT "#pragma once\n\n#include \"${header}\"\n")
  install(FILES "${PROJECT_BINARY_DIR}/include/pushmesh/${name}"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/pushmesh")
endforeach()

list(TRANSFORM PUSHMESH_PUBLIC_HEADERS PREPEND "${PROJECT_SOURCE_DIR}/" OUTPUT_VARIABLE patterns)
file(GLOB headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}" ${patterns})
foreach(header IN LISTS headers)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES "${header}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/pushmesh/${folder}")
endforeach()

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/pushmesh")
install(TARGETS pushmesh_api pushmesh_cluster pushmesh_actors pushmesh_net pushmesh_protocol
        EXPORT pushmeshTargets ARCHIVE)
install(EXPORT pushmeshTargets NAMESPACE pushmesh:: DESTINATION "${package_dir}")

include(CMakePackageConfigHelpers)
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/pushmeshConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/pushmeshConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/pushmeshConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/pushmeshConfig.cmake"
              "${PROJECT_BINARY_DIR}/pushmeshConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindHiredis.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindPrometheusCore.cmake"
        DESTINATION "${package_dir}")
