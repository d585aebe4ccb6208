/**
 * One run of a worker, from its registration to its end.
 *
 * @module
 */

import { pause } from "../backoff.ts";
import { Bell } from "../bell.ts";
import type { AbsurdConfig } from "../config.ts";
import type { Database } from "../database.ts";
import { DatabaseUnavailableError, type SchemaError } from "../errors.ts";
import { forgiving } from "../listener.ts";
import type { ClaimedTask, TaskExecutor } from "../task.ts";
import { Ahead, mayClaimAhead } from "./ahead.ts";
import { AnswerDesk } from "./answers.ts";
import { startBackground } from "./background.ts";
import { WorkerCalls } from "./calls.ts";
import { ClaimLoop } from "./claim_loop.ts";
import { openWorkerDatabase, reach } from "./connection.ts";
import { Contact, messageOf } from "./contact.ts";
import { leftToDrain } from "./drain.ts";
import type { WorkerEventListener, WorkerSummary } from "./events.ts";
import { Heartbeat } from "./heartbeat.ts";
import { identify, type WorkerIdentity } from "./identity.ts";
import { LogShipper } from "./logs.ts";
import { acknowledgement, release } from "./outcome.ts";
import { OutcomeWriter } from "./outcomes.ts";
import { ProgressReporter } from "./progress.ts";
import { ReservedTasks } from "./reserved_tasks.ts";
import { Runner } from "./runner.ts";
import { Slots } from "./slots.ts";
import { delayAfter, whileWaiting } from "./waiting.ts";
import type { WorkerOptions } from "./worker.ts";

/** An executor is given up when it has not ended so long after the grace period, in seconds. */
const STUCK_AFTER_SEC = 10;
/** Leaving the registry is a courtesy: the lease of a silent worker ends by itself. */
const DEREGISTER_WITHIN_MS = 2_000;

/** The parts of a running worker. */
interface Parts {
  readonly database: Database;
  readonly calls: WorkerCalls;
  readonly contact: Contact;
  readonly writer: OutcomeWriter;
  readonly heartbeat: Heartbeat;
  readonly progress: ProgressReporter;
  readonly logs: LogShipper;
  readonly reserved: ReservedTasks;
  readonly runner: Runner;
}

/** A run; used once. */
export class WorkerRun {
  readonly #config: AbsurdConfig;
  readonly #executor: TaskExecutor;
  readonly #options: WorkerOptions;
  readonly #emit: WorkerEventListener;
  readonly #identity: WorkerIdentity;
  readonly #slots: Slots;
  readonly #ahead: Ahead;
  readonly #desk: AnswerDesk;
  /** Rings when it may be worth looking for tasks. */
  readonly #bell = new Bell();
  /** Aborts at the end: what goes on in the background ends, and calls under way are cut. */
  readonly #over = new AbortController();

