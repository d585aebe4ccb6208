import assert from "node:assert/strict";
import { basename } from "node:path";
import { TaskFailure } from "../../lib/errors.ts";
import { Hdf5File } from "../../scripts/stages/lib/hdf5.ts";
import { greenwichSiderealTime } from "../../scripts/stages/lib/sidereal_time.ts";
import { simulate } from "../../scripts/stages/lib/simulation/simulate.ts";
import { runStage, withFolder } from "./_chain.ts";

Deno.test("simulate writes the telescope's own layout, and leaves out the sub-bands that are missing", async () => {
  await withFolder(async (folder) => {
    const { result } = await runStage(folder, "simulate", {
      params: { native: true, antennas: 6, "sub_bands": 3, "missing_sub_bands": [1], "dead_antennas": 2 },
    });
    const files = result.files as string[];
    assert.deepEqual(files.map((path) => basename(path)), [
      "2026-03-01T08:00:00_sb00.hdf5",
      "2026-03-01T08:00:00_sb02.hdf5",
    ]);
    using file = await Hdf5File.open(files[0]);
    const rows = 3 * (15 + 6);
    assert.deepEqual(file.describe("Data/visdata").shape, [rows, 1, 8, 2]);
    assert.equal(file.describe("Header/uvw_array").size, 4);
    assert.equal(file.text("Header/phase_type"), "drift");
    assert.equal(file.text("Header/extra_keywords/phase_center_epoch"), "HADEC");
    assert.equal(file.number("Header/extra_keywords/ha_phase_center"), 0);
    const frequencies = [...file.numbers("Header/freq_array")];
    assert.deepEqual(frequencies, frequencies.toSorted((a, b) => b - a));
    const [first, second] = ["ant_1_array", "ant_2_array"].map((name) => file.numbers(`Header/${name}`));
    assert.equal(first.filter((antenna, row) => antenna === second[row]).length, 3 * 6);

    const truth = JSON.parse(await Deno.readTextFile(String(result.truth)));
    assert.equal(truth.sources.length, 6);
    assert.equal(truth.dead_antennas.length, 2);
  });
});

Deno.test("simulate() makes the same scan again from the same seed, and another from another", async () => {
  await withFolder(async (folder) => {
    const read = async (name: string, seed: number) => {
      await Deno.mkdir(`${folder}/${name}`);
      const { files: [path] } = await simulate(`${folder}/${name}`, { antennas: 5, seed });
      using file = await Hdf5File.open(path);
      return new Float32Array(file.rows("Data/visdata", 0, 30));
    };
    const first = await read("a", 1);
    assert.deepEqual(await read("b", 1), first);
    assert.notDeepEqual(await read("c", 2), first);
  });
});

Deno.test("simulate refuses what cannot be simulated", async () => {
  await withFolder(async (folder) => {
    const refusals = [
      [{ antennas: 3 }, /"antennas" must be a whole number between 4 and 512, not 3/],
      [{ native: "yes" }, /"native" must be true or false, not "yes"/],
      [{ start: "tomorrow" }, /"start" must be a time in ISO 8601, not "tomorrow"/],
      [{ "missing_sub_bands": 2 }, /"missing_sub_bands" must be a list of whole numbers, not 2/],
    ] as const;
    for (const [params, message] of refusals) {
      await assert.rejects(runStage(folder, "simulate", { params: { ...params } }), (error) => {
        return error instanceof TaskFailure && error.permanent && message.test(error.message);
      });
    }
  });
});

Deno.test("greenwichSiderealTime() is that of the almanac", () => {
  // J. Meeus, "Astronomical Algorithms", 2nd edition, example 12.a: 10 April 1987, 0 h UT: 13 h 10 min 46.1351 s.
  const turns = greenwichSiderealTime(2446895.5) / (2 * Math.PI);
  const hours = 24 * (turns - Math.floor(turns));
  assert.ok(Math.abs(hours - (13 + 10 / 60 + 46.1351 / 3600)) < 0.03 / 3600, `${hours} h`);
});
