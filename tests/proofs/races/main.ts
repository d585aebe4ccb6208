// deno-lint-ignore-file no-console
/**
 * `deno task test:races -- --seed S`.
 *
 * @module
 */

import { withDatabase } from "../../support/database.ts";
import { readOptions } from "../support/options.ts";
import { RACES } from "./cases.ts";
import { checkRows } from "./race.ts";
import { fanStorm } from "./fan_storm.ts";
import { storm } from "./storm.ts";

let failures = 0;

async function attempt(name: string, work: () => Promise<string>): Promise<void> {
  try {
    console.log(`ok      ${name}${await work()}`);
  } catch (error) {
    failures++;
    console.log(`FAILED  ${name}\n${error instanceof Error ? error.stack : error}`);
  }
}

for (const { pair, name, play } of RACES) {
  await attempt(`${pair}: ${name}`, async () => {
    await withDatabase(async (database) => {
      await play(database);
      await checkRows(database);
    });
    return "";
  });
}
const { seed } = readOptions();
await attempt(`storm of all verbs from seed ${seed}`, async () => {
  let text = "";
  await withDatabase(async (database) => {
    const { calls, refused, deadlocks, conflicts } = await storm(database, { seed, steps: 150 });
    text = `: ${calls} calls, ${refused} refusals, ${deadlocks} deadlocks, ${conflicts} conflicts`;
  });
  return text;
});
await attempt(`storm of fans from seed ${seed}`, async () => {
  let text = "";
  await withDatabase(async (database) => {
    const { reserved, direct } = await fanStorm(database, { seed, steps: 150 });
    text = `: ${reserved} reservations, ${direct} of children that were not free`;
  });
  return text;
});
console.log(
  `${RACES.length} races of ${new Set(RACES.map(({ pair }) => pair)).size} pairs, ${failures} failed`,
);
Deno.exitCode = failures > 0 ? 1 : 0;
