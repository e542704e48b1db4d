/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a recommender, each as the text of a model's file. In it
 *
 *	$P $I   what persons and items are called      $N   the recommender's name
 *	$L      the length of a list                   $R   the report's name
 *	$W $B   width and number of the price bands
 *	$T $V   the table of persons and its column    $U $X   the same of items
 *	?c ...  this line only if items have a category; ?p, ?i: if persons, items are a table; ?b:
 *if baskets are named, ?n: if not; ?s: if persons have segments, ?u: if not
 *
 * The SELECTs read what the step found: the rows of the schema `found`. */
#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "pipeline/project.h"
#include "pipeline/recommender.h"

static const char LISTS[] =
	"-- Up to $L items to offer each person, best first, each with the source it comes from.\n"
	"--\n"
	"-- Made by the recommender \"$N\" of vitrine.yaml. Which source serves whom was decided "
	"on\n"
	"-- what persons did after a time that no source had seen; $R has the figures.\n"
	"-- Persons who declined in `consent` get what is popular, whatever they did.\n"
	"--\n"
	"-- key: [$P, rank]\n"
	"-- tags: [recommendations]\n"
	"-- columns:\n"
	"--   $P: {personal: yes, description: The person.}\n"
	"--   rank: {public: yes, description: 1 for the first to offer.}\n"
	"--   $I: The item to offer.\n"
	"?c--   category: Its category.\n"
	"--   source: {public: yes, description: The model that put it there.}\n"
	"--   score: How strongly. Comparable within a source only.\n"
	"--   because_of: The item of the person's history that speaks most for it; empty where it "
	"is offered for another reason.\n"
	"--   reason: The same as a phrase.\n"
	"--   model_version: {public: yes, description: Of the models that made the list.}\n"
	"-- checks:\n"
	"--   - unique: [$P, $I]\n"
	"--   - not_null: [source]\n"
	"?p--   - references: {columns: [$P], table: $T, to: [$V]}\n"
	"?p--     severity: warn\n"
	"?i--   - references: {columns: [$I], table: $U, to: [$X]}\n"
	"select\n"
	"\tperson as \"$P\",\n"
	"\trank,\n"
	"\titem as \"$I\",\n"
	"?c\tcategory,\n"
	"\tsource,\n"
	"\tscore,\n"
	"\tbecause_of,\n"
	"\tcase\n"
	"\t\twhen because_of is not null then concat('bought together with ', because_of)\n"
	"\t\twhen segment is not null then concat('popular in ', segment)\n"
	"\t\twhen is_popular = 1 then 'popular'\n"
	"\t\telse 'fits what the person bought'\n"
	"\tend as reason,\n"
	"\tmodel_version\n"
	"from found.lists\n"
	"order by person, rank\n";

static const char SIMILAR[] =
	"?b-- Up to $L items to show beside each item, best first, each with its source: first "
	"what\n"
	"?b-- completes a basket of that item. What does that best was decided on baskets of a "
	"time\n"
	"?b-- that no source had seen ($R, segment basket_one). Then what is popular in its "
	"category.\n"
	"?n-- Up to $L items to show beside each item, best first, each with its source: what the\n"
	"?n-- same persons have (together), then what is popular in its category (same_category).\n"
	"--\n"
	"-- Made by the recommender \"$N\" of vitrine.yaml. An item that nothing is known of but "
	"that\n"
	"-- it was bought alone has no row.\n"
	"--\n"
	"-- key: [$I, rank]\n"
	"-- tags: [recommendations]\n"
	"-- columns:\n"
	"--   $I: The item looked at.\n"
	"--   rank: {public: yes, description: 1 for the first to show.}\n"
	"--   similar_$I: The item to show.\n"
	"?c--   category: Category of the item to show.\n"
	"?b--   source: {public: yes, description: \"together (bought in one basket), content "
	"(alike "
	"in what is known of both) or same_category.\"}\n"
	"?n--   source: {public: yes, description: together or same_category.}\n"
	"--   score: How strongly. Comparable within an item and a source only.\n"
	"--   reason: The same as a phrase.\n"
	"-- checks:\n"
	"--   - unique: [$I, similar_$I]\n"
	"--   - not_null: [source]\n"
	"?i--   - references: {columns: [$I], table: $U, to: [$X]}\n"
	"?i--   - references: {columns: [similar_$I], table: $U, to: [$X]}\n"
	"select\n"
	"\titem as \"$I\",\n"
	"\trank,\n"
	"\tsimilar_item as similar_$I,\n"
	"?c\tcategory,\n"
	"\tsource,\n"
	"\tscore,\n"
	"\tconcat(phrase, case when source = 'same_category' then category else item end) as "
	"reason\n"
	"from found.similar_items\n"
	"order by item, rank\n";

