/* SPDX-License-Identifier: Apache-2.0 */
/* manual: vitrine(1), printed from the table of commands, so that it cannot lag behind. The build
 * writes it to vitrine.1 and `ninja install` puts it where man looks. */
#ifndef VITRINE_APP_MANUAL_H
#define VITRINE_APP_MANUAL_H

/* To stdout, as roff for man(7). */
void manual_print(void);

#endif
