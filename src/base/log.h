/* SPDX-License-Identifier: Apache-2.0 */
/* log: what the program tells the person who runs it, on stderr. Only app/ and pipeline/ log;
 * lower layers return errors. Data goes to stdout, never through here. */
#ifndef VITRINE_BASE_LOG_H
#define VITRINE_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_QUIET, LOG_WARNING, LOG_NORMAL, LOG_VERBOSE };

void log_set_level(enum log_level level);
enum log_level log_level(void);

/* One line each. Safe from several threads: a line is one write. */
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_detail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether stderr is a terminal that may be coloured (NO_COLOR unset, TERM not dumb). */
bool log_is_colored(void);

#endif
