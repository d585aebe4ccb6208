import assert from "node:assert/strict";
import { runInProcess } from "./fake_context.ts";
import { memoryFolder } from "../support/memory_folder.ts";

Deno.test("absurd postgres starts, finds and stops a server", async () => {
  const baseDir = await Deno.makeTempDir({ dir: await memoryFolder() });
  await Deno.chmod(baseDir, 0o755); // as root the server is another user
  const world = { baseDir, env: { ABSURD_DATABASE_URL: "embedded:pg" } };
  try {
    const before = await runInProcess(["postgres", "status"], world);
    assert.equal(before.code, 1);
    assert.match(before.stdout, /^running +no$/m);
    const missing = await runInProcess(["postgres", "url", "pg"], world);
    assert.equal(missing.code, 1);
    assert.match(
      missing.stderr,
      /^error: PostgreSQL is not running in .*\/pg\nhint: absurd postgres start .*\/pg /,
    );

    const enabled = { ...world, env: { ...world.env, ABSURD_ENABLED: "true" } };
    for (const command of ["status", "bench", "worker --once", "scheduler run", "serve --port 0"]) {
      const elsewhere = await runInProcess(command.split(" "), enabled);
      assert.equal(elsewhere.code, 1, command);
      assert.match(elsewhere.stderr, /^error: There is no folder .*\/pg, .*\nhint: .*absurd init/, command);
    }
    await assert.rejects(Deno.stat(`${baseDir}/pg`), Deno.errors.NotFound);

    const started = await runInProcess(["postgres", "start"], world);
    assert.equal(started.code, 0, started.stderr);
    assert.equal(started.stdout, "");
    assert.match(started.stderr, /^Started PostgreSQL in .*\/pg, port \d+, pid \d+\n$/);
    assert.match(
      (await runInProcess(["postgres", "start", "pg"], world)).stderr,
      /^PostgreSQL runs already in /,
    );
    assert.match((await runInProcess(["postgres", "url"], world)).stdout, /^postgres(ql)?:\/\/\S+\n$/);
    const status = JSON.parse((await runInProcess(["postgres", "status", "--json"], world)).stdout);
    assert.ok(status.running && status.pid > 0 && status.port > 0);
  } finally {
    const stopped = await runInProcess(["postgres", "stop"], world);
    await Deno.remove(baseDir, { recursive: true });
    assert.match(stopped.stderr, /^Stopped PostgreSQL in /);
  }
});
