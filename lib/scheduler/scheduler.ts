/**
 * The scheduler: sleeps until something is due, fires it, and looks after what needs looking after.
 *
 * @module
 */

import { hostname } from "node:os";
import { backoffMs, pause } from "../backoff.ts";
import { Bell } from "../bell.ts";
import { type AbsurdConfig, requireDatabaseUrl } from "../config.ts";
import { type Database, openDatabase } from "../database.ts";
import { resolveDatabaseUrl } from "../database_url.ts";
import { DatabaseUnavailableError } from "../errors.ts";
import { isRefusal } from "../handshake.ts";
import { forgiving } from "../listener.ts";
import { VERSION } from "../version.ts";
import {
  answerWithinSec,
  callsWith,
  cutAfter,
  growingAnswerSec,
  keepListening,
  reach,
} from "../worker/connection.ts";
import { Contact, isPermanent } from "../worker/contact.ts";
import { keepPruning } from "../worker/retention.ts";
import { SchedulerCalls } from "./calls.ts";
import type { ScheduleRun } from "./documents.ts";
import type { SchedulerEventListener, SchedulerSummary } from "./events.ts";
import { fireDueSchedules, PARALLEL_FIRINGS } from "./fire.ts";
import { doUpkeep } from "./upkeep.ts";

/** Longest sleep: the database's clock may have been set meanwhile. */
const MOST_SLEEP_MS = 30_000;
/** Longest sleep while nobody tells of changes: a schedule added meanwhile still runs within a second. */
const DEAF_SLEEP_MS = 1_000;
const RETRY = { baseMs: 200, capMs: 5_000 };
/** Firings, heartbeat or upkeep, and pruning may be under way at the same time. */
const MAX_CONNECTIONS = PARALLEL_FIRINGS + 2;
/** Leaving the registry is a courtesy: the lease of a silent scheduler ends by itself. */
const DEREGISTER_WITHIN_MS = 2_000;

/** What may be said about a scheduler besides its configuration. */
export interface SchedulerOptions {
  /** Receives what the scheduler does and notices. What it throws first becomes a warning of the process. */
  onEvent?: SchedulerEventListener;
}

/** How to run. */
export interface SchedulerRunOptions {
  /** Stops the scheduler, between two due times. */
  signal?: AbortSignal;
}

/**
 * A scheduler. Any number of them may run on one database: each due time is fired once, by whichever comes first.
 *
 * @example Run a scheduler until the program is interrupted
 * ```ts ignore
 * import { AbsurdConfig } from "@dsa110/absurd";
 * import { AbsurdScheduler } from "@dsa110/absurd/scheduler";
 *
 * const stop = new AbortController();
 * Deno.addSignalListener("SIGTERM", () => stop.abort());
 * const { spawned } = await new AbsurdScheduler(AbsurdConfig.fromEnv()).run({ signal: stop.signal });
 * ```
 */
export class AbsurdScheduler {
  readonly #config: AbsurdConfig;
  readonly #emit: SchedulerEventListener;
  readonly #schedulerId = `${hostname()}-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  readonly #summary: SchedulerSummary = { spawned: 0, skipped: 0, failed: 0, recovered: 0 };
  readonly #contact: Contact;
  /** Rings when schedules were changed. */
  readonly #bell = new Bell();
  #isListening = false;
  /** Aborts when an upgrade takes this program no more. */
  readonly #refused = new AbortController();

  /**
   * Sets a scheduler up; nothing happens before {@linkcode run}.
   *
   * @param config Database, heartbeat, lease.
   * @param options Who listens.
   */
  constructor(config: AbsurdConfig, options: SchedulerOptions = {}) {
    this.#config = config;
    this.#emit = forgiving(options.onEvent, "AbsurdScheduler");
    this.#contact = new Contact(this.#emit);
  }

