/**
 * `absurd worker`: claims tasks and runs their stages.
 *
 * @module
 */

import { type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { parseDuration } from "@dsa110/absurd";
import {
  databaseOption,
  durationText,
  readConfig,
  repeatableSettingOption,
  requireFolder,
  settingOption,
  variablesHelp,
} from "./client.ts";
import { examples, gather, newCommand, wholeNumber } from "./command.ts";
import type { CliContext } from "./context.ts";
import { CliError, say, tellLog } from "./errors.ts";
import { paramOption, paramsOption } from "./params.ts";
import { serviceNotifier } from "./service.ts";
import { userManifestPath } from "./stages.ts";
import { warnOfUnknownVariables } from "./unknown_variables.ts";
import { auditManifestStage } from "./worker/audit.ts";
import { checkManifest } from "./worker/check.ts";
import { eventLine } from "./worker/events.ts";
import { workerListCommand } from "./worker/list.ts";
import { weakness } from "./worker/tree_form.ts";

/** Makes the command with its subcommands. */
export function workerCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "worker")
    .description(
      "Claims tasks and runs the stages of a manifest, until it is stopped. Needs ABSURD_ENABLED=true.",
    )
    .addOption(settingOption("--stages <file>", "ABSURD_STAGES"))
    .addOption(repeatableSettingOption("--queue <name>", "ABSURD_QUEUE_NAME"))
    .addOption(
      new Option("--stage <name>", "run only this stage of the manifest; may be repeated")
        .argParser(gather),
    )
    .addOption(settingOption("--concurrency <n>", "ABSURD_WORKER_CONCURRENCY"))
    .addOption(settingOption("--poll-interval <duration>", "ABSURD_WORKER_POLL_INTERVAL"))
    .addOption(settingOption("--timeout <duration>", "ABSURD_TASK_TIMEOUT"))
    .addOption(settingOption("--max-retries <n>", "ABSURD_MAX_RETRIES"))
    .addOption(settingOption("--backoff-base <duration>", "ABSURD_BACKOFF_BASE"))
    .addOption(settingOption("--backoff-cap <duration>", "ABSURD_BACKOFF_CAP"))
    .addOption(settingOption("--heartbeat-interval <duration>", "ABSURD_HEARTBEAT_INTERVAL"))
    .addOption(settingOption("--lease <duration>", "ABSURD_LEASE"))
    .addOption(settingOption("--grace-period <duration>", "ABSURD_GRACE_PERIOD"))
    .addOption(settingOption("--shutdown-timeout <duration>", "ABSURD_SHUTDOWN_TIMEOUT"))
    .addOption(settingOption("--work-dir <folder>", "ABSURD_WORK_DIR"))
    .addOption(settingOption("--min-free <size>", "ABSURD_MIN_FREE"))
    .addOption(new Option("--once", "run one task and end").conflicts("drain"))
    .option("--drain", "end when nothing is ready, claimed or waiting for a retry")
    .addOption(
      new Option("--max-tasks <n>", "end after so many tasks").argParser(wholeNumber({ min: 1 })).conflicts(
        "once",
      ),
    )
    .addOption(
      new Option("--idle-timeout <duration>", "end when nothing has run for so long").argParser(durationText),
    )
    .addOption(
      new Option(
        "--audit <stage>",
        "run this stage once, free to read, write and reach all, and print what it used",
      ),
    )
    .addOption(paramsOption())
    .addOption(paramOption())
    .option("--check", "check the manifest of stages, and run nothing")
    .addOption(databaseOption())
    .addHelpText("after", variablesHelp("ABSURD_LISTEN_URL", "ABSURD_DENO", "ABSURD_RETENTION"))
    .addHelpText("after", EXAMPLES)
    .helpCommand(false)
    .addCommand(workerListCommand(context))
    .action(async (flags) => {
      const { audit } = flags;
      if (flags.check) await checkManifest(context, flags);
      else if (audit !== undefined) await auditManifestStage(context, { ...flags, audit });
      else await runWorker(context, flags);
    });
}

