/* The pages of `samenbus manual`, from the very tables that the code reads with. */
#ifndef SB_CLIENTS_COMMAND_MANUAL_H
#define SB_CLIENTS_COMMAND_MANUAL_H

void sb_manual_of_command(void); /* samenbus(1), on stdout */
void sb_manual_of_config(void);  /* samenbusd.yaml(5), with client.yaml */
void sb_manual_of_events(void);  /* samenbus-events(7) */

#endif