static const char AFFINITY[] =
	"-- The three price bands in which each person is likeliest to buy. One purchase says "
	"little,\n"
	"-- so what the person bought is weighed against what all persons alike buy: they count "
	"as\n"
	"-- five purchases.\n"
	"--\n"
	"-- Made by the recommender \"$N\" of vitrine.yaml.\n"
	"--\n"
	"-- key: [$P, rank]\n"
	"-- tags: [recommendations]\n"
	"-- columns:\n"
	"--   $P: {personal: yes, description: The person.}\n"
	"--   rank: {public: yes, description: 1 for the likeliest band.}\n"
	"--   price_band: 1 for a price up to $W, and so on by $W; $B for all prices above.\n"
	"--   price_above: The band begins above this price.\n"
	"--   price_up_to: The band ends with this price; empty for the last.\n"
	"--   affinity: Estimated share of the person's purchases in this band.\n"
	"--   items: Purchases of the person in this band.\n"
	"--   source: \"own_purchases where the person bought in the band, else segment: what "
	"persons "
	"alike buy.\"\n"
	"-- checks:\n"
	"--   - unique: [$P, price_band]\n"
	"--   - range: {column: price_band, min: 1, max: $B}\n"
	"--   - range: {column: affinity, min: 0, max: 1}\n"
	"--   - accepted_values: {column: source, values: [own_purchases, segment]}\n"
	"with events as (\n"
	"\tselect person, cast(least(greatest(ceil(price / $W), 1), $B) as integer) as price_band\n"
	"\tfrom found.events\n"
	"\twhere price is not null\n"
	"),\n"
	"own as (\n"
	"\tselect person, price_band, count(*) as items\n"
	"\tfrom events\n"
	"\tgroup by person, price_band\n"
	"),\n"
	"all_own as (\n"
	"\tselect person, sum(items) as items\n"
	"\tfrom own\n"
	"\tgroup by person\n"
	"),\n"
	"bands as (\n"
	"\tselect\n"
	"\t\tp.segment,\n"
	"\t\te.price_band,\n"
	"\t\tcast(count(*) as double)\n"
	"\t\t\t/ cast(sum(count(*)) over (partition by p.segment) as double) as share,\n"
	"\t\trow_number() over (partition by p.segment order by count(*) desc, e.price_band) as "
	"place\n"
	"\tfrom events e\n"
	"\tjoin found.persons p on p.person = e.person\n"
	"\tgroup by p.segment, e.price_band\n"
	"),\n"
	"candidates as (\n"
	"\tselect person, price_band\n"
	"\tfrom own\n"
	"\tunion\n"
	"\tselect p.person, b.price_band\n"
	"\tfrom found.persons p\n"
	"\tjoin bands b on b.segment = p.segment\n"
	"\twhere b.place <= 3\n"
	"),\n"
	"scored as (\n"
	"\tselect\n"
	"\t\tc.person,\n"
	"\t\tc.price_band,\n"
	"\t\t(cast(coalesce(o.items, 0) as double) + 5 * coalesce(b.share, cast(0 as double)))\n"
	"\t\t\t/ (cast(coalesce(a.items, 0) as double) + 5) as affinity,\n"
	"\t\tcoalesce(o.items, 0) as items\n"
	"\tfrom candidates c\n"
	"\tjoin found.persons p on p.person = c.person\n"
	"\tleft join own o on o.person = c.person and o.price_band = c.price_band\n"
	"\tleft join all_own a on a.person = c.person\n"
	"\tleft join bands b on b.segment = p.segment and b.price_band = c.price_band\n"
	"),\n"
	"ranked as (\n"
	"\tselect\n"
	"\t\tperson,\n"
	"\t\tprice_band,\n"
	"\t\taffinity,\n"
	"\t\titems,\n"
	"\t\trow_number() over (partition by person order by affinity desc, price_band) as place\n"
	"\tfrom scored\n"
	")\n"
	"select\n"
	"\tperson as \"$P\",\n"
	"\tcast(place as integer) as rank,\n"
	"\tprice_band,\n"
	"\tcast((price_band - 1) * $W as decimal(18,2)) as price_above,\n"
	"\tcase when price_band < $B then cast(price_band * $W as decimal(18,2)) end as "
	"price_up_to,\n"
	"\taffinity,\n"
	"\titems,\n"
	"\tcase when items > 0 then 'own_purchases' else 'segment' end as source\n"
	"from ranked\n"
	"where place <= 3\n"
	"order by person, place\n";

