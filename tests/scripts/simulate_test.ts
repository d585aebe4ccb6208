import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { ROOT } from "../support/process.ts";

/** Runs the tool. */
async function simulate(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", join(ROOT, "scripts/simulate.ts"), ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  return { code, out, err };
}

Deno.test("simulate writes files of the telescope's layout and prints their paths and that of the truth", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, out, err } = await simulate(
      ...["--", "--out", join(folder, "new"), "--native", "--antennas", "5", "--sub-bands", "3"],
      ...["--missing-sub-bands", "0,1", "--start", "2026-05-01T00:00:00Z"],
    );
    assert.equal(code, 0, err);
    const paths = out.split("\n");
    assert.deepEqual(paths.map((path) => basename(path)), ["2026-05-01T00:00:00_sb02.hdf5", "truth.json"]);
    for (const path of paths) assert.ok((await Deno.stat(path)).isFile);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("simulate says in one sentence what is wrong with its flags", async () => {
  for (
    const [args, message] of [
      [[], /^Say where to: --out DIR$/],
      [
        ["--out", "/nowhere", "--antennas", "many"],
        /^Parameter "antennas" must be a whole number .*, not "many"$/,
      ],
    ] as const
  ) {
    const { code, err } = await simulate(...args);
    assert.equal(code, 2);
    assert.match(err, message);
  }
});
