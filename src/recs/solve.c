/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/solve.h"

#include <cblas.h>
#include <limits.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/own.h"

/* LAPACK's own symbols (OpenBLAS holds them; Debian's has no C header for them). Matrices are
 * symmetric or seen as their transposes, so column-major needs no copies. */
void dsyevd_(const char *job, const char *part, const int *n, double *a, const int *lead,
	     double *values, double *work, const int *work_len, int *iwork, const int *iwork_len,
	     int *info);
void spotrf_(const char *part, const int *n, float *a, const int *lead, int *info);
void spotri_(const char *part, const int *n, float *a, const int *lead, int *info);
void sgeqrf_(const int *m, const int *n, float *a, const int *lead, float *factors, float *work,
	     const int *work_len, int *info);
void sorgqr_(const int *m, const int *n, const int *k, float *a, const int *lead,
	     const float *factors, float *work, const int *work_len, int *info);

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
	openblas_set_num_threads(threads);
	int size = (int)n, info, ask = -1, integers;
	double numbers;
	dsyevd_("V", "U", &size, matrix, &size, out_values, &numbers, &ask, &integers, &ask, &info);
	TRY(check("dsyevd", info, err));
	int work_len = (int)numbers;
	OWNED_MEMORY double *work = mem_alloc_array((size_t)work_len, sizeof *work);
	OWNED_MEMORY int *iwork = mem_alloc_array((size_t)integers, sizeof *iwork);
	OWNED_MEMORY double *turned = mem_alloc_array(n * n, sizeof *turned);
	if (!work || !iwork || !turned)
		return err_memory(err);
	dsyevd_("V", "U", &size, matrix, &size, out_values, work, &work_len, iwork, &integers,
		&info);
	TRY(check("dsyevd", info, err));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			turned[j * n + i] = matrix[i * n + j];
	for (size_t i = 0; i < n * n; i++)
		matrix[i] = turned[i];
	return 0;
}

int recs_solve_inverse(float *matrix, size_t n, int threads, struct error *err)
{
	TRY(check_size(n, err));
	openblas_set_num_threads(threads);
	int size = (int)n, info;
	spotrf_("U", &size, matrix, &size, &info);
	if (info > 0)
		return err_set(err, ERR_REFUSED, "matrix is not positive definite at row %d", info);
	TRY(check("spotrf", info, err));
	spotri_("U", &size, matrix, &size, &info);
	TRY(check("spotri", info, err));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			matrix[j * n + i] = matrix[i * n + j];
	return 0;
}

int recs_solve_orthonormal(float *matrix, size_t rows, size_t columns, size_t stride, int threads,
			   struct error *err)
{
	TRY(check_size(columns, err));
	openblas_set_num_threads(threads);
	int m = (int)columns, n = (int)rows, lead = (int)stride, work_len = 64 * n, info;
	OWNED_MEMORY float *factors = mem_alloc_array(rows, sizeof *factors);
	OWNED_MEMORY float *work = mem_alloc_array((size_t)work_len, sizeof *work);
	if (!factors || !work)
		return err_memory(err);
	sgeqrf_(&m, &n, matrix, &lead, factors, work, &work_len, &info);
	TRY(check("sgeqrf", info, err));
	sorgqr_(&m, &n, &n, matrix, &lead, factors, work, &work_len, &info);
	return check("sorgqr", info, err);
}
