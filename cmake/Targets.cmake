# The kinds of targets this project has. All find their sources by globbing, so that a new file needs
# no edit here, and all tolerate a folder that is still empty.

# Sets `out` to the sources that match GLOBS (relative to the project, searched recursively), without
# those whose path matches the regular expression EXCLUDE.
function(pushmesh_sources out)
  cmake_parse_arguments(ARG "" "EXCLUDE" "GLOBS" ${ARGN})
  list(TRANSFORM ARG_GLOBS PREPEND "${PROJECT_SOURCE_DIR}/")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${ARG_GLOBS})
  if(ARG_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${ARG_EXCLUDE}")
  endif()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

# Gives `target` precompiled headers. Worth it where most files include them: CAF's take 1.4 s per
# file, 0.3 s precompiled, and 4.6 s to precompile; doctest's take 0.06 s.
function(pushmesh_precompile target)
  if(PUSHMESH_PCH AND ARGN)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# A floor of the house as a static library; an interface library while it has no source. The scope
# of its own properties is left in <name>_SCOPE.
function(pushmesh_floor name)
  cmake_parse_arguments(ARG "" "EXCLUDE" "GLOBS;PUBLIC_LINK;PRIVATE_LINK;PRECOMPILE" ${ARGN})
  pushmesh_sources(sources GLOBS ${ARG_GLOBS} EXCLUDE "${ARG_EXCLUDE}")
  if(sources)
    add_library(${name} STATIC ${sources})
    set(public PUBLIC)
    set(private PRIVATE)
    pushmesh_precompile(${name} ${ARG_PRECOMPILE})
  else()
    add_library(${name} INTERFACE)
    set(public INTERFACE)
    set(private INTERFACE)
  endif()
  target_link_libraries(${name} ${public} ${ARG_PUBLIC_LINK} ${private} ${ARG_PRIVATE_LINK})
  target_compile_features(${name} ${public} cxx_std_20)
  target_include_directories(
    ${name} ${public} $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/pushmesh>)
  set(${name}_SCOPE ${private} PARENT_SCOPE)
endfunction()

# Makes the text of FILE part of `target`: FUNCTION, which HEADER declares, returns it.
function(pushmesh_embed target file header function)
  set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  file(READ "${PROJECT_SOURCE_DIR}/${file}" text)
  cmake_path(GET file FILENAME name)
  set(source "${PROJECT_BINARY_DIR}/embedded/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "// Made from @file@.
#include \"@header@\"

std::string_view @function@() noexcept {
  return R\"~~~~(@text@)~~~~\";
}
" @ONLY)
  target_sources(${target} PRIVATE "${source}")
endfunction()

# A program, if it has sources.
function(pushmesh_program name)
  cmake_parse_arguments(ARG "" "" "GLOBS;LINK" ${ARGN})
  pushmesh_sources(sources GLOBS ${ARG_GLOBS})
  if(sources)
    add_executable(${name} ${sources})
    target_link_libraries(${name} PRIVATE ${ARG_LINK})
  endif()
endfunction()

# Every folder of examples/ that holds sources is one program, built as a user would: on the public API.
function(pushmesh_examples)
  file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true RELATIVE
       "${PROJECT_SOURCE_DIR}/examples" "${PROJECT_SOURCE_DIR}/examples/*")
  foreach(folder IN LISTS folders)
    if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/examples/${folder}")
      pushmesh_program(${folder} GLOBS examples/${folder}/*.cpp LINK pushmesh::pushmesh)
    endif()
  endforeach()
endfunction()
