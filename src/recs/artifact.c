/* SPDX-License-Identifier: Apache-2.0 */
#include "recs/artifact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "recs/artifact_view.h"

static const char make_anew[] = "Run `vitrine recommend train` to make it anew.";

void artifact_set_damaged(struct error *err, const char *path, const char *format, ...)
{
	char what[256];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	error_set(err, ERR_CORRUPT, "the artifact \"%s\" is damaged: %s", path, what);
	error_hint(err, "%s", make_anew);
}

static int map_file(struct recs_artifact *artifact, const char *path, struct error *err)
{
	OWNED_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	if (fd < 0 || fstat(fd, &stat) < 0)
		return err_errno(err, errno, "cannot open the artifact \"%s\"", path);
	if (!S_ISREG(stat.st_mode))
		return err_set(err, ERR_IO, "the artifact \"%s\" is no file", path);
	if ((size_t)stat.st_size < sizeof(struct artifact_header))
		return artifact_damaged(err, path, "it is cut short");
	/* All of it is read next: one call for all pages instead of a fault for each. */
	void *map = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (map == MAP_FAILED)
		return err_errno(err, errno, "cannot map the artifact \"%s\"", path);
	artifact->map = map;
	artifact->size = (size_t)stat.st_size;
	return 0;
}

static int check_format(const struct artifact_header *header, const char *path, struct error *err)
{
	if (memcmp(header->magic, ARTIFACT_MAGIC, sizeof header->magic) != 0)
		return artifact_damaged(err, path, "it does not begin as an artifact does");
	if (header->byte_order != ARTIFACT_BYTE_ORDER) {
		error_set(err, ERR_UNSUPPORTED,
			  "the artifact \"%s\" was written by a machine of the other byte order",
			  path);
		return err_hint(err, "%s", make_anew);
	}
	if (header->format != RECS_ARTIFACT_FORMAT) {
		bool newer = header->format > RECS_ARTIFACT_FORMAT;
		error_set(err, ERR_UNSUPPORTED,
			  "the artifact \"%s\" is of format %u, this program reads format %d", path,
			  header->format, RECS_ARTIFACT_FORMAT);
		return err_hint(err, newer ? "Use the newer Vitrine that wrote it, or run `vitrine "
					     "recommend train` to make it anew."
					   : make_anew);
	}
	return 0;
}

/* The format is looked at before the checksum: another format may have another header. */
static int check_header(struct recs_artifact *artifact, const char *path, struct error *err)
{
	const struct artifact_header *header = (const void *)artifact->map;
	TRY(check_format(header, path, err));
	if (header->checksum !=
	    artifact_checksum(header, offsetof(struct artifact_header, checksum)))
		return artifact_damaged(err, path, "its header does not match its checksum");
	if (artifact->size < header->size)
		return artifact_damaged(err, path, "it is cut short: %zu of %llu bytes",
					artifact->size, (unsigned long long)header->size);
	if (artifact->size > header->size)
		return artifact_damaged(err, path, "something follows its end");
	size_t room = (artifact->size - sizeof *header) / sizeof *artifact->sections;
	if (header->section_count > ARTIFACT_SECTIONS_MAX || header->section_count > room)
		return artifact_damaged(err, path, "its table of contents is too long");
	artifact->sections = (const void *)(artifact->map + sizeof *header);
	artifact->section_count = header->section_count;
	if (header->contents_checksum !=
	    artifact_checksum(artifact->sections,
			      artifact->section_count * sizeof *artifact->sections))
		return artifact_damaged(err, path,
					"its table of contents does not match its checksum");
	return 0;
}

static int check_sections(const struct recs_artifact *artifact, const char *path, struct error *err)
{
	uint64_t at = sizeof(struct artifact_header) +
		      artifact->section_count * sizeof(struct artifact_section);
	for (uint32_t s = 0; s < artifact->section_count; s++) {
		const struct artifact_section *section = &artifact->sections[s];
		if (!memchr(section->name, '\0', sizeof section->name))
			return artifact_damaged(err, path, "section %u has no name", s);
		/* `at` never passes the size, so neither sum wraps. */
		if (section->offset != at || section->len > artifact->size - at ||
		    artifact_padded(section->len) > artifact->size - at)
			return artifact_damaged(err, path, "section \"%s\" lies outside",
						section->name);
		uint64_t padded = artifact_padded(section->len);
		const char *bytes = artifact->map + at;
		if (artifact_checksum(bytes, section->len) != section->checksum)
			return artifact_damaged(err, path,
						"section \"%s\" does not match its checksum",
						section->name);
		for (uint64_t i = section->len; i < padded; i++)
			if (bytes[i])
				return artifact_damaged(err, path, "the gap after \"%s\" is filled",
							section->name);
		at += padded;
	}
	return at == artifact->size ? 0 : artifact_damaged(err, path, "something is between");
}

