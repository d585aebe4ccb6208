import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { claimOne, failForGood, spawn } from "../sql/queue.ts";
import { startServer, TOKEN } from "../lib/serve/_server.ts";
import { withDatabase } from "../support/database.ts";
import { eventually, ROOT, startDeno } from "../support/process.ts";

const QUEUE = "dsa110-pipeline";

/** The example of docs/events.md that is in a language and holds a text, for a server that listens elsewhere. */
async function example(language: string, text: string, url: string): Promise<string> {
  const page = await Deno.readTextFile(join(ROOT, "docs/events.md"));
  const found = [...page.matchAll(/```(\w+)[^\n]*\n(.*?)```/gs)].find(([, name, code]) =>
    name === language && code.includes(text)
  );
  assert.ok(found, `docs/events.md has no example in ${language} with ${text}`);
  const { host } = new URL(url);
  return found[2].replaceAll("127.0.0.1:8110", host);
}

Deno.test("a WebSocket client from npm hears what docs/events.md says", async () => {
  await withDatabase(async (database, databaseUrl) => {
    await using server = await startServer(database, databaseUrl);
    const folder = await Deno.makeTempDir();
    try {
      const program = join(folder, "client.js");
      await Deno.writeTextFile(program, await example("js", 'from "ws"', server.url));
      await using client = startDeno([relative(ROOT, program)], { config: "tests/e2e/browser/deno.json" });
      await eventually(async () => {
        assert.equal(client.stderr, "");
        const { body } = await server.call("/metrics");
        return body.includes("absurd_websocket_clients 1\n");
      }, { timeoutMs: 60_000 });
      const id = await spawn(database, {}, { queue: QUEUE });
      await claimOne(database, { queues: [QUEUE] });
      await eventually(() => client.stdout === `1 ${id} pending\n2 ${id} claimed\n`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

Deno.test("curl gets and sends what docs/events.md says", async () => {
  await withDatabase(async (database, databaseUrl) => {
    await using server = await startServer(database, databaseUrl);
    const id = await spawn(database, {}, { queue: QUEUE });
    await failForGood(database, await claimOne(database, { queues: [QUEUE] }));
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-e", "-c", (await example("sh", "curl", server.url)).replaceAll(/^curl/gm, "echo; curl")],
      env: { ABSURD_SERVE_TOKEN: TOKEN },
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const [failed, queues, spawned] = lines;
    assert.equal(failed[0].task_id, id);
    assert.equal(queues[0].failed, 1);
    assert.equal(spawned.created, true);
  });
});
