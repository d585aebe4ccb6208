import assert from "node:assert/strict";
import { readLines } from "../../cli/lines.ts";
import { withWorld } from "./world.ts";

async function lines(pieces: string[], maxLength?: number) {
  const stream = ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece)));
  return await Array.fromAsync(readLines(stream, maxLength));
}

Deno.test("readLines() numbers lines that come in pieces, and leaves out blank ones", async () => {
  assert.deepEqual(await lines(["a\n\nb", "c\n", "d"]), [
    { number: 1, text: "a", tooLong: false },
    { number: 3, text: "bc", tooLong: false },
    { number: 4, text: "d", tooLong: false },
  ]);
  const [long, short] = await lines(["0123456789", "0123456789\nx\n"], 15);
  assert.deepEqual([long.tooLong, short], [true, { number: 2, text: "x", tooLong: false }]);
});

Deno.test("absurd spawn --batch spawns a task for each line and prints the ids in their order", async () => {
  await withWorld(async ({ run, document }) => {
    const input = [
      '{"task_name": "extract", "params": {"a": 1}, "priority": 1}',
      "",
      '{"params": {"a": 2}, "key": "k"}',
      '{"delay_sec": 3600}',
    ].join("\n");
    const { code, stdout, stderr } = await run(["spawn", "image", "--batch", "-", "--priority", "7"], {
      input,
    });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "Spawned 3 tasks\n" });
    const tasks = [];
    for (const id of stdout.trim().split("\n")) tasks.push(await document(["task", "show", id]));
    assert.deepEqual(
      tasks.map(({ task_name, params, priority, state }) => [task_name, params, priority, state]),
      [
        ["extract", { a: 1 }, 1, "ready"],
        ["image", { a: 2 }, 7, "ready"],
        ["image", {}, 7, "scheduled"],
      ],
    );
  });
});

const BAD = [
  '{"task_name": "image"}',
  "{task_name: 1}",
  "[]",
  '{"task_name": "image", "prority": 1}',
  '{"task_name": "image", "params": "\\u0000"}',
  '{"task_name": "image"}',
].join("\n");

Deno.test("absurd spawn --batch spawns nothing when a line is rejected, and tells which", async () => {
  await withWorld(async ({ run, document }) => {
    const { code, stdout, stderr } = await run(["spawn", "--batch", "-"], { input: BAD });
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /^Line 2: Cannot read it as JSON: .*\nLine 3: It is no JSON object\n/);
    assert.match(stderr, /^Line 4: Unknown option: prority$/m);
    assert.match(stderr, /^Line 5: /m);
    assert.match(stderr, /^error: 4 of 6 lines were rejected: nothing was spawned\nhint: /m);
    assert.deepEqual(await document(["task", "list"]), []);
  });
});

Deno.test("absurd spawn --batch --continue spawns the good lines", async () => {
  await withWorld(async ({ run, document }) => {
    const { code, stdout, stderr } = await run(["spawn", "--batch", "-", "--continue"], { input: BAD });
    assert.equal(code, 1);
    assert.match(stderr, /^error: 4 of 6 lines were rejected: the others are spawned$/m);
    const listed = (await document(["task", "list"])).map(({ task_id }: { task_id: string }) => task_id);
    assert.deepEqual(stdout.trim().split("\n"), listed.reverse());
  });
});

Deno.test("absurd spawn --batch warns of missing workers only for what it has spawned", async () => {
  await withWorld(async ({ run, spawn, database }) => {
    await spawn("image", "--key", "k");
    await database.call("deregister_worker", { "worker_id": "tester" });
    const input = '{"task_name": "image", "key": "k"}\n{"task_name": "extract"}\n';
    const { stderr } = await run(["spawn", "--batch", "-"], { input });
    assert.equal(
      stderr,
      "warning: No live worker offers task extract: such tasks wait for one\nSpawned 2 tasks\n",
    );
  });
});

Deno.test("absurd spawn --batch takes more lines than one call of the database", async () => {
  await withWorld(async ({ run, document }) => {
    const input = Array.from({ length: 2500 }, (_, n) => `{"params": {"n": ${n}}}`).join("\n");
    const { code, stdout } = await run(["spawn", "image", "--batch", "-"], { input });
    assert.equal(code, 0);
    const ids = stdout.trim().split("\n");
    assert.equal(new Set(ids).size, 2500);
    assert.deepEqual((await document(["task", "show", ids[1234]])).params, { n: 1234 });
    const bad = await run(["spawn", "image", "--batch", "-"], { input: `${input}\n{"params": 1}` });
    assert.match(bad.stderr, /^Line 2501: params must be a JSON object$/m);
    assert.equal((await document(["status"])).queues[0].ready, 2500);
  });
});
