import assert from "node:assert/strict";
import { withDatabase } from "../../support/database.ts";
import { eventually, ROOT } from "../../support/process.ts";

/** Files that the server may have open: enough for its start. */
const FILES = 200;

Deno.test("AbsurdServer ends idle connections and goes on when there are more than it may have files", async () => {
  await withDatabase(async (_database, url) => {
    const command = `ulimit -n ${FILES} && exec "$0" run --quiet -A cli/main.ts serve --port 0`;
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", command, Deno.execPath()],
      cwd: ROOT,
      env: { ABSURD_DATABASE_URL: url, NO_COLOR: "1" },
      stderr: "piped",
    }).spawn();
    let told = "";
    const reading = (async () => {
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) told += text;
    })();
    const idle: Deno.Conn[] = [];
    try {
      const [, port] = await eventually(() => /^Listening on .*:(\d+)\//m.exec(told));
      const client = new WebSocket(`ws://127.0.0.1:${port}/ws`);
      const ended = new Promise<void>((resolve) => client.onclose = () => resolve());
      await new Promise((resolve) => client.onmessage = resolve);

      await eventually(async () => {
        idle.push(await Deno.connect({ hostname: "127.0.0.1", port: Number(port) }));
        return told.includes("Too many connections");
      }, { intervalMs: 0 });

      await ended;
      await eventually(() => told.split("Listening on ").length === 3);
      const health = await fetch(`http://127.0.0.1:${port}/health`);
      assert.equal(health.status, 200, await health.text());
      assert.match(told, /^Too many connections, all of them were ended, .*: Too many open files/m);
      assert.equal(await idle[0].read(new Uint8Array(1)), null, "an idle connection was not ended");
    } finally {
      for (const connection of idle) connection.close();
      child.kill("SIGTERM");
      await reading;
      await child.status;
    }
  });
});
