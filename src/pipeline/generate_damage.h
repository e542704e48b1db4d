/* SPDX-License-Identifier: Apache-2.0 */
/* generate_damage: broken records among good ones, of every kind that landing tells apart. They are
 * additional: the good records of a damaged file are those of a whole one. */
#ifndef VITRINE_PIPELINE_GENERATE_DAMAGE_H
#define VITRINE_PIPELINE_GENERATE_DAMAGE_H

#include "pipeline/generate_csv.h"

/* To be called after each record of a file: adds a broken copy of one in about 400. The kinds take
 * turns: a field too few, one too many, a quote within a field, a quote that never closes, a value
 * that is not of its type, one that is too exact or no day of the calendar, bytes that are not
 * UTF-8, an empty key. The file's first column must be a required text, its last a number of two
 * places or a time. */
void generate_damage_after(struct generate_csv *csv, bool last_is_money);

#endif