  /** Takes what {@linkcode AbsurdWorker} was made with. */
  constructor(config: AbsurdConfig, executor: TaskExecutor, options: WorkerOptions) {
    this.#config = config;
    this.#executor = executor;
    this.#options = options;
    this.#emit = forgiving(options.onEvent, "AbsurdWorker");
    this.#identity = identify(config, options);
    this.#slots = new Slots(config.workerConcurrency, options.settings);
    this.#ahead = new Ahead({
      places: config.workerConcurrency,
      leaseSec: config.leaseSec,
      allowed: mayClaimAhead(executor, options.settings),
    });
    this.#desk = new AnswerDesk(executor, this.#emit);
  }

  /** Runs to the end. */
  async run(signal: AbortSignal): Promise<WorkerSummary> {
    await using database = await openWorkerDatabase(this.#config, signal);
    const refused = new AbortController();
    const ending = AbortSignal.any([signal, refused.signal]);
    const parts = this.#assemble(database, { signal: ending, refused: (error) => refused.abort(error) });
    const { calls, contact } = parts;
    const isKnown = await reach((signal) => calls.register(signal), { contact, signal });
    const { summary } = this.#desk;
    try {
      if (isKnown) await this.#work(parts, ending);
    } finally {
      this.#emit({ type: "stopped", summary }); // what ran is told also where an error ends the run
    }
    refused.signal.throwIfAborted();
    return summary;
  }

  #assemble(
    database: Database,
    { signal, refused }: { signal: AbortSignal; refused(error: SchemaError): void },
  ): Parts {
    const calls = new WorkerCalls(database, this.#identity, this.#config, this.#over.signal);
    const contact = new Contact(this.#emit);
    const writer: OutcomeWriter = new OutcomeWriter(calls, contact, (outcome, answer) => {
      const next = this.#desk.take(outcome, answer);
      if (next) writer.add(next);
      this.#bell.ring();
    }, () => this.#ahead.size > 0);
    const heartbeat = new Heartbeat(calls, contact, {
      config: this.#config,
      running: () => this.#slots.running,
      others: () => this.#held(writer).filter(({ reservationId }) => !reservationId),
      revoke: (verdicts) => {
        for (const verdict of ["lost", "cancelled"] as const) { // one that expired has not begun to use up its time
          const over = this.#ahead.remove(verdicts.filter((one) => one.verdict === verdict));
          over.forEach((task) => writer.add(acknowledgement(task, {}, verdict)));
        }
      },
      refused,
    });
    const progress = new ProgressReporter(calls, this.#emit, (verdicts) => heartbeat.apply(verdicts));
    const logs = new LogShipper(calls, this.#emit, (verdicts) => heartbeat.apply(verdicts));
    const reserved = new ReservedTasks({
      calls,
      contact,
      running: () => this.#slots.running,
      beat: () => heartbeat.ring(),
    });
    const runner = new Runner({
      reserved,
      executor: this.#executor,
      slots: this.#slots,
      ahead: this.#ahead,
      writer,
      desk: this.#desk,
      progress,
      logs,
      bell: this.#bell,
      stopWithinSec: this.#config.gracePeriodSec + STUCK_AFTER_SEC,
      signal,
      emit: this.#emit,
    });
    return { database, calls, contact, writer, heartbeat, progress, logs, reserved, runner };
  }

  /** Claims and runs tasks, and brings everything to its end. */
  async #work(parts: Parts, signal: AbortSignal): Promise<void> {
    const { workerId, queueNames, settings } = this.#identity;
    const { workerConcurrency: concurrency } = this.#config;
    this.#emit({
      type: "started",
      workerId,
      queueNames,
      taskNames: settings?.taskNames ?? null,
      concurrency,
    });
    const loops = startBackground(parts, {
      identity: this.#identity,
      config: this.#config,
      bell: this.#bell,
      ahead: this.#ahead,
      signal: this.#over.signal,
    });
    try {
      await this.#claimLoop(parts).run(signal);
    } finally {
      await this.#finish(parts, signal);
      this.#over.abort(new DatabaseUnavailableError("The worker has ended"));
      await Promise.all(loops);
    }
  }

  /** Tasks that wait for a place, or ended and are not written yet. */
  #held(writer: OutcomeWriter): ClaimedTask[] {
    return [...this.#ahead.tasks, ...writer.pending.map(({ task }) => task)];
  }

  #claimLoop(parts: Parts): ClaimLoop {
    const { calls, contact, writer, database, runner } = parts;
    const { queueNames, settings } = this.#identity;
    const { once, drain, maxTasks, idleTimeoutSec } = this.#options;
    return new ClaimLoop({
      calls,
      contact,
      writer,
      slots: this.#slots,
      ahead: this.#ahead,
      bell: this.#bell,
      pollIntervalSec: this.#config.workerPollIntervalSec,
      limits: {
        once,
        maxTasks: once ? 1 : maxTasks,
        idleTimeoutSec,
        leftToDrain: drain
          ? (signal) => leftToDrain(database, { queueNames, taskNames: settings?.taskNames, signal })
          : undefined,
      },
      obstacle: this.#executor.obstacle,
      fill: () => runner.fill(),
      onWaiting: (rest) => this.#emit({ type: "waiting", rest }),
      giveBack: (task) => writer.add(release(task)),
      known: () => [...this.#slots.running.map(({ task }) => task), ...this.#held(writer)],
    });
  }

  /** Waits for what runs and for what is to be written; less patiently when the worker was told to stop. */
  async #finish({ calls, writer, progress, logs, reserved }: Parts, signal: AbortSignal): Promise<void> {
    this.#emit({ type: "stopping", running: this.#slots.running.length });
    await this.#finishTasks(signal);
    reserved.stop();
    await Promise.all([progress.stop(), logs.stop()]);
    await this.#finishWriting(writer, signal);
    for (const outcome of writer.pending) {
      this.#desk.abandoned(outcome, "The database did not come back in time to be told how it ended");
    }
    await this.#desk.whenPublished();
    await this.#closeExecutor();
    await calls.deregister(AbortSignal.timeout(DEREGISTER_WITHIN_MS)).catch(() => {}); // a courtesy
  }

  /** What it kept and cannot end is no reason not to end. */
  async #closeExecutor(): Promise<void> {
    try {
      await this.#executor.close?.();
    } catch (error) {
      this.#emit({
        type: "warning",
        message: `What the executor kept could not be ended: ${messageOf(error)}`,
      });
    }
  }

  /** Lets tasks end; tells them to, the shutdown timeout after the signal. */
  async #finishTasks(signal: AbortSignal): Promise<void> {
    await whileWaiting(this.#slots.whenEmpty(), async (ended) => {
      if (!await delayAfter(signal, this.#config.shutdownTimeoutSec, ended)) return;
      for (const running of this.#slots.running) running.stop("shutdown");
      await pause(Infinity, ended);
    });
  }

  /** Results are held for as long as it takes; after the signal, for as long as a lease. */
  async #finishWriting(writer: OutcomeWriter, signal: AbortSignal): Promise<void> {
    await whileWaiting(writer.whenEmpty(), async (ended) => {
      await delayAfter(signal, this.#config.leaseSec, ended);
    });
  }
}
