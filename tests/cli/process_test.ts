import assert from "node:assert/strict";
import { eventually, findProcesses, ROOT, runCli, startCli } from "../support/process.ts";
import { withDatabase } from "../support/database.ts";

Deno.test("absurd resolves relative paths against the folder that the user stands in", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/mine.json`, '{"steps": [{"task": "image"}]}');
    const { code, stdout, stderr } = await runCli(["chain", "show", "./mine.json"], {
      env: { INIT_CWD: folder },
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^image +image/m);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("absurd ends quietly when the reader of its output has seen enough", async () => {
  const command = new Deno.Command("/bin/sh", {
    args: ["-c", `"${Deno.execPath()}" run -q -A cli/main.ts init --sql | head -n 1`],
    cwd: ROOT,
  });
  const { stderr } = await command.output();
  assert.equal(new TextDecoder().decode(stderr), "");
});

Deno.test("absurd says so when its output cannot be written", async () => {
  const command = new Deno.Command("/bin/sh", {
    args: ["-c", `"${Deno.execPath()}" run -q -A cli/main.ts chain list >/dev/full`],
    cwd: ROOT,
  });
  const { code, stderr } = await command.output();
  assert.match(
    new TextDecoder().decode(stderr),
    /^error: Cannot write to standard output: No space left .*\n$/,
  );
  assert.equal(code, 1);
});

for (const [command, kind] of [["spawn image", "task"], ["chain quick", "workflow"]]) {
  Deno.test(`absurd ${command} tells the id of what it spawned, whatever cannot be written`, async () => {
    await withDatabase(async (database, url) => {
      const spawnTo = async (redirection: string) => {
        const shell = new Deno.Command("/bin/sh", {
          args: ["-c", `"${Deno.execPath()}" run -q -A cli/main.ts ${command} ${redirection}`],
          cwd: ROOT,
          env: { ABSURD_DATABASE_URL: url },
        });
        const { code, stdout, stderr } = await shell.output();
        const decoder = new TextDecoder();
        return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
      };
      const newest = async () => {
        const [{ id }] = await database.query<{ id: string }>(
          `select max(${kind}_id::text) as id from absurd.${kind}s`,
        );
        return id;
      };
      // no worker is there, of which it warns
      const { code, stdout } = await spawnTo("2>/dev/full");
      assert.deepEqual({ code, stdout }, { code: 0, stdout: `${await newest()}\n` });
      const mute = await spawnTo(">/dev/full");
      assert.match(
        mute.stderr,
        new RegExp(`^error: Cannot write to standard output: .*; ${kind} ${await newest()} was spawned\n`),
      );
      assert.equal(mute.code, 1);
    });
  });
}

Deno.test("absurd spawn --wait ends with code 130 on SIGINT", async () => {
  await withDatabase(async (_database, url) => {
    await using child = startCli(["spawn", "image", "--wait"], { env: { ABSURD_DATABASE_URL: url } });
    await eventually(() => child.stdout.includes("\n"));
    child.kill("SIGINT");
    const { code, stderr } = await child.result;
    assert.equal(code, 130);
    assert.ok(!stderr.includes("error"), stderr);
  });
});

Deno.test("absurd worker does its work to the end though nobody reads its log any more", async () => {
  const folder = await Deno.makeTempDir();
  const manifest = { stages: { pause: { command: ["/bin/sleep", "0.1"] } } };
  await Deno.writeTextFile(`${folder}/absurd.json`, JSON.stringify(manifest));
  try {
    await withDatabase(async (database, url) => {
      await database.query("select absurd.spawn_task('dsa110-pipeline', 'pause') from generate_series(1, 3)");
      const worker = `"${Deno.execPath()}" run -q -A cli/main.ts worker --drain --concurrency 1`;
      const command = new Deno.Command("/bin/sh", {
        args: ["-c", `{ ${worker}; echo $? >"$INIT_CWD/code"; } 2>&1 | head -n 1`],
        cwd: ROOT,
        env: { INIT_CWD: folder, ABSURD_DATABASE_URL: url, ABSURD_ENABLED: "true" },
      });
      assert.match(new TextDecoder().decode((await command.output()).stdout), /started/);
      assert.equal(await Deno.readTextFile(`${folder}/code`), "0\n");
      const tasks = await database.query("select distinct status, failures from absurd.tasks");
      assert.deepEqual(tasks, [{ status: "completed", failures: 0 }]);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("absurd worker is ended at once by a second signal that comes a second after the first", async () => {
  const folder = await Deno.makeTempDir();
  const manifest = {
    stages: { stubborn: { command: ["/bin/sh", "-c", `trap '' TERM; while :; do sleep 0.1; done`] } },
  };
  await Deno.writeTextFile(`${folder}/absurd.json`, JSON.stringify(manifest));
  try {
    await withDatabase(async (database, url) => {
      await database.query("select absurd.spawn_task('dsa110-pipeline', 'stubborn')");
      const env = {
        INIT_CWD: folder,
        ABSURD_DATABASE_URL: url,
        ABSURD_ENABLED: "true",
        ABSURD_GRACE_PERIOD: "600",
      };
      await using child = startCli(["worker"], { env });
      await eventually(() => child.stderr.includes("claimed stubborn"));
      child.kill("SIGTERM");
      await eventually(() => child.stderr.includes("stopping"));
      // twice within a second is one Ctrl-C under a task runner, and does not force
      child.kill("SIGTERM");
      let ended = false;
      child.result.then(() => ended = true);
      await eventually(() => {
        child.kill("SIGTERM");
        return ended;
      }, { intervalMs: 200 });
      assert.equal((await child.result).code, 143);
      await eventually(async () => (await findProcesses({ marker: folder })).length === 0);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