static const char REPORT[] =
	"-- How well each source does: lists made from what was known before test_from, judged by "
	"what\n"
	"-- persons did afterwards. Looked at once, after everything was chosen on the time "
	"before.\n"
	"--\n"
	"-- Made by the recommender \"$N\" of vitrine.yaml. A source serves a segment only if it "
	"was\n"
	"-- shown to beat the best list by popularity there (an interval of 95 % above 0 before\n"
	"-- test_from); otherwise popularity serves. The row with source \"chooser\" is what "
	"persons\n"
	"-- get: the winner of each segment, filled up by the others.\n"
	"?s--\n"
	"?s-- Rows of a segment \"in X\" judge the same lists for the persons of X alone.\n"
	"?b--\n"
	"?b-- Segments of baskets answer another question: of each basket one item is asked for, "
	"given\n"
	"?b-- the others. There a source is held against what is bought together, which serves "
	"unless\n"
	"?b-- another was shown to be better.\n"
	"--\n"
	"-- key: [segment, source, settings]\n"
	"-- tags: [recommendations]\n"
	"-- columns:\n"
	"?n--   segment: {public: yes, description: \"all, new (no history), one (bought once) or "
	"several persons.\"}\n"
	"?b--   segment: {public: yes, description: \"Persons: all, new (no history), one (bought "
	"once) or several. Baskets: basket (all), basket_one (one item is known) or "
	"basket_several.\"}\n"
	"--   source: {public: yes, description: The model; chooser for what is served.}\n"
	"--   settings: {public: yes, description: \"Its settings, as vitrine.yaml would have "
	"them.\"}\n"
	"--   is_winner: {public: yes, description: Whether it serves this segment.}\n"
	"--   verdict: {public: yes, description: \"What was decided for the segment, in a "
	"sentence; empty where it does not serve.\"}\n"
	"--   test_from: {public: yes, description: The time from which purchases were what lists "
	"are judged by.}\n"
	"--   list_length: {public: yes, description: Items in a list.}\n"
	"--   persons: {public: yes, description: Persons of the segment who did something new "
	"from test_from on; or its baskets from then on.}\n"
	"--   recall: {public: yes, description: \"Share of what they wanted that was in their "
	"list (of a list's length, if they wanted more).\"}\n"
	"--   recall_low: {public: yes, description: \"Its interval of 95 %, from\"}\n"
	"--   recall_high: {public: yes, description: to.}\n"
	"--   ndcg: {public: yes, description: \"The same, where the place in the list counts.\"}\n"
	"--   ndcg_low: {public: yes, description: \"Its interval of 95 %, from\"}\n"
	"--   ndcg_high: {public: yes, description: to.}\n"
	"--   precision: {public: yes, description: Share of the lists that was wanted.}\n"
	"--   hit_rate: {public: yes, description: Share of persons with at least one hit.}\n"
	"--   map: {public: yes, description: Mean average precision.}\n"
	"--   mrr: {public: yes, description: Mean of 1 / the place of the first hit.}\n"
	"?n--   gain: {public: yes, description: \"NDCG less that of the best list by popularity, "
	"person by person.\"}\n"
	"?b--   gain: {public: yes, description: \"NDCG less that of the best list by popularity, "
	"person by person; of baskets less that of what is bought together.\"}\n"
	"--   gain_low: {public: yes, description: \"Its interval of 95 %, from\"}\n"
	"--   gain_high: {public: yes, description: to. An interval around 0 shows nothing.}\n"
	"--   coverage: {public: yes, description: Share of items that are in some list.}\n"
	"--   novelty: {public: yes, description: \"How seldom the listed items are, in bits.\"}\n"
	"--   popularity_bias: {public: yes, description: \"How often bought the listed items are, "
	"against those wanted.\"}\n"
	"--   listed: {public: yes, description: Share of persons with a list.}\n"
	"--   served: {public: yes, description: \"Share of the items in the lists made now that "
	"come from this source; of all persons. Of baskets, of the lists that were judged.\"}\n"
	"--   withdrawn: {public: yes, description: Why it could not take part; else empty.}\n"
	"--   rmse: {public: yes, description: Root of the mean squared error of the ratings it "
	"predicts; of `explicit` alone.}\n"
	"--   note: {public: yes, description: What a bound of the source left out; else empty.}\n"
	"-- checks:\n"
	"--   - range: {column: recall, min: 0, max: 1}\n"
	"--   - range: {column: hit_rate, min: 0, max: 1}\n"
	"--   - range: {column: served, min: 0, max: 1}\n"
	"?u--   - accepted_values: {column: segment, values: [all, new, one, several, basket, "
	"basket_one, basket_several]}\n"
	"select\n"
	"\tsegment,\n"
	"\tsource,\n"
	"\tsettings,\n"
	"\tis_winner = 1 as is_winner,\n"
	"\tverdict,\n"
	"\tmake_timestamp(test_us) as test_from,\n"
	"\tlist_length,\n"
	"\tpersons,\n"
	"\trecall,\n"
	"\trecall_low,\n"
	"\trecall_high,\n"
	"\tndcg,\n"
	"\tndcg_low,\n"
	"\tndcg_high,\n"
	"\tprecision,\n"
	"\thit_rate,\n"
	"\tmap,\n"
	"\tmrr,\n"
	"\tgain,\n"
	"\tgain_low,\n"
	"\tgain_high,\n"
	"\tcoverage,\n"
	"\tnovelty,\n"
	"\tpopularity_bias,\n"
	"\tlisted,\n"
	"\tserved,\n"
	"\twithdrawn,\n"
	"\trmse,\n"
	"\tnote\n"
	"from found.report\n";

