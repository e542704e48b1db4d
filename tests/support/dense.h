/* SPDX-License-Identifier: Apache-2.0 */
/* dense: plain linear algebra in double precision, for references of recommenders. */
#ifndef VITRINE_TESTS_DENSE_H
#define VITRINE_TESTS_DENSE_H

#include <math.h>
#include <stddef.h>

/* The inverse in place of an n × n matrix that needs no pivoting (positive definite): Gauss and
 * Jordan. */
static inline void support_invert(double *a, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		double pivot = 1 / a[k * n + k];
		a[k * n + k] = 1;
		for (size_t j = 0; j < n; j++)
			a[k * n + j] *= pivot;
		for (size_t i = 0; i < n; i++) {
			if (i == k)
				continue;
			double factor = a[i * n + k];
			a[i * n + k] = 0;
			for (size_t j = 0; j < n; j++)
				a[i * n + j] -= factor * a[k * n + j];
		}
	}
}

/* Eigenvalues into `values`, eigenvectors into the columns of `vectors`, of a symmetric n × n
 * matrix, which is spoilt; in no order: C. Jacobi's rotations. */
static inline void support_eigen(double *a, size_t n, double *values, double *vectors)
{
	for (size_t i = 0; i < n * n; i++)
		vectors[i] = i % (n + 1) == 0;
	for (int sweep = 0; sweep < 60; sweep++)
		for (size_t p = 0; p < n; p++)
			for (size_t q = p + 1; q < n; q++) {
				if (fabs(a[p * n + q]) < 1e-300)
					continue;
				double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
				double t = (theta >= 0 ? 1 : -1) /
					   (fabs(theta) + sqrt(theta * theta + 1));
				double c = 1 / sqrt(t * t + 1), s = t * c;
				for (size_t k = 0; k < n; k++) {
					double x = a[k * n + p], y = a[k * n + q];
					a[k * n + p] = c * x - s * y;
					a[k * n + q] = s * x + c * y;
				}
				for (size_t k = 0; k < n; k++) {
					double x = a[p * n + k], y = a[q * n + k];
					a[p * n + k] = c * x - s * y;
					a[q * n + k] = s * x + c * y;
					x = vectors[k * n + p], y = vectors[k * n + q];
					vectors[k * n + p] = c * x - s * y;
					vectors[k * n + q] = s * x + c * y;
				}
			}
	for (size_t i = 0; i < n; i++)
		values[i] = a[i * n + i];
}

#endif
