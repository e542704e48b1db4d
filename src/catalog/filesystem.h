/* SPDX-License-Identifier: Apache-2.0 */
/* filesystem: is a folder on this machine's own disk? SQLite's locks and shared memory cannot be
 * trusted on network file systems, so the state is refused there rather than damaged later. */
#ifndef VITRINE_CATALOG_FILESYSTEM_H
#define VITRINE_CATALOG_FILESYSTEM_H

#include <stdint.h>

struct error;

/* The name of the network file system with this magic number (statfs), or NULL for all others. */
const char *filesystem_network_name(uint32_t magic);
/* The type of the file system mounted as device `major`:`minor`, as `mountinfo` (the content of
 * /proc/self/mountinfo) tells, copied to `out`; "" when it does not. */
void filesystem_type_of(const char *mountinfo, unsigned major, unsigned minor, char out[32]);
/* 0 when `folder` is on a local disk. Fails: UNSUPPORTED with the file system's name, IO. */
int filesystem_check_local(const char *folder, struct error *err);

#endif
