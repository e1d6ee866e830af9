# tests/fuzz/<name>_fuzz.cpp -> a libFuzzer program <name>_fuzz that links the codecs alone.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "PUSHMESH_FUZZ needs clang: use the preset `fuzz`, or CMAKE_CXX_COMPILER=clang++")
endif()

get_target_property(type pushmesh_protocol TYPE)
if(NOT type STREQUAL "INTERFACE_LIBRARY")
  target_compile_options(pushmesh_protocol PRIVATE -fsanitize=fuzzer-no-link)
endif()

# A fuzzer of another floor names the sources it needs: that floor's libraries stay out.
set(wire_v1_fuzz_SOURCES actors/id_source.cpp cluster/link/parts.cpp cluster/link/wire_v1.cpp
                         cluster/link/wire_v1_error.cpp)
set(redis_url_fuzz_SOURCES net/redis/redis_url.cpp)
set(jwt_token_fuzz_SOURCES net/auth/jwt_token.cpp net/auth/object_reader.cpp)
set(http_api_fuzz_SOURCES cluster/node/http/api/api_path.cpp cluster/node/http/api/emit_order.cpp)

file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/*_fuzz.cpp")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  list(TRANSFORM ${name}_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/")
  add_executable(${name} "${source}" ${${name}_SOURCES})
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name} PRIVATE pushmesh_protocol)
endforeach()
