/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/run_share.h"

void run_share_begin(struct run_share *share, double from, double to, double engine)
{
	share->from = from;
	share->to = to;
	share->stale = engine;
	atomic_store(&share->total, 0);
	atomic_store(&share->done, 0);
}

/* Of the stretch, or below 0. */
static double inner(struct run_share *share, double engine)
{
	long long total = atomic_load(&share->total);
	if (total > 0)
		return (double)atomic_load(&share->done) / (double)total;
	if (engine > share->stale || engine < share->stale)
		share->stale = -1;
	return share->stale < 0 ? engine : -1;
}

double run_share_now(struct run_share *share, double engine)
{
	double to = share->to > 0 ? share->to : 1, of_stretch = inner(share, engine);
	double now = share->from;
	if (of_stretch >= 0)
		now += (to - share->from) * (of_stretch < 1 ? of_stretch : 1);
	else if (share->from <= 0 && share->told <= 0)
		return -1;
	if (now > share->told)
		share->told = now;
	return share->told;
}
