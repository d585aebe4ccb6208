/**
 * The configuration by environment variables. The only file of the library that reads the environment.
 *
 * @module
 */

import { InvalidArgumentError } from "./errors.ts";
import { userDirectory } from "./paths.ts";
import { type Setting, SETTINGS } from "./settings.ts";

/** Environment variables, as text. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How client, worker and scheduler are set up. */
export interface AbsurdConfig {
  /** Workers and schedulers start only when this is true. */
  readonly enabled: boolean;
  /** `postgres://…` or `embedded:DIR`; see {@linkcode requireDatabaseUrl}. */
  readonly databaseUrl: string | undefined;
  /** Where to listen to notifications; undefined = where `databaseUrl` leads. */
  readonly listenUrl: string | undefined;
  /** Queue to spawn into and to work on. */
  readonly queueName: string;
  /** Tasks that one worker runs at a time. */
  readonly workerConcurrency: number;
  /** Seconds between looks at the queue, where no notification came. */
  readonly workerPollIntervalSec: number;
  /** Seconds that an attempt may take. */
  readonly taskTimeoutSec: number;
  /** Retries after the first failure. */
  readonly maxRetries: number;
  /** Whether failed tasks get an entry in the dead letters. */
  readonly dlqEnabled: boolean;
  /** Manifest of stages; undefined = `absurd.json` where the user stands, else the reference pipeline's. */
  readonly stagesPath: string | undefined;
  /** Deno that runs stages; undefined = the one that runs this program, or the one in PATH for a binary. */
  readonly denoPath: string | undefined;
  /** Folder for the work folders of attempts. */
  readonly workDir: string;
  /** Bytes that must be free in `workDir`'s file system for more tasks to be claimed. */
  readonly minFreeBytes: number;
  /** Seconds between heartbeats of a worker. */
  readonly heartbeatIntervalSec: number;
  /** Seconds without a heartbeat after which a claim is lost. */
  readonly leaseSec: number;
  /** Seconds between SIGTERM and SIGKILL, whenever a task must end. */
  readonly gracePeriodSec: number;
  /** Seconds that running tasks may go on when the worker is told to stop; without a variable, the grace period. */
  readonly shutdownTimeoutSec: number;
  /** Upper bound of the first wait before a retry, in seconds. */
  readonly backoffBaseSec: number;
  /** Upper bound of any wait before a retry, in seconds. */
  readonly backoffCapSec: number;
  /** Seconds after which what has ended is forgotten; 0 = never. */
  readonly retentionSec: number;
  /** Port that the server listens on; 0 takes a free one. */
  readonly servePort: number;
  /** Address that the server listens on. */
  readonly serveHost: string;
  /** Bearer token of the server that may read and write. */
  readonly serveToken: string | undefined;
  /** Bearer token of the server that may only read. */
  readonly serveReadToken: string | undefined;
}

/** Makes configurations. */
export const AbsurdConfig: {
  /**
   * The configuration by environment variables, with defaults for those that are unset or empty.
   *
   * @param env Variables. @default {Deno.env.toObject()}
   * @throws InvalidArgumentError naming the variable, its value and what is allowed.
   *
   * @example
   * ```ts
   * import { AbsurdConfig } from "@dsa110/absurd";
   * import assert from "node:assert/strict";
   *
   * const config = AbsurdConfig.fromEnv({ ABSURD_LEASE: "5m" });
   * assert.equal(config.leaseSec, 300);
   * assert.equal(config.queueName, "dsa110-pipeline");
   * ```
   */
  fromEnv(env?: Environment): AbsurdConfig;
} = {
  fromEnv(env = Deno.env.toObject()) {
    const directory = userDirectory(env);
    const config = Object.fromEntries(
      SETTINGS.map((setting) => [setting.name, read(setting, env, directory)]),
    );
    config.shutdownTimeoutSec ??= config.gracePeriodSec;
    return checked(config as unknown as AbsurdConfig);
  },
};

function read(setting: Setting, env: Environment, directory: string): unknown {
  const text = env[setting.variable]?.trim() || setting.default;
  if (text === undefined) return undefined;
  try {
    return setting.parse(text, directory);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError(`${setting.variable}: ${error.message}`, {
      hint: error.hint,
      cause: error,
    });
  }
}

function checked(config: AbsurdConfig): AbsurdConfig {
  const { leaseSec, heartbeatIntervalSec } = config;
  if (leaseSec >= 2 * heartbeatIntervalSec) return Object.freeze(config);
  throw new InvalidArgumentError(
    `ABSURD_LEASE is ${leaseSec} s, less than twice ABSURD_HEARTBEAT_INTERVAL (${heartbeatIntervalSec} s)`,
    { hint: "One missed heartbeat must not cost a claim: raise the lease, or lower the interval" },
  );
}

/**
 * The database URL, which everything but help needs.
 *
 * @throws InvalidArgumentError when it is not set.
 */
export function requireDatabaseUrl(config: Pick<AbsurdConfig, "databaseUrl">): string {
  if (config.databaseUrl !== undefined) return config.databaseUrl;
  throw new InvalidArgumentError("ABSURD_DATABASE_URL is not set", {
    hint: "Set it to postgres://USER:PASSWORD@HOST:PORT/DATABASE, or to embedded:DIR for a server of its own",
  });
}
