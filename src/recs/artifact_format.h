/* SPDX-License-Identifier: Apache-2.0 */
/* artifact_format: the bytes of an artifact: a header, a table of contents, sections. What writes
 * and what reads share only this. docs/internals/artifact.md is its description; a change of
 * either that an older reader would misread raises RECS_ARTIFACT_FORMAT. */
#ifndef VITRINE_RECS_ARTIFACT_FORMAT_H
#define VITRINE_RECS_ARTIFACT_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "recs/artifact.h"

#define ARTIFACT_MAGIC "VITRINE\x1a"
enum {
	ARTIFACT_ALIGN = 64,
	ARTIFACT_NAME_SIZE = 32,
	ARTIFACT_SECTIONS_MAX = 512,
	ARTIFACT_BYTE_ORDER = 0x01020304,
	ARTIFACT_FACTOR_BLOCK = 64, /* rows that share a bound of their length */
};

struct artifact_header {
	char magic[8];
	uint32_t format, byte_order;
	uint64_t size; /* of the file */
	uint32_t section_count, reserved;
	uint64_t contents_checksum; /* of the table of contents */
	uint64_t padding[2];
	uint64_t checksum; /* of the bytes before */
};

/* Sections lie in the order of the table, each on a line of ARTIFACT_ALIGN bytes, the gap after it
 * filled with 0 and part of its checksum. */
struct artifact_section {
	char name[ARTIFACT_NAME_SIZE]; /* ended by 0 */
	uint64_t offset, len;          /* bytes */
	uint64_t element_size;
	uint64_t checksum;
};

/* The section "settings": one of these. */
struct artifact_settings {
	uint32_t item_count, person_count, source_count, label_count;
	uint32_t predicate_count, link_count, class_count, band_count;
	uint32_t factors_width, factors_source, factors_hu, similar_count;
	uint32_t popular_source, popular_segment_source, popular_label_source, person_class_count;
	float unobserved, regularization, exponent, weight_scale;
	uint32_t similar_steps[RECS_STEPS_MAX];
};

struct artifact_link_settings {
	uint32_t source;
	float place_decay;
};

/* The sections "classes", "classes.persons": of these, as struct recs_class_part. */
struct artifact_class {
	uint32_t from, mixed, step_count;
	uint32_t steps[RECS_STEPS_MAX];
	float weights[RECS_STEPS_MAX];
};

_Static_assert(sizeof(struct artifact_header) == 64, "the header is one line");
_Static_assert(sizeof(struct artifact_section) == 64, "an entry is one line");
_Static_assert(sizeof(struct artifact_settings) == 112, "no gaps");
_Static_assert(sizeof(struct artifact_class) == 76, "no gaps");
_Static_assert(sizeof(size_t) == sizeof(uint64_t), "offsets are sizes");

static inline uint64_t artifact_padded(uint64_t len)
{
	return (len + ARTIFACT_ALIGN - 1) / ARTIFACT_ALIGN * ARTIFACT_ALIGN;
}

static inline size_t artifact_factor_blocks(size_t items)
{
	return (items + ARTIFACT_FACTOR_BLOCK - 1) / ARTIFACT_FACTOR_BLOCK;
}

/* 64-bit checksum of bytes, which are taken as if filled up to ARTIFACT_ALIGN with 0. Eight lanes
 * of xor, multiply by an odd number, rotate: each step maps one to one, so a change within one word
 * always changes the sum, and other damage escapes with 2^-64. No defence against intent: that is
 * what the checks of artifact_check.c are for. Speed: several bytes a cycle. */
static inline void artifact_checksum_line(uint64_t lanes[8], const char *line)
{
	uint64_t words[8];
	memcpy(words, line, sizeof words);
	for (int i = 0; i < 8; i++) {
		uint64_t lane = (lanes[i] ^ words[i]) * 0xD6E8FEB86659FD93u;
		lanes[i] = lane << 29 | lane >> 35;
	}
}

static inline uint64_t artifact_checksum(const void *bytes, size_t len)
{
	uint64_t lanes[8], sum = len;
	const char *at = bytes;
	for (int i = 0; i < 8; i++)
		lanes[i] = 0x9E3779B97F4A7C15u * (uint64_t)(i + 1);
	size_t left = len;
	for (; left >= ARTIFACT_ALIGN; left -= ARTIFACT_ALIGN, at += ARTIFACT_ALIGN)
		artifact_checksum_line(lanes, at);
	if (left) {
		char last[ARTIFACT_ALIGN] = {0};
		memcpy(last, at, left);
		artifact_checksum_line(lanes, last);
	}
	for (int i = 0; i < 8; i++) {
		sum = (sum ^ lanes[i]) * 0xBF58476D1CE4E5B9u;
		sum ^= sum >> 32;
	}
	return sum;
}

#endif
