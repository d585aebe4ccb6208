import assert from "node:assert/strict";
import type { Database, DatabaseSession } from "../../lib/database.ts";
import { advanceClock, readClock } from "../support/clock.ts";
import { withDatabase } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import {
  claim,
  claimOne,
  complete,
  QUEUE,
  refused,
  type Row,
  rows,
  spawn,
  spawnGraph,
  value,
} from "./queue.ts";

const DAY = 86_400;

/** What a reader holds on to. */
interface Reader {
  cursor: string | null;
}

/** Reads on from where the reader is; `kind name status` of each event, in order. */
async function read(
  session: Database | DatabaseSession,
  reader: Reader,
  filter: Row = {},
): Promise<string[]> {
  await value(session, "stamp_events");
  const [page] = await rows(session, "read_events", { cursor: reader.cursor, filter });
  reader.cursor = page.cursor;
  return page.events.map(({ kind, task_name: name, status }: Row) => `${kind} ${name ?? "-"} ${status}`);
}

/** Makes the queue known: two that use a new one at the same time wait for each other. */
async function makeQueue(database: Database): Promise<void> {
  await database.query("insert into absurd.queues (queue_name, created_at) values ($1, now())", [QUEUE]);
}

/** Runs `use` with a transaction of another connection that is open; it commits or rolls back by itself. */
async function withOpen(database: Database, use: (open: DatabaseSession) => Promise<void>): Promise<void> {
  await database.session(async (open) => {
    await open.script("begin");
    await use(open);
  });
}

Deno.test("read_events() gives each event once, in order, from where the cursor was", async () => {
  await withDatabase(async (database) => {
    const reader = { cursor: null };
    await spawn(database, {}, { name: "a" });
    await complete(database, await claimOne(database));
    assert.deepEqual(await read(database, reader), ["task a pending", "task a claimed", "task a completed"]);
    assert.deepEqual(await read(database, reader), []);
    await spawn(database, {}, { name: "b" });
    assert.deepEqual(await read(database, reader), ["task b pending"]);
    const [page] = await rows(database, "read_events", { cursor: 1, limit: 2 });
    assert.deepEqual([page.cursor, page.last_cursor], ["3", "4"]);
    assert.deepEqual(page.events.map((event: Row) => event.cursor), ["2", "3"]);
  });
});

Deno.test("events that one row tells are read one by one, wherever a page of the reader begins", async () => {
  await withDatabase(async (database) => {
    await spawn(database, {}, { name: "first" });
    const tasks = Array.from({ length: 5 }, (_, n) => ({
      "queue_name": QUEUE,
      "task_name": n < 4 ? "same" : "other",
    }));
    const spawned = await rows(database, "spawn_tasks", { tasks });
    await claim(database, 6);
    await value(database, "stamp_events");
    const [{ events: all }] = await rows(database, "read_events", { cursor: 0 });
    assert.deepEqual(
      all.map(({ cursor }: Row) => Number(cursor)),
      Array.from({ length: 12 }, (_, n) => n + 1),
    );
    for (const { task_id: id } of spawned) {
      const told = all.filter((event: Row) => event.task_id === id).map(({ status, attempt }: Row) => [
        status,
        attempt,
      ]);
      assert.deepEqual(told, [["pending", 0], ["claimed", 1]]);
      const [{ events }] = await rows(database, "read_events", { cursor: 0, filter: { "task_id": id } });
      assert.deepEqual(events, all.filter((event: Row) => event.task_id === id));
    }
    for (let cursor = 0; cursor < 12; cursor++) {
      const [page] = await rows(database, "read_events", { cursor, limit: 3 });
      assert.deepEqual(page.events, all.slice(cursor, cursor + 3));
      assert.equal(page.cursor, String(Math.min(cursor + 3, 12)));
    }
  });
});

