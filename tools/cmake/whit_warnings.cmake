# SPDX-License-Identifier: MIT
# whit_warnings(target): the warnings of our own sources. Private to the target, and only where Whit is the top-level
# project: users see none of them.

function(whit_warnings target)
  if(NOT WHIT_WARNINGS_AS_ERRORS AND NOT PROJECT_IS_TOP_LEVEL OR NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    return()
  endif()
  set(flags -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wundef -Wvla
            -Wimplicit-fallthrough -Wdouble-promotion -Wformat=2)
  set(cxx_flags -Wold-style-cast -Woverloaded-virtual -Wnon-virtual-dtor -Wextra-semi)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND flags -Wlogical-op -Wduplicated-cond -Wduplicated-branches)
    if(CMAKE_CXX_FLAGS MATCHES "-fsanitize")
      list(APPEND flags -Wno-maybe-uninitialized)  # GCC takes the sanitizers' own code for uses of uninitialised values
    endif()
  endif()
  if(WHIT_WARNINGS_AS_ERRORS)
    list(APPEND flags -Werror)
  endif()
  target_compile_options(${target} PRIVATE ${flags} $<$<COMPILE_LANGUAGE:CXX>:${cxx_flags}>)
endfunction()
