/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <errno.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/error.h"

int process_new_uuid(char out[PROCESS_ID_SIZE], struct error *err)
{
	unsigned char b[16];
	if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
		return err_errno(err, errno, "cannot get random bytes");
	b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
	snprintf(out, PROCESS_ID_SIZE,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		 b[15]);
	return 0;
}

const char *process_name(char out[PROCESS_NAME_SIZE])
{
	char host[64] = "localhost";
	if (gethostname(host, sizeof host) == 0)
		host[sizeof host - 1] = '\0';
	snprintf(out, PROCESS_NAME_SIZE, "%s:%ld", host, (long)getpid());
	return out;
}

const char *process_user(char out[PROCESS_NAME_SIZE])
{
	struct passwd entry, *found = NULL;
	char room[1024];
	uid_t id = getuid();
	if (getpwuid_r(id, &entry, room, sizeof room, &found) == 0 && found)
		snprintf(out, PROCESS_NAME_SIZE, "%s", entry.pw_name);
	else
		snprintf(out, PROCESS_NAME_SIZE, "%ld", (long)id);
	return out;
}

int process_cpu_count(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return n > 0 ? n : 1;
}

int64_t process_memory_bytes(void)
{
	int64_t bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/sys/fs/cgroup/memory.max", "r");
	long long limit;
	if (f && fscanf(f, "%lld", &limit) == 1 && limit < bytes)
		bytes = limit;
	if (f)
		fclose(f);
	return bytes;
}

static atomic_bool interrupted;

static void on_interrupt(int number)
{
	if (atomic_exchange(&interrupted, true)) {
		signal(number, SIG_DFL);
		raise(number);
	}
}

void process_catch_interrupts(void)
{
	struct sigaction act = {.sa_handler = on_interrupt};
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
}

bool process_interrupted(void)
{
	return atomic_load(&interrupted);
}

void process_set_interrupted(bool value)
{
	atomic_store(&interrupted, value);
}

static const char *const simd_names[] = {"portable", "avx2", "avx512"};

const char *process_simd_name(enum process_simd simd)
{
	return simd_names[simd];
}

static enum process_simd best_simd(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
		    __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
	bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
	return avx2 && avx512 ? SIMD_AVX512 : avx2 ? SIMD_AVX2 : SIMD_PORTABLE;
#else
	return SIMD_PORTABLE;
#endif
}

enum process_simd process_simd(void)
{
	static _Atomic int decided = -1;
	int simd = atomic_load(&decided);
	if (simd >= 0)
		return (enum process_simd)simd;
	enum process_simd best = best_simd(), chosen = best;
	const char *wish = getenv("VITRINE_SIMD");
	for (int i = 0; wish && i <= (int)best; i++)
		if (strcmp(wish, simd_names[i]) == 0)
			chosen = (enum process_simd)i;
	atomic_store(&decided, (int)chosen);
	return chosen;
}
