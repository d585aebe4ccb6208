/**
 * The log of events in the database, and following it without a gap.
 *
 * @module
 */

import { backoffMs, pause, sleep } from "../backoff.ts";
import { Bell } from "../bell.ts";
import { type Database, json } from "../database.ts";
import { DatabaseUnavailableError, InvalidArgumentError } from "../errors.ts";

/** An event as the database tells it: keys in snake_case, times as text. */
export interface EventDocument {
  /** Its place in the log. */
  readonly cursor: string;
  /** `task`, `progress` or `workflow`. */
  readonly kind: string;
  /** Queue. */
  readonly "queue_name": string;
  /** Task; null for a workflow. */
  readonly "task_id": string | null;
  /** Its name. */
  readonly "task_name": string | null;
  /** Workflow. */
  readonly "workflow_id": string | null;
  /** Claims so far. */
  readonly attempt: number | null;
  /** Status from then on. */
  readonly status: string;
  /** When. */
  readonly "created_at": string;
  /** More about it. */
  readonly detail: Readonly<Record<string, unknown>> | null;
}

/** A filter as the database takes it. */
export type FilterDocument = Readonly<Record<string, string | undefined>>;

/** A look into the log. */
export interface EventPage {
  /** Events that the filter let through, in order. */
  readonly events: readonly EventDocument[];
  /** Where to go on. */
  readonly cursor: string;
  /** End of the log. */
  readonly lastCursor: string;
  /** Whether the end of the log is the end of what has been committed; false: look again at once. */
  readonly complete: boolean;
}

/** How to follow. */
export interface FollowOptions {
  /** Only these events. */
  readonly filter?: FilterDocument;
  /** Ends it, without an error. */
  readonly signal: AbortSignal;
  /** How long the database may be away, in milliseconds. @default {60000} */
  readonly maxOutageMs?: number;
  /** False ends it at the end of the log. @default {true} */
  readonly follow?: boolean;
}

/** Notifications may get lost. */
const POLL_INTERVAL_MS = 1_000;
/** Somebody else is giving positions: it takes no longer. */
const BUSY_INTERVAL_MS = 15;
/** Who is refused so often in a row is on a standby, where nobody gives positions: what comes over has to do. */
const MAX_BUSY = 20;
const PAGE = 1_000;
const RECONNECT = { baseMs: 100, capMs: 5_000 };

/** Reads the log. */
export class EventLog {
  readonly #database: Database;

  /** Nothing is read yet. */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * The cursor of a place in the log.
   *
   * @param since A cursor, a time, `"start"`, or undefined for the end.
   * @throws InvalidArgumentError when it is none of these.
   */
  async cursor(since: string | Date | undefined): Promise<string | null> {
    if (since === "start") return null;
    if (typeof since === "string") return checkCursor(since);
    for (let tries = 1; tries < MAX_BUSY && !await this.#stamp(); tries++) await sleep(BUSY_INTERVAL_MS);
    return await this.#place(since);
  }

  /** The cursor before the oldest event that is kept. */
  async oldest(): Promise<string> {
    await this.#stamp();
    return await this.#place("-infinity");
  }

  async #place(since: Date | string | undefined): Promise<string> {
    const [row] = await this.#database.call<{ "event_cursor": string }>(
      "event_cursor",
      { since },
      { retry: true },
    );
    return row.event_cursor;
  }

  /**
   * Looks once.
   *
   * @param cursor Where to begin; null: with the oldest that is kept.
   * @throws CursorError when retention was faster, or the cursor is of another database.
   */
  async read(cursor: string | null, filter: FilterDocument = {}, limit: number = PAGE): Promise<EventPage> {
    const complete = await this.#stamp();
    const [row] = await this.#database.call<
      { cursor: string; "last_cursor": string; events: EventDocument[] }
    >("read_events", { cursor, filter: json(filter), limit }, { retry: true });
    return { events: row.events, cursor: row.cursor, lastCursor: row.last_cursor, complete };
  }

  /** False on a standby, too, and while somebody else is at it. */
  async #stamp(): Promise<boolean> {
    const [row] = await this.#database.call<{ "stamp_events": boolean }>("stamp_events", {}, { retry: true });
    return row.stamp_events;
  }

  /**
   * Follows the log from a cursor: each page that has something new. Notifications wake it, and it looks every second
   * without; an outage of the database is waited out.
   *
   * @throws CursorError when retention was faster, or the cursor is of another database.
   * @throws DatabaseUnavailableError when the database stays away.
   */
  async *follow(cursor: string | null, options: FollowOptions): AsyncGenerator<EventPage> {
    const { signal, filter, follow = true } = options;
    const outage = new Outage(options.maxOutageMs ?? 60_000);
    const bell = new Bell();
    const ring = () => bell.ring();
    // Without a listener (no connection left, a pooler in between) looking every second has to do.
    await using _listener = follow
      ? await this.#database.listen(["absurd_events"], { notify: ring, connected: ring }).catch(() =>
        undefined
      )
      : undefined;
    let at = cursor;
    let busy = 0;
    while (!signal.aborted) {
      const page = await outage.survive(() => this.read(at, filter), signal);
      if (!page) continue;
      if (page.cursor !== at) yield page;
      at = page.cursor;
      if (at !== page.lastCursor) continue;
      busy = page.complete ? 0 : busy + 1;
      if (busy > 0 && busy < MAX_BUSY) await pause(BUSY_INTERVAL_MS, signal);
      else if (!follow) return;
      else await bell.wait(POLL_INTERVAL_MS, signal);
    }
  }
}

/** Tolerates that the database is away for a while. */
class Outage {
  readonly #maxMs: number;
  #sinceMs?: number;
  #tries = 0;

  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  async survive<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    try {
      const answer = await read();
      this.#sinceMs = undefined;
      this.#tries = 0;
      return answer;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error;
      this.#sinceMs ??= performance.now();
      if (performance.now() - this.#sinceMs > this.#maxMs) throw error;
      await pause(backoffMs(++this.#tries, RECONNECT), signal);
    }
  }
}

/** A cursor that came from outside. */
export function checkCursor(text: string): string {
  if (/^\d{1,18}$/.test(text)) return String(BigInt(text));
  throw new InvalidArgumentError(`"${text}" is not a cursor`, {
    hint: "A cursor is the one of an event that was told before; begin without one, or with a time",
  });
}
