/* The subcommands. */
#ifndef SB_CLIENTS_COMMAND_COMMANDS_H
#define SB_CLIENTS_COMMAND_COMMANDS_H

/* All of them, in the order of the overview: a new one is a file of its own and a line here. */
#define SB_COMMANDS(X)                                                                             \
    X(key_gen)                                                                                     \
    X(key_show)                                                                                    \
    X(key_backup)                                                                                  \
    X(key_rotate)                                                                                  \
    X(key_restore)                                                                                 \
    X(key_announce)                                                                                \
    X(peer_invite)                                                                                 \
    X(peer_add)                                                                                    \
    X(peer_list)                                                                                   \
    X(peer_show)                                                                                   \
    X(peer_remove)                                                                                 \
    X(peer_rekey)                                                                                  \
    X(peer_retry)                                                                                  \
    X(reload)                                                                                      \
    X(config_check)                                                                                \
    X(publish)                                                                                     \
    X(tail)                                                                                        \
    X(consumer_ls)                                                                                 \
    X(consumer_show)                                                                               \
    X(consumer_add)                                                                                \
    X(consumer_reset)                                                                              \
    X(consumer_rm)                                                                                 \
    X(status)                                                                                      \
    X(events)                                                                                      \
    X(where)                                                                                       \
    X(check_peers)                                                                                 \
    X(check_lag)                                                                                   \
    X(check_store)                                                                                 \
    X(check_keys)                                                                                  \
    X(check_consumers)                                                                             \
    X(top)                                                                                         \
    X(metrics)                                                                                     \
    X(log_view)                                                                                    \
    X(agenda_list)                                                                                 \
    X(agenda_show)                                                                                 \
    X(agenda_conflicts)                                                                            \
    X(agenda_add)                                                                                  \
    X(agenda_move)                                                                                 \
    X(agenda_cancel)                                                                               \
    X(agenda_ics)                                                                                  \
    X(decision_list)                                                                               \
    X(decision_show)                                                                               \
    X(decision_propose)                                                                            \
    X(decision_revise)                                                                             \
    X(decision_withdraw)                                                                           \
    X(decision_close)                                                                              \
    X(decision_proof)                                                                              \
    X(position_take)                                                                               \
    X(deadlines)                                                                                   \
    X(notify_list)                                                                                 \
    X(notify_send)                                                                                 \
    X(notify_ack)                                                                                  \
    X(explain)                                                                                     \
    X(import_decisions)                                                                            \
    X(import_notubiz)                                                                              \
    X(export_ics)                                                                                  \
    X(export)                                                                                      \
    X(verify)                                                                                      \
    X(backup)                                                                                      \
    X(evidence_list)                                                                               \
    X(evidence_export)                                                                             \
    X(repair)                                                                                      \
    X(views_rebuild)                                                                               \
    X(schema_show)                                                                                 \
    X(schema_validate)                                                                             \
    X(bench_publish)                                                                               \
    X(bench_tail)                                                                                  \
    X(bench_catchup)                                                                               \
    X(manual)                                                                                      \
    X(completion)

#endif
