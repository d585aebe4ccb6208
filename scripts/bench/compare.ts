// deno-lint-ignore-file no-console -- words for whoever waits
/**
 * `deno task bench:peers`: what graphile-worker and pg-boss do on the same server in the same run, at the best settings
 * that their documentation gives. Contestants take turns, and the middle one of the repetitions counts; only ratios mean
 * anything.
 *
 * `--absurd-sql FILE` names the schema of absurd-sdk, which its package does not ship, and lets it take part. `--json`
 * prints one document; `--repeat N` repeats (3); `--only NAME,…` leaves others out.
 *
 * @module
 */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { systemContext } from "../../cli/context.ts";
import { printJson, printTable } from "../../cli/output.ts";
import { ABSURD, type Contestant, Databases, PEERS } from "./contestants.ts";
import { drainRate, latencies, median, percentile, spawnRate } from "./measure.ts";
import { withServer } from "./server.ts";

/** A figure of each contestant, and ours beside the best of the others. */
interface Comparison {
  readonly what: string;
  readonly figures: Record<string, number>;
  /** How many times better than the best peer we are. */
  readonly ratio: number;
  /** What it has to be. */
  readonly goal: number;
}

interface Measurement {
  readonly what: string;
  readonly goal: number;
  /** True where less is better. */
  readonly isTime?: boolean;
  measure(databases: Databases, contestant: Contestant): Promise<number>;
}

const SINGLES = 1_000;
const IN_FLIGHT = 4_000;
const BULK = 10_000;
/** So many that what happens once, such as the first plans, hardly counts. */
const DRAIN = 50_000;
const PICKUPS = 100;

/** The others' library of our name takes one task at a time: fewer tell as much. */
function share({ name }: Contestant, count: number): number {
  return name === "absurd-sdk" ? Math.ceil(count / 10) : count;
}

const MEASUREMENTS: readonly Measurement[] = [
  {
    what: "spawn one after another, tasks/s",
    goal: 1.2,
    measure: (databases, contestant) => spawnRate(databases, contestant, "one", SINGLES),
  },
  {
    what: "spawn with 16 in flight, tasks/s",
    goal: 1.5,
    measure: (databases, contestant) => spawnRate(databases, contestant, "flight", IN_FLIGHT),
  },
  {
    what: `spawn ${BULK} in one call, tasks/s`,
    goal: 1.2,
    measure: (databases, contestant) => spawnRate(databases, contestant, "bulk", BULK),
  },
  {
    what: "drain, one process, tasks/s",
    goal: 1.2,
    measure: (databases, contestant) =>
      drainRate(databases, contestant, { count: share(contestant, DRAIN), processes: 1 }),
  },
  {
    what: "drain, two processes, tasks/s",
    goal: 1.2,
    measure: (databases, contestant) =>
      drainRate(databases, contestant, { count: share(contestant, DRAIN), processes: 2 }),
  },
  {
    what: "pickup at low load, p50 ms",
    goal: 1,
    isTime: true,
    measure: async (databases, contestant) =>
      percentile(await latencies(databases, contestant, share(contestant, PICKUPS)), 0.5),
  },
  {
    what: "pickup at low load, p99 ms",
    goal: 1,
    isTime: true,
    measure: async (databases, contestant) =>
      percentile(await latencies(databases, contestant, share(contestant, PICKUPS)), 0.99),
  },
];

const { values: flags } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    repeat: { type: "string", default: "3" },
    only: { type: "string" },
    "absurd-sql": { type: "string" },
  },
});
const schemaFile = flags["absurd-sql"];
if (schemaFile === undefined) {
  console.error(
    "absurd-sdk is left out: the package does not ship its schema; name it with --absurd-sql FILE",
  );
} else Deno.env.set("BENCH_ABSURD_SQL", resolve(schemaFile));
const contestants = [
  ABSURD,
  ...PEERS.filter(({ name }) =>
    (name !== "absurd-sdk" || schemaFile !== undefined) &&
    (flags.only === undefined || flags.only.split(",").includes(name))
  ),
];

const comparisons = await withServer(async (server, url) => {
  const databases = new Databases(server, url);
  for (const contestant of contestants) await databases.install(contestant);
  const found: Comparison[] = [];
  for (const measurement of MEASUREMENTS) found.push(await compare(databases, measurement));
  return found;
});
await print(comparisons);

async function compare(databases: Databases, measurement: Measurement): Promise<Comparison> {
  const values = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let turn = 0; turn < Number(flags.repeat); turn++) {
    for (const contestant of contestants) {
      const value = await measurement.measure(databases, contestant);
      values.get(contestant.name)!.push(value);
      console.error(`${measurement.what}: ${contestant.name} ${rounded(value)}`);
    }
  }
  const { what, goal, isTime = false } = measurement;
  const figures = Object.fromEntries([...values].map(([name, all]) => [name, rounded(median(all))]));
  const { absurd, ...others } = figures;
  const best = isTime ? Math.min(...Object.values(others)) : Math.max(...Object.values(others));
  return { what, figures, ratio: rounded(isTime ? best / absurd : absurd / best), goal };
}

function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}

async function print(comparisons: readonly Comparison[]): Promise<void> {
  const context = systemContext(new AbortController().signal);
  if (flags.json) return printJson(context, comparisons);
  const names = contestants.map(({ name }) => name);
  await printTable(
    context,
    ["", ...names, "times the best peer", "goal"],
    comparisons.map(({ what, figures, ratio, goal }) => [
      what,
      ...names.map((name) => figures[name]),
      ratio,
      goal,
    ]),
  );
}
