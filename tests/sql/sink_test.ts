import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import {
  claim,
  claimOne,
  complete,
  refused,
  type Row,
  rows,
  type Session,
  spawn,
  spawnGraph,
  states,
  task,
} from "./queue.ts";

const SINK = `
create table public.taken (task_id uuid, attempt int, result jsonb);
create function public.take(p_task_id uuid, p_attempt int, p_result jsonb) returns void language plpgsql as $$
begin
  insert into public.taken values (p_task_id, p_attempt, p_result);
  if p_result ->> 'bad' is not null then
    raise exception 'cannot take %', p_result ->> 'bad';
  end if;
end;
$$;
select absurd.register_sink('taker', 'public.take(uuid, int, jsonb)');
`;

const SETTINGS = { stages: { work: { "on_complete": "taker", "max_retries": 0 } } };

function taken(session: Session): Promise<Row[]> {
  return session.query<Row>("select task_id, attempt, result from public.taken order by 1");
}

Deno.test("a sink takes the result in the completing transaction", async () => {
  await withDatabase(async (database) => {
    await database.script(SINK);
    const id = await spawn(database);
    const held = await claimOne(database, { settings: SETTINGS });
    assert.equal(await complete(database, held, { n: 1 }), "ok");
    assert.deepEqual(await taken(database), [{ "task_id": id, attempt: 1, result: { n: 1 } }]);
  });
});

Deno.test("a sink that fails fails the attempt, leaves nothing behind and harms no other result", async () => {
  await withDatabase(async (database) => {
    await database.script(SINK);
    for (let count = 0; count < 3; count++) await spawn(database);
    const [a, b, c] = await claim(database, 3, { settings: SETTINGS });
    const item = ({ id, attempt }: typeof a, result: Row) => ({ "task_id": id, attempt, result });
    const answers = await rows(database, "complete_tasks", {
      outcomes: [item(a, { n: 1 }), item(b, { bad: "apple" }), item(c, { n: 3 })],
    });
    assert.deepEqual(answers.map(({ outcome }) => outcome), ["ok", "sink_failed", "ok"]);
    assert.match(answers[1].message, /Sink taker failed: cannot take apple/);
    assert.deepEqual((await taken(database)).map((row) => row.result.n), [1, 3]);
    const found = await task(database, b.id);
    assert.deepEqual([found.status, found.error_reason, found.result], ["failed", "sink", null]);
  });
});

Deno.test("a sink that fails for good cancels the children", async () => {
  await withDatabase(async (database) => {
    await database.script(SINK);
    const { tasks } = await spawnGraph(database, { work: [], next: ["work"], last: ["next"] });
    await complete(database, await claimOne(database, { settings: SETTINGS }), { bad: "apple" });
    assert.deepEqual(await states(database, tasks), { work: "failed", next: "cancelled", last: "cancelled" });
  });
});

Deno.test("a stale attempt's result reaches no sink", async () => {
  await withDatabase(async (database) => {
    await database.script(SINK);
    await spawn(database);
    const held = await claimOne(database, { settings: SETTINGS });
    assert.equal(await complete(database, { ...held, attempt: 2 }, { n: 1 }), "stale");
    assert.deepEqual(await taken(database), []);
  });
});

Deno.test("a sink that nobody registered fails the attempt", async () => {
  await withDatabase(async (database) => {
    await spawn(database);
    const settings = { stages: { work: { "on_complete": "nobody" } } };
    assert.equal(await complete(database, await claimOne(database, { settings }), {}), "sink_failed");
  });
});

Deno.test("register_sink() refuses functions of another kind, and replaces by name", async () => {
  await withDatabase(async (database) => {
    const register = (fn: string) => rows(database, "register_sink", { "sink_name": "s", function: fn });
    await refused(register("pg_catalog.now()"), "22023", /now\(\)/);
    await database.script(SINK);
    await register("public.take(uuid, int, jsonb)");
    await register("sky.take_detections(uuid, int, jsonb)");
    assert.deepEqual(await database.query("select function_name from absurd.sinks where sink_name = 's'"), [
      { "function_name": "sky.take_detections" },
    ]);
  });
});
