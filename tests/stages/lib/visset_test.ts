import assert from "node:assert/strict";
import { writeProduct, writeProductFolder } from "../../../scripts/stages/lib/products.ts";
import { loadStokesI } from "../../../scripts/stages/lib/stokes.ts";
import {
  createBlock,
  readVisset,
  readVissetMeta,
  type VissetMeta,
  writeVisset,
} from "../../../scripts/stages/lib/visset.ts";
import { withFolder } from "../_chain.ts";

/** Enough channels that a block holds only 2048 rows. */
const CHANNELS = 256;
const META: Omit<VissetMeta, "rowCount"> = {
  version: 1,
  telescope: "SIM",
  scan: "SIM 2026-03-01T00:00:00.000 1400.000-1401.000 MHz",
  phaseCentre: { name: "field", raDeg: 1, decDeg: 2, frame: "ICRS", equinox: null },
  frequenciesHz: Array.from({ length: CHANNELS }, (_, k) => 1e9 + k * 1e5),
  channelWidthHz: 1e5,
  channels: Array.from({ length: CHANNELS }, (_, k) => k),
  polarizations: ["XX", "YY"],
  antennas: [{ name: "A", diameterM: 5 }, { name: "B", diameterM: null }],
  startJd: 2460000,
  endJd: 2460000,
  unit: "Jy",
};

function createRows(count: number) {
  const block = createBlock(META, count);
  block.visibility.forEach((_, k) => block.visibility[k] = k % 1000);
  block.weight.fill(2);
  block.uvwM.forEach((_, k) => block.uvwM[k] = k - 100);
  return block;
}

Deno.test("readVisset() gives back all rows that writeVisset() wrote, block by block", async () => {
  await withFolder((folder) => {
    const written = createRows(3000);
    writeVisset(`${folder}/v`, META, [written]);
    const meta = readVissetMeta(`${folder}/v`);
    assert.equal(meta.rowCount, 3000);
    const [uvw, first]: [number[], number[]] = [[], []];
    let blocks = 0;
    for (const block of readVisset(`${folder}/v`, meta)) {
      uvw.push(...block.uvwM.subarray(0, 3 * block.rowCount));
      first.push(...block.visibility.subarray(0, 4));
      blocks++;
    }
    assert.equal(blocks, 2);
    assert.deepEqual(uvw, [...written.uvwM]);
    assert.deepEqual(first.slice(0, 4), [0, 1, 2, 3]);
  });
});

Deno.test("readVissetMeta() names the column that is damaged", async () => {
  await withFolder((folder) => {
    writeVisset(`${folder}/v`, META, [createRows(3)]);
    Deno.truncateSync(`${folder}/v/uvw.f64`, 8);
    assert.throws(
      () => readVissetMeta(`${folder}/v`),
      /uvw\.f64 has 8 bytes instead of 72; run convert_uvh5 again/,
    );
    assert.throws(() => readVissetMeta(folder), /is not a visibility set/);
  });
});

Deno.test("loadStokesI() is the mean of the hands, and leaves out samples with one hand flagged", async () => {
  await withFolder((folder) => {
    const block = createRows(1);
    block.visibility.set([1, 2, 3, 6]);
    block.weight.set([1, 3, 0, 3]);
    block.uvwM.set([10, 20, -30]);
    const data = loadStokesI(`${folder}/v`, writeVisset(`${folder}/v`, META, [block]));
    assert.deepEqual([...data.visibility.subarray(0, 2)], [2, -4]); // conjugate, because w was negative
    assert.deepEqual([...data.uvwM], [-10, -20, 30]);
    assert.deepEqual([...data.weight.subarray(0, 2)], [3, 0]); // 4 x 1 x 3 / (1 + 3)
  });
});

Deno.test("loadStokesI() loads no more than the first samples when told so", async () => {
  await withFolder((folder) => {
    const meta = writeVisset(`${folder}/v`, META, [createRows(2000), createRows(1000)]);
    const all = loadStokesI(`${folder}/v`, meta);
    const some = loadStokesI(`${folder}/v`, meta, 10 * meta.frequenciesHz.length + 1);
    assert.equal(some.rowCount, 10);
    assert.deepEqual(some.visibility, all.visibility.slice(0, some.visibility.length));
    assert.deepEqual(some.uvwM, all.uvwM.slice(0, 30));
  });
});

Deno.test("writeProductFolder() leaves no product when it fails half way, and replaces an old one when it does not", async () => {
  await withFolder((folder) => {
    const path = `${folder}/product`;
    const fail = (partial: string) => {
      writeProduct(`${partial}/a`, "half");
      throw new Error("killed");
    };
    assert.throws(() => writeProductFolder(path, fail), /killed/);
    assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
    writeProductFolder(path, (partial) => writeProduct(`${partial}/a`, "one"));
    writeProductFolder(path, (partial) => writeProduct(`${partial}/b`, "two"));
    assert.deepEqual([...Deno.readDirSync(path)].map(({ name }) => name), ["b"]);
    assert.equal(Deno.readTextFileSync(`${path}/b`), "two");
  });
});
