import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { AbsurdConfig } from "../../lib/config.ts";
import type { Database } from "../../lib/database.ts";
import { AbsurdWorker } from "../../lib/worker/mod.ts";
import { type RunningServer, startServer } from "../lib/serve/_server.ts";
import { type Row, rows, spawn, value } from "../sql/queue.ts";
import { withDatabase } from "../support/database.ts";
import { eventually } from "../support/process.ts";

const TASKS = 10_000;
const CLIENTS = 50;
const WRITERS = 4;
const BATCH = 25;
const QUEUE = "q";

/** One number for all that was told, in order; see Fowler, Noll and Vo's hash. */
class Digest {
  #hash = 0x811c9dc5;
  /** How many were added. */
  count = 0;

  add(...fields: unknown[]): void {
    for (const char of fields.join("|")) {
      this.#hash = Math.imul(this.#hash ^ char.codePointAt(0)!, 0x01000193) >>> 0;
    }
    this.count++;
  }

  toString(): string {
    return `${this.count} events, ${this.#hash.toString(16)}`;
  }
}

/** A client that is cut off again and again, and goes on after the last event it heard. */
class FlakyClient {
  readonly digest = new Digest();
  #cursor = "0";
  #random: number;
  #drops = 0;

  constructor(seed: number) {
    this.#random = seed;
  }

  get cursor(): string {
    return this.#cursor;
  }

  get drops(): number {
    return this.#drops;
  }

  /** Park and Miller's generator: the same lives in every run. */
  #next(): number {
    this.#random = this.#random * 48271 % 2147483647;
    return this.#random / 2147483647;
  }

  /** @param calm From when on it is left alone: a slow machine would never come to the end. */
  async run(server: RunningServer, { calm, done }: { calm: AbortSignal; done: AbortSignal }): Promise<void> {
    while (!done.aborted) {
      await this.#live(server, calm.aborted ? 3_600_000 : 50 + this.#next() * 2_000, done);
      this.#drops++;
      await delay(this.#next() * 100);
    }
  }

  async #live(server: RunningServer, lifeMs: number, done: AbortSignal): Promise<void> {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}ws?since=${this.#cursor}`);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    let isOver = false;
    const drop = () => {
      isOver = true; // what still arrives was never heard
      socket.close();
    };
    const timer = setTimeout(drop, lifeMs);
    done.addEventListener("abort", drop);
    socket.onmessage = ({ data }) => {
      if (!isOver) this.#hear(JSON.parse(data));
    };
    socket.onerror = () => {};
    socket.onclose = () => end();
    await ended;
    clearTimeout(timer);
    done.removeEventListener("abort", drop);
  }

  #hear({ type, cursor, task_id: id, workflow_id: workflow, update }: Row): void {
    if (type !== "task_update" && type !== "workflow_update") return;
    assert.equal(Number(cursor), Number(this.#cursor) + 1, "a gap, or a repetition");
    this.#cursor = cursor;
    this.digest.add(cursor, id ?? workflow, update.status);
  }
}

/** The log, as SQL tells it. */
async function readLog(
  database: Database,
): Promise<{ digest: Digest; last: string; statuses: Map<string, string[]> }> {
  await eventually(() => value<boolean>(database, "stamp_events"));
  const digest = new Digest();
  const statuses = new Map<string, string[]>();
  for (let cursor = "0", last = "1"; cursor !== last;) {
    const [page] = await rows(database, "read_events", { cursor, limit: 5_000 });
    for (const event of page.events) {
      digest.add(event.cursor, event.task_id ?? event.workflow_id, event.status);
      statuses.set(event.task_id, [...statuses.get(event.task_id) ?? [], event.status]);
    }
    [cursor, last] = [page.cursor, page.last_cursor];
    if (cursor === last) return { digest, last, statuses };
  }
  throw new Error("unreachable");
}

/** Spawns tasks by many connections, some in transactions that take their time before they commit. */
async function write(database: Database): Promise<void> {
  await Promise.all(Array.from({ length: WRITERS }, async (_, writer) => {
    for (let count = 0; count < TASKS / WRITERS; count += BATCH) {
      const tasks = Array.from({ length: BATCH }, () => ({ "queue_name": QUEUE, "task_name": "nothing" }));
      await database.session(async (session) => {
        await session.script("begin");
        await rows(session, "spawn_tasks", { tasks });
        if (count % 100 === writer * BATCH) await delay(15);
        await session.script("commit");
      });
    }
  }));
}

async function drain(databaseUrl: string): Promise<void> {
  const config = AbsurdConfig.fromEnv({
    ABSURD_DATABASE_URL: databaseUrl,
    ABSURD_QUEUE_NAME: QUEUE,
    ABSURD_WORKER_CONCURRENCY: "25",
  });
  const worker = () => new AbsurdWorker(config, () => Promise.resolve(null), { maxTasks: TASKS / 2 }).run();
  await Promise.all([worker(), worker()]);
}

Deno.test("50 clients that drop and resume hear each event of 10,000 tasks once, in one order", async () => {
  await withDatabase(async (elsewhere) => {
    await withDatabase(async (database, databaseUrl) => {
      await using server = await startServer(database, databaseUrl, { requestsPerSec: 10_000 });
      const [calm, done] = [new AbortController(), new AbortController()];
      const clients = Array.from({ length: CLIENTS }, (_, index) => new FlakyClient(index + 1));
      const listening = clients.map((client) => client.run(server, { calm: calm.signal, done: done.signal }));
      await spawn(database); // so that the queue is there, and writers do not wait for each other
      await rows(database, "cancel_task", { "task_id": await spawn(database) });
      await elsewhere.session(async (held) => {
        // holds back the horizon of the whole cluster until all is over
        await held.script("begin");
        await held.query("select pg_current_xact_id()");
        try {
          await database.session(async (late) => {
            await late.script("begin");
            await spawn(late, {}, { name: "late", queue: "other" });
            await Promise.all([write(database), drain(databaseUrl)]);
            await late.script("commit");
          });
          calm.abort();
          const { last } = await readLog(database);
          await eventually(() => clients.every(({ cursor }) => cursor === last), { timeoutMs: 600_000 });
        } finally {
          done.abort();
          await Promise.all(listening);
          await held.script("rollback");
        }
        const { digest, statuses } = await readLog(database);
        for (const client of clients) assert.equal(`${client.digest}`, `${digest}`);
        assert.ok(digest.count > 3 * TASKS);
        assert.ok(clients.reduce((sum, { drops }) => sum + drops, 0) > CLIENTS, "nobody was cut off");
        const lives = new Set([...statuses.values()].map((list) => list.join(" ")));
        assert.deepEqual([...lives].toSorted(), [
          "pending",
          "pending cancelled",
          "pending claimed completed",
        ]);
      });
    });
  });
});
