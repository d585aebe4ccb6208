/**
 * `absurd scheduler run`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, readConfig, requireFolder, settingOption, variablesHelp } from "../client.ts";
import { examples, newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { CliError, tellLog } from "../errors.ts";
import { serviceNotifier } from "../service.ts";
import { warnOfUnknownVariables } from "../unknown_variables.ts";
import { eventLine } from "./events.ts";

/** Makes the command. */
export function schedulerRunCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "run")
    .description(
      "Fires schedules when they are due, and takes claims of lost workers back, until it is stopped. Several may " +
        "run. Needs ABSURD_ENABLED=true.",
    )
    .addOption(settingOption("--heartbeat-interval <duration>", "ABSURD_HEARTBEAT_INTERVAL"))
    .addOption(settingOption("--lease <duration>", "ABSURD_LEASE"))
    .addOption(databaseOption())
    .addHelpText("after", variablesHelp("ABSURD_LISTEN_URL", "ABSURD_RETENTION"))
    .addHelpText("after", examples("ABSURD_ENABLED=true absurd scheduler run"))
    .action((flags) => runScheduler(context, flags));
}

/** Flags of the command, as commander hands them over. */
interface RunFlags {
  heartbeatInterval?: string;
  lease?: string;
  databaseUrl?: string;
}

async function runScheduler(context: CliContext, flags: RunFlags): Promise<void> {
  const config = readConfig(context, {
    ABSURD_DATABASE_URL: flags.databaseUrl,
    ABSURD_HEARTBEAT_INTERVAL: flags.heartbeatInterval,
    ABSURD_LEASE: flags.lease,
  });
  if (!config.enabled) {
    throw new CliError("The scheduler is not enabled: ABSURD_ENABLED is not true", {
      hint: "Set ABSURD_ENABLED=true to let this machine fire schedules",
    });
  }
  await requireFolder(config.databaseUrl);
  await warnOfUnknownVariables(context);
  const { AbsurdScheduler } = await import("@dsa110/absurd/scheduler");
  await using service = serviceNotifier(context);
  const scheduler = new AbsurdScheduler(config, {
    onEvent(event) {
      if (event.type === "started") service.ready();
      if (event.type === "stopping") service.stopping();
      tellLog(context, eventLine(event, new Date()));
    },
  });
  await scheduler.run({ signal: context.signal });
  context.signal.throwIfAborted();
}
