import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { RACES } from "./races/cases.ts";
import { checkRows } from "./races/race.ts";
import { fanStorm } from "./races/fan_storm.ts";
import { storm } from "./races/storm.ts";

const seed = Math.floor(Math.random() * 2 ** 31);

for (const { pair, name, play } of RACES) {
  Deno.test(`${pair}: ${name}`, () =>
    withDatabase(async (database) => {
      await play(database);
      await checkRows(database);
    }));
}

Deno.test("a storm of all verbs on shared graphs ends without a deadlock, and every row is right", () =>
  withDatabase(async (database) => {
    await storm(database, { seed });
  }));

Deno.test("a storm around children that are freed or reserved as they are ends with all of them completed", () =>
  withDatabase(async (database) => {
    const { reserved, direct } = await fanStorm(database, { seed });
    assert.ok(direct > 0, `none of ${reserved} reservations was of children that were not free`);
  }));