  /**
   * Runs the scheduler until the signal aborts; once for each instance. A database that is away is waited for.
   *
   * @returns What it did.
   * @throws InvalidArgumentError when the configuration cannot be used.
   * @throws DatabaseUnavailableError when the login is refused, or host or database are unknown.
   * @throws SchemaError when the schema is not installed, or does not go together with this program: at the start, or
   *   after an upgrade.
   */
  async run(options: SchedulerRunOptions = {}): Promise<SchedulerSummary> {
    const signal = options.signal ?? new AbortController().signal;
    const url = await resolveDatabaseUrl(requireDatabaseUrl(this.#config), { signal });
    await using database = openDatabase({
      url,
      listenUrl: this.#config.listenUrl,
      maxConnections: MAX_CONNECTIONS,
      applicationName: "absurd scheduler",
      answerWithinSec: answerWithinSec(this.#config),
    });
    const ending = AbortSignal.any([signal, this.#refused.signal]);
    using late = cutAfter(ending);
    const calls = new SchedulerCalls(callsWith({ signal: late.signal }, database), {
      schedulerId: this.#schedulerId,
      hostname: hostname(),
      pid: Deno.pid,
      version: VERSION,
      leaseSec: this.#config.leaseSec,
    });
    if (await reach(() => calls.register(), { contact: this.#contact, signal })) {
      await this.#work(database, calls, ending);
    }
    this.#emit({ type: "stopped", summary: this.#summary });
    this.#refused.signal.throwIfAborted();
    return this.#summary;
  }

  async #work(database: Database, calls: SchedulerCalls, signal: AbortSignal): Promise<void> {
    this.#emit({ type: "started", schedulerId: this.#schedulerId });
    const background = new AbortController();
    const { signal: whileWorking } = background;
    const { retentionSec } = this.#config;
    const loops = [
      this.#keepListening(database, whileWorking),
      this.#keepUp(calls, whileWorking),
      keepPruning(database, this.#contact, { retentionSec, signal: whileWorking }),
    ];
    try {
      await this.#keepFiring(calls, signal);
    } finally {
      this.#emit({ type: "stopping" });
      background.abort();
      await Promise.all(loops);
      await calls.deregister(AbortSignal.timeout(DEREGISTER_WITHIN_MS)).catch(() => {}); // a courtesy
    }
  }

  /** Fires what is due, and sleeps until something is again. */
  async #keepFiring(calls: SchedulerCalls, signal: AbortSignal): Promise<void> {
    let worked = false;
    for (let failures = 0; !signal.aborted;) {
      let sleepMs: number;
      try {
        const waitSec = await fireDueSchedules(
          calls.answeredWithin(growingAnswerSec(this.#config, failures)),
          { signal, onRun: (run) => this.#count(run) },
        );
        worked = true;
        sleepMs = waitSec === null ? Infinity : Math.ceil(waitSec * 1000);
        this.#contact.succeeded();
        failures = 0;
      } catch (error) {
        if (!worked && isPermanent(error)) throw error;
        this.#contact.failed(error);
        sleepMs = backoffMs(++failures, RETRY);
      }
      await this.#bell.wait(Math.min(sleepMs, this.#isListening ? MOST_SLEEP_MS : DEAF_SLEEP_MS), signal);
    }
  }

  /** Learns of changes. What was told while nobody listened was missed, so look. */
  async #keepListening(database: Database, signal: AbortSignal): Promise<void> {
    const change = (isListening: boolean) => {
      this.#isListening = isListening;
      this.#bell.ring();
    };
    await keepListening(database, {
      notify: () => this.#bell.ring(),
      connected: () => change(true),
      disconnected: () => change(false),
    }, { channels: ["absurd_schedules"], contact: this.#contact, signal });
  }

  /** Heartbeat and upkeep. The interval varies, so that many schedulers spread their work. */
  async #keepUp(calls: SchedulerCalls, signal: AbortSignal): Promise<void> {
    const intervalMs = this.#config.heartbeatIntervalSec * 1000;
    let warned = false;
    while (await pause(intervalMs * (0.75 + Math.random() / 4), signal)) {
      try {
        await calls.register();
        const { recovered } = await doUpkeep(calls, signal);
        this.#summary.recovered += recovered;
        if (recovered > 0) this.#emit({ type: "recovered", count: recovered });
        warned = false;
      } catch (error) {
        if (isRefusal(error)) return this.#refused.abort(error);
        // firing tells that the database is away
        if (error instanceof DatabaseUnavailableError || warned) continue;
        warned = true;
        this.#emit({ type: "warning", message: `Upkeep is not possible: ${(error as Error).message}` });
      }
    }
  }

  #count(run: ScheduleRun): void {
    this.#summary[run.outcome]++;
    this.#emit({ type: "fired", run });
  }
}
