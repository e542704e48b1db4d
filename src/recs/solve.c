/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/solve.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/own.h"

/* OpenBLAS is loaded when something is first solved: its threads start with it, and few commands
 * need them. LAPACK's own symbols (OpenBLAS holds them; Debian's has no C header for them).
 * Matrices are symmetric or seen as their transposes, so column-major needs no copies. */
static struct {
	void (*set_threads)(int count);
	void (*dsyevd)(const char *job, const char *part, const int *n, double *a, const int *lead,
		       double *values, double *work, const int *work_len, int *iwork,
		       const int *iwork_len, int *info);
	void (*spotrf)(const char *part, const int *n, float *a, const int *lead, int *info);
	void (*spotri)(const char *part, const int *n, float *a, const int *lead, int *info);
	char trouble[256]; /* "" = it is there */
} blas;

static void load_blas(void)
{
	const struct {
		const char *name;
		void *function; /* where its address goes */
	} symbols[] = {{"openblas_set_num_threads", &blas.set_threads},
		       {"dsyevd_", &blas.dsyevd},
		       {"spotrf_", &blas.spotrf},
		       {"spotri_", &blas.spotri}};
	void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL); /* stays loaded */
	for (size_t i = 0; library && i < sizeof symbols / sizeof *symbols; i++) {
		void *address = dlsym(library, symbols[i].name);
		memcpy(symbols[i].function, &address, sizeof address);
		if (!address)
			library = NULL;
	}
	if (!library)
		snprintf(blas.trouble, sizeof blas.trouble, "%s", dlerror());
}

static int begin(int threads, struct error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, load_blas);
	if (*blas.trouble) {
		err_set(err, ERR_UNSUPPORTED, "OpenBLAS cannot be loaded: %s", blas.trouble);
		return err_hint(err, "Install libopenblas0.");
	}
	blas.set_threads(threads);
	return 0;
}

static int check(const char *routine, int info, struct error *err)
{
	if (info != 0)
		return err_set(err, ERR_INTERNAL, "%s failed with info %d", routine, info);
	return 0;
}

static int check_size(size_t n, struct error *err)
{
	if (n > INT_MAX / 64)
		return err_set(err, ERR_LIMIT, "a matrix of %zu rows is too large to solve", n);
	return 0;
}

int recs_solve_eigen(double *matrix, size_t n, double *out_values, int threads, struct error *err)
{
	TRY(check_size(n, err));
	TRY(begin(threads, err));
	int size = (int)n, info, ask = -1, integers;
	double numbers;
	blas.dsyevd("V", "U", &size, matrix, &size, out_values, &numbers, &ask, &integers, &ask,
		    &info);
	TRY(check("dsyevd", info, err));
	int work_len = (int)numbers;
	OWNED_MEMORY double *work = mem_alloc_array((size_t)work_len, sizeof *work);
	OWNED_MEMORY int *iwork = mem_alloc_array((size_t)integers, sizeof *iwork);
	OWNED_MEMORY double *turned = mem_alloc_array(n * n, sizeof *turned);
	if (!work || !iwork || !turned)
		return err_memory(err);
	blas.dsyevd("V", "U", &size, matrix, &size, out_values, work, &work_len, iwork, &integers,
		    &info);
	TRY(check("dsyevd", info, err));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			turned[j * n + i] = matrix[i * n + j];
	for (size_t i = 0; i < n * n; i++)
		matrix[i] = turned[i];
	return 0;
}

/* Above the diagonal to below it in square pieces, so that neither side misses the cache. */
static void mirror(float *matrix, size_t n, size_t stride)
{
	enum { PIECE = 64 };
	for (size_t a = 0; a < n; a += PIECE)
		for (size_t b = 0; b <= a; b += PIECE)
			for (size_t i = a; i < a + PIECE && i < n; i++)
				for (size_t j = b; j < b + PIECE && j < i; j++)
					matrix[i * stride + j] = matrix[j * stride + i];
}

/* LAPACK sees our rows as columns: what is above the diagonal here is below it there. */
int recs_solve_inverse(float *matrix, size_t n, size_t stride, int threads, struct error *err)
{
	TRY(check_size(stride, err));
	TRY(begin(threads, err));
	int size = (int)n, lead = (int)stride, info;
	if (!n)
		return 0;
	blas.spotrf("L", &size, matrix, &lead, &info);
	if (info > 0)
		return err_set(err, ERR_REFUSED, "matrix is not positive definite at row %d", info);
	TRY(check("spotrf", info, err));
	blas.spotri("L", &size, matrix, &lead, &info);
	TRY(check("spotri", info, err));
	mirror(matrix, n, stride);
	return 0;
}