Deno.test("events of a transaction that commits late are neither lost nor waited for", async () => {
  await withDatabase(async (database) => {
    await makeQueue(database);
    const reader = { cursor: null };
    await withOpen(database, async (late) => {
      await spawn(late, {}, { name: "late" });
      await spawn(database, {}, { name: "early" });
      assert.deepEqual(await read(database, reader), ["task early pending"]);
      await spawn(database, {}, { name: "next" });
      assert.deepEqual(await read(database, reader), ["task next pending"]);
      await late.script("commit");
    });
    assert.deepEqual(await read(database, reader), ["task late pending"]);
    assert.deepEqual(await read(database, { cursor: null }), [
      "task early pending",
      "task next pending",
      "task late pending",
    ]);
  });
});

Deno.test("a transaction that stays open in another database of the server holds nobody up", async () => {
  await withDatabase(async (elsewhere) => {
    await withDatabase(async (database) => {
      await withOpen(elsewhere, async (open) => {
        await open.query("select pg_current_xact_id()");
        const reader = { cursor: null };
        for (const name of ["a", "b", "c"]) {
          await spawn(database, {}, { name });
          assert.deepEqual(await read(database, reader), [`task ${name} pending`]);
        }
        await open.script("rollback");
      });
    });
  });
});

Deno.test("ids of transactions that were rolled back are looked for until those have surely ended, and no longer", async () => {
  await withDatabase(async (database) => {
    const log = async () => (await database.query<Row>("select missing, settling from absurd.event_log"))[0];
    await makeQueue(database);
    const reader = { cursor: null };
    await withOpen(database, async (doomed) => {
      for (const name of ["x", "y"]) await spawn(doomed, {}, { name });
      await spawn(database, {}, { name: "a" });
      assert.deepEqual(await read(database, reader), ["task a pending"]);
      await spawn(database, {}, { name: "b" });
      assert.deepEqual(await read(database, reader), ["task b pending"]);
      assert.deepEqual(await log(), { missing: "{}", settling: "{[1,3)}" });
      await doomed.script("rollback");
    });
    // other tests use the same cluster, and their transactions have to end as well
    await eventually(async () => {
      await value(database, "stamp_events");
      assert.deepEqual(await log(), { missing: "{}", settling: "{}" });
      return true;
    });
    assert.deepEqual(await read(database, reader), []);
  });
});

Deno.test("ids that are missing after a restore on another cluster, whose transactions count anew, settle too", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await database.query(
      "update absurd.event_log set settling = '{[1,1000)}', last_event_id = 999, settled_at_xid = '999999999999'",
    );
    await value(database, "stamp_events");
    await value(database, "stamp_events");
    const [log] = await database.query<Row>("select settling, last_position from absurd.event_log");
    assert.deepEqual(log, { settling: "{}", "last_position": "1" });
  });
});

Deno.test("of two who read at a time one gives the positions, and the other one is told to look again", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await withOpen(database, async (holder) => {
      await holder.query("select pg_advisory_xact_lock(hashtextextended('absurd events', 0))");
      assert.equal(await value(database, "stamp_events"), false);
      const [page] = await rows(database, "read_events");
      assert.deepEqual([page.cursor, page.last_cursor, page.events], ["0", "0", []]);
      await holder.script("commit");
    });
    assert.equal(await value(database, "stamp_events"), true);
  });
});

Deno.test("stamp_events() does nothing within a transaction block that lasts, which would keep others from it", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await withOpen(database, async (block) => {
      await block.query("select pg_sleep(1.1)");
      assert.equal(await value(block, "stamp_events"), false);
      assert.equal(await value(database, "stamp_events"), true);
      await block.script("commit");
    });
  });
});

Deno.test("stamp_events() goes on where there are more events than it takes at a time", async () => {
  await withDatabase(async (database) => {
    await database.query(
      `insert into absurd.event_batches (created_at, kind, queue_name, status)
       select now(), 'task', 'q', 'pending' from generate_series(1, 12345)`,
    );
    assert.equal(await value(database, "stamp_events"), false);
    assert.equal(await value(database, "stamp_events"), true);
    let cursor = "0", seen = 0;
    for (let last = "1"; cursor !== last;) {
      const [page] = await rows(database, "read_events", { cursor, limit: 777 });
      page.events.forEach((event: Row, index: number) => {
        assert.equal(event.cursor, String(Number(cursor) + index + 1));
      });
      seen += page.events.length;
      [cursor, last] = [page.cursor, page.last_cursor];
    }
    assert.equal(seen, 12345);
  });
});

