import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { json } from "../../lib/database.ts";
import { type Role, withRoles } from "../support/roles.ts";
import { runInProcess } from "./fake_context.ts";

const STAGES = fileURLToPath(new URL("../fixtures/stages/absurd.json", import.meta.url));
const QUEUE = "dsa110-pipeline";

Deno.test("every command works for a member of the role that it is for, and for no other", async () => {
  const workDir = await Deno.makeTempDir();
  await withRoles(async ({ users, urls }) => {
    const run = async (role: Role, ...args: string[]) => {
      const env = { ABSURD_DATABASE_URL: urls[role], ABSURD_ENABLED: "true", ABSURD_STAGES: STAGES };
      const { code, stdout, stderr } = await runInProcess(args, { env });
      assert.equal(code, 0, `absurd ${args.join(" ")} as ${role}: ${stderr}`);
      return stdout.trim();
    };
    const id = await run("producer", "spawn", "echo");
    const chain = await run("producer", "chain", "quick", "-P", "input=/data/x.uvh5", "--queue", "other");
    assert.match(chain, /^[0-9a-f-]{36}/);
    await run("worker", "worker", "--drain", "--work-dir", workDir);
    await run("producer", "spawn", "echo", "--key", "again");
    await run("reader", "status");
    for (const role of ["reader", "operator"] as const) {
      await run(role, "task", "list");
      await run(role, "task", "show", id);
      await run(role, "task", "why", id);
      await run(role, "task", "logs", id);
      for (const what of ["workflow", "dlq", "scheduler", "worker", "queue"]) await run(role, what, "list");
    }
    const [held] = await users.worker.call<{ "task_id": string; attempt: number }>("claim_tasks", {
      "worker_id": "w",
      "queue_names": [QUEUE],
      limit: 1,
    });
    await users.worker.call("fail_tasks", {
      outcomes: json([{ ...held, message: "boom", permanent: true }]),
    });
    await run("operator", "dlq", "replay", held.task_id);
    await run("operator", "task", "cancel", held.task_id);
    await run("operator", "queue", "pause", QUEUE);
    await run("operator", "queue", "resume", QUEUE);
    await run("operator", "queue", "limit", QUEUE, "--max", "4");
    await run("operator", "scheduler", "add", "nightly", "--cron", "0 3 * * *", "--task", "echo");
    await run("operator", "prune", "--older-than", "1d", "--yes");

    for (const role of ["producer", "worker", "reader"] as const) {
      const world = { env: { ABSURD_DATABASE_URL: urls[role] } };
      const { code, stderr } = await runInProcess(["queue", "pause", QUEUE], world);
      assert.equal(code, 1);
      assert.match(stderr, /^error: permission denied for function pause_queue\nhint: Grant role "test_/);
    }
  });
  await Deno.remove(workDir, { recursive: true });
});

Deno.test("absurd spawn --strict works for a member of absurd_producer, who may not look at workers", async () => {
  await withRoles(async ({ urls, users, owner }) => {
    const strict = () => {
      const env = { ABSURD_DATABASE_URL: urls.producer };
      return runInProcess(["spawn", "echo", "--strict"], { env });
    };
    const refused = await strict();
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^error: No live worker offers task echo on queue .*; nothing was spawned\n/,
    );
    assert.deepEqual(await owner.query("select from absurd.tasks"), []);
    const info = json({ "queue_names": [QUEUE] });
    await users.worker.call("register_worker", { "worker_id": "w", info });
    assert.equal((await strict()).code, 0);
  });
});
