import assert from "node:assert/strict";
import { join } from "node:path";
import { withDatabase } from "../support/database.ts";
import { eventually, findProcesses, startCli } from "../support/process.ts";
import { cliJson, quickSettings, SCAN, withFolder } from "./support.ts";

Deno.test("a worker killed in the middle of image takes its processes along, and a second one finishes the chain", async () => {
  await withFolder((folder) =>
    withDatabase(async (_database, url) => {
      const options = { env: quickSettings(url, folder) };
      // A large image takes seconds: long enough to be killed in.
      const chain = await cliJson(["chain", "standard", "-P", `input=${SCAN}`, "-P", "size:=1024"], options);
      const imageId: string = chain.task_ids.image;

      await using first = startCli(["worker"], options);
      await eventually(() => isRunning("image.ts", folder), { timeoutMs: 60_000 });
      first.kill("SIGKILL");
      await eventually(async () => (await findProcesses({ marker: folder })).length === 0, {
        timeoutMs: 2_000,
      });

      await using second = startCli(["worker", "--drain"], options);
      assert.equal((await second.result).code, 0, second.stderr);

      const task = await cliJson(["task", "show", imageId], options);
      assert.equal(task.status, "completed");
      const history = task.attempts.map((each: Record<string, unknown>) => [each.attempt, each.outcome]);
      assert.deepEqual(history, [[1, "lost"], [2, "completed"]]);
      assert.notEqual(task.attempts[0].worker_id, task.attempts[1].worker_id);
      assert.deepEqual(await images(folder), [join(imageId, "2", "image.fits")]);
      assert.equal(await Deno.readLink(join(folder, imageId, "current")), "2");
      const workflow = await cliJson(["workflow", "show", chain.workflow_id], options);
      assert.equal(workflow.status, "completed");
    })
  );
});

async function isRunning(program: string, folder: string): Promise<boolean> {
  const processes = await findProcesses({ marker: folder });
  return processes.some(({ command }) => command.includes(program));
}

/** Paths of all finished images below `folder`, links aside. */
async function images(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const task of Deno.readDir(folder)) {
    for await (const attempt of Deno.readDir(join(folder, task.name))) {
      if (attempt.isSymlink) continue;
      for await (const { name } of Deno.readDir(join(folder, task.name, attempt.name))) {
        if (name.endsWith(".fits")) found.push(join(task.name, attempt.name, name));
      }
    }
  }
  return found;
}
