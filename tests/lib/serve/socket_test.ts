import assert from "node:assert/strict";
import { Listener, READ_TOKEN, startServer, TOKEN, withServer } from "./_server.ts";
import { withDatabase } from "../../support/database.ts";
import { claimOne, complete, failForGood, rows, spawn, spawnGraph, value } from "../../sql/queue.ts";
import { eventually } from "../../support/eventually.ts";
import { advanceClock } from "../../support/clock.ts";

const TELLING = ["task_update", "workflow_update"];

Deno.test("/ws tells the numbers of queues, and then each change in the shape of the original, with its cursor", async () => {
  await withServer(async (server) => {
    const { database } = server;
    await spawn(database);
    await using listener = new Listener(server);
    assert.equal((await listener.next("connected")).cursor, "1");
    const { queue_name: queue, stats } = await listener.next("queue_stats_update");
    assert.deepEqual([queue, stats.ready, stats.pending], ["q", 1, 1]);
    const held = await claimOne(database);
    const claimed = await listener.next(...TELLING);
    const { at, ...update } = claimed.update;
    assert.ok(!Number.isNaN(Date.parse(at)));
    assert.deepEqual({ ...claimed, update }, {
      type: "task_update",
      cursor: "2",
      "queue_name": "q",
      "task_id": held.id,
      "task_name": "work",
      "workflow_id": null,
      update: { status: "claimed", attempt: 1, "worker_id": "w1" },
    });
    await rows(database, "report_progress", {
      items: [{ "task_id": held.id, attempt: 1, fraction: 0.5, message: "half" }],
    });
    const { update: progress } = await listener.next(...TELLING);
    assert.deepEqual(progress.progress, { fraction: 0.5, message: "half" });
    await complete(database, held);
    assert.equal((await listener.next(...TELLING)).update.status, "completed");
    let last;
    do last = await listener.next("queue_stats_update"); while (last.stats.completed === 0);
    assert.deepEqual([last.stats.completed, last.stats.claimed], [1, 0]);
  });
});

Deno.test("/ws goes on after a cursor, from memory or from the database, and filters", async () => {
  await withDatabase(async (database, databaseUrl) => {
    const { workflow, tasks } = await spawnGraph(database, { a: [], b: ["a"] });
    await value(database, "stamp_events"); // a cursor that nobody can have yet would end the connection
    await using server = await startServer(database, databaseUrl);
    {
      await using early = new Listener(server, "?since=1");
      assert.equal((await early.next(...TELLING)).task_id, tasks.b);
      await spawn(database, {}, { name: "other" });
      assert.equal((await early.next(...TELLING)).cursor, "3");
    }
    await failForGood(database, await claimOne(database, { names: ["a"] }));
    await using again = new Listener(server, "?since=3");
    const cursors = [];
    for (let count = 0; count < 4; count++) cursors.push((await again.next(...TELLING)).cursor);
    assert.deepEqual(cursors, ["4", "5", "6", "7"]);
    await using ofWorkflow = new Listener(server, `?since=start&workflow=${workflow}`);
    for (const expected of ["1", "2", "4"]) {
      assert.equal((await ofWorkflow.next(...TELLING)).cursor, expected);
    }
    await using ofTask = new Listener(server, `?since=start&task=${tasks.b}`);
    await ofTask.next(...TELLING);
    const { update } = await ofTask.next(...TELLING);
    assert.deepEqual([update.status, update.cause_task_id], ["cancelled", tasks.a]);
  });
});

Deno.test("/ws answers pings, and says what it does not understand", async () => {
  await withServer(async (server) => {
    await using listener = new Listener(server);
    await listener.next("connected");
    listener.send({ type: "ping", id: 7 });
    assert.deepEqual(await listener.next("pong"), { type: "pong", id: 7, cursor: "0" });
    listener.send({ type: "dance" });
    assert.match((await listener.next("error")).message, /Unknown message/);
    listener.send({ type: "ping", padding: "x".repeat(5000) });
    assert.equal((await listener.closed).code, 1009);
  });
});

Deno.test("/ws ends with a code when the events after a cursor are forgotten, and when the server stops", async () => {
  await withDatabase(async (database, databaseUrl) => {
    for (let count = 0; count < 3; count++) await spawn(database);
    await value(database, "stamp_events");
    await advanceClock(database, 31 * 86_400);
    await rows(database, "prune", { "older_than_sec": 30 * 86_400 });
    const server = await startServer(database, databaseUrl);
    await using late = new Listener(server, "?since=1");
    assert.match((await late.next("disconnect")).reason, /forgotten up to 3/);
    assert.equal((await late.closed).code, 4010);
    await spawn(database);
    await using fromStart = new Listener(server, "?since=start");
    assert.equal((await fromStart.next(...TELLING)).cursor, "4");
    await using waiting = new Listener(server);
    await waiting.next("connected");
    await server[Symbol.asyncDispose]();
    assert.equal((await waiting.closed).code, 1001);
  });
});

Deno.test("/ws cuts off a client that does not read, and it can go on from its cursor", async () => {
  await withServer(async (server) => {
    const { database, url } = server;
    const { hostname, port } = new URL(url);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    await connection.write(new TextEncoder().encode(
      `GET /ws?since=start HTTP/1.1\r\nhost: ${hostname}:${port}\r\nupgrade: websocket\r\nconnection: upgrade\r\n` +
        "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    ));
    await connection.read(new Uint8Array(64));
    await database.query(
      `insert into absurd.event_batches (created_at, kind, queue_name, status, detail)
       select now(), 'workflow', 'q', 'running', jsonb_build_object('name', repeat('x', 4000))
       from generate_series(1, 8000)`,
    );
    const slow = await eventually(() => server.told.find(({ type }) => type === "client_slow"), {
      timeoutMs: 60_000,
    });
    connection.close();
    assert.ok(slow.type === "client_slow" && Number(slow.cursor) < 8000);
    await using again = new Listener(server, `?since=${slow.cursor}`);
    assert.equal((await again.next(...TELLING)).cursor, String(Number(slow.cursor) + 1));
  }, { maxBufferedBytes: 10_000, slowClientSec: 0.3 });
});

Deno.test("/ws takes the token of a browser as a subprotocol, and limits the number of clients", async () => {
  await withServer(async (server) => {
    assert.equal((await server.call("/ws")).status, 401);
    assert.equal((await server.call("/ws", { token: READ_TOKEN })).status, 426);
    await using listener = new Listener(server, "", ["absurd", `absurd.bearer.${READ_TOKEN}`]);
    await listener.next("connected");
    const upgrade = { connection: "upgrade", upgrade: "websocket" };
    assert.equal((await server.call("/ws", { token: TOKEN, headers: upgrade })).status, 503);
    assert.equal((await server.call("/ws?since=soon", { token: TOKEN })).status, 426);
  }, { readToken: READ_TOKEN, maxClients: 1 });
});
