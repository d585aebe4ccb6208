/**
 * `absurd postgres`: the embedded PostgreSQL server.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { examples, newGroup } from "./command.ts";
import type { CliContext } from "./context.ts";
import { postgresStartCommand } from "./postgres/start.ts";
import { postgresStatusCommand } from "./postgres/status.ts";
import { postgresStopCommand } from "./postgres/stop.ts";
import { postgresUrlCommand } from "./postgres/url.ts";

/** Makes the command with its subcommands. */
export function postgresCommand(context: CliContext): CommandUnknownOpts {
  return newGroup(context, "postgres", "Runs a PostgreSQL server that keeps its data in a folder.", [
    postgresStartCommand(context),
    postgresStopCommand(context),
    postgresStatusCommand(context),
    postgresUrlCommand(context),
  ]).addHelpText(
    "after",
    examples(
      "absurd postgres start ./pg",
      "ABSURD_DATABASE_URL=embedded:./pg absurd init",
      'psql "$(absurd postgres url ./pg)"',
    ),
  );
}
