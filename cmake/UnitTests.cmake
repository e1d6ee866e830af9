# One test program per floor, so that a change in net/ does not link CAF to be tested. A folder without
# sources gives no program.
find_package(doctest CONFIG)
if(NOT doctest_FOUND)
  message(STATUS "no unit tests: doctest-dev is not installed")
  return()
endif()

add_library(pushmesh_doctest_main OBJECT "${PROJECT_SOURCE_DIR}/tests/unit/main.cpp")
target_link_libraries(pushmesh_doctest_main PUBLIC doctest::doctest)

function(pushmesh_unit_tests folder)
  cmake_parse_arguments(ARG "LONG_RUNNING" "" "LINK;PRECOMPILE" ${ARGN})
  set(name unit_${folder})
  pushmesh_program(${name} GLOBS tests/unit/${folder}/*.cpp LINK pushmesh_doctest_main ${ARG_LINK})
  if(TARGET ${name})
    pushmesh_precompile(${name} ${ARG_PRECOMPILE})
    # What is tested is optimized; most tests take longer to compile than to run.
    if(PUSHMESH_SANITIZE AND NOT ARG_LONG_RUNNING)
      target_compile_options(${name} PRIVATE -O0)
    endif()
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()

pushmesh_unit_tests(protocol LINK pushmesh_protocol)
pushmesh_unit_tests(api LINK pushmesh_actors)
pushmesh_unit_tests(transport LINK pushmesh_net OpenSSL::SSL)
pushmesh_unit_tests(redis LINK pushmesh_net)
pushmesh_unit_tests(auth LINK pushmesh_net OpenSSL::Crypto)
pushmesh_unit_tests(actors LINK pushmesh_actors CAF::io PRECOMPILE <caf/all.hpp>)
pushmesh_unit_tests(link LONG_RUNNING LINK pushmesh_cluster)
pushmesh_unit_tests(store LINK pushmesh_cluster)
pushmesh_unit_tests(push LINK pushmesh_cluster)
foreach(source link/certificate_check_test.cpp redis/tls_test.cpp transport/test_tls.cpp) # they run a script of ours
  set_source_files_properties("${PROJECT_SOURCE_DIR}/tests/unit/${source}"
                              PROPERTIES COMPILE_DEFINITIONS PUSHMESH_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endforeach()
# A program that tests/e2e/cluster starts.
pushmesh_program(other_wire_node GLOBS tests/e2e/other_wire_node/*.cpp LINK pushmesh_cluster CAF::io)
pushmesh_unit_tests(
  cluster
  LINK pushmesh_api CAF::io CAF::openssl spdlog::spdlog tomlplusplus::tomlplusplus CLI11::CLI11
       PrometheusCore::PrometheusCore)
