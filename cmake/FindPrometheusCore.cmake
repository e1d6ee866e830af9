# Finds the core library of prometheus-cpp: metrics and their text format, without a server of its own.
#
#   find_package(PrometheusCore REQUIRED)
#
# gives the imported target PrometheusCore::PrometheusCore. The package's own CMake file is not used: it
# asks for CURL, zlib and civetweb as well, which only the pull and push libraries need.
find_path(PROMETHEUS_CORE_INCLUDE_DIR prometheus/registry.h)
find_library(PROMETHEUS_CORE_LIBRARY prometheus-cpp-core)
mark_as_advanced(PROMETHEUS_CORE_INCLUDE_DIR PROMETHEUS_CORE_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  PrometheusCore
  REQUIRED_VARS PROMETHEUS_CORE_LIBRARY PROMETHEUS_CORE_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "install prometheus-cpp-dev")

if(PrometheusCore_FOUND AND NOT TARGET PrometheusCore::PrometheusCore)
  add_library(PrometheusCore::PrometheusCore UNKNOWN IMPORTED)
  set_target_properties(
    PrometheusCore::PrometheusCore
    PROPERTIES IMPORTED_LOCATION "${PROMETHEUS_CORE_LIBRARY}"
               INTERFACE_INCLUDE_DIRECTORIES "${PROMETHEUS_CORE_INCLUDE_DIR}")
endif()
