import assert from "node:assert/strict";
import { TaskFailure } from "../../lib/errors.ts";
import type { JsonObject } from "../../lib/task.ts";
import { runStage, testData, VLA_SCAN, withFolder } from "./_chain.ts";

/** Runs a stage that must fail for good, and returns what it says. */
async function refusal(
  folder: string,
  name: string,
  task: { params?: JsonObject; inputs?: JsonObject },
): Promise<string> {
  const error = await runStage(folder, name, task).then(() => null, (reason) => reason);
  assert.ok(error instanceof TaskFailure, String(error));
  assert.equal(error.reason, "bad_input", error.message);
  assert.equal(error.permanent, true);
  assert.ok(!error.message.includes("\n") && error.message.length < 400, error.message);
  return error.message;
}

const FILES = [
  {
    name: "hera_h2c_zen.2458432.34569.uvh5",
    message: /not phased .* \(field "zenith" is of type "unprojected"\)/,
  },
  {
    name: "hera_h3c_zen.2458661.23480.HH.uvh5",
    message: /not phased .* \(field "zenith" is of type "drift"\)/,
  },
];

for (const { name, message } of FILES) {
  Deno.test(`convert_uvh5 refuses ${name}, which is not phased`, async () => {
    await withFolder(async (folder) => {
      assert.match(await refusal(folder, "convert_uvh5", { params: { input: testData(name) } }), message);
    });
  });
}

Deno.test("convert_uvh5 tells missing, truncated and foreign files apart", async () => {
  await withFolder(async (folder) => {
    const convert = (input: string) => refusal(folder, "convert_uvh5", { params: { input } });
    assert.match(
      await convert(`${folder}/none.uvh5`),
      /none\.uvh5 does not exist: correct the parameter "input"/,
    );

    await Deno.writeFile(`${folder}/half.uvh5`, (await Deno.readFile(VLA_SCAN)).subarray(0, 1_300_000));
    assert.match(
      await convert(`${folder}/half.uvh5`),
      /truncated: it has 1300000 of 2686000 bytes; copy it again/,
    );

    await Deno.writeTextFile(`${folder}/text.uvh5`, "no visibilities");
    assert.match(await convert(`${folder}/text.uvh5`), /text\.uvh5 is not an HDF5 file/);
  });
});

Deno.test("convert_uvh5 says where the damage is when the middle of a file is overwritten", async () => {
  await withFolder(async (folder) => {
    const bytes = await Deno.readFile(VLA_SCAN);
    crypto.getRandomValues(bytes.subarray(1_000_000, 1_060_000));
    await Deno.writeFile(`${folder}/bad.uvh5`, bytes);
    const message = await refusal(folder, "convert_uvh5", { params: { input: `${folder}/bad.uvh5` } });
    assert.match(message, /^Dataset Data\/\w+ of \S+bad\.uvh5 cannot be read \(.*\): the file is damaged/);
  });
});

Deno.test("image refuses parameters that make no image, and folders that hold no visibilities", async () => {
  await withFolder(async (folder) => {
    const { result } = await runStage(folder, "convert_uvh5", { params: { input: VLA_SCAN } });
    const image = (params: JsonObject) =>
      refusal(folder, "image", { params, inputs: { "convert_uvh5": result } });
    assert.match(await image({ size: 500 }), /"size" must be a power of two between 64 and 2048, not 500/);
    assert.match(await image({ "cell_arcsec": 5 }), /"cell_arcsec" is 5, too wide .* give at most 0\.\d+/);
    assert.match(await image({ robust: "high" }), /"robust" must be a number between -2 and 2, not "high"/);
    assert.match(
      await image({ weighting: "uniform" }),
      /"weighting" must be briggs or natural, not "uniform"/,
    );
    const inputs = { "convert_uvh5": { visset: folder } };
    assert.match(
      await refusal(folder, "image", { inputs }),
      /is not a visibility set: name a folder that convert_uvh5/,
    );
    assert.match(await refusal(folder, "image", {}), /needs the result "visset" of step "calibrate" or /);
  });
});

Deno.test("extract and catalog refuse files that the step before them did not make", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/other.txt`;
    await Deno.writeTextFile(path, "{}");
    const extract = await refusal(folder, "extract", { inputs: { image: { fits: path } } });
    assert.match(extract, /other\.txt is not a FITS file/);
    const catalog = await refusal(folder, "catalog", { inputs: { extract: { sources: path } } });
    assert.match(catalog, /other\.txt is not a list of sources: run extract again/);
  });
});
