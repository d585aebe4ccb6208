import assert from "node:assert/strict";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { completeProgram } from "../../cli/program.ts";
import { SETTINGS } from "../../lib/settings.ts";
import { fakeContext, runInProcess } from "./fake_context.ts";

/** Every command with its subcommands, in the order of the help. */
function commandNames(command: CommandUnknownOpts, path: string[] = []): string[] {
  return [
    path.join(" "),
    ...command.commands.flatMap((child) => commandNames(child, [...path, child.name()])),
  ];
}

const COMMANDS = commandNames(await completeProgram(fakeContext().context));

for (const command of COMMANDS) {
  Deno.test(`absurd ${`${command} --help`.trim()} shows its options`, async (t) => {
    const { code, stdout, stderr } = await runInProcess([...command.split(" ").filter(Boolean), "--help"]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    await t.assertSnapshot(stdout);
  });
}

Deno.test("each setting is in the help of a command", async () => {
  const helps = await Promise.all(
    COMMANDS.map((command) => runInProcess([...command.split(" ").filter(Boolean), "--help"])),
  );
  const text = helps.map(({ stdout }) => stdout).join();
  const untold = SETTINGS.filter(({ variable }) => !new RegExp(`\\b${variable}\\b`).test(text));
  assert.deepEqual(untold.map(({ variable }) => variable), []);
});

Deno.test("absurd help spawn shows the same as absurd spawn --help", async () => {
  const [short, long] = await Promise.all([
    runInProcess(["help", "spawn"]),
    runInProcess(["spawn", "--help"]),
  ]);
  assert.deepEqual(short, long);
});

Deno.test("absurd --version shows the same as absurd version", async () => {
  const [short, long] = await Promise.all([runInProcess(["--version"]), runInProcess(["version"])]);
  assert.deepEqual(short, long);
  assert.match(short.stdout, /^absurd \d+\.\d+\.\d+ \(schema \d+, deno \d+\.\d+\.\d+\)\n$/);
});

Deno.test("absurd shows the commands on stderr when none is given", async () => {
  for (const args of [[], ["task"]]) {
    const { code, stdout, stderr } = await runInProcess(args);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.match(stderr, /^Usage: absurd /);
  }
});
