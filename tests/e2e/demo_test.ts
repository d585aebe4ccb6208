import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../support/process.ts";
import { withFolder } from "./support.ts";

/** Runs the demo, which must succeed, and returns what it printed. */
async function runDemo(folder: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "demo", ...args],
    cwd: ROOT,
    // Whatever the demo starts must be found by the folder's name.
    env: { TMPDIR: folder, ABSURD_WORK_DIR: join(folder, "work"), NO_COLOR: "1" },
  }).output();
  const [out, words] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(code, 0, words + out);
  return out;
}

Deno.test("deno task demo ends with the source of the scan, a picture and an image, and stops its server", async () => {
  await withFolder(async (folder) => {
    const out = await runDemo(folder);

    const [picture] = out.match(/(?<=^picture +)\S+$/m)!;
    assert.deepEqual((await Deno.readFile(picture)).subarray(1, 4), new TextEncoder().encode("PNG"));
    const [image] = out.match(/(?<=^image +)\S+fits$/m)!;
    assert.match(await Deno.readTextFile(image), /^SIMPLE {2}= +T/);

    const [row, ...others] = catalogueRows(out);
    assert.deepEqual(others, []);
    const [, raDeg, decDeg, fluxJy] = row;
    const [raOffset, decOffset] = [
      (raDeg - PHASE_CENTRE.raDeg) * Math.cos(decDeg * Math.PI / 180),
      decDeg - PHASE_CENTRE.decDeg,
    ];
    assert.ok(Math.hypot(raOffset, decOffset) * 3600 < 0.3, `${raDeg} ${decDeg}`);
    assert.ok(Math.abs(fluxJy - 1) < 0.03, `${fluxJy} Jy`);
  });
});

Deno.test("deno task demo --night ends with the truth in the catalogue though a worker was killed", async () => {
  await withFolder(async (folder) => {
    const out = await runDemo(folder, "--", "--night", "2");
    assert.match(out, /^catalogue {2}equals the truth$/m);
    assert.match(out, /^tasks {6}14 completed, \d+ of their attempts were lost$/m);
    assert.match(out, /^products {3}14, each there once$/m);
  });
});

// cat_lon and cat_lat in the header of the file.
const PHASE_CENTRE = { raDeg: degrees(2.6529016266005048), decDeg: degrees(0.13097994029999152) };

function degrees(radians: number): number {
  return radians * 180 / Math.PI;
}

/** The rows below the last heading, without the heading of the columns. */
function catalogueRows(out: string): number[][] {
  const lines = out.slice(out.indexOf("Catalogue\n")).trim().split("\n").slice(2);
  return lines.map((line) => line.trim().split(/ {2,}/).map(Number));
}