Deno.test("read_events() lets through what the filter names, and its cursor passes the rest", async () => {
  await withDatabase(async (database) => {
    const { workflow, tasks } = await spawnGraph(database, { a: [], b: ["a"] });
    await spawn(database, {}, { name: "other", queue: "elsewhere" });
    const count = async (filter: Row) => {
      const reader = { cursor: null };
      const found = await read(database, reader, filter);
      assert.equal(reader.cursor, "3");
      return found.length;
    };
    assert.equal(await count({ "queue_name": "elsewhere" }), 1);
    assert.equal(await count({ "task_id": tasks.b }), 1);
    assert.equal(await count({ "task_name": "a" }), 1);
    assert.equal(await count({ "workflow_id": workflow }), 2);
    assert.equal(await count({ kind: "progress" }), 0);
    await refused(rows(database, "read_events", { filter: { task: "a" } }), "22023", /unknown key: task/);
    await refused(rows(database, "read_events", { limit: 0 }), "22023", /limit/);
  });
});

Deno.test("event_cursor() finds the place of a time, and the end", async () => {
  await withDatabase(async (database) => {
    for (const name of ["a", "b"]) {
      await spawn(database, {}, { name });
      await advanceClock(database, 3600);
    }
    const since = new Date((await readClock(database)).getTime() - 5400_000);
    await value(database, "stamp_events");
    await spawn(database, {}, { name: "c" });
    await value(database, "stamp_events");
    const cursor = await value(database, "event_cursor", { since: since.toISOString() });
    assert.deepEqual(await read(database, { cursor }), ["task b pending", "task c pending"]);
    assert.equal(await value(database, "event_cursor"), "3");
    assert.equal(await value(database, "event_cursor", { since: "2199-01-01" }), "3");
    assert.equal(await value(database, "event_cursor", { since: "1999-01-01" }), "0");
  });
});

Deno.test("a cursor whose events retention has deleted, or that is of another log, is refused", async () => {
  await withDatabase(async (database) => {
    const reader = { cursor: null };
    const prune = async () => (await rows(database, "prune", { "older_than_sec": 30 * DAY }))[0].events;
    await spawn(database);
    await read(database, reader);
    await advanceClock(database, 20 * DAY);
    await spawn(database, {}, { name: "young" });
    assert.equal(await prune(), 0); // but gives the young one, which nobody has read, its position
    await advanceClock(database, 20 * DAY);
    await spawn(database, {}, { name: "newest" });
    assert.equal(await prune(), 1);
    assert.deepEqual(await read(database, reader), ["task young pending", "task newest pending"]);
    await advanceClock(database, 31 * DAY);
    assert.equal(await prune(), 2);
    await refused(rows(database, "read_events", { cursor: 1 }), "TQ009", /forgotten up to 3/);
    await refused(rows(database, "read_events", { cursor: 4 }), "TQ009", /ahead of the log, which ends at 3/);
    await spawn(database, {}, { name: "next" });
    assert.deepEqual(await read(database, reader), ["task next pending"]);
  });
});

Deno.test("a queue tells no events once it was told not to keep any, and does again when it is told to", async () => {
  await withDatabase(async (database) => {
    const reader = { cursor: null };
    await value(database, "set_queue_events", { "queue_name": QUEUE, keep: false });
    await spawnGraph(database, { a: [] });
    const held = await claimOne(database);
    await rows(database, "report_progress", {
      items: [{ "task_id": held.id, attempt: held.attempt, fraction: 0.5 }],
    });
    await complete(database, held);
    await spawn(database, {}, { name: "there", queue: "elsewhere" });
    assert.deepEqual(await read(database, reader), ["task there pending"]);
    await value(database, "set_queue_events", { "queue_name": QUEUE, keep: true });
    await spawn(database, {}, { name: "here" });
    assert.deepEqual(await read(database, reader), ["task here pending"]);
    await refused(value(database, "set_queue_events", { "queue_name": QUEUE, keep: null }), "22023");
  });
});
