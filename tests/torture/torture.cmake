# What tortures: the daemon, the command and the programs beside them built without sanitizers (a
# preloaded library and a thousand starts want that), in bin/fast, and slices of each run as tests.
# A long run is the same command with other arguments; TRACK-RECORD.md has them.
set(fast_folder ${CMAKE_BINARY_DIR}/bin/fast)
if(SAMENBUS_BUILD STREQUAL "asan" AND TARGET sb_proto_fast)
    foreach(archive sb_store sb_net sb_config sb_client sb_commands)
        sb_fast(${archive})
    endforeach()
    set(F _fast)
else()
    set(F "")
endif()
set(TORTURE_LINK sb_commands${F} sb_client${F} sb_shell${F} sb_net${F} sb_store${F} sb_core${F}
    sb_config${F} sb_proto${F} PkgConfig::LMDB PkgConfig::ZMQ PkgConfig::YAML PkgConfig::SODIUM
    PkgConfig::NETTLE)

function(torture_program name)
    add_executable(torture_${name} ${ARGN})
    target_compile_options(torture_${name} PRIVATE ${WARNINGS} -O2)
    target_include_directories(torture_${name} PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(torture_${name} PRIVATE ${TORTURE_LINK})
    if(F)
        target_compile_options(torture_${name} PRIVATE -fno-sanitize=all)
        target_link_options(torture_${name} PRIVATE -fno-sanitize=all)
    endif()
    set_target_properties(torture_${name} PROPERTIES OUTPUT_NAME ${name}
                          RUNTIME_OUTPUT_DIRECTORY ${fast_folder})
endfunction()

function(torture_preload name)
    add_library(torture_${name} MODULE ${ARGN})
    target_compile_options(torture_${name} PRIVATE ${WARNINGS} -O2 -fno-sanitize=all)
    target_link_options(torture_${name} PRIVATE -fno-sanitize=all)
    target_include_directories(torture_${name} PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(torture_${name} PRIVATE sb_proto${F} dl)
    target_link_options(torture_${name} PRIVATE -Wl,--exclude-libs,ALL)
    set_target_properties(torture_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
                          LIBRARY_OUTPUT_DIRECTORY ${fast_folder})
endfunction()

torture_program(samenbusd ${CMAKE_SOURCE_DIR}/daemon/main.c)
torture_program(samenbus ${CMAKE_SOURCE_DIR}/clients/command/main.c)
torture_program(load torture/load.c torture/covered.c)
torture_program(power torture/power.c torture/tape.c torture/disk_model.c torture/claims.c)
torture_program(rot torture/rot.c)
torture_program(liar torture/liar.c fuzz/session_grammar.c fuzz/session_history.c fuzz/session_liar.c)
torture_preload(record torture/record.c)
torture_preload(fail torture/fail.c)

# The minutes of each slice on two cores: see tests/TRACK-RECORD.md.
function(torture_test name)
    sb_test(torture/${name} "torture;slow" /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/torture/${ARGN})
    set_tests_properties(torture/${name} PROPERTIES TIMEOUT 600)
endfunction()
torture_test(kill kill.py --cycles 400)
torture_test(power power.py --images 6000)
torture_test(nth nth.py --every 97)
torture_test(rot rot.py --every 211 --flips 100)
torture_test(full full.py --sizes 4 --pages 24)
torture_test(abuse abuse.py)
torture_test(liar liar.py --messages 20000)
torture_test(canaries canaries.py)
