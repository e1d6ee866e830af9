# tests/bench/<name>.cpp -> a Google Benchmark program <name>.
file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/bench/*.cpp")
foreach(source IN LISTS sources)
  cmake_path(GET source STEM name)
  add_executable(${name} "${source}")
  target_link_libraries(${name} PRIVATE pushmesh_api benchmark::benchmark)
endforeach()

# The node that tests/bench/link.mjs starts.
pushmesh_program(link_node GLOBS tests/bench/link/*.cpp LINK pushmesh::pushmesh)
