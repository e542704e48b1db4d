/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/events.h"

#include <math.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/mem.h"

void recs_events_done(struct recs_events *events)
{
	free(events->at);
	*events = (struct recs_events){0};
}

static bool accept(struct recs_events *events, const struct recs_event *event)
{
	if (!(isfinite(event->weight) && event->weight > 0)) {
		events->refused_weight++;
		return false;
	}
	if (events->now_us && event->time_us > events->now_us) {
		events->refused_future++;
		return false;
	}
	return true;
}

int recs_events_add(struct recs_events *events, size_t count, const uint32_t *persons,
		    const uint32_t *items, const int64_t *times_us, const float *weights,
		    struct error *err)
{
	if (count > RECS_EVENTS_MAX - events->count)
		return err_set(err, ERR_LIMIT, "more than %zu events", RECS_EVENTS_MAX);
	TRY(mem_grow(&events->at, &events->capacity, events->count + count, sizeof *events->at,
		     err));
	for (size_t i = 0; i < count; i++) {
		struct recs_event event = {.time_us = times_us ? times_us[i] : 0,
					   .person = persons[i],
					   .item = items[i],
					   .weight = weights ? weights[i] : 1};
		if (!accept(events, &event))
			continue;
		events->at[events->count++] = event;
		if (event.person >= events->person_count)
			events->person_count = event.person + 1;
		if (event.item >= events->item_count)
			events->item_count = event.item + 1;
	}
	return 0;
}

static int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

int recs_events_time_at(const struct recs_events *events, double share, int64_t *out_us,
			struct error *err)
{
	OWNED_MEMORY int64_t *times = mem_alloc_array(events->count, sizeof *times);
	if (!times)
		return err_memory(err);
	for (size_t i = 0; i < events->count; i++)
		times[i] = events->at[i].time_us;
	qsort(times, events->count, sizeof *times, compare_times);
	double wanted = ceil(share * (double)events->count);
	size_t place = wanted > 0 ? (size_t)wanted : 0;
	/* Equal times stay on one side. */
	while (place > 0 && place < events->count && times[place] == times[place - 1])
		place++;
	*out_us = place < events->count ? times[place] : INT64_MAX;
	return 0;
}
