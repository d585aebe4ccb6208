// deno-lint-ignore-file no-console
/**
 * `deno task simulate`: makes a synthetic observation with known truth; the paths of its files go to stdout.
 *
 * Flags are the parameters of the stage `simulate`, with dashes: `--native`, `--seed 5`, `--sub-bands 4`,
 * `--missing-sub-bands 1,2`; `--out DIR` (required) says where to.
 *
 * @module
 */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { BadInput, type JsonObject, type JsonValue } from "@dsa110/absurd/stage";
import { readSimulationOptions, SIMULATION_PARAMS } from "./stages/lib/simulation/options.ts";
import { simulate } from "./stages/lib/simulation/simulate.ts";

const EXIT_USAGE = 2;
const flagOf = (param: string) => param.replaceAll("_", "-");

/** Flags are text; parameters are numbers, except for the time. */
function toParam(name: string, text: string): JsonValue {
  if (name === "start") return text;
  const numbers = text.split(",").map(Number);
  if (numbers.some(Number.isNaN)) return text;
  return name === "missing_sub_bands" ? numbers : numbers[0];
}

try {
  const { values } = parseArgs({
    // `deno task simulate -- --native` hands the dashes on.
    args: Deno.args.filter((arg) => arg !== "--"),
    options: {
      out: { type: "string" },
      native: { type: "boolean" },
      ...Object.fromEntries(SIMULATION_PARAMS.map((name) => [flagOf(name), { type: "string" } as const])),
    },
  });
  if (values.out === undefined) throw new BadInput("Say where to: --out DIR");
  const folder = resolve(Deno.env.get("INIT_CWD") ?? ".", values.out);
  const given = values as Record<string, string | boolean | undefined>;
  const params: JsonObject = { native: values.native ?? false };
  for (const name of SIMULATION_PARAMS) {
    const text = given[flagOf(name)];
    if (typeof text === "string") params[name] = toParam(name, text);
  }
  const options = readSimulationOptions(params);
  await Deno.mkdir(folder, { recursive: true });
  const { files, truth } = await simulate(folder, options);
  console.log([...files, truth].join("\n"));
} catch (error) {
  console.error((error as Error).message);
  Deno.exitCode = EXIT_USAGE;
}