const EXAMPLES = examples(
  "ABSURD_ENABLED=true absurd worker",
  "ABSURD_ENABLED=true absurd worker --queue imaging --concurrency 1 --drain",
  "ABSURD_ENABLED=true absurd worker --stage image --stage extract --idle-timeout 10m",
  "absurd worker --check --stages ./absurd.json",
  "absurd worker --audit convert_uvh5 -P input=/data/scan.uvh5",
);

/** Flags of the command, as commander hands them over. */
interface WorkerFlags {
  stages?: string;
  queue?: string[];
  concurrency?: string;
  pollInterval?: string;
  timeout?: string;
  maxRetries?: string;
  backoffBase?: string;
  backoffCap?: string;
  heartbeatInterval?: string;
  lease?: string;
  gracePeriod?: string;
  shutdownTimeout?: string;
  workDir?: string;
  minFree?: string;
  stage?: string[];
  once?: true;
  drain?: true;
  maxTasks?: number;
  idleTimeout?: string;
  databaseUrl?: string;
}

async function runWorker(context: CliContext, flags: WorkerFlags): Promise<void> {
  const config = readWorkerConfig(context, flags);
  if (!config.enabled) {
    throw new CliError("The worker is not enabled: ABSURD_ENABLED is not true", {
      hint: "Set ABSURD_ENABLED=true to let this machine run tasks",
    });
  }
  await requireFolder(config.databaseUrl);
  const {
    AbsurdWorker,
    createPipelineExecutor,
    defaultManifestPath,
    describeShortLease,
    loadManifest,
    manifestSettings,
    requireDeno,
    selectStages,
  } = await import("@dsa110/absurd/worker");
  const whole = await loadManifest(await userManifestPath(context, flags) ?? defaultManifestPath());
  const manifest = flags.stage ? selectStages(whole, flags.stage) : whole;
  await requireDeno(manifest);
  await warnOfUnknownVariables(context);
  for (const weak of [await weakness(), describeShortLease(config)]) {
    if (!weak) continue;
    say(context, "warning", weak.message);
    say(context, "hint", weak.hint);
  }
  const executor = createPipelineExecutor(manifest, {
    workDir: config.workDir,
    gracePeriodSec: config.gracePeriodSec,
    minFreeBytes: config.minFreeBytes,
  });
  await using service = serviceNotifier(context);
  const worker = new AbsurdWorker(config, executor, {
    queueNames: flags.queue,
    settings: manifestSettings(manifest),
    once: flags.once,
    drain: flags.drain,
    maxTasks: flags.maxTasks,
    idleTimeoutSec: flags.idleTimeout === undefined ? undefined : parseDuration(flags.idleTimeout),
    onEvent(event) {
      if (event.type === "started") service.ready();
      if (event.type === "stopping") service.stopping();
      tellLog(context, eventLine(event, new Date()));
      if (event.type === "stopping" && event.running > 0) tellHowToForce(context);
    },
  });
  await worker.run({ signal: context.signal });
  context.signal.throwIfAborted();
}

function tellHowToForce(context: CliContext): void {
  if (!context.signal.aborted || !context.isTerminal.stderr) return;
  tellLog(context, "Ctrl-C again ends them at once: they are run again when their leases are over");
}

function readWorkerConfig(context: CliContext, flags: WorkerFlags) {
  return readConfig(context, {
    ABSURD_DATABASE_URL: flags.databaseUrl,
    ABSURD_QUEUE_NAME: flags.queue?.[0],
    ABSURD_WORKER_CONCURRENCY: flags.concurrency,
    ABSURD_WORKER_POLL_INTERVAL: flags.pollInterval,
    ABSURD_TASK_TIMEOUT: flags.timeout,
    ABSURD_MAX_RETRIES: flags.maxRetries,
    ABSURD_BACKOFF_BASE: flags.backoffBase,
    ABSURD_BACKOFF_CAP: flags.backoffCap,
    ABSURD_HEARTBEAT_INTERVAL: flags.heartbeatInterval,
    ABSURD_LEASE: flags.lease,
    ABSURD_GRACE_PERIOD: flags.gracePeriod,
    ABSURD_SHUTDOWN_TIMEOUT: flags.shutdownTimeout,
    ABSURD_WORK_DIR: flags.workDir,
    ABSURD_MIN_FREE: flags.minFree,
  });
}
