/* The list of the subcommands, made from commands.h. */
#include "clients/command/commands.h"

#include "clients/command/command.h"

const struct sb_command *const sb_commands[] = {
#define SB_COMMAND_ENTRY(name) &sb_command_##name,
    SB_COMMANDS(SB_COMMAND_ENTRY)
#undef SB_COMMAND_ENTRY
};
const size_t sb_n_commands = sizeof sb_commands / sizeof sb_commands[0];
