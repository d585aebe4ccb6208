/**
 * How a worker gets to its database, and hears from it.
 *
 * @module
 */

import { backoffMs, pause } from "../backoff.ts";
import { type AbsurdConfig, requireDatabaseUrl } from "../config.ts";
import {
  type CallOptions,
  type Database,
  type DatabaseCalls,
  type ListenHandlers,
  openDatabase,
} from "../database.ts";
import { resolveDatabaseUrl } from "../database_url.ts";
import { DatabaseUnavailableError } from "../errors.ts";
import type { Contact } from "./contact.ts";
import { delayAfter } from "./waiting.ts";

const RETRY = { baseMs: 200, capMs: 5_000 };
/** Time between tries to listen where somebody has to change something first. */
const DEAF_RETRY_MS = 60_000;
/** An answer may take this part of a lease. */
const ANSWER_PART = 1 / 2;
/** A database with very much to do may take so long to answer, whatever the lease, in seconds. */
const LEAST_ANSWER_SEC = 10;

/** A call that is under way when a worker or scheduler is told to end may take so much longer, in seconds. */
const STOP_WITHIN_SEC = 3;

/** Claims, heartbeats, outcomes, progress and recovery may be under way at the same time. */
const MAX_CONNECTIONS = 4;

/** Opens the database of a worker. Nothing is connected yet, except to start an embedded server. */
export async function openWorkerDatabase(config: AbsurdConfig, signal: AbortSignal): Promise<Database> {
  const url = await resolveDatabaseUrl(requireDatabaseUrl(config), { signal });
  const { listenUrl } = config;
  return openDatabase({
    url,
    listenUrl,
    maxConnections: MAX_CONNECTIONS,
    applicationName: "absurd worker",
    answerWithinSec: answerWithinSec(config),
  });
}

/**
 * How long calls of a worker or scheduler wait for an answer, in seconds. Nothing is begun that a claim brings later, and
 * an outcome can be told once more before its lease is over.
 */
export function answerWithinSec({ leaseSec }: Pick<AbsurdConfig, "leaseSec">): number {
  return Math.max(leaseSec * ANSWER_PART, LEAST_ANSWER_SEC);
}

/**
 * How long a call that is made again and again waits for an answer, in seconds: first not for long, as a new connection
 * may be all that is needed, and then twice as long each time, as what holds the database up goes on doing so meanwhile.
 *
 * @param tries Tries made so far, from 0.
 */
export function growingAnswerSec(config: Pick<AbsurdConfig, "leaseSec">, tries: number): number {
  return Math.min(answerWithinSec(config), LEAST_ANSWER_SEC * 2 ** tries);
}

/** The calls of a database, with options for those that have none of their own. */
export function callsWith(defaults: CallOptions, database: DatabaseCalls): DatabaseCalls {
  return {
    call: (name, args, options) =>
      database.call(name, args, { ...defaults, ...options, signal: options?.signal ?? defaults.signal }),
  };
}

/** A signal that cuts calls a moment after another one told to end, unless it is disposed of before. */
export function cutAfter(signal: AbortSignal): Disposable & { readonly signal: AbortSignal } {
  const silence = new DatabaseUnavailableError("The database does not answer");
  const [late, ended] = [new AbortController(), new AbortController()];
  void delayAfter(signal, STOP_WITHIN_SEC, ended.signal).then((isOver) => isOver && late.abort(silence));
  return { signal: late.signal, [Symbol.dispose]: () => ended.abort() };
}

/**
 * Makes a first call, again and again while the database is away.
 *
 * @returns False when the signal aborted before.
 * @throws What the call throws, when trying again cannot help.
 */
export async function reach(
  call: (signal: AbortSignal) => Promise<void>,
  { contact, signal }: { contact: Contact; signal: AbortSignal },
): Promise<boolean> {
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      await call(signal);
      contact.succeeded();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (!(error instanceof DatabaseUnavailableError && error.transient)) throw error;
      contact.failed(error);
      await pause(backoffMs(tries, RETRY), signal);
    }
  }
  return false;
}

/**
 * Listens until the signal aborts. A database that is away, or a pooler that cannot pass notifications on, costs only
 * promptness: polling and heartbeats find everything, too.
 */
export async function keepListening(
  database: Database,
  handlers: ListenHandlers,
  { channels, contact, signal }: { channels: readonly string[]; contact: Contact; signal: AbortSignal },
): Promise<void> {
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      await using _listener = await database.listen(channels, handlers, { signal });
      await pause(Infinity, signal);
    } catch (error) {
      const lasting = error instanceof DatabaseUnavailableError && !error.transient;
      if (lasting) contact.deaf(error);
      await pause(lasting ? DEAF_RETRY_MS : backoffMs(tries, RETRY), signal);
    }
  }
}
