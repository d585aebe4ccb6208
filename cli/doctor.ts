/**
 * `absurd doctor`: is everything as it has to be?
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { databaseOption, settingOption, withClient } from "./client.ts";
import { examples, jsonlOption, jsonOption, newCommand } from "./command.ts";
import type { CliContext } from "./context.ts";
import { examineDatabase } from "./doctor/database.ts";
import type { Finding } from "./doctor/finding.ts";
import { examineMachine } from "./doctor/machine.ts";
import { EarlyExit, ExitCode } from "./errors.ts";
import { paint, printable, printRows } from "./output.ts";

/** Makes the command. */
export function doctorCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "doctor")
    .description(
      "Looks at the database (connection, schema, server, rights, clock, autovacuum) and at this machine (namespaces, " +
        "programs of the stages, disk), and says what to do. Exit code 1 when something does not work.",
    )
    .addOption(settingOption("--stages <file>", "ABSURD_STAGES"))
    .addOption(jsonOption())
    .addOption(jsonlOption())
    .addOption(databaseOption())
    .addHelpText("after", examples("absurd doctor", "absurd doctor --stages ./absurd.json --json"))
    .action(async (flags) => {
      const findings = [
        ...await withClient(context, { databaseUrl: flags.databaseUrl }, examineDatabase),
        ...await examineMachine(context, flags),
      ];
      await printRows(context, findings, flags, (rows) => printFindings(context, rows));
      if (findings.some(({ level }) => level === "critical")) throw new EarlyExit(ExitCode.failed);
    });
}

const MARKS = { ok: ["✔", "green"], warning: ["!", "yellow"], critical: ["✘", "red"] } as const;

function printFindings(context: CliContext, findings: readonly Finding[]): Promise<void> {
  const width = Math.max(...findings.map(({ check }) => check.length));
  for (const { check, level, message, remedy } of findings) {
    const [mark, style] = MARKS[level];
    const label = `${paint(context, "stdout", style, mark)} ${check.padEnd(width)}`;
    context.stdout.write(`${label}  ${printable(message)}\n`);
    if (remedy) context.stdout.write(`${" ".repeat(width + 4)}${printable(remedy)}\n`);
  }
  return Promise.resolve();
}
