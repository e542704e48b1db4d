/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a serving artifact, with checksums made right so that what lies behind them is
 * reached: it is refused, or every request is answered from inside the map. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "recs/artifact_format.h"
#include "recs/serve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LEN_MAX = 1 << 18, K = 25 };

/* Offsets and lengths stay as they came, so that wrong ones are tried too. */
static void seal(char *bytes, size_t size)
{
	struct artifact_header *header = (void *)bytes;
	struct artifact_section *sections = (void *)(bytes + sizeof *header);
	size_t room = (size - sizeof *header) / sizeof *sections;
	memcpy(header->magic, ARTIFACT_MAGIC, sizeof header->magic);
	header->format = RECS_ARTIFACT_FORMAT;
	header->byte_order = ARTIFACT_BYTE_ORDER;
	header->size = size;
	if (header->section_count > room)
		header->section_count = (uint32_t)room;
	for (uint32_t s = 0; s < header->section_count; s++) {
		sections[s].name[ARTIFACT_NAME_SIZE - 1] = '\0';
		if (sections[s].offset <= size && sections[s].len <= size - sections[s].offset)
			sections[s].checksum =
				artifact_checksum(bytes + sections[s].offset, sections[s].len);
	}
	header->contents_checksum =
		artifact_checksum(sections, header->section_count * sizeof *sections);
	header->checksum = artifact_checksum(header, offsetof(struct artifact_header, checksum));
}

static void look(const struct recs_artifact *artifact, const struct recs_served *served,
		 size_t count)
{
	HELD(text) reason = {0};
	for (size_t i = 0; i < count; i++) {
		size_t len;
		if (served[i].item >= recs_artifact_count(artifact, RECS_ITEMS))
			abort();
		text_add_bytes(&reason,
			       recs_artifact_text(artifact, RECS_ITEMS, served[i].item, &len), len);
		recs_artifact_text(artifact, RECS_SOURCES, served[i].source, &len);
		recs_serve_reason(artifact, &served[i], &reason);
	}
}

static void ask(const struct recs_artifact *artifact, const struct recs_request *request,
		struct recs_serve_scratch *scratch)
{
	struct error err;
	struct recs_served served[K];
	struct recs_answer answer;
	struct recs_explanation explanation;
	if (recs_serve(artifact, request, scratch, served, &answer, &err) < 0)
		return;
	look(artifact, served, answer.count);
	recs_serve_explain(artifact, request, 1, scratch, &explanation, &err);
}

static void ask_all(const struct recs_artifact *artifact)
{
	static const uint32_t items[] = {0, 3, 1, 3, 77}, value = 1, predicate = 0;
	const struct recs_rule rule = {.values = &value, .count = 1, .without = true};
	HELD(recs_serve_scratch) scratch = {0};
	for (int what = RECS_FOR_PERSON; what <= RECS_POPULAR; what++)
		for (uint32_t n = 0; n < 8; n++) {
			struct recs_request request = recs_request((enum recs_ask)what);
			request.k = K;
			request.person = n;
			request.segment = n % 3 ? n % 3 : RECS_NONE;
			request.items = items;
			request.item_count = n % 6;
			request.label_value = n % 4 ? RECS_NONE : n;
			request.affinity = (float)(n % 2);
			request.diverse_most = n % 3 == 2 ? 2 : 0;
			request.filters.keep_seen = n % 2;
			request.filters.price_max_cents = n == 7 ? 300 : 0;
			request.filters.rules = &rule;
			request.filters.rule_count = n == 5;
			request.filters.predicates = &predicate;
			request.filters.predicate_count = n == 6;
			ask(artifact, &request, &scratch);
		}
	for (unsigned names = 0; names < RECS_NAMES_COUNT; names++)
		recs_artifact_find(artifact, names, "i1", 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err;
	if (size < sizeof(struct artifact_header) || size > LEN_MAX)
		return 0;
	int fd = memfd_create("artifact", MFD_CLOEXEC);
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	OWNED_MEMORY char *bytes = malloc(size);
	memcpy(bytes, data, size);
	seal(bytes, size);
	if (write(fd, bytes, size) != (ssize_t)size)
		abort();
	OWNED(recs_artifact) *artifact = NULL;
	if (recs_artifact_open(path, &artifact, &err) == 0)
		ask_all(artifact);
	close(fd);
	return 0;
}
