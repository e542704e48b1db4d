/* SPDX-License-Identifier: Apache-2.0 */
/* solve: large dense linear algebra; the one door to OpenBLAS and LAPACK. Row-major, symmetric
 * matrices whole. The library is loaded at the first call (UNSUPPORTED when it is not there), and
 * is told how many threads to use per call; small problems inside our own threads use kernels.h
 * instead, since its allocator's lock makes small calls slow there. */
#ifndef VITRINE_RECS_SOLVE_H
#define VITRINE_RECS_SOLVE_H

#include <stddef.h>

struct error;

/* Eigenvalues (rising) of a symmetric n × n matrix; its columns become the eigenvectors.
 * Fails: MEMORY, INTERNAL (no convergence). Source: LAPACK dsyevd. */
int recs_solve_eigen(double *matrix, size_t n, double *out_values, int threads, struct error *err);

/* The inverse in place, both triangles, of a symmetric positive definite n × n matrix whose rows
 * lie `stride` apart; only what is on and above the diagonal is read.
 * Fails: REFUSED (not positive definite), LIMIT (n past LAPACK's int). Cost: n³ multiply-adds.
 * Source: LAPACK spotrf, spotri. */
int recs_solve_inverse(float *matrix, size_t n, size_t stride, int threads, struct error *err);

#endif
