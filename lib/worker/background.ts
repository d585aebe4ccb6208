/**
 * What goes on in a worker besides claiming and running tasks.
 *
 * @module
 */

import type { Bell } from "../bell.ts";
import type { AbsurdConfig } from "../config.ts";
import type { Database } from "../database.ts";
import type { Ahead } from "./ahead.ts";
import type { WorkerCalls } from "./calls.ts";
import { keepListening } from "./connection.ts";
import type { Contact } from "./contact.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { WorkerIdentity } from "./identity.ts";
import type { OutcomeWriter } from "./outcomes.ts";
import { keepRecovering } from "./recovery.ts";
import { keepPruning } from "./retention.ts";

/** Parts of a worker that it works with. */
export interface BackgroundParts {
  /** Where it listens. */
  readonly database: Database;
  /** Its calls. */
  readonly calls: WorkerCalls;
  /** Whether the database answers. */
  readonly contact: Contact;
  /** Writes outcomes. */
  readonly writer: OutcomeWriter;
  /** Beats. */
  readonly heartbeat: Heartbeat;
}

/** Whose work it is, and until when. */
export interface BackgroundOptions {
  /** The worker. */
  readonly identity: WorkerIdentity;
  /** Its intervals. */
  readonly config: AbsurdConfig;
  /** Rung when it may be worth looking for tasks. */
  readonly bell: Bell;
  /** Told of backlogs. */
  readonly ahead: Ahead;
  /** Aborts when it ends. */
  readonly signal: AbortSignal;
}

/** Starts all of it; each promise resolves when a part has ended, after the signal. */
export function startBackground(
  { database, calls, contact, writer, heartbeat }: BackgroundParts,
  { identity: { workerId, queueNames }, config, bell, ahead, signal }: BackgroundOptions,
): Promise<void>[] {
  const notify = (channel: string, payload: string) => {
    if (channel === "absurd_claims" && payload === workerId) heartbeat.ring();
    if (channel === "absurd_backlogs" && queueNames.includes(payload)) ahead.announced = true;
    if (channel === "absurd_tasks" && queueNames.includes(payload)) bell.ring();
  };
  const connected = () => [heartbeat, bell].forEach((one) => one.ring()); // who is deaf misses things
  const channels = ["absurd_tasks", "absurd_backlogs", "absurd_claims"];
  return [
    keepListening(database, { notify, connected }, { channels, contact, signal }),
    keepRecovering(calls, contact, { intervalSec: config.heartbeatIntervalSec, signal }),
    keepPruning(database, contact, { retentionSec: config.retentionSec, signal }),
    heartbeat.run(signal),
    writer.run(signal),
  ];
}
