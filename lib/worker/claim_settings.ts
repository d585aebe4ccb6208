/**
 * What a worker tells the database with each claim: its times, and the limits of what it runs.
 *
 * @module
 */

import type { AbsurdConfig } from "../config.ts";
import type { ManifestSettings, StageSettings } from "../stage/manifest.ts";
import { longestPollWaitSec } from "./waiting.ts";

/** The settings of claims, by the names of the database. */
export function claimSettings(config: AbsurdConfig, settings?: ManifestSettings): Record<string, unknown> {
  const stages = Object.entries(settings?.stages ?? {}).map(([name, stage]) => [name, limits(stage)]);
  return {
    lease_sec: config.leaseSec,
    heartbeat_sec: config.heartbeatIntervalSec,
    wait_sec: longestPollWaitSec(config.workerPollIntervalSec),
    defaults: limits({ ...config, timeoutSec: config.taskTimeoutSec }),
    stages: Object.fromEntries(stages),
  };
}

function limits(stage: StageSettings): Record<string, unknown> {
  return {
    timeout_sec: stage.timeoutSec,
    max_retries: stage.maxRetries,
    backoff_base_sec: stage.backoffBaseSec,
    backoff_cap_sec: stage.backoffCapSec,
    on_complete: stage.onComplete,
  };
}
