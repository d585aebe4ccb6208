/**
 * `absurd serve`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { ServeEvent } from "@dsa110/absurd/serve";
import { databaseOption, readConfig, requireFolder, settingOption } from "./client.ts";
import { examples, gather, newCommand } from "./command.ts";
import type { CliContext } from "./context.ts";
import { tellLog } from "./errors.ts";
import { serviceNotifier } from "./service.ts";
import { userManifestPath } from "./stages.ts";
import { warnOfUnknownVariables } from "./unknown_variables.ts";

/** Flags of the command, as commander hands them over. */
interface ServeFlags {
  host?: string;
  port?: string;
  allowHost?: string[];
  readOnly?: true;
  stages?: string;
  databaseUrl?: string;
}

/** Makes the command. */
export function serveCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "serve")
    .description(
      "Runs the server until it is stopped: a live page at /, JSON under /api, events over WebSocket at /ws, " +
        "/metrics for Prometheus, /health and /ready. On loopback everybody may read; writing needs the token of " +
        "ABSURD_SERVE_TOKEN, and so does everything elsewhere (or ABSURD_SERVE_READ_TOKEN, to read).",
    )
    .addOption(settingOption("--port <port>", "ABSURD_SERVE_PORT"))
    .addOption(settingOption("--host <address>", "ABSURD_SERVE_HOST"))
    .option(
      "--allow-host <name>",
      "name that people call the server by, as behind a proxy; may be repeated",
      gather,
    )
    .option(
      "--read-only",
      "refuse all writing, and work with the rights of the role absurd_reader, made by absurd init --roles",
    )
    .option("--stages <path>", "manifest whose secret parameters are not shown (env: ABSURD_STAGES)")
    .addOption(databaseOption())
    .addHelpText(
      "after",
      examples(
        "absurd serve",
        "ABSURD_SERVE_TOKEN=$(openssl rand -hex 24) absurd serve --port 8110",
        "absurd serve --allow-host absurd.example.org",
      ),
    )
    .action((flags) => serve(context, flags));
}

async function serve(context: CliContext, flags: ServeFlags): Promise<void> {
  const config = readConfig(context, {
    ABSURD_DATABASE_URL: flags.databaseUrl,
    ABSURD_SERVE_PORT: flags.port,
    ABSURD_SERVE_HOST: flags.host,
  });
  await requireFolder(config.databaseUrl);
  await warnOfUnknownVariables(context);
  const { AbsurdServer } = await import("@dsa110/absurd/serve");
  await using service = serviceNotifier(context);
  const server = new AbsurdServer(config, {
    hostname: config.serveHost,
    port: config.servePort,
    token: config.serveToken,
    readToken: config.serveReadToken,
    allowedHosts: flags.allowHost,
    readOnly: flags.readOnly,
    secrets: await readSecrets(context, flags.stages),
    onEvent: (event) => {
      if (event.type === "listening") service.ready();
      tellLog(context, eventText(event));
    },
  });
  context.signal.addEventListener("abort", () => service.stopping(), { once: true });
  await server.run({ signal: context.signal });
  context.signal.throwIfAborted();
}

/** Names of secret parameters by task name. Without a manifest nothing is known to be secret. */
async function readSecrets(context: CliContext, stages?: string): Promise<Record<string, readonly string[]>> {
  const path = await userManifestPath(context, { stages });
  if (path === undefined) return {};
  const { loadManifest } = await import("@dsa110/absurd/worker");
  const manifest = await loadManifest(path);
  return Object.fromEntries(Object.entries(manifest.stages).map(([name, { secret }]) => [name, secret]));
}

function eventText(event: ServeEvent): string {
  switch (event.type) {
    case "listening":
      return `Listening on ${event.url}${
        event.writable ? "" : " (reading only: no token that may write is set)"
      }`;
    case "database_lost":
      return `The database cannot be asked, trying on: ${event.error.message}`;
    case "database_back":
      return "The database answers again";
    case "client_slow":
      return `A client did not keep up, and was cut off at cursor ${event.cursor}`;
    case "overrun":
      return `Too many connections, all of them were ended, and clients may come back: ${event.error.message}`;
    case "defect":
      return `Defect while answering ${event.path}: ${
        event.error instanceof Error ? event.error.stack : event.error
      }`;
  }
}
