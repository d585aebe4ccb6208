import assert from "node:assert/strict";
import { NotFoundError } from "../../lib/errors.ts";
import { withDatabase } from "../support/database.ts";
import { type Claim, claimOne, complete, fail, type Row, rows, type Session, spawn, value } from "./queue.ts";

function append(session: Session, claims: (Claim & { chunk?: number; text?: string })[]): Promise<Row[]> {
  return rows(session, "append_logs", {
    items: claims.map(({ id, attempt, chunk = 0, text = "line\n" }) => ({
      "task_id": id,
      attempt,
      chunk,
      text,
    })),
  });
}

async function read(session: Session, id: string, args: Record<string, number> = {}): Promise<unknown[]> {
  const found = await rows(session, "read_logs", { "task_id": id, ...args });
  return found.map(({ attempt, chunk, text }) => [attempt, chunk, text]);
}

Deno.test("append_logs() adds to live claims, the same chunk once, and names the claims that are not", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    await spawn(database);
    const [held, ended] = [await claimOne(database), await claimOne(database)];
    await complete(database, ended);
    const lost = await append(database, [held, { ...held, chunk: 1, text: "\u{1f52d}" }, ended]);
    assert.deepEqual(lost.map((row) => [row.task_id, row.verdict]), [[ended.id, "lost"]]);
    assert.deepEqual(await append(database, [{ ...held, text: "again" }]), []);
    assert.deepEqual(await read(database, held.id), [[1, 0, "line\n"], [1, 1, "\u{1f52d}"]]);
    assert.deepEqual(await read(database, ended.id), []);
  });
});

Deno.test("append_logs() does not mind an item that cannot be read, and tells which is lost", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const held = await claimOne(database);
    const lost = await append(database, [
      { ...held, id: "x" },
      { ...held, attempt: 1e12 },
      { ...held, chunk: 1e12 },
      held,
    ]);
    assert.deepEqual(
      new Set(lost.map((row) => JSON.stringify([row.task_id, row.attempt, row.verdict]))),
      new Set([
        JSON.stringify([null, 1, "lost"]),
        JSON.stringify([held.id, null, "lost"]),
      ]),
    );
    assert.deepEqual(await read(database, held.id), [[1, 0, "line\n"]]);
  });
});

Deno.test("append_logs() cuts a chunk that is too long", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const held = await claimOne(database);
    await append(database, [{ ...held, text: "x".repeat(70_000) }]);
    const [{ text }] = await rows(database, "read_logs", { "task_id": held.id });
    assert.equal(text.length, 65_536);
  });
});

Deno.test("read_logs() goes on after a chunk, over attempts, as far as the limit", async () => {
  await withDatabase(async (database) => {
    const id = await spawn(database, { "backoff_base_sec": 0.001 });
    for (let attempt = 1; attempt <= 2; attempt++) {
      const held = await claimOne(database);
      await append(database, [0, 1].map((chunk) => ({ ...held, chunk, text: `${attempt}.${chunk}` })));
      await fail(database, held);
      await value(database, "retry_task", { "task_id": id }).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const after = { "after_attempt": 1, "after_chunk": 0 };
    assert.deepEqual(await read(database, id, after), [[1, 1, "1.1"], [2, 0, "2.0"], [2, 1, "2.1"]]);
    assert.deepEqual(await read(database, id, { ...after, limit: 1 }), [[1, 1, "1.1"]]);
  });
});

Deno.test("read_logs() refuses a task that is not there, and logs go with their task", async () => {
  await withDatabase(async (database) => {
    await assert.rejects(read(database, "018f4e5a-0000-7000-8000-000000000000"), NotFoundError);
    await spawn(database);
    const held = await claimOne(database);
    await append(database, [held]);
    await database.query("select absurd._forget_tasks(array(select task_id from absurd.tasks))");
    assert.deepEqual(await database.query("select from absurd.task_logs"), []);
  });
});
