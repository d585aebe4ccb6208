import assert from "node:assert/strict";
import { join } from "node:path";
import { withDatabase } from "../support/database.ts";
import { eventually, ROOT, startDeno } from "../support/process.ts";
import { claimOne, complete, failForGood, rows, spawnGraph, task } from "../sql/queue.ts";
import { startServer, TOKEN } from "../lib/serve/_server.ts";

/** Pictures of the page are kept here. */
const PICTURES = join(ROOT, "dist/page");

Deno.test("the page follows a chain live, replays a step by click, and fits a phone", async () => {
  await Deno.mkdir(PICTURES, { recursive: true });
  await withDatabase(async (database, databaseUrl) => {
    const { workflow, tasks } = await spawnGraph(database, { a: [], b: ["a"], c: ["b"] }, {
      name: "observation",
    });
    await using server = await startServer(database, databaseUrl);
    const args = [server.url, TOKEN, workflow, tasks.b, PICTURES];
    await using browser = startDeno(["tests/e2e/browser/page.ts", ...args], {
      config: "tests/e2e/browser/deno.json",
    });
    let ended: { code: number } | undefined;
    browser.result.then((result) => ended = result);
    const seen = async (what: string) => {
      const isSeen = () => browser.stdout.split("\n").includes(`seen ${what}`);
      await eventually(() => ended || isSeen(), { timeoutMs: 120_000 });
      assert.ok(isSeen(), browser.stderr);
    };

    await seen("a ready");
    const first = await claimOne(database);
    await seen("a claimed");
    await rows(database, "report_progress", {
      items: [{ "task_id": first.id, attempt: first.attempt, fraction: 0.4, message: "reading" }],
    });
    await seen("progress");
    await complete(database, first, { rows: 12 });
    await seen("a completed");
    const second = await claimOne(database);
    await seen("b claimed");
    const log = (chunk: number, text: string) =>
      rows(database, "append_logs", {
        items: [{ "task_id": second.id, attempt: second.attempt, chunk, text }],
      });
    await log(0, "first line\n");
    await seen("log");
    await log(1, "second line\n");
    await seen("log growing");
    await failForGood(database, second);
    await seen("c cancelled");

    await seen("b ready");
    assert.equal((await task(database, tasks.b)).state, "ready");
    await complete(database, await claimOne(database));
    await complete(database, await claimOne(database));
    await seen("workflow completed");

    await seen("no problems");
    assert.equal((await browser.result).code, 0, browser.stderr);
    const pictures = [...Deno.readDirSync(PICTURES)].map(({ name }) => name).toSorted();
    for (
      const name of ["overview-dark.png", "overview-light.png", "overview-phone.png", "workflow-light.png"]
    ) {
      assert.ok(pictures.includes(name), name);
    }
  });
});
