import assert from "node:assert/strict";
import { withWorld } from "./world.ts";

Deno.test("absurd dlq lists, shows and replays dead letters", async () => {
  await withWorld(async ({ run, spawn, document, failNext }) => {
    const id = await spawn("image", "-P", "size:=512");
    await failNext("out of disk");
    const { stdout } = await run(["dlq", "list"]);
    assert.match(
      stdout,
      /^task id +task +queue +failures +failed +replayed +error\n[0-9a-f-]+ +image .* out of disk\n$/,
    );
    const letter = await document(["dlq", "show", id.slice(0, 20)]);
    assert.equal(letter.error, "out of disk");
    assert.deepEqual(letter.params, { size: 512 });
    assert.equal(letter.attempts.length, 1);
    assert.match((await run(["dlq", "show", id])).stdout, /^error +out of disk$/m);

    const [replayed] = await document(["dlq", "replay", id]);
    assert.deepEqual([replayed.task_id, replayed.outcome, replayed.state], [id, "ok", "ready"]);
    assert.equal((await document(["task", "show", id])).status, "pending");
    assert.deepEqual(await document(["dlq", "list"]), []);
    assert.equal((await document(["dlq", "list", "--replayed"])).length, 1);
  });
});

Deno.test("absurd dlq list goes on after a cursor, also between dead letters of one task", async () => {
  await withWorld(async ({ run, spawn, document, failNext }) => {
    const once = await spawn("image");
    await failNext("once");
    await document(["dlq", "replay", once]);
    await failNext("twice");
    const other = await spawn("extract");
    await failNext("other");
    const pages: string[] = [];
    for (let cursor: string[] = []; pages.length < 4;) {
      const args = ["dlq", "list", "--replayed", "--limit", "1", ...cursor];
      const { stdout, stderr } = await run([...args, "--jsonl"], { terminal: true });
      if (stdout === "") break;
      const { task_id, attempt, error } = JSON.parse(stdout);
      pages.push(error);
      assert.equal(stderr, `There may be more: --cursor ${task_id}/${attempt}\n`);
      cursor = ["--cursor", `${task_id}/${attempt}`];
    }
    assert.deepEqual(pages, ["other", "twice", "once"]);
    const errors = async (...args: string[]) =>
      (await document(["dlq", "list", ...args])).map(({ error }: { error: string }) => error);
    assert.deepEqual(await errors("--cursor", other), ["twice"]);
    assert.deepEqual(await errors("--replayed", "--cursor", once), ["once"]);

    const purged = await run(["dlq", "list", "--cursor", `${other}/7`]);
    assert.equal(purged.code, 1);
    assert.match(purged.stderr, new RegExp(`^error: Dead letter not found: ${other}/7`));
    const wrong = await run(["dlq", "list", "--cursor", `${other}/x`]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^error: --cursor: ".*\/x" is no ID\/ATTEMPT/);
  });
});

Deno.test("absurd dlq replay chooses by name, queue and error", async () => {
  await withWorld(async ({ spawn, document, failNext }) => {
    const [image, extract] = [await spawn("image"), await spawn("extract")];
    await failNext("Disk full");
    await failNext("broken");
    const replayed = async (...flags: string[]) =>
      (await document(["dlq", "replay", "--yes", ...flags])).map((row: { task_id: string }) => row.task_id);
    assert.deepEqual(await replayed("--queue", "elsewhere"), []);
    assert.deepEqual(await replayed("--name", "image", "--error", "broken"), []);
    assert.deepEqual(await replayed("--name", "extract"), [extract]);
    assert.deepEqual(await replayed("--error", "disk full", "--since", "1h"), [image]);
  });
});

Deno.test("absurd dlq replay names the newer workflow that holds the key, and absurd task why how to go on", async () => {
  await withWorld(async ({ run, failNext }) => {
    const chain = async () => (await run(["chain", "quick", "--key", "obs-2"])).stdout.trim();
    await chain();
    const old = await failNext("broken");
    const newer = await chain();
    const one = await run(["dlq", "replay", old]);
    assert.deepEqual(one, {
      code: 1,
      stdout: "",
      stderr:
        `error: Could not replay task ${old}: a newer one holds the key of its workflow: workflow ${newer}\n` +
        `hint: absurd task why ${old} tells more\n`,
    });
    assert.match(
      (await run(["dlq", "replay", "--all", "--yes"])).stderr,
      new RegExp(`Left 1 task: .*${newer}`),
    );
    const why = await run(["task", "why", old]);
    assert.match(
      why.stdout,
      new RegExp(
        `broken; a newer one holds key obs-2: workflow ${newer}, which is running\n` +
          `  To run this one instead, cancel the newer one first: absurd workflow cancel ${newer}\n`,
      ),
    );
    await run(["workflow", "cancel", newer]);
    assert.equal((await run(["dlq", "replay", old])).stderr, "Replayed 1 task\n");
  });
});

Deno.test("absurd dlq replay counts together what newer ones hold the keys of", async () => {
  await withWorld(async ({ run, spawn, failNext }) => {
    for (const key of ["a", "b"]) {
      await spawn("image", "--key", key);
      await failNext("broken");
    }
    for (const key of ["a", "b"]) await spawn("image", "--key", key);
    assert.deepEqual(await run(["dlq", "replay", "--all", "--yes"]), {
      code: 0,
      stdout: "",
      stderr: "Replayed 0 tasks\nLeft 2 tasks: a newer one holds its key\n",
    });
  });
});

Deno.test("absurd dlq purge asks on a terminal and takes --yes elsewhere", async () => {
  await withWorld(async ({ run, spawn, document, failNext }) => {
    const id = await spawn("image");
    await failNext("broken");
    const no = await run(["dlq", "purge", "--all"], { terminal: true, answer: "n" });
    assert.equal(no.code, 1);
    assert.match(no.stderr, /This will purge the dead letters of 1 task\. Go on\? \[y\/N\]\n/);
    const preview = await document(["dlq", "purge", "--all", "--dry-run"]);
    assert.deepEqual([preview.count, preview.sample[0].task_id], [1, id]);
    assert.equal((await document(["dlq", "list"])).length, 1);
    assert.equal((await document(["dlq", "purge", "--all", "--yes"]))[0].outcome, "ok");
    assert.deepEqual(await document(["dlq", "list"]), []);
    const again = await run(["dlq", "purge", id]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /it has no dead letter/);
  });
});
