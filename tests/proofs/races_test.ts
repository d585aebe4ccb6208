import { withDatabase } from "../support/database.ts";
import { RACES } from "./races/cases.ts";
import { checkRows } from "./races/race.ts";
import { storm } from "./races/storm.ts";

for (const { pair, name, play } of RACES) {
  Deno.test(`${pair}: ${name}`, () =>
    withDatabase(async (database) => {
      await play(database);
      await checkRows(database);
    }));
}

Deno.test("a storm of all verbs on shared graphs ends without a deadlock, and every row is right", () =>
  withDatabase(async (database) => {
    await storm(database, { seed: Math.floor(Math.random() * 2 ** 31) });
  }));
