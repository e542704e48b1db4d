/* SPDX-License-Identifier: Apache-2.0 */
/* main: read the command line, run the command, tell its error, exit with its kind's status. */
#include "app/app.h"
#include "app/command.h"
#include "base/error.h"
#include "base/process.h"

static int run(int argc, char **argv, struct app *app, struct error *err)
{
	OWNED(arguments) *arguments = NULL;
	TRY(command_read(argc, argv, app, &arguments, err));
	return arguments_command(arguments)->run(app, arguments, err);
}

int main(int argc, char **argv)
{
	struct app app;
	struct error err = {0}, output = {0};
	process_catch_interrupts();
	app_init(&app);
	int result = run(argc, argv, &app, &err);
	if (app_finish_output(&output) < 0 && result >= 0) {
		err = output;
		result = -1;
	}
	if (result < 0)
		app_print_error(&app, &err, stderr);
	app_done(&app);
	return result < 0 ? err_exit_status(err.kind) : 0;
}
