/**
 * All settings in one table: names, variables, defaults, checks and help.
 *
 * @module
 */

import type { AbsurdConfig } from "./config.ts";
import { parseDuration } from "./duration.ts";
import { InvalidArgumentError } from "./errors.ts";
import { resolveUserPath } from "./paths.ts";
import { parseSize } from "./size.ts";

/** One setting. */
export interface Setting {
  /** Name in {@linkcode AbsurdConfig}. */
  readonly name: keyof AbsurdConfig;
  /** Environment variable. */
  readonly variable: string;
  /** Default as it would be written in the variable; undefined where there is none. */
  readonly default?: string;
  /** What it is, as help for people. */
  readonly help: string;
  /**
   * Reads the text of the variable or flag.
   *
   * @param text Not empty.
   * @param directory Where relative paths start. @default {Deno.cwd()}
   * @throws InvalidArgumentError naming what is allowed.
   */
  readonly parse: (text: string, directory?: string) => AbsurdConfig[keyof AbsurdConfig];
}

/** All settings, in the order that help shows them. */
export const SETTINGS: readonly Setting[] = [
  {
    name: "enabled",
    variable: "ABSURD_ENABLED",
    default: "false",
    help: "workers and schedulers start only when this is true",
    parse: parseBoolean,
  },
  {
    name: "databaseUrl",
    variable: "ABSURD_DATABASE_URL",
    help: "postgres://USER:PASSWORD@HOST:PORT/DATABASE, or embedded:DIR for a server of this machine's own",
    parse: parseDatabaseUrl,
  },
  {
    name: "listenUrl",
    variable: "ABSURD_LISTEN_URL",
    help: "URL for LISTEN, past a connection pooler; without it ABSURD_DATABASE_URL",
    parse: (text) => text,
  },
  {
    name: "queueName",
    variable: "ABSURD_QUEUE_NAME",
    default: "dsa110-pipeline",
    help: "queue to spawn into and to work on",
    parse: parseQueueName,
  },
  {
    name: "workerConcurrency",
    variable: "ABSURD_WORKER_CONCURRENCY",
    default: "4",
    help: "tasks that one worker runs at a time",
    parse: wholeNumber(1, 1000),
  },
  {
    name: "workerPollIntervalSec",
    variable: "ABSURD_WORKER_POLL_INTERVAL",
    default: "1.0",
    help: "seconds between looks at the queue, where no notification came",
    parse: duration(0.01),
  },
  {
    name: "taskTimeoutSec",
    variable: "ABSURD_TASK_TIMEOUT",
    default: "3600",
    help: "seconds that an attempt may take",
    parse: duration(0.001),
  },
  {
    name: "maxRetries",
    variable: "ABSURD_MAX_RETRIES",
    default: "3",
    help: "retries after the first failure",
    parse: wholeNumber(0, 1000),
  },
  {
    name: "dlqEnabled",
    variable: "ABSURD_DLQ_ENABLED",
    default: "true",
    help: "failed tasks get an entry in the dead letters",
    parse: parseBoolean,
  },
  {
    name: "stagesPath",
    variable: "ABSURD_STAGES",
    help: "manifest of stages; without it ./absurd.json, else the reference pipeline's own",
    parse: resolvePath,
  },
  {
    name: "denoPath",
    variable: "ABSURD_DENO",
    help: "Deno that runs stages; without it the one that runs this program, or deno in PATH for a binary",
    parse: (text) => text,
  },
  {
    name: "workDir",
    variable: "ABSURD_WORK_DIR",
    default: "absurd-work",
    help: "folder for the work folders of attempts",
    parse: resolvePath,
  },
  {
    name: "minFreeBytes",
    variable: "ABSURD_MIN_FREE",
    default: "100MB",
    help: "space in the work folder's file system below which no tasks are claimed; 0 claims always",
    parse: (text) => text === "0" ? 0 : parseSize(text),
  },
  {
    name: "heartbeatIntervalSec",
    variable: "ABSURD_HEARTBEAT_INTERVAL",
    default: "30",
    help: "seconds between heartbeats of a worker",
    parse: duration(0.05),
  },
  {
    name: "leaseSec",
    variable: "ABSURD_LEASE",
    default: "120",
    help: "seconds without a heartbeat after which a claim is lost; at least twice the heartbeat interval",
    parse: duration(0.1),
  },
  {
    name: "gracePeriodSec",
    variable: "ABSURD_GRACE_PERIOD",
    default: "10",
    help: "seconds between SIGTERM and SIGKILL, whenever a task must end",
    parse: duration(0),
  },
  {
    name: "shutdownTimeoutSec",
    variable: "ABSURD_SHUTDOWN_TIMEOUT",
    help: "seconds that running tasks may go on when the worker is told to stop; without it the grace period",
    parse: duration(0),
  },
  {
    name: "backoffBaseSec",
    variable: "ABSURD_BACKOFF_BASE",
    default: "5",
    help: "upper bound of the first wait before a retry, in seconds; it doubles with each failure",
    parse: duration(0),
  },
  {
    name: "backoffCapSec",
    variable: "ABSURD_BACKOFF_CAP",
    default: "900",
    help: "upper bound of any wait before a retry, in seconds",
    parse: duration(0),
  },
  {
    name: "retentionSec",
    variable: "ABSURD_RETENTION",
    default: "30d",
    help: "time after which what has ended is forgotten; 0 keeps everything",
    parse: duration(0),
  },
  {
    name: "servePort",
    variable: "ABSURD_SERVE_PORT",
    default: "8110",
    help: "port of the server; 0 takes a free one",
    parse: wholeNumber(0, 65_535),
  },
  {
    name: "serveHost",
    variable: "ABSURD_SERVE_HOST",
    default: "127.0.0.1",
    help: "address that the server listens on; anything but loopback needs a token",
    parse: (text) => text,
  },
  {
    name: "serveToken",
    variable: "ABSURD_SERVE_TOKEN",
    help: "bearer token that may read and write; without one nobody may write",
    parse: (text) => text,
  },
  {
    name: "serveReadToken",
    variable: "ABSURD_SERVE_READ_TOKEN",
    help: "bearer token that may only read",
    parse: (text) => text,
  },
];

function parseBoolean(text: string): boolean {
  if (/^(true|yes|on|1)$/i.test(text)) return true;
  if (/^(false|no|off|0)$/i.test(text)) return false;
  throw new InvalidArgumentError(`"${text}" is neither true nor false`);
}

function parseQueueName(text: string): string {
  if (text.length <= 100 && !/\p{Cc}/u.test(text)) return text;
  throw new InvalidArgumentError(
    `"${text}" is not the name of a queue: at most 100 characters, no control ones`,
  );
}

function parseDatabaseUrl(text: string, directory = Deno.cwd()): string {
  return text.startsWith("embedded:") && text !== "embedded:"
    ? `embedded:${resolveUserPath(text.slice("embedded:".length), directory)}`
    : text;
}

function resolvePath(text: string, directory = Deno.cwd()): string {
  return resolveUserPath(text, directory);
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`"${text}" is not a whole number from ${min} to ${max}`);
  };
}

/** A year is far above anything that makes sense, and far below what overflows a time of the database. */
const MAX_DURATION_SEC = 366 * 86_400;

function duration(minSec: number): (text: string) => number {
  return (text) => {
    const value = parseDuration(text);
    if (value >= minSec && value <= MAX_DURATION_SEC) return value;
    throw new InvalidArgumentError(`"${text}" is not a duration from ${minSec} s to a year`);
  };
}
