import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "../../mod.ts";
import { withDatabase } from "../support/database.ts";
import { startCli } from "../support/process.ts";
import { cliJson, quickSettings, withFolder } from "./support.ts";

const STAGES = fileURLToPath(new URL("../fixtures/stages/absurd.json", import.meta.url));

/** What a hostile stage does or a hostile task says, and what its attempt has to tell of it. */
const HOSTILE: { name?: string; params: JsonObject; reason: string; message: RegExp }[] = [
  { params: { path: "/etc/passwd" }, reason: "permission", message: /needs read access to "\/etc\/passwd"/ },
  { params: { path: "/proc/self/environ" }, reason: "permission", message: /needs read access to "\/proc/ },
  { params: { path: "/proc/1/environ" }, reason: "permission", message: /needs read access to "\/proc\/1/ },
  {
    params: { path: `/proc/${Deno.pid}/environ` },
    reason: "permission",
    message: /needs read access to "\/proc/,
  },
  { params: { listen: true }, reason: "permission", message: /needs net access to "0\.0\.0\.0:0"/ },
  { params: { socket: "/run/socket" }, reason: "permission", message: /needs (read|write|net) access/ },
  { params: { import: "https://example.org/x.ts" }, reason: "permission", message: /needs import access/ },
  { params: { write: "/tmp/mine" }, reason: "permission", message: /needs write access to "\/tmp\/mine"/ },
  { params: { url: "http://127.0.0.1:8099/" }, reason: "permission", message: /needs net access/ },
  { params: { variable: "ABSURD_DATABASE_URL" }, reason: "permission", message: /needs env access/ },
  { params: { program: "/bin/sh" }, reason: "permission", message: /needs run access to "\/bin\/sh"/ },
  { params: { name: "a,/etc" }, reason: "bad_input", message: /holds a comma/ },
  { params: { name: "" }, reason: "bad_input", message: /is empty, which would allow everything/ },
  { params: { name: "../../etc" }, reason: "bad_input", message: /climbs out of its folder/ },
  { params: { name: "a\nb" }, reason: "bad_input", message: /holds a control character/ },
  {
    params: { name: "{params.path}", path: "/etc/passwd" },
    reason: "permission",
    message: /needs read access to "\/etc\/passwd"/,
  },
  {
    name: "confined",
    params: { path: "/etc/passwd" },
    reason: "bad_input",
    message: /outside the stage's roots/,
  },
  { params: { also: "LINKED" }, reason: "permission", message: /holds a link that leads out of it/ },
];

Deno.test("what hostile stages and tasks try is refused, and their attempts in the database say why", async () => {
  await withFolder((folder) =>
    withDatabase(async (database, url) => {
      const linked = join(folder, "linked");
      await Deno.mkdir(linked);
      await Deno.symlink("/etc/passwd", join(linked, "innocent"));
      const ids: string[] = [];
      for (const { name = "peek", params } of HOSTILE) {
        const text = JSON.stringify({ name: "own.txt", ...params }).replace("LINKED", linked);
        const [{ id }] = await database.query<{ id: string }>(
          "select task_id::text as id from absurd.spawn_task('dsa110-pipeline', $1, $2::jsonb)",
          [name, text],
        );
        ids.push(id);
      }

      const env = { ...quickSettings(url, join(folder, "work")), ABSURD_MAX_RETRIES: "0" };
      await using worker = startCli(["worker", "--drain", "--stages", STAGES], { env });
      assert.equal((await worker.result).code, 0, worker.stderr);

      for (const [index, { params, reason, message }] of HOSTILE.entries()) {
        const task = await cliJson(["task", "show", ids[index]], { env });
        const what = `${JSON.stringify(params)}: ${JSON.stringify(task.attempts)}`;
        assert.equal(task.attempts.length, 1, what);
        assert.equal(task.attempts[0].reason, reason, what);
        assert.match(task.attempts[0].message, message, what);
      }
    })
  );
});

Deno.test("a worker that finds no namespaces says that its bound is weaker, and runs stages all the same", async () => {
  await withFolder((folder) =>
    withDatabase(async (database, url) => {
      await database.query("select absurd.spawn_task('dsa110-pipeline', 'peek', '{}')");
      const env = { ...quickSettings(url, join(folder, "work")), PATH: folder };
      await using worker = startCli(["worker", "--drain", "--stages", STAGES], { env });
      assert.equal((await worker.result).code, 0, worker.stderr);
      assert.match(worker.stderr, /^warning: Stages run in process groups only/m);
      assert.match(worker.stderr, /stopped: 1 completed/);
    })
  );
});
