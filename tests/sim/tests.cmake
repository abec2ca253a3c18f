# Runs of samenbus-sim. The bugs of SB_PLANTS (daemon/core/trace.h) are switched on one by one: each
# must be found.
file(GLOB scenarios CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/scenario/*.scn)
if(TARGET samenbus-sim)
    sb_test(sim/scenarios sim samenbus-sim --scenario ${scenarios})
    sb_test(sim/seeds sim ${SIM_FAST} --seeds 2000 --coverage)
    sb_test(sim/sanitized_seeds sim samenbus-sim --from 100000 --seeds 150)
    sb_test(sim/more_seeds "sim;slow" ${SIM_FAST} --from 200000 --seeds 6000)
    sb_test(sim/explore sim samenbus-sim --explore)
    foreach(plant reuse_epoch ack_on_failed_commit skip_prev_check keep_staged_on_failure)
        sb_test(sim/explore_${plant} sim ${SIM_FAST} --explore --plant ${plant})
    endforeach()
    file(STRINGS ${CMAKE_SOURCE_DIR}/daemon/core/trace.h plants REGEX "^    X\\([A-Z_]+\\)")
    list(JOIN plants " " plants)
    string(REGEX REPLACE ".*X\\(DELIVERED\\)" "" plants "${plants}")
    string(REGEX MATCHALL "X\\([A-Z_]+\\)" plants "${plants}")
    foreach(plant ${plants})
        string(REGEX REPLACE "X\\((.*)\\)" "\\1" plant ${plant})
        string(TOLOWER ${plant} plant)
        sb_test(sim/plant_${plant} sim ${SIM_FAST} --plant ${plant} --seeds 400)
    endforeach()
    # Decisions whose consequences are forgotten; what the others forget, retries mend.
    set(forgotten
        publish_invalid publish_not_allowed publish_unknown_audience publish_duplicate_stored
        publish_conflict publish_quota publish_staged remote_timed_out epoch_opened
        epoch_closed_foreign committed_own segment_appended segment_starts_epoch segment_fork
        segment_missing_body segment_parent_missing second_instance bodies_stored
        bodies_released hello_accepted frontier_gap want_sent want_timed_out want_bodies_sent
        want_served want_bodies_served peer_catching_up peer_live subscribed delivered)
    foreach(decision ${forgotten})
        sb_test(sim/forget_${decision} sim ${SIM_FAST} --plant forget_${decision} --seeds 500)
    endforeach()
endif()
