# Finds hiredis, the C client library of Redis. Debian 12's libhiredis-dev (0.14) ships no CMake package, Debian
# 13's does; this finds both.
#
#   find_package(Hiredis REQUIRED)
#
# gives the imported target Hiredis::Hiredis.
find_path(HIREDIS_INCLUDE_DIR hiredis/hiredis.h)
find_library(HIREDIS_LIBRARY hiredis)
mark_as_advanced(HIREDIS_INCLUDE_DIR HIREDIS_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Hiredis
  REQUIRED_VARS HIREDIS_LIBRARY HIREDIS_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "install libhiredis-dev")

if(Hiredis_FOUND AND NOT TARGET Hiredis::Hiredis)
  add_library(Hiredis::Hiredis UNKNOWN IMPORTED)
  set_target_properties(
    Hiredis::Hiredis PROPERTIES IMPORTED_LOCATION "${HIREDIS_LIBRARY}"
                                INTERFACE_INCLUDE_DIRECTORIES "${HIREDIS_INCLUDE_DIR}")
endif()
