import assert from "node:assert/strict";
import { InvalidArgumentError } from "../../../lib/errors.ts";
import { AbsurdConfig } from "../../../lib/config.ts";
import { AbsurdServer } from "../../../lib/serve/server.ts";
import { claimOne, complete, failForGood, spawn, spawnGraph, task } from "../../sql/queue.ts";
import { withDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { withRoles } from "../../support/roles.ts";
import { READ_TOKEN, startServer, TOKEN, withServer } from "./_server.ts";

Deno.test("AbsurdServer refuses a port that is taken, and names it", async () => {
  await withDatabase(async (database, databaseUrl) => {
    await using server = await startServer(database, databaseUrl);
    const { port } = new URL(server.url);
    await assert.rejects(
      startServer(database, databaseUrl, { port: Number(port) }),
      (error) => error instanceof InvalidArgumentError && error.message.includes(`port ${port} of 127.0.0.1`),
    );
  });
});

Deno.test("the API answers with the documents of the SQL functions", async () => {
  await withServer(async ({ database, call }) => {
    const id = await spawn(database, { priority: 3 }, { name: "image" });
    const { workflow } = await spawnGraph(database, { a: [], b: ["a"] });
    assert.deepEqual((await call(`/api/tasks/${id}`)).body, await task(database, id));
    const list = (await call("/api/tasks?queue=q&name=image&limit=5")).body;
    assert.deepEqual(list.map((one: { task_id: string }) => one.task_id), [id]);
    assert.equal((await call(`/api/tasks/${id}/why`)).body.reasons[0].kind, "not_offered");
    assert.deepEqual((await call(`/api/tasks/${id}/logs`)).body, []);
    assert.equal((await call(`/api/workflows/${workflow}`)).body.steps.length, 2);
    assert.equal((await call("/api/workflows?queue=q")).body.length, 1);
    for (const list of ["tasks", "workflows"]) {
      assert.deepEqual((await call(`/api/${list}?until=2026-01-01T00:00Z`)).body, []);
      assert.deepEqual((await call(`/api/${list}?since=9999-01-01T00:00Z`)).body, []);
    }
    assert.equal((await call("/api/queues")).body[0].ready, 2);
    assert.equal((await call("/api/status")).body.queues[0].queue_name, "q");
    assert.deepEqual((await call("/api/workers")).body, []);
    assert.deepEqual((await call("/api/schedules")).body, []);
    assert.deepEqual((await call("/api/dead-letters")).body, []);
    const page = (await call("/api/events?since=start&name=image")).body;
    assert.deepEqual([page.events.length, page.cursor, page.last_cursor], [1, "3", "3"]);
  });
});

Deno.test("the API refuses what it cannot read in one sentence, without a stack", async () => {
  await withServer(async ({ call }) => {
    const cases: [path: string, status: number, message: RegExp][] = [
      ["/api/nothing", 404, /nothing at this address/],
      ["/api/tasks/0199f3c2-8a1b-7000-8000-000000000000", 404, /no such thing/],
      ["/api/tasks/12", 400, /uuid/],
      ["/api/tasks?limit=many", 400, /limit must be a whole number/],
      ["/api/tasks?before=x", 400, /uuid/],
      ["/api/events?since=99", 410, /ahead of the log/],
      ["/api/events?since=soon", 400, /neither a cursor nor a time/],
      [`/api/${"x".repeat(5000)}`, 414, /too long/],
    ];
    for (const [path, status, message] of cases) {
      const answer = await call(path);
      assert.equal(answer.status, status, path);
      assert.match(answer.body.error.message, message);
      assert.ok(!JSON.stringify(answer.body).includes("    at "));
    }
    const wrong = await call("/api/tasks", { method: "DELETE", token: TOKEN });
    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET, POST"]);
    assert.equal((await call("/health", { headers: { "x-large": "y".repeat(17_000) } })).status, 431);
  });
});

Deno.test("writing needs the token that may write", async () => {
  await withServer(async ({ database, call }) => {
    const spawning = { body: { "queue_name": "q", "task_name": "image", params: { size: 1 }, priority: 2 } };
    assert.equal((await call("/api/tasks", spawning)).status, 401);
    assert.equal(
      (await call("/api/tasks", { ...spawning, token: "a wrong one".replaceAll(" ", "-") })).status,
      401,
    );
    const refused = await call("/api/tasks", { ...spawning, token: READ_TOKEN });
    assert.equal(refused.status, 403);
    assert.match(refused.body.error.message, /token that may write/);
    assert.equal((await call("/api/session", { token: READ_TOKEN })).body.access, "read");
    assert.equal((await call("/api/queues", { token: READ_TOKEN })).status, 200);

    const { task_id: id } = (await call("/api/tasks", { ...spawning, token: TOKEN })).body;
    assert.deepEqual((await task(database, id)).params, { size: 1 });
    const write = async (path: string, body: unknown = {}) => (await call(path, { token: TOKEN, body })).body;
    await write(`/api/tasks/${id}/cancel`, { reason: "enough" });
    assert.equal((await task(database, id)).cancel_reason, "enough");
    assert.equal((await write(`/api/tasks/${id}/retry`)).state, "ready");
    await failForGood(database, await claimOne(database));
    assert.deepEqual(await write("/api/dead-letters/replay", { "task_ids": [id] }), { replayed: [id] });
    assert.equal((await write("/api/queues/q/pause")).paused, true);
    assert.equal((await call("/api/queues", { token: TOKEN })).body[0].held, 1);
    assert.equal((await write("/api/queues/q/resume")).paused, false);
    await complete(database, await claimOne(database));
    const late = await call(`/api/tasks/${id}/cancel`, { token: TOKEN, body: {} });
    assert.equal(late.status, 409);
  }, { readToken: READ_TOKEN });
});

Deno.test("a form of another site can neither write nor read", async () => {
  await withServer(async ({ call, url }) => {
    const body = { "queue_name": "q", "task_name": "image" };
    const evil = await call("/api/tasks", {
      token: TOKEN,
      body,
      headers: { origin: "https://evil.example" },
    });
    assert.equal(evil.status, 403);
    assert.match(evil.body.error.message, /Pages of https:\/\/evil.example may not call/);
    const own = await call("/api/tasks", { token: TOKEN, body, headers: { origin: new URL(url).origin } });
    assert.equal(own.status, 200);
    const form = await call("/api/tasks", {
      token: TOKEN,
      method: "POST",
      headers: { "content-type": "text/plain" },
    });
    assert.equal(form.status, 415);
    const large = await call("/api/tasks", {
      token: TOKEN,
      body: { ...body, params: { x: "y".repeat(3_000_000) } },
    });
    assert.equal(large.status, 413);
  });
});

Deno.test("a host name that is not the server's is refused, and one that was allowed is not", async () => {
  await withServer(async ({ url }) => {
    const { hostname, port } = new URL(url);
    const statusFor = async (host: string) => {
      using connection = await Deno.connect({ hostname, port: Number(port) });
      const request = `GET /health HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
      await connection.write(new TextEncoder().encode(request));
      const answer = await new Response(connection.readable).text();
      return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
    };
    assert.equal(await statusFor(`rebound.example:${port}`), 421);
    assert.equal(await statusFor(`localhost:${port}`), 200);
    assert.equal(await statusFor("absurd.example.org"), 200);
  }, { allowedHosts: ["absurd.example.org"] });
});

Deno.test("params that the manifest calls secret are not shown", async () => {
  await withServer(async ({ database, call }) => {
    const id = await spawn(database, {}, { name: "image", params: { token: "hunter2", size: 1 } });
    await failForGood(database, await claimOne(database));
    const shown = { token: "[secret]", size: 1 };
    assert.deepEqual((await call(`/api/tasks/${id}`)).body.params, shown);
    assert.deepEqual((await call("/api/tasks")).body[0].params, shown);
    assert.deepEqual((await call("/api/dead-letters")).body[0].params, shown);
  }, { secrets: { image: ["token"] } });
});

Deno.test("a server that only reads works with the rights of the role absurd_reader", async () => {
  await withRoles(async ({ owner, urls }) => {
    await using server = await startServer(owner, urls.reader, { readOnly: true });
    await spawn(owner);
    assert.equal((await server.call("/api/tasks")).body.length, 1);
    const refused = await server.call("/api/queues/q/pause", { token: TOKEN, body: {} });
    assert.match(refused.body.error.hint, /--read-only/);
    // a login that may do more, but may not take that role on
    await assert.rejects(startServer(owner, urls.operator, { readOnly: true }), /absurd_reader/);
  });
});

Deno.test("one address may call so often, and guess tokens less often", async () => {
  await withServer(async ({ call }) => {
    const statuses = [];
    for (let count = 0; count < 25; count++) {
      statuses.push((await call("/api/queues", { token: "wrong-wrong-wrong" })).status);
    }
    assert.deepEqual([...new Set(statuses)], [401, 429]);
  });
  await withServer(async ({ call }) => {
    const statuses = await Promise.all(Array.from({ length: 8 }, async () => (await call("/health")).status));
    assert.deepEqual([...new Set(statuses)].toSorted(), [200, 429]);
  }, { requestsPerSec: 1 });
});

Deno.test("a server that others can reach needs a token, and a token has 16 characters", () => {
  const config = AbsurdConfig.fromEnv({ ABSURD_DATABASE_URL: "postgres://localhost/x" });
  assert.throws(() => new AbsurdServer(config, { hostname: "0.0.0.0" }), InvalidArgumentError);
  assert.throws(() => new AbsurdServer(config, { token: "short" }), /token has 5 characters/);
});

Deno.test("/metrics tells queues, workers, and what events say about waiting and running", async () => {
  await withServer(async ({ database, call }) => {
    await spawn(database, {}, { name: "image" });
    await complete(database, await claimOne(database));
    await spawn(database, {}, { name: "image" });
    const text = await eventually(async () => {
      const { body } = await call("/metrics");
      return body.includes('absurd_task_run_seconds_count{queue="q",task_name="image"} 1') && body as string;
    });
    for (
      const line of [
        'absurd_tasks{queue="q",state="completed"} 1',
        'absurd_tasks{queue="q",state="ready"} 1',
        'absurd_task_changes_total{queue="q",task_name="image",status="completed"} 1',
        'absurd_task_wait_seconds_count{queue="q",task_name="image"} 1',
        'absurd_workers{live="true"} 0',
      ]
    ) assert.ok(text.includes(`${line}\n`), line);
  });
});

Deno.test("/health and /ready tell nothing else, and need no token", async () => {
  await withServer(async ({ call }) => {
    assert.deepEqual((await call("/health")).body, { status: "ok" });
    await eventually(async () => (await call("/ready")).status === 200);
    assert.equal((await call("/api/queues")).status, 401);
    const page = await call("/");
    assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  }, { readToken: READ_TOKEN });
});