static const char *const templates[RECOMMENDER_TABLES] = {LISTS, SIMILAR, AFFINITY, REPORT};

static bool has(const struct recommender *r, char what)
{
	switch (what) {
	case 'c':
		return r->inputs[RECOMMENDER_ITEMS].category;
	case 'b':
		return r->inputs[RECOMMENDER_EVENTS].basket;
	case 'n':
		return !r->inputs[RECOMMENDER_EVENTS].basket;
	case 's':
		return r->inputs[RECOMMENDER_PERSONS].segment;
	case 'u':
		return !r->inputs[RECOMMENDER_PERSONS].segment;
	case 'p':
		return r->inputs[RECOMMENDER_PERSONS].table &&
		       !r->inputs[RECOMMENDER_PERSONS].where;
	default:
		return r->inputs[RECOMMENDER_ITEMS].table && !r->inputs[RECOMMENDER_ITEMS].where;
	}
}

static void add_value(const struct recommender *r, char what, struct text *out)
{
	const struct recommender_source *events = &r->inputs[RECOMMENDER_EVENTS];
	const struct recommender_source *items = &r->inputs[RECOMMENDER_ITEMS];
	const struct recommender_source *persons = &r->inputs[RECOMMENDER_PERSONS];
	switch (what) {
	case 'P':
		text_add(out, events->person);
		break;
	case 'I':
		text_add(out, events->item);
		break;
	case 'N':
		text_add(out, r->name);
		break;
	case 'L':
		text_addf(out, "%lld", (long long)r->length);
		break;
	case 'R':
		text_add(out, r->names[RECOMMENDER_REPORT] ? r->names[RECOMMENDER_REPORT]
							   : "`vitrine recommend evaluate`");
		break;
	case 'W':
		text_addf(out, "%lld", (long long)r->band_width);
		break;
	case 'B':
		text_addf(out, "%lld", (long long)r->band_count);
		break;
	case 'T':
		text_add(out, persons->table);
		break;
	case 'V':
		text_add(out, persons->person);
		break;
	case 'U':
		text_add(out, items->table);
		break;
	default: /* X */
		text_add(out, items->item);
	}
}

static void expand(const struct recommender *r, const char *template, struct text *out)
{
	for (const char *s = template; *s;) {
		size_t len = strcspn(s, "\n") + 1;
		const char *end = s + len;
		bool wanted = *s != '?' || has(r, s[1]);
		for (s += *s == '?' ? 2 : 0; wanted && s < end; s++) {
			if (*s == '$' && isupper((unsigned char)s[1]))
				add_value(r, *++s, out);
			else
				text_add_char(out, *s);
		}
		s = end;
	}
}

int recommender_define_tables(const struct project_reader *reader, struct recommender *recommender,
			      struct error *err)
{
	for (size_t i = 0; i < RECOMMENDER_TABLES; i++) {
		HELD(text) t = {0};
		const char *name = recommender->names[i];
		struct model *model = &recommender->tables[i];
		if (!name)
			continue;
		expand(recommender, templates[i], &t);
		TRY(text_check(&t, err));
		const struct project_reader plain = {reader->arena, false};
		TRY(model_file_read(&plain, "delivery", name + strlen("delivery."), PROJECT_FILE,
				    t.data, t.len, model, err));
		model->recommender = recommender;
		for (size_t j = 0; j < model->checks.count; j++)
			model->checks.items[j].line = recommender->line;
	}
	return 0;
}
