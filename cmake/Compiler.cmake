# How everything of ours is compiled: language, warnings, sanitizers, ccache. Included once, at the top.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# One folder for all programs: the end-to-end tests are given it as a whole.
if(NOT CMAKE_RUNTIME_OUTPUT_DIRECTORY)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endif()

add_compile_options(-Wall -Wextra -Wpedantic)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 reports these inside its own std::string wherever one is moved.
  add_compile_options(-Wno-array-bounds -Wno-restrict -Wno-stringop-overflow
                      -Wno-stringop-overread)
endif()
if(PUSHMESH_WERROR)
  # Sanitizers make g++ see uninitialised variables where there are none.
  add_compile_options(-Werror $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>)
endif()

if(PUSHMESH_SANITIZE)
  add_compile_options(-fsanitize=${PUSHMESH_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PUSHMESH_SANITIZE})
endif()

if(PUSHMESH_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(PUSHMESH_CCACHE_PROGRAM ccache)
  mark_as_advanced(PUSHMESH_CCACHE_PROGRAM)
  if(PUSHMESH_CCACHE_PROGRAM)
    # Without this sloppiness ccache refuses every file that uses a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        "${CMAKE_COMMAND}" -E env
        "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
        "${PUSHMESH_CCACHE_PROGRAM}")
    if(PUSHMESH_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      add_compile_options(-fpch-preprocess)
    endif()
  endif()
endif()
