# Installing, and Debian packages of it: samenbusd (the daemon), samenbus (the command), libsamenbus0,
# libsamenbus-dev and, where protoc is, python3-samenbus. Included by a release build only: what is installed has no test hooks.
#   cmake --install build/release --prefix /usr
#   cd build/release && cpack                       # *.deb beside it
set(CMAKE_INSTALL_PREFIX /usr CACHE PATH "" FORCE) # where Debian's folders come from
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(MANUAL_SECTIONS samenbus.1 samenbusd.yaml.5 samenbus-events.7)
set(manual ${CMAKE_BINARY_DIR}/manual)
file(MAKE_DIRECTORY ${manual})
foreach(page ${MANUAL_SECTIONS})
    get_filename_component(name ${page} NAME_WLE)
    add_custom_command(OUTPUT ${manual}/${page}
        COMMAND sb_command manual ${name} > ${manual}/${page}
        COMMAND gzip -9nkf ${manual}/${page}
        DEPENDS sb_command COMMENT "Writing ${page}" VERBATIM)
    list(APPEND pages ${manual}/${page})
endforeach()
# What was written by hand, packed as Debian wants it.
foreach(file config/package/samenbusd.8 config/package/changelog CHANGELOG.md LICENSE)
    get_filename_component(name ${file} NAME)
    add_custom_command(OUTPUT ${manual}/${name}.gz
        COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/${file} > ${manual}/${name}.gz
        DEPENDS ${file} COMMENT "Packing ${name}" VERBATIM)
    list(APPEND pages ${manual}/${name}.gz)
endforeach()
foreach(shell bash zsh)
    add_custom_command(OUTPUT ${manual}/completion.${shell}
        COMMAND sb_command completion ${shell} > ${manual}/completion.${shell}
        DEPENDS sb_command COMMENT "Writing the completion for ${shell}")
    list(APPEND pages ${manual}/completion.${shell})
endforeach()
add_custom_target(manual ALL DEPENDS ${pages})

# --- the daemon --------------------------------------------------------------------------------
install(TARGETS samenbusd DESTINATION ${CMAKE_INSTALL_SBINDIR} COMPONENT samenbusd)
install(FILES config/systemd/samenbusd@.service DESTINATION lib/systemd/system
        COMPONENT samenbusd)
install(FILES config/systemd/samenbus.sysusers DESTINATION lib/sysusers.d RENAME samenbus.conf
        COMPONENT samenbusd)
install(FILES config/systemd/samenbus.tmpfiles DESTINATION lib/tmpfiles.d RENAME samenbus.conf
        COMPONENT samenbusd)
install(FILES config/samenbusd.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/samenbusd/examples
        COMPONENT samenbusd)
install(FILES ${manual}/samenbusd.8.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man8
        COMPONENT samenbusd)
install(FILES ${manual}/samenbusd.yaml.5.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man5
        COMPONENT samenbusd)
install(FILES ${manual}/samenbus-events.7.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man7
        COMPONENT samenbusd)

# --- the command -------------------------------------------------------------------------------
install(TARGETS sb_command DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT samenbus)
install(FILES ${manual}/samenbus.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT samenbus)
install(FILES ${manual}/completion.bash RENAME samenbus
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT samenbus)
install(FILES ${manual}/completion.zsh RENAME _samenbus
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT samenbus)
install(FILES config/client.yaml config/alerts.yml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples
        COMPONENT samenbus)
install(FILES proto/PROTOCOL.md proto/samenbus.proto DESTINATION ${CMAKE_INSTALL_DOCDIR}
        COMPONENT samenbus)

# --- the library -------------------------------------------------------------------------------
set(include ${CMAKE_INSTALL_INCLUDEDIR}/samenbus)
set(PUBLIC_HEADERS proto/bytes.h proto/certificate.h proto/checkpoint.h proto/client_message.h proto/code.h
    proto/consumer.h proto/erasures.h proto/err.h proto/holders.h proto/ids.h proto/limits.h proto/link.h proto/partner_message.h proto/rc.h proto/said.h proto/sign.h
    proto/status.h)
target_include_directories(sb_client_shared INTERFACE $<INSTALL_INTERFACE:${include}>)
install(TARGETS sb_client_shared EXPORT samenbusTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libsamenbus0
        NAMELINK_COMPONENT libsamenbus-dev)
set_target_properties(sb_client_shared PROPERTIES EXPORT_NAME samenbus)
install(FILES clients/lib/samenbus.h clients/lib/samenbus_consumer.h clients/lib/samenbus_said.h clients/lib/erasures.h DESTINATION ${include} COMPONENT libsamenbus-dev)
install(FILES ${PUBLIC_HEADERS} DESTINATION ${include}/proto COMPONENT libsamenbus-dev)
configure_file(config/package/samenbus.pc.in ${CMAKE_BINARY_DIR}/samenbus.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/samenbus.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT libsamenbus-dev)
set(cmake_files ${CMAKE_INSTALL_LIBDIR}/cmake/samenbus)
install(EXPORT samenbusTargets NAMESPACE samenbus:: DESTINATION ${cmake_files}
        COMPONENT libsamenbus-dev)
