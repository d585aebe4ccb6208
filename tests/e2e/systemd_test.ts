import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT, runCli } from "../support/process.ts";
import { withFolder } from "./support.ts";

const UNITS = join(ROOT, "docs/systemd");
const PROGRAM = "/opt/absurd/current/absurd.js";

async function readUnits(): Promise<Map<string, string>> {
  const units = new Map<string, string>();
  for await (const { name } of Deno.readDir(UNITS)) {
    if (name.endsWith(".service")) units.set(name, await Deno.readTextFile(join(UNITS, name)));
  }
  return units;
}

/** Values of a directive. */
function valuesOf(unit: string, directive: string): string[] {
  return [...unit.matchAll(new RegExp(`^${directive}=(.*)$`, "gm"))].map(([, value]) => value);
}

Deno.test("the units start commands that exist", async () => {
  const units = await readUnits();
  assert.ok(units.size > 0);
  for (const [name, unit] of units) {
    const [command] = valuesOf(unit, "ExecStart");
    assert.ok(command.startsWith(`${PROGRAM} `), name);
    const args = command.slice(PROGRAM.length + 1).split(" ");
    const { code, stderr } = await runCli([...args, "--help"]);
    assert.equal(code, 0, `${name}: ${stderr}`);
  }
});

Deno.test("the sandbox of the worker's unit lets stages have process namespaces", async () => {
  const unit = (await readUnits()).get("absurd-worker@.service")!;
  assert.deepEqual(valuesOf(unit, "RestrictNamespaces"), ["user pid mnt"]);
  assert.match(valuesOf(unit, "SystemCallFilter")[0], /@mount/);
  for (
    const directive of [
      "ProtectKernelTunables",
      "ProtectKernelLogs",
      "ProcSubset",
      "PrivateUsers",
      "MemoryDenyWriteExecute",
    ]
  ) assert.deepEqual(valuesOf(unit, directive), [], directive);
});

Deno.test("systemd-analyze finds nothing to complain about in the units, where it is installed", async () => {
  await withFolder(async (folder) => {
    const program = join(folder, "absurd.js");
    await Deno.writeTextFile(program, "#!/bin/sh\n", { mode: 0o755 });
    const paths: string[] = [];
    for (const [name, unit] of await readUnits()) {
      paths.push(join(folder, name.replace("@.", "@1.")));
      await Deno.writeTextFile(join(folder, name), unit.replaceAll(PROGRAM, program));
      await Deno.writeTextFile(paths.at(-1)!, unit.replaceAll(PROGRAM, program));
    }
    const args = ["verify", "--man=no", ...paths];
    const output = await new Deno.Command("systemd-analyze", { args }).output().catch(() => null);
    const said = output === null ? "" : new TextDecoder().decode(output.stderr);
    // about other units of this machine it may say what it likes
    assert.deepEqual(said.split("\n").filter((line) => line.includes("absurd")), []);
  });
});
