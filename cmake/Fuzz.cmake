# tests/fuzz/<name>_fuzz.cpp -> a libFuzzer program <name>_fuzz that links the codecs alone.
if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "PUSHMESH_FUZZ needs clang: use the preset `fuzz`, or CMAKE_CXX_COMPILER=clang++")
endif()

get_target_property(type pushmesh_protocol TYPE)
if(NOT type STREQUAL "INTERFACE_LIBRARY")
  target_compile_options(pushmesh_protocol PRIVATE -fsanitize=fuzzer-no-link)
endif()

file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/fuzz/*_fuzz.cpp")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  add_executable(${name} "${source}")
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name} PRIVATE pushmesh_protocol)
endforeach()
