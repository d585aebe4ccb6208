import assert from "node:assert/strict";
import fc from "fast-check";
import { findProgram } from "../../../lib/stage/launcher.ts";
import { SUPERVISOR_SCRIPT, supervisorLine } from "../../../lib/stage/supervisor.ts";

/** What a shell could take for something else, and any text besides. */
const TEXTS = [
  "",
  "'",
  "\n",
  "it's\n'two' lines\n",
  "$HOME `id` $(id) ; & | > \\",
  "-n",
  "\u0081\u0082\u0088\u00a0 ā ü \u{1f52d}",
  ...fc.sample(fc.string({ unit: "binary", maxLength: 40 }), { numRuns: 400, seed: 7 }),
].map((text) => text.replaceAll("\0", ""));

/** Runs a program under a supervisor of the given shell; returns what it wrote. */
async function supervise(shell: string, line: string, rest: string) {
  const child = new Deno.Command(shell, {
    args: ["-c", SUPERVISOR_SCRIPT, "stage"],
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(line + rest));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const [waits, ...output] = decoder.decode(stdout).split("\n");
  assert.equal(waits, "", "it did not say first that it waits");
  return { code, stdout: output.join("\n"), stderr: decoder.decode(stderr) };
}

for (const name of ["sh", "bash"]) {
  Deno.test(`supervisorLine() hands any text on as it is when the shell is ${name}`, async () => {
    const shell = await findProgram(name);
    if (!shell) return; // what is sh differs between systems; where there is no bash, it is not
    const program = {
      argv: ["/bin/sh", "-c", `cat; printf '\\0%s' "$@"; exit 65`, "sh", ...TEXTS],
      cwd: "/tmp",
      env: {},
    };
    const { code, stdout, stderr } = await supervise(shell, supervisorLine(program), "the rest\nof it");
    assert.deepEqual([code, stderr], [65, ""]);
    assert.deepEqual(stdout.split("\0"), ["the rest\nof it", ...TEXTS]);
  });

  Deno.test(`supervisorLine() sets folder and environment, and nothing else, when the shell is ${name}`, async () => {
    const shell = await findProgram(name);
    if (!shell) return;
    const env = Object.fromEntries(TEXTS.map((text, index) => [`V${index}`, text]));
    const program = { cwd: "/tmp", env };
    const listed = await supervise(shell, supervisorLine({ ...program, argv: ["/usr/bin/env", "-0"] }), "");
    const names = Object.entries(env).map(([name, text]) => `${name}=${text}`);
    // bash tells each program its path, and that it is no shell in a shell
    const found = listed.stdout.split("\0").filter((text) => text && !/^(_|SHLVL)=/.test(text));
    assert.deepEqual(found.sort(), names.sort());
    const folder = await supervise(shell, supervisorLine({ ...program, argv: ["/bin/pwd"] }), "");
    assert.equal(folder.stdout, "/tmp\n");
  });
}

Deno.test("supervisorLine() merges standard error into standard output, in order, when it is told to", async () => {
  const argv = ["/bin/sh", "-c", "echo one; echo two >&2; echo three"];
  const line = supervisorLine({ argv, cwd: "/", env: {}, mergesErrors: true });
  assert.deepEqual(await supervise("/bin/sh", line, ""), {
    code: 0,
    stdout: "one\ntwo\nthree\n",
    stderr: "",
  });
});

Deno.test("a supervisor ends when nobody tells it what to run", async () => {
  assert.deepEqual(await supervise("/bin/sh", "", ""), { code: 0, stdout: "", stderr: "" });
});

Deno.test("a supervisor runs nothing when the folder is not there", async () => {
  const line = supervisorLine({ argv: ["/bin/echo", "ran"], cwd: "/no/such/folder", env: {} });
  const { code, stdout, stderr } = await supervise("/bin/sh", line, "");
  assert.notEqual(code, 0);
  assert.equal(stdout, "");
  assert.match(stderr, /no\/such\/folder/);
});