int recs_artifact_open(const char *path, struct recs_artifact **out, struct error *err)
{
	OWNED(recs_artifact) *artifact = mem_alloc(sizeof *artifact);
	if (!artifact)
		return err_memory(err);
	atomic_init(&artifact->holders, 1);
	TRY(map_file(artifact, path, err));
	TRY(check_header(artifact, path, err));
	TRY(check_sections(artifact, path, err));
	TRY(artifact_check(artifact, path, err));
	*out = TAKE(artifact);
	return 0;
}

struct recs_artifact *recs_artifact_hold(struct recs_artifact *artifact)
{
	atomic_fetch_add_explicit(&artifact->holders, 1, memory_order_relaxed);
	return artifact;
}

void recs_artifact_close(struct recs_artifact *artifact)
{
	if (!artifact || atomic_fetch_sub_explicit(&artifact->holders, 1, memory_order_acq_rel) > 1)
		return;
	if (artifact->map)
		munmap((void *)artifact->map, artifact->size);
	free(artifact);
}

uint32_t recs_artifact_count(const struct recs_artifact *artifact, unsigned names)
{
	return names < RECS_NAMES_COUNT ? artifact->names[names].count : 0;
}

const char *recs_artifact_text(const struct recs_artifact *artifact, unsigned names,
			       uint32_t number, size_t *out_len)
{
	const struct artifact_names *table = &artifact->names[names];
	uint64_t start = number ? table->ends[number - 1] : 0;
	*out_len = (size_t)(table->ends[number] - start);
	return table->text + start;
}

uint32_t recs_artifact_find(const struct recs_artifact *artifact, unsigned names, const char *text,
			    size_t len)
{
	if (names >= RECS_NAMES_COUNT || !artifact->names[names].count)
		return RECS_NONE;
	const struct artifact_names *table = &artifact->names[names];
	uint64_t tag = hash_bytes(text, len) & UINT32_MAX, mask = table->slot_count - 1;
	for (uint64_t at = tag & mask; table->slots[at]; at = (at + 1) & mask) {
		if (table->slots[at] >> 32 != tag)
			continue;
		uint32_t number = (uint32_t)table->slots[at] - 1;
		size_t there_len;
		const char *there = recs_artifact_text(artifact, names, number, &there_len);
		if (there_len == len && memcmp(there, text, len) == 0)
			return number;
	}
	return RECS_NONE;
}

const char *recs_artifact_meta(const struct recs_artifact *artifact, size_t *out_len)
{
	*out_len = artifact->meta_len;
	return artifact->meta;
}

const void *recs_artifact_models(const struct recs_artifact *artifact, size_t *out_len)
{
	*out_len = artifact->models_len;
	return artifact->models;
}

bool recs_artifact_is_available(const struct recs_artifact *artifact, uint32_t item)
{
	return !artifact->available || artifact_bit(artifact->available, item);
}

uint32_t recs_artifact_band_count(const struct recs_artifact *artifact)
{
	return artifact->affinity ? artifact->settings.band_count : 0;
}

size_t recs_artifact_size(const struct recs_artifact *artifact)
{
	return artifact->size;
}

uint32_t recs_artifact_label(const struct recs_artifact *artifact, uint32_t label, uint32_t item)
{
	bool known = label < artifact->settings.label_count && item < artifact->settings.item_count;
	return known ? artifact->label_of_item[label][item] : RECS_NONE;
}

int64_t recs_artifact_price(const struct recs_artifact *artifact, uint32_t item)
{
	bool known = artifact->prices_cents && item < artifact->settings.item_count;
	return known ? artifact->prices_cents[item] : RECS_NO_PRICE;
}

uint32_t recs_artifact_segment(const struct recs_artifact *artifact, uint32_t person)
{
	bool known = artifact->segment_of_person && person < artifact->settings.person_count;
	return known ? artifact->segment_of_person[person] : RECS_NONE;
}

size_t recs_artifact_list(const struct recs_artifact *artifact, uint32_t person,
			  const uint32_t **out_items, const float **out_scores,
			  const uint8_t **out_sources)
{
	size_t len = artifact_row_len(&artifact->lists, person);
	size_t start = len ? (size_t)artifact->lists.starts[person] : 0;
	*out_items = len ? artifact->lists.items + start : NULL;
	*out_scores = len ? artifact->lists.scores + start : NULL;
	*out_sources = len && artifact->list_sources ? artifact->list_sources + start : NULL;
	return len;
}

size_t recs_artifact_history(const struct recs_artifact *artifact, uint32_t person,
			     const uint32_t **out_items, const int64_t **out_times_us)
{
	size_t len = artifact_row_len(&artifact->histories, person);
	size_t start = len ? (size_t)artifact->histories.starts[person] : 0;
	*out_items = len ? artifact->histories.items + start : NULL;
	*out_times_us =
		len && artifact->history_times_us ? artifact->history_times_us + start : NULL;
	return len;
}
