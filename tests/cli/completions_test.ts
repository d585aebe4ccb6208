import assert from "node:assert/strict";
import { withWorld } from "./world.ts";
import { runInProcess } from "./fake_context.ts";
import { findProgram } from "../../lib/stage/launcher.ts";
import { withDatabase } from "../support/database.ts";
import { ROOT } from "../support/process.ts";

/** A database that is not there. */
const NOWHERE = { ABSURD_DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" };

async function complete(...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runInProcess(["complete", "--", ...words], { env: NOWHERE });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout.trimEnd().split("\n").map((line) => line.split("\t")[0]);
}

Deno.test("absurd complete offers commands, flags, choices and files", async (t) => {
  const cases: [words: string[], expected: string[]][] = [
    [["sta"], ["status"]],
    [["dlq", ""], ["list", "show", "replay", "purge"]],
    [["dlq", "re"], ["replay"]],
    [["task", "list", "--w"], ["--workflow", "--worker"]],
    [["task", "list", "--status", "ca"], ["cancelled"]],
    [["task", "list", "--status", "failed", "ca"], ["cancelled"]],
    [["task", "list", "--limit", "5", "--json"], ["--json", "--jsonl"]],
    [["spawn", "image", "--on-parent-failure", ""], ["cancel", "wait", "ignore"]],
    [["spawn", "--batch", "x"], [":files"]],
    [["completions", ""], ["bash", "zsh", "fish"]],
    [["scheduler", "add", "n", "--tz", "Europe/Berl"], ["Europe/Berlin"]],
    [["chain", "st"], ["standard", ":files"]],
    [["task", "show", ""], [""]],
    [["nothing", ""], [""]],
  ];
  for (const [words, expected] of cases) {
    await t.step(words.join(" "), async () => assert.deepEqual(await complete(...words), expected));
  }
});

Deno.test("absurd complete offers names and ids from the database, as they suit the command", async () => {
  await withWorld(async ({ run, spawn, failNext }) => {
    const failed = await spawn("image");
    await failNext("broken");
    const waiting = await spawn("extract", "--queue", "elsewhere");
    const workflow = (await run(["chain", "quick", "--queue", "third"])).stdout.trim();
    await run(["scheduler", "add", "nightly", "--cron", "0 3 * * *", "--task", "image"]);
    const values = async (...words: string[]) =>
      (await run(["complete", "--", ...words])).stdout.trimEnd().split("\n").map((line) =>
        line.split("\t")[0]
      );
    assert.deepEqual(await values("task", "retry", ""), [failed]);
    assert.ok((await values("task", "cancel", "")).includes(waiting));
    assert.deepEqual(await values("dlq", "replay", failed.slice(0, 12)), [failed]);
    assert.deepEqual(await values("workflow", "watch", ""), [workflow]);
    assert.deepEqual(await values("workflow", "list", "--cursor", ""), [workflow]);
    assert.deepEqual(await values("dlq", "list", "--cursor", ""), [failed]);
    assert.deepEqual(await values("queue", "pause", ""), ["dsa110-pipeline", "elsewhere", "third"]);
    assert.deepEqual(await values("task", "list", "--worker", ""), ["tester"]);
    assert.deepEqual(await values("scheduler", "trigger", "n"), ["nightly"]);
    assert.deepEqual(await values("spawn", "ext"), ["extract"]);
  });
});

/** What is begun, and what becomes of it. */
const BEGUN = ["absurd que", "absurd queue pause im", "absurd spawn --batch deno.j"];

/** Runs a script of a shell, in which `absurd` is this checkout, on a database with the queue `imaging`; returns its lines. */
async function runShell(
  command: string[],
  script: string,
  env: Record<string, string> = {},
): Promise<string[]> {
  let lines: string[] = [];
  await withDatabase(async (database, url) => {
    await database.query("select absurd.spawn_task('imaging', 'image')");
    const { success, stdout, stderr } = await new Deno.Command(command[0], {
      args: [...command.slice(1), "-c", script],
      cwd: ROOT,
      env: { ABSURD_DATABASE_URL: url, TERM: "xterm", DENO: Deno.execPath(), ...env },
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    lines = new TextDecoder().decode(stdout).trim().split("\n");
  });
  return lines;
}

const ABSURD = 'absurd() { "$DENO" run -q -A cli/main.ts "$@"; }';

Deno.test("absurd completions bash completes in bash", async () => {
  const script = `
    ${ABSURD}
    source <(absurd completions bash)
    try() {
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      _absurd
      echo "\${COMPREPLY[*]}"
    }
    ${BEGUN.map((words) => `try ${words}`).join("\n")}`;
  assert.deepEqual(await runShell(["bash"], script), ["queue", "imaging", "deno.json"]);
});

Deno.test({
  name: "absurd completions zsh completes in zsh",
  ignore: await findProgram("zsh") === null,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      // A key tells what stands in the line by then.
      await Deno.writeTextFile(
        `${folder}/.zshrc`,
        `PROMPT=READY
        autoload -Uz compinit && compinit -D -u
        ${ABSURD}
        source <(absurd completions zsh)
        tell() { print -r -- "$BUFFER" >>"$ZDOTDIR/told"; BUFFER= }
        zle -N tell
        bindkey '^]' tell`,
      );
      const script = `
        zmodload zsh/zpty
        zpty shell zsh -i
        zpty -r shell seen '*READY*'
        for words in ${BEGUN.map((words) => `'${words}'`).join(" ")}; do
          zpty -w -n shell $words$'\\t\\x1d'
        done
        zpty -w -n shell $'\\x04'
        while zpty -r shell seen; do :; done
        cat "$ZDOTDIR/told"`;
      assert.deepEqual(
        (await runShell(["zsh", "-f"], script, { ZDOTDIR: folder })).map((line) => line.trim()),
        ["absurd queue", "absurd queue pause imaging", "absurd spawn --batch deno.json"],
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "absurd completions fish completes in fish",
  ignore: await findProgram("fish") === null,
  async fn() {
    const script = `
      function absurd; $DENO run -q -A cli/main.ts $argv; end
      absurd completions fish | source
      ${BEGUN.map((words) => `complete -C '${words}'`).join("\n")}`;
    const lines = await runShell(["fish", "--no-config"], script);
    assert.deepEqual(lines.map((line) => line.split("\t")[0]), ["queue", "imaging", "deno.json"]);
  },
});
