import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { claimOne, complete, type Row, rows, type Session, spawn } from "./queue.ts";

const SETTINGS = { stages: { catalog: { "on_complete": "sky", "max_retries": 0 } } };
const ARCSEC = 1 / 3600;

let observations = 0;

/** Completes a catalog task with sources, and returns the catalogue; each call is another observation unless one is named. */
async function observe(
  session: Session,
  sources: Row[],
  observed = "2026-03-01T12:00:00Z",
  observation = `scan ${++observations}`,
): Promise<Row[]> {
  await spawn(session, {}, { name: "catalog" });
  const held = await claimOne(session, { settings: SETTINGS });
  const outcome = await complete(session, held, {
    observation,
    image: "/images/1.fits",
    "observed_at": observed,
    frame: "icrs",
    rows: sources.map((source) => ({
      "ra_deg": 10,
      "dec_deg": 20,
      "flux_jy": 1,
      "flux_error_jy": 0.1,
      snr: 10,
      "position_error_arcsec": 1,
      ...source,
    })),
  });
  assert.equal(outcome, "ok");
  return await rows(session, "sky.list_sources");
}

Deno.test("the sink sky makes a source of a detection, and matches the next one with it", async () => {
  await withDatabase(async (database) => {
    const [first] = await observe(database, [{}]);
    assert.deepEqual([first.ra_deg, first.dec_deg, first.flux_jy, first.detection_count], [10, 20, 1, 1]);
    const [again, ...others] = await observe(
      database,
      [{ "dec_deg": 20 + 4 * ARCSEC, "flux_jy": 3 }],
      "2026-03-02T12:00:00Z",
    );
    assert.deepEqual(others, []);
    assert.deepEqual([again.source_id, again.detection_count], [first.source_id, 2]);
    assert.ok(Math.abs(again.dec_deg - (20 + 2 * ARCSEC)) < 1e-9);
    assert.ok(Math.abs(again.flux_jy - 2) < 1e-9);
    assert.ok(Math.abs(again.flux_error_jy - 0.1 / Math.SQRT2) < 1e-9);
    assert.deepEqual([again.first_seen_at, again.last_seen_at], [
      new Date("2026-03-01T12:00:00Z"),
      new Date("2026-03-02T12:00:00Z"),
    ]);
  });
});

Deno.test("the sink sky keeps sources apart that are farther than 5 arcsec and 3 standard deviations", async () => {
  await withDatabase(async (database) => {
    await observe(database, [{}]);
    assert.equal((await observe(database, [{ "dec_deg": 20 + 6 * ARCSEC }])).length, 2);
    const vague = { "dec_deg": 20 - 20 * ARCSEC, "position_error_arcsec": 8 };
    assert.equal((await observe(database, [vague])).length, 2, "20 arcsec are within 3 standard deviations");
  });
});

Deno.test("the sink sky never takes two detections of one image for one source", async () => {
  await withDatabase(async (database) => {
    const pair = [{ "flux_jy": 2 }, { "flux_jy": 1, "dec_deg": 20 + 2 * ARCSEC }];
    assert.equal((await observe(database, pair)).length, 2);
    const [bright, faint] = await observe(database, pair);
    assert.deepEqual([bright.detection_count, faint.detection_count], [2, 2]);
  });
});

Deno.test("the sink sky matches across 0 h and at the pole", async () => {
  await withDatabase(async (database) => {
    await observe(database, [{ "ra_deg": 359.9999, "dec_deg": 0 }, { "ra_deg": 10, "dec_deg": 89.9999 }]);
    const found = await observe(database, [{ "ra_deg": 0.0001, "dec_deg": 0 }, {
      "ra_deg": 190,
      "dec_deg": 89.9999,
    }]);
    assert.deepEqual(found.map((row) => row.detection_count), [2, 2]);
    const ra = found.find((row) => row.dec_deg === 0)!.ra_deg;
    assert.ok(Math.min(ra, 360 - ra) < 1e-9, `${ra}`);
  });
});

Deno.test("the sink sky counts an observation once, however often it is processed", async () => {
  await withDatabase(async (database) => {
    const day = "2026-03-01T12:00:00Z";
    const [before] = await observe(database, [{ "flux_jy": 2 }, { "dec_deg": 21 }], day, "scan A");
    await observe(database, [{ "flux_jy": 4 }], "2026-03-02T12:00:00Z", "scan B");
    const after = await observe(database, [{ "flux_jy": 3 }, { "dec_deg": 22 }], day, "scan A");
    const [bright, other, ...more] = after;
    assert.deepEqual(more, [], "what the second look does not find is gone");
    assert.deepEqual([bright.source_id, bright.detection_count], [before.source_id, 2]);
    assert.ok(Math.abs(bright.flux_jy - 3.5) < 1e-9, `${bright.flux_jy}`);
    assert.deepEqual([other.dec_deg, other.detection_count], [22, 1]);
  });
});

Deno.test("sky.light_curve() lists the flux densities of a source in order of time", async () => {
  await withDatabase(async (database) => {
    await observe(database, [{ "flux_jy": 2 }], "2026-03-02T12:00:00Z", "scan B");
    const [source] = await observe(database, [{ "flux_jy": 1 }], "2026-03-01T12:00:00Z", "scan A");
    const curve = await rows(database, "sky.light_curve", { "source_id": source.source_id });
    assert.deepEqual(curve.map((row) => [row.observed_at, row.flux_jy, row.flux_error_jy, row.observation]), [
      [new Date("2026-03-01T12:00:00Z"), 1, 0.1, "scan A"],
      [new Date("2026-03-02T12:00:00Z"), 2, 0.1, "scan B"],
    ]);
  });
});

Deno.test("the sink sky refuses a result of another shape", async () => {
  await withDatabase(async (database) => {
    await spawn(database, {}, { name: "catalog" });
    const held = await claimOne(database, { settings: SETTINGS });
    assert.equal(await complete(database, held, { rows: [] }), "sink_failed");
    assert.deepEqual(await rows(database, "sky.list_sources"), []);
  });
});
