/* SPDX-License-Identifier: Apache-2.0 */
/* process: this process among others: its name to them, the machine's size, Ctrl-C, and which
 * vector instructions to use. */
#ifndef VITRINE_BASE_PROCESS_H
#define VITRINE_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct error;

enum { PROCESS_ID_SIZE = 37, PROCESS_NAME_SIZE = 128 };

/* A random UUID (version 4) in its usual form. */
int process_new_uuid(char out[PROCESS_ID_SIZE], struct error *err);
/* "host:pid", to tell a person who holds a lease. */
const char *process_name(char out[PROCESS_NAME_SIZE]);
/* The person it runs for, as the machine knows them: "ana", or the number of who has no name. */
const char *process_user(char out[PROCESS_NAME_SIZE]);

int process_cpu_count(void);        /* those this process may use; at least 1 */
int64_t process_memory_bytes(void); /* of the machine, or of the cgroup when that is less */

/* SIGINT and SIGTERM set a flag from here on; a second one ends the process at once. SIGPIPE is
 * ignored. */
void process_catch_interrupts(void);
bool process_interrupted(void);
/* For tests, and for what must be undone after a cancelled statement in a prompt. */
void process_set_interrupted(bool interrupted);

enum process_simd { SIMD_PORTABLE, SIMD_AVX2, SIMD_AVX512 };
/* The best the processor has, or less when VITRINE_SIMD says "portable", "avx2" or "avx512";
 * what the processor lacks is never chosen. Decided once. AVX512 means F, BW, DQ and VL on top of
 * AVX2, which includes FMA, BMI2 and PCLMUL. */
enum process_simd process_simd(void);
const char *process_simd_name(enum process_simd simd);

#endif
