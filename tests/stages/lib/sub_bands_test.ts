import assert from "node:assert/strict";
import { convertUvh5 } from "../../../scripts/stages/lib/convert.ts";
import { readVisset, type VissetMeta } from "../../../scripts/stages/lib/visset.ts";
import {
  simulate,
  type SimulationOptions,
  type TrueSource,
} from "../../../scripts/stages/lib/simulation/simulate.ts";
import { directionCosines } from "../../../scripts/stages/lib/simulation/sky.ts";
import { withFolder } from "../_chain.ts";

const LIGHT = 299_792_458;
const RAD_PER_DEG = Math.PI / 180;
/** Without noise and gains, so that each sample can be told beforehand. */
const CLEAN: Partial<SimulationOptions> = {
  native: true,
  antennas: 8,
  channels: 4,
  noiseJy: 0,
  gainSeed: null,
  seed: 3,
};

/** Largest difference between a visset's samples and what the sources make at its own u, v, w, in Jy. */
function worstDifference(folder: string, meta: VissetMeta, sources: TrueSource[]): number {
  const centre = {
    raRad: meta.phaseCentre.raDeg * RAD_PER_DEG,
    decRad: meta.phaseCentre.decDeg * RAD_PER_DEG,
  };
  const sky = sources.map(({ raDeg, decDeg, fluxJy }) => ({
    cosines: directionCosines({ raRad: raDeg * RAD_PER_DEG, decRad: decDeg * RAD_PER_DEG }, centre),
    fluxJy,
  }));
  let worst = 0;
  for (const block of readVisset(folder, meta)) {
    for (let k = 0; k < block.rowCount * meta.frequenciesHz.length; k++) {
      const row = Math.floor(k / meta.frequenciesHz.length);
      const wavenumber = 2 * Math.PI * meta.frequenciesHz[k % meta.frequenciesHz.length] / LIGHT;
      let [re, im] = [0, 0];
      for (const { cosines, fluxJy } of sky) {
        const phase = wavenumber *
          cosines.reduce((sum, value, axis) => sum + value * block.uvwM[3 * row + axis], 0);
        re += fluxJy * Math.cos(phase);
        im += fluxJy * Math.sin(phase);
      }
      worst = Math.max(worst, Math.hypot(block.visibility[4 * k] - re, block.visibility[4 * k + 1] - im));
    }
  }
  return worst;
}

async function convertGroup(folder: string, options: Partial<SimulationOptions>) {
  const { files, sources } = await simulate(folder, { ...CLEAN, ...options });
  const { meta } = await convertUvh5(files.reverse(), `${folder}/visset`, () => {});
  return { meta, worst: worstDifference(`${folder}/visset`, meta, sources) };
}

Deno.test("convertUvh5() joins the sub-bands of a native scan by frequency, whatever order they are named in", async () => {
  await withFolder(async (folder) => {
    const { meta, worst } = await convertGroup(folder, { subBands: 3, missingSubBands: [1] });
    assert.equal(meta.frequenciesHz.length, 8);
    assert.ok(meta.frequenciesHz.every((frequency, k) => k === 0 || frequency > meta.frequenciesHz[k - 1]));
    assert.equal(meta.rowCount, 3 * 28);
    assert.ok(worst < 1e-3, `off by ${worst} Jy`);
  });
});

Deno.test("convertUvh5() turns each sub-band by its own clock when time stamps jitter", async () => {
  await withFolder(async (folder) => {
    const { meta, worst } = await convertGroup(folder, { subBands: 2, jitterSec: 0.5 });
    assert.equal(meta.rowCount, 3 * 28);
    // Rows have the baselines of the first sub-band: half a second is 4 cm, a hundredth of a turn at the field's edge.
    assert.ok(worst < 0.05, `off by ${worst} Jy`);
  });
});

const MIXTURES: { what: string; other: Partial<SimulationOptions>; message: RegExp }[] = [
  {
    what: "scans of different times",
    other: { startMs: Date.UTC(2026, 2, 1, 9) },
    message:
      /Datasets Header\/time_array \(by more than half an integration\) of \S+ and \S+ differ: name the sub-/,
  },
  {
    what: "scans of different arrays",
    other: { antennas: 9, subBands: 2, missingSubBands: [0] },
    message: /Datasets Header\/antenna_names of/,
  },
  {
    what: "different layouts of one sub-band",
    other: { native: false },
    message: /Datasets Header\/ant_1_array of/,
  },
];

for (const { what, other, message } of MIXTURES) {
  Deno.test(`convertUvh5() refuses to join ${what}`, async () => {
    await withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/other`);
      const one = await simulate(folder, CLEAN);
      const two = await simulate(`${folder}/other`, { ...CLEAN, ...other });
      const convert = convertUvh5([...one.files, ...two.files], `${folder}/visset`, () => {});
      await assert.rejects(convert, { name: "BadInput", message });
    });
  });
}

Deno.test("convertUvh5() refuses to join a sub-band with itself", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/again`);
    const [one, two] = [await simulate(folder, CLEAN), await simulate(`${folder}/again`, CLEAN)];
    await assert.rejects(
      convertUvh5([...one.files, ...two.files], `${folder}/visset`, () => {}),
      /Datasets Header\/freq_array of \S+ and \S+ overlap at 1380\.000 MHz: name each sub-band once/,
    );
  });
});
