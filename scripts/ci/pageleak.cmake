# pageleak.cmake - each test of CTest is a scope, so that `pageleak check ctest -j8` says which test left a page behind.
#
#   cmake -S . -B build -DCMAKE_PROJECT_INCLUDE=/path/to/pageleak.cmake      nothing to change in the project
#   include(pageleak.cmake)                                                  or in CMakeLists.txt, in any place
#
# Needs CMake 3.19. Before 3.28 only tests of the directory are reached that includes it, so with subdirectories include it in each.
# What gtest_discover_tests finds when CTest runs has no scope: the report tells such a test by `--gtest_filter` of its owner.

function(pageleak_scopes directory)
	get_property(tests DIRECTORY "${directory}" PROPERTY TESTS)
	get_property(below DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
	set(where)
	if(NOT CMAKE_VERSION VERSION_LESS 3.28)
		set(where DIRECTORY "${directory}")
	endif()
	foreach(test IN LISTS tests)
		get_property(environment TEST "${test}" ${where} PROPERTY ENVIRONMENT)
		if(NOT environment MATCHES "(^|;)PAGELEAK_SCOPE=")
			set_property(TEST "${test}" ${where} APPEND PROPERTY ENVIRONMENT "PAGELEAK_SCOPE=${test}")
		endif()
	endforeach()
	if(where)
		foreach(each IN LISTS below)
			pageleak_scopes("${each}")
		endforeach()
	endif()
endfunction()

# When the directory is done, all its tests are known.
cmake_language(EVAL CODE "cmake_language(DEFER CALL pageleak_scopes [[${CMAKE_CURRENT_SOURCE_DIR}]])")
