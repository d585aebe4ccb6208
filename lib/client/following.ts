/**
 * The part of the client that follows events.
 *
 * @module
 */

import { fromDocument, toDocument } from "../document.ts";
import type { EventOptions, QueueEvent } from "../events/event.ts";
import { EventLog, type FilterDocument } from "../events/log.ts";
import { callsOf } from "./connection.ts";
import { SchedulingClient } from "./scheduling.ts";

/** Follows events. */
export class FollowingClient extends SchedulingClient {
  /**
   * The changes of tasks and workflows, in order, each once, whatever order transactions commit in. Ends when the
   * signal aborts. A restart of the database is waited out. Who keeps the cursor of the last event can go on after it
   * later, elsewhere.
   *
   * @throws InvalidArgumentError when `since` is no cursor.
   * @throws CursorError when the events after it are forgotten already, or it is of another database.
   * @throws DatabaseUnavailableError when the database has been away for a minute.
   *
   * @example Follow a queue from now on
   * ```ts ignore
   * const stop = AbortSignal.timeout(60_000);
   * for await (const event of client.events({ queueName: "dsa110-pipeline", signal: stop })) {
   *   console.log(event.cursor, event.taskName, event.status);
   * }
   * ```
   */
  async *events(options: EventOptions = {}): AsyncGenerator<QueueEvent, void, undefined> {
    const { since, follow, signal = new AbortController().signal, ...filter } = options;
    const log = new EventLog(await callsOf(this).ready());
    const cursor = await log.cursor(since);
    const pages = log.follow(cursor, { filter: toDocument(filter) as FilterDocument, follow, signal });
    for await (const { events } of pages) {
      for (const event of events) {
        if (signal.aborted) return;
        yield fromDocument<QueueEvent>(event);
      }
    }
  }

  /**
   * The end of the log, or the place of a time. To show something and keep it up to date: take the cursor, read what is
   * to be shown, and follow from the cursor on; what is told twice then is a state that is known already.
   *
   * @param since Before the first event of this time. @default the end
   */
  async eventCursor(since?: Date): Promise<string> {
    return await new EventLog(await callsOf(this).ready()).cursor(since) ?? "0";
  }

  /** Whether changes in a queue are told as events from now on; they are, unless told otherwise. */
  async setQueueEvents(keep: boolean, queueName: string = callsOf(this).options.queueName): Promise<void> {
    await callsOf(this).value("set_queue_events", { queue_name: queueName, keep }, { retry: true });
  }
}
