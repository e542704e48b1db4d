/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/lease.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"
#include "store/store.h"

static const char PREFIX[] = "_vitrine/lease/";

struct lease {
	struct store *store;
	long long number;
	char *key, *next_key, *run;
	char holder[PROCESS_NAME_SIZE];
	pthread_t thread;
	bool has_thread;
	atomic_bool unswept;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop; /* under `lock` */
	atomic_bool lost;
};

static char *key_of(long long number, struct error *err)
{
	return text_format(err, "%s%020lld.json", PREFIX, number);
}

static int write_lease(const struct lease *lease, bool released, bool create, struct error *err)
{
	HELD(text) t = {0};
	text_addf(&t,
		  "{\"lease\": %lld, \"renewed_us\": %lld, \"released\": %s, \"swept\": %s, "
		  "\"holder\": ",
		  lease->number, (long long)clock_now_us(), released ? "true" : "false",
		  atomic_load(&lease->unswept) ? "false" : "true");
	text_add_json(&t, lease->holder, strlen(lease->holder));
	text_add(&t, ", \"run\": ");
	text_add_json(&t, lease->run, strlen(lease->run));
	text_add(&t, "}\n");
	TRY(text_check(&t, err));
	return create ? store_put_if_absent(lease->store, lease->key, t.data, t.len, err)
		      : store_put(lease->store, lease->key, t.data, t.len, err);
}

/* Whether `holder` ("host:pid") was a process of this machine that is no more. */
static bool is_dead(const char *holder)
{
	char ours[PROCESS_NAME_SIZE];
	process_name(ours);
	const char *colon = strrchr(holder, ':'), *our_colon = strrchr(ours, ':');
	int64_t pid;
	if (!colon || colon - holder != our_colon - ours ||
	    strncmp(holder, ours, (size_t)(colon - holder)) != 0 || !text_to_int64(colon + 1, &pid))
		return false;
	return kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

/* Look at the newest lease: its number (0 = none), and whether a sweep is due; BUSY with the holder
 * when it is not free. */
static int look(struct store *store, long long *out_number, bool *out_unswept, struct error *err)
{
	OWNED(store_list) *list = NULL;
	TRY(store_list_objects(store, PREFIX, NULL, &list, err));
	*out_number = 0;
	*out_unswept = false;
	if (list->count == 0)
		return 0;
	const char *key = list->objects[list->count - 1].key;
	*out_number = strtoll(key + sizeof PREFIX - 1, NULL, 10);
	OWNED_MEMORY char *bytes = NULL;
	size_t len;
	TRY(store_get(store, key, &bytes, &len, err));
	OWNED(json) *lease = NULL;
	if (json_parse(bytes, len, &lease, err) < 0)
		return err_within(err, "%s/%s", store->uri, key);
	const char *holder = json_text(json_get(lease, "holder"), "");
	int64_t age_us = clock_now_us() - json_int(json_get(lease, "renewed_us"), 0);
	*out_unswept = !json_bool(json_get(lease, "swept"), true);
	if (json_bool(json_get(lease, "released"), false))
		return 0;
	bool dead = is_dead(holder);
	*out_unswept |= dead;
	if (dead || age_us > LEASE_EXPIRE_MS * 1000LL)
		return 0;
	char age[CLOCK_TEXT_SIZE];
	err_set(err, ERR_BUSY, "run %s of %s is working on the lake \"%s\"",
		json_text(json_get(lease, "run"), "?"), holder, store->uri);
	return err_hint(err,
			"Wait for it with --wait. It last renewed its lease %s ago; %d s without "
			"renewal free it.",
			clock_format_duration(age_us > 0 ? age_us : 0, age),
			LEASE_EXPIRE_MS / 1000);
}

int lease_look(struct store *store, struct error *err)
{
	long long number;
	bool unswept;
	int result = look(store, &number, &unswept, err);
	return result < 0 && err->kind == ERR_BUSY ? 1 : result;
}

static bool wait_for_stop(struct lease *lease, int ms)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / 1000;
	pthread_mutex_lock(&lease->lock);
	while (!lease->stop)
		if (pthread_cond_timedwait(&lease->wake, &lease->lock, &until) == ETIMEDOUT)
			break;
	bool stop = lease->stop;
	pthread_mutex_unlock(&lease->lock);
	return stop;
}