configure_package_config_file(config/package/samenbusConfig.cmake.in
    ${CMAKE_BINARY_DIR}/samenbusConfig.cmake INSTALL_DESTINATION ${cmake_files})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/samenbusConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/samenbusConfig.cmake
        ${CMAKE_BINARY_DIR}/samenbusConfigVersion.cmake
        DESTINATION ${cmake_files} COMPONENT libsamenbus-dev)

set(components samenbusd samenbus libsamenbus0 libsamenbus-dev)

# --- the Python client: its messages are made here, as its setup.py makes them -------------------
find_program(PROTOC protoc)
if(PROTOC)
    list(APPEND components python3-samenbus)
    set(python ${CMAKE_INSTALL_PREFIX}/lib/python3/dist-packages)
    add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/samenbus_pb2.py
        COMMAND ${PROTOC} -I${CMAKE_SOURCE_DIR}/proto --python_out=${CMAKE_BINARY_DIR} samenbus.proto
        DEPENDS proto/samenbus.proto COMMENT "Writing samenbus_pb2.py" VERBATIM)
    add_custom_target(python_messages ALL DEPENDS ${CMAKE_BINARY_DIR}/samenbus_pb2.py)
    install(DIRECTORY clients/python/samenbus clients/python/samenbus_verify
                      clients/python/samenbus_rules
            DESTINATION ${python} COMPONENT python3-samenbus
            FILES_MATCHING PATTERN "*.py" PATTERN py.typed PATTERN __pycache__ EXCLUDE)
    install(FILES ${CMAKE_BINARY_DIR}/samenbus_pb2.py DESTINATION ${python}/samenbus
            COMPONENT python3-samenbus)
    install(DIRECTORY clients/python/examples
            DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/python3-samenbus COMPONENT python3-samenbus
            FILES_MATCHING PATTERN "*.py" PATTERN __pycache__ EXCLUDE)
endif()

foreach(component ${components})
    set(doc ${CMAKE_INSTALL_DATADIR}/doc/${component})
    install(FILES config/package/copyright ${manual}/changelog.gz ${manual}/CHANGELOG.md.gz
            DESTINATION ${doc} COMPONENT ${component})
    install(FILES ${manual}/LICENSE.gz RENAME EUPL-1.2.txt.gz
            DESTINATION ${doc} COMPONENT ${component})
endforeach()

# --- Debian ------------------------------------------------------------------------------------
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_NAME samenbus)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The samenbus contributors <samenbus@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "bus between municipalities that decide things together")
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR}/lib)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(component ${components})
    string(TOUPPER ${component} name)
    set(CPACK_DEBIAN_${name}_PACKAGE_NAME ${component})
endforeach()
set(CPACK_DEBIAN_SAMENBUSD_DESCRIPTION "daemon of one municipality on the samenbus
 Exchanges agenda items, joint decisions and notifications with the daemons of
 partner municipalities: signed, chained, and durable before acknowledged.")
set(CPACK_DEBIAN_SAMENBUS_DESCRIPTION "command to publish to and read from the samenbus
 Publishes events, follows topics, shows how partners are, exports histories
 and verifies them offline.")
set(CPACK_DEBIAN_LIBSAMENBUS0_DESCRIPTION "connection of a program to its samenbus daemon
 Publishes until acknowledged and reads from any point on without gaps.")
set(CPACK_DEBIAN_LIBSAMENBUS-DEV_DESCRIPTION "development files of libsamenbus
 Headers, pkg-config and CMake files.")
set(CPACK_DEBIAN_PYTHON3-SAMENBUS_DESCRIPTION "Python client of the samenbus
 Publishes to the daemon of one's own municipality and subscribes to what it
 holds; everything that is delivered is verified. With a verifier of exports.")
set(CPACK_DEBIAN_LIBSAMENBUS0_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_PYTHON3-SAMENBUS_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON3-SAMENBUS_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PYTHON3-SAMENBUS_PACKAGE_DEPENDS
    "python3:any (>= 3.9), python3-zmq, python3-protobuf, python3-nacl, python3-yaml")
set(CPACK_DEBIAN_LIBSAMENBUS-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBSAMENBUS-DEV_PACKAGE_DEPENDS "libsamenbus0 (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_SAMENBUSD_PACKAGE_RECOMMENDS samenbus)
set(CPACK_DEBIAN_SAMENBUSD_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/config/package/postinst ${CMAKE_SOURCE_DIR}/config/package/prerm
    ${CMAKE_SOURCE_DIR}/config/package/postrm)
set(CPACK_DEBIAN_LIBSAMENBUS0_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/config/package/triggers)
include(CPack)
