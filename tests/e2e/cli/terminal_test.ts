import assert from "node:assert/strict";
import { type Database, json } from "../../../lib/database.ts";
import { withDatabase } from "../../support/database.ts";
import { eventually, ROOT } from "../../support/process.ts";

const CTRL_C = "\u0003";

/** `absurd ARGS` on a terminal of 100 by 30 characters. */
class Terminal implements AsyncDisposable {
  /** All that it showed. */
  text = "";
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;

  constructor(args: string[], url: string) {
    const program = [Deno.execPath(), "run", "-q", "-A", "cli/main.ts", ...args].join(" ");
    this.#child = new Deno.Command("script", {
      args: ["-qec", `stty rows 30 cols 100; exec ${program}`, "/dev/null"],
      cwd: ROOT,
      env: { ABSURD_DATABASE_URL: url, NO_COLOR: "1", TERM: "xterm" },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#keys = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for await (const piece of this.#child.stdout.pipeThrough(new TextDecoderStream())) this.text += piece;
  }

  /** Waits until it has shown something. */
  async shows(text: string): Promise<void> {
    await eventually(() => assert.ok(this.text.includes(text), `no "${text}" in ${this.text}`) ?? true, {
      timeoutMs: 30_000,
    });
  }

  /** Presses keys. */
  async press(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** Waits for the end, and returns the exit code. */
  async ends(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // it has ended
    }
    await this.#child.status;
    await this.#keys.close().catch(() => {});
    await this.#reading;
  }
}

async function spawnWorkflow(database: Database): Promise<string> {
  const steps = [{ name: "prepare", "task_name": "prepare" }, {
    name: "image",
    "task_name": "image",
    "depends_on": ["prepare"],
  }];
  const workflow = json({ name: "night", "queue_name": "q", steps });
  const [{ workflow_id: id }] = await database.call<{ workflow_id: string }>("spawn_workflow", { workflow });
  return id;
}

async function claim(database: Database): Promise<{ "task_id": string; attempt: number }> {
  const args = { "worker_id": "tester", "queue_name": "q" };
  const [row] = await database.call<{ "task_id": string; attempt: number }>("claim_task", args);
  const { task_id, attempt } = row;
  return { "task_id": task_id, attempt };
}

Deno.test("absurd status --watch draws in place on a terminal, until Ctrl-C", async () => {
  await withDatabase(async (database, url) => {
    await using terminal = new Terminal(["status", "--watch", "200ms"], url);
    await terminal.shows("\u001b[?1049h");
    await terminal.shows("schema version");
    await database.query("select absurd.spawn_task('imaging', 'image')");
    await terminal.shows("imaging");
    await terminal.press(CTRL_C);
    assert.equal(await terminal.ends(), 130);
    const [, after] = terminal.text.split("\u001b[?1049l");
    assert.ok(after.includes("\u001b[?25h"), "the cursor stays hidden");
    assert.ok(after.includes("imaging"), "the last page is gone");
  });
});

Deno.test("absurd workflow watch draws a bar for what runs, and ends by itself", async () => {
  await withDatabase(async (database, url) => {
    const id = await spawnWorkflow(database);
    await using terminal = new Terminal(["workflow", "watch", id], url);
    await terminal.shows("· image");
    const first = await claim(database);
    const items = json([{ ...first, fraction: 0.5, message: "half way" }]);
    await database.call("report_progress", { items });
    await terminal.shows("██████████░░░░░░░░░░  50%");
    await terminal.shows("half way");
    await database.call("complete_tasks", { outcomes: json([{ ...first, result: {} }]) });
    await terminal.shows("✔ prepare");
    const second = await claim(database);
    await database.call("fail_tasks", {
      outcomes: json([{ ...second, message: "no calibrator", permanent: true }]),
    });
    assert.equal(await terminal.ends(), 3);
    assert.ok(terminal.text.includes("✘ image"), terminal.text);
    assert.ok(terminal.text.includes("no calibrator"));
  });
});

Deno.test("absurd workflow watch gives the cursor back on Ctrl-C, and leaves the workflow alone", async () => {
  await withDatabase(async (database, url) => {
    const id = await spawnWorkflow(database);
    await using terminal = new Terminal(["workflow", "watch", id], url);
    await terminal.shows("· image");
    await terminal.press(CTRL_C);
    assert.equal(await terminal.ends(), 130);
    assert.ok(terminal.text.includes("\u001b[?25h"));
    const [{ status }] = await database.query<{ status: string }>("select status from absurd.workflows");
    assert.equal(status, "running");
  });
});

Deno.test("absurd task cancel asks on a terminal", async () => {
  await withDatabase(async (database, url) => {
    await database.query("select absurd.spawn_task('imaging', 'image')");
    await using terminal = new Terminal(["task", "cancel", "--name", "image"], url);
    await terminal.shows("This will cancel 1 task. Go on? [y/N]");
    await terminal.press("y\n");
    assert.equal(await terminal.ends(), 0);
    const [{ status }] = await database.query<{ status: string }>("select status from absurd.tasks");
    assert.equal(status, "cancelled");
  });
});

Deno.test("absurd task cancel ends and changes nothing when Ctrl-C is the answer", async () => {
  await withDatabase(async (database, url) => {
    await database.query("select absurd.spawn_task('imaging', 'image')");
    await using terminal = new Terminal(["task", "cancel", "--name", "image"], url);
    await terminal.shows("Go on? [y/N]");
    await terminal.press(CTRL_C);
    assert.equal(await terminal.ends(), 130);
    const [{ status }] = await database.query<{ status: string }>("select status from absurd.tasks");
    assert.equal(status, "pending");
  });
});
