/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_recommend: what the parts of `vitrine recommend` share. */
#ifndef VITRINE_APP_CMD_RECOMMEND_H
#define VITRINE_APP_CMD_RECOMMEND_H

struct app;
struct arguments;
struct error;
struct project;
struct recommender;

/* The recommender called `name`, or the only one when NULL. Fails: NOT_FOUND, PROJECT (there is
 * none), USAGE (several, and none named). */
int cmd_recommend_find(const struct project *project, const char *name,
		       const struct recommender **out, struct error *err);

/* Answers from the published artifact: for PERSON, similar ITEM, explain PERSON ITEM. */
int cmd_recommend_for(struct app *app, const struct arguments *arguments, struct error *err);
int cmd_recommend_similar(struct app *app, const struct arguments *arguments, struct error *err);
int cmd_recommend_explain(struct app *app, const struct arguments *arguments, struct error *err);

#endif
