// deno-lint-ignore-file no-console -- words for whoever waits
/**
 * `deno task bench:peers`: what graphile-worker and pg-boss do on the same server in the same run, at the best settings
 * that their documentation gives. Contestants take turns, and the middle one of the repetitions counts (of waiting times
 * all together); only ratios mean anything.
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
import { drainRate, latencies, percentile, sizeFor, spawnRate } from "./measure.ts";
import { withServer } from "./server.ts";

/** A figure of each contestant, and ours beside another. */
interface Comparison {
  readonly what: string;
  readonly figures: Record<string, number>;
  /** How many times better we are. */
  readonly ratio: number;
  /** Than what. */
  readonly than: string;
  /** What it has to be. */
  readonly goal: number;
}

/** A line of the result. */
interface Figure {
  readonly what: string;
  readonly goal: number;
  /** True where less is better. */
  readonly isTime?: boolean;
  /** The part of all values that lies below the figure; a half unless given. */
  readonly part?: number;
  /** What else of ours it is compared with, instead of the best peer. */
  readonly than?: string;
}

/** What is measured at once. */
interface Measurement {
  readonly figures: readonly Figure[];
  /** How often contestants take turns at it, each time; once unless given. */
  readonly rounds?: number;
  /** Values for each of the figures; `toDrain` says how many tasks are drained. */
  measure(databases: Databases, contestant: Contestant, toDrain: number): Promise<(readonly number[])[]>;
}

const SINGLES = 1_000;
const IN_FLIGHT = 4_000;
const BULK = 10_000;
/** What happens at the end of a drain hardly counts. */
const DRAIN = { spawnedInSec: 1.5, least: 60_000, most: 200_000 };
/** From so many tasks on a program is about as fast as it gets. */
const WARM_UP = 40_000;
const PICKUPS = 100;

/** The others' library of our name takes one task at a time: fewer tell as much. */
function share({ name }: Contestant, count: number): number {
  return name === "absurd-sdk" ? Math.ceil(count / 10) : count;
}

function spawning(what: string, goal: number, verb: "one" | "flight" | "bulk", count: number): Measurement {
  return {
    figures: [{ what: `${what}, tasks/s`, goal }],
    measure: async (databases, contestant) => [[await spawnRate(databases, contestant, verb, count)]],
  };
}

const ONE_PROCESS = "drain, one process, tasks/s";

const MEASUREMENTS: readonly Measurement[] = [
  spawning("spawn one after another", 1.2, "one", SINGLES),
  spawning("spawn with 16 in flight", 1.5, "flight", IN_FLIGHT),
  spawning(`spawn ${BULK} in one call`, 1.2, "bulk", BULK),
  {
    figures: [
      { what: ONE_PROCESS, goal: 1.2 },
      { what: "drain, two processes, tasks/s", goal: 1, than: ONE_PROCESS },
    ],
    measure: async (databases, contestant, toDrain) => {
      const drain = { count: share(contestant, toDrain), warmUp: share(contestant, WARM_UP) };
      const one = await drainRate(databases, contestant, { ...drain, processes: 1 });
      return [[one], [await drainRate(databases, contestant, { ...drain, processes: 2 })]];
    },
  },
  {
    figures: [
      { what: "pickup at low load, p50 ms", goal: 1, isTime: true },
      { what: "pickup at low load, p99 ms", goal: 1, isTime: true, part: 0.99 },
    ],
    // A few hundredths matter, and are less than what a second differs from the next.
    rounds: 2,
    measure: async (databases, contestant) => {
      const times = await latencies(databases, contestant, share(contestant, PICKUPS));
      return [times, times];
    },
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
  const spawned = await spawnRate(databases, ABSURD, "bulk", BULK);
  const toDrain = sizeFor(spawned, DRAIN);
  console.error(`Each drain is one of ${toDrain} tasks`);
  const values = new Map<string, number[]>();
  // Turns on the outside: a machine that gets slower does so for all figures.
  for (let turn = 0; turn < Number(flags.repeat); turn++) {
    for (const measurement of MEASUREMENTS) {
      const { rounds = 1 } = measurement;
      for (const contestant of Array.from({ length: rounds }, () => contestants).flat()) {
        await measure({ databases, measurement, contestant, toDrain, values });
      }
    }
  }
  return MEASUREMENTS.flatMap(({ figures }) => figures).map((figure) => compare(figure, values));
});
await print(comparisons);

function keyOf(what: string, name: string): string {
  return `${what} of ${name}`;
}

async function measure(
  { databases, measurement: { figures, measure }, contestant, toDrain, values }: {
    databases: Databases;
    measurement: Measurement;
    contestant: Contestant;
    toDrain: number;
    values: Map<string, number[]>;
  },
): Promise<void> {
  const found = await measure(databases, contestant, toDrain);
  for (const [index, { what, part }] of figures.entries()) {
    const key = keyOf(what, contestant.name);
    values.set(key, [...values.get(key) ?? [], ...found[index]]);
    console.error(`${what}: ${contestant.name} ${rounded(figureOf(found[index], part))}`);
  }
}

function figureOf(values: readonly number[], part = 0.5): number {
  return percentile(values.toSorted((a, b) => a - b), part);
}

function compare(
  { what, goal, isTime = false, part, than }: Figure,
  values: ReadonlyMap<string, readonly number[]>,
): Comparison {
  const of = (row: string, name: string) => figureOf(values.get(keyOf(row, name))!, part);
  const ours = of(what, ABSURD.name);
  const others = contestants.slice(1).map(({ name }) => of(what, name));
  const best = than ? of(than, ABSURD.name) : isTime ? Math.min(...others) : Math.max(...others);
  const figures = Object.fromEntries(contestants.map(({ name }) => [name, rounded(of(what, name))]));
  const ratio = rounded(isTime ? best / ours : ours / best);
  return { what, figures, ratio, than: than ? "one process" : "the best peer", goal };
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
    ["", ...names, "times", "than", "goal"],
    comparisons.map(({ what, figures, ratio, than, goal }) => [
      what,
      ...names.map((name) => figures[name]),
      ratio,
      than,
      goal,
    ]),
  );
}
