import assert from "node:assert/strict";
import { join } from "node:path";
import { SETTINGS } from "../../lib/settings.ts";
import { ROOT } from "../support/process.ts";
import { withFolder } from "./support.ts";

const README = await Deno.readTextFile(join(ROOT, "README.md"));

/** Lines that other tests run, or that need a network. */
const ELSEWHERE = ["git clone ", "npx "];
/** Commands that run until they are interrupted. */
const ENDLESS = "# until Ctrl-C";

/** The shell commands of a text, a block each. */
function shellBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
}

/**
 * Turns a block into a script: a command that runs until Ctrl-C must say that it started, and end by the signal.
 */
function script(block: string): string {
  return block.split("\n").map((line) => {
    if (ELSEWHERE.some((start) => line.startsWith(start))) return `# ${line}`;
    return line.includes(ENDLESS) ? `interrupt ${line}` : line;
  }).join("\n");
}

const PROLOGUE = `set -eu
interrupt() {
  "$@" 2>output.txt & pid=$!
  for _ in $(seq 300); do grep -qE 'started|Listening' output.txt && break; sleep 0.1; done
  cat output.txt; grep -qE 'started|Listening' output.txt
  kill -INT $pid; code=0; wait $pid || code=$?
  test $code = 130
}
`;

/** A copy of the files that belong to the checkout, and nothing that lies around in it. */
async function copyCheckout(folder: string): Promise<void> {
  const copy = 'git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | tar -x -C "$1"';
  const { success } = await new Deno.Command("sh", { args: ["-c", copy, "sh", folder], cwd: ROOT }).output();
  assert.ok(success);
}

Deno.test("README: every command does what it says, in a fresh folder", async () => {
  await withFolder(async (folder) => {
    await copyCheckout(folder);
    const blocks = shellBlocks(README);
    assert.ok(blocks.length > 5);
    const text = PROLOGUE + blocks.map((block) => `set -x\n${script(block)}\nset +x\n`).join("");
    // any free port, because others run tests, too
    const env = {
      PATH: Deno.env.get("PATH")!,
      HOME: Deno.env.get("HOME") ?? folder,
      NO_COLOR: "1",
      ABSURD_SERVE_PORT: "0",
    };
    try {
      const bash = new Deno.Command("bash", {
        args: ["-c", text],
        cwd: folder,
        clearEnv: true,
        env,
        stdin: "null",
      });
      const { code, stdout, stderr } = await bash.output();
      const decoder = new TextDecoder();
      assert.equal(code, 0, decoder.decode(stdout) + decoder.decode(stderr));
    } finally {
      // where a command failed, the server still runs
      const stop = ["run", "-q", "absurd", "postgres", "stop", ".absurd"];
      await new Deno.Command(Deno.execPath(), { args: stop, cwd: folder, stdout: "null", stderr: "null" })
        .output();
    }
  });
});

Deno.test("README: the table of settings is true", () => {
  const rows = [...README.matchAll(/^\| (ABSURD_\w+) +\| (\S+) +\|/gm)];
  assert.ok(rows.length >= 8);
  for (const [, variable, preset] of rows) {
    const setting = SETTINGS.find((candidate) => candidate.variable === variable);
    assert.ok(setting, variable);
    if (setting.default !== undefined) assert.equal(preset, `\`${setting.default}\``, variable);
  }
});
