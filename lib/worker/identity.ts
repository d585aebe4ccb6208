/**
 * Who a worker is, as the registry of workers shows it.
 *
 * @module
 */

import { hostname } from "node:os";
import type { AbsurdConfig } from "../config.ts";
import type { ManifestSettings } from "../stage/manifest.ts";
import { VERSION } from "../version.ts";
import type { WorkerOptions } from "./worker.ts";

/** Who the worker is. */
export interface WorkerIdentity {
  /** Id, unique for each start. */
  readonly workerId: string;
  /** Host. */
  readonly hostname: string;
  /** Process. */
  readonly pid: number;
  /** Version of this package. */
  readonly version: string;
  /** Queues that it claims from. */
  readonly queueNames: readonly string[];
  /** What the manifest says; undefined = whatever comes is run. */
  readonly settings?: ManifestSettings;
}

/** Host and process for people, and something random: pids come again. */
export function identify(config: AbsurdConfig, { queueNames, settings }: WorkerOptions): WorkerIdentity {
  const host = hostname();
  const workerId = `${host}-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  return {
    workerId,
    hostname: host,
    pid: Deno.pid,
    version: VERSION,
    queueNames: queueNames?.length ? queueNames : [config.queueName],
    settings,
  };
}