static void *renew(void *argument)
{
	struct lease *lease = argument;
	int64_t renewed_us = clock_monotonic_us();
	while (!wait_for_stop(lease, LEASE_RENEW_MS)) {
		struct error err;
		int64_t size;
		if (store_size(lease->store, lease->next_key, &size, &err) == 1)
			break;
		if (write_lease(lease, false, false, &err) == 0)
			renewed_us = clock_monotonic_us();
		else if (clock_monotonic_us() - renewed_us > LEASE_EXPIRE_MS * 1000LL)
			break;
	}
	pthread_mutex_lock(&lease->lock);
	atomic_store(&lease->lost, !lease->stop);
	pthread_mutex_unlock(&lease->lock);
	return NULL;
}

static void lease_free(struct lease *lease)
{
	if (!lease)
		return;
	pthread_mutex_destroy(&lease->lock);
	pthread_cond_destroy(&lease->wake);
	free(lease->key);
	free(lease->next_key);
	free(lease->run);
	free(lease);
}

static struct lease *lease_new(struct store *store, const char *run, long long number,
			       struct error *err)
{
	struct lease *lease = mem_alloc(sizeof *lease);
	if (!lease) {
		error_set_memory(err);
		return NULL;
	}
	lease->store = store;
	lease->number = number;
	pthread_mutex_init(&lease->lock, NULL);
	pthread_cond_init(&lease->wake, NULL);
	process_name(lease->holder);
	lease->key = key_of(number, err);
	lease->next_key = key_of(number + 1, err);
	lease->run = mem_copy_text(run);
	if (lease->key && lease->next_key && lease->run)
		return lease;
	error_set_memory(err);
	lease_free(lease);
	return NULL;
}

/* One try: 1 and the lease, 0 when another was faster, negative on failure. */
static int try_to_take(struct store *store, const char *run, struct lease **out, struct error *err)
{
	long long newest;
	bool unswept;
	TRY(look(store, &newest, &unswept, err));
	struct lease *lease = lease_new(store, run, newest + 1, err);
	if (!lease)
		return -1;
	atomic_store(&lease->unswept, unswept);
	int taken = write_lease(lease, false, true, err);
	if (taken <= 0) {
		lease_free(lease);
		return taken;
	}
	struct error unused; /* old leases are litter; leaving one harms nobody */
	OWNED_MEMORY char *old = key_of(newest, &unused);
	if (old && newest > 0)
		(void)store_remove(store, old, &unused);
	*out = lease;
	return 1;
}

int lease_take(struct store *store, const char *run, bool wait, struct lease **out,
	       struct error *err)
{
	struct lease *lease = NULL;
	for (int taken = 0; taken != 1;) {
		taken = try_to_take(store, run, &lease, err);
		if (taken < 0 && !(wait && err->kind == ERR_BUSY))
			return taken;
		if (process_interrupted())
			return err_set(err, ERR_CANCELED, "interrupted while waiting for a lease");
		if (taken < 0)
			clock_sleep_ms(200);
	}
	lease->has_thread = pthread_create(&lease->thread, NULL, renew, lease) == 0;
	if (!lease->has_thread) {
		lease_release(lease);
		return err_set(err, ERR_MEMORY, "cannot start the thread that renews the lease");
	}
	*out = lease;
	return 0;
}

bool lease_is_held(struct lease *lease)
{
	return !atomic_load(&lease->lost);
}

bool lease_needs_sweep(const struct lease *lease)
{
	return atomic_load(&lease->unswept);
}

void lease_note_swept(struct lease *lease, bool all)
{
	atomic_store(&lease->unswept, !all);
}

void lease_release(struct lease *lease)
{
	if (!lease)
		return;
	pthread_mutex_lock(&lease->lock);
	lease->stop = true;
	pthread_cond_signal(&lease->wake);
	pthread_mutex_unlock(&lease->lock);
	if (lease->has_thread)
		pthread_join(lease->thread, NULL);
	struct error unused; /* not released, it frees itself: its process is gone or it expires */
	if (lease_is_held(lease))
		(void)write_lease(lease, true, false, &unused);
	lease_free(lease);
}
