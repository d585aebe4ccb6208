/**
 * What every queue is asked to do, as a program: `deno run PROGRAM DATABASE_URL VERB COUNT`. It prints one JSON object a
 * line: `{"ready": true}`, waits for a line on stdin, and then tells what it measured.
 *
 * The verbs: `install`, `one` (spawns one after another), `flight` (16 spawns in flight), `bulk` (one call), `work` (run
 * tasks until stdin ends, telling how many have been run), `latency` (spawn a task when the last one ran; how long until
 * each starts).
 *
 * @module
 */

/** A queue under measurement. */
export interface Contestant {
  /** Prepares an empty database. */
  install(): Promise<void>;
  /** Connects for spawning. */
  connect(): Promise<void>;
  /** Spawns one task that does nothing. */
  spawn(): Promise<unknown>;
  /** Spawns many in one call. */
  spawnMany(count: number): Promise<unknown>;
  /** Starts a worker at its best settings that calls `onTask` for every task; returns once it works. */
  work(onTask: () => void): Promise<void>;
}

const IN_FLIGHT = 16;
/** Between two tasks of a latency measurement; longer than a completion takes. */
const PAUSE_MS = 10;

/** Does what the arguments say, and ends the process. */
export async function serve(make: (url: string) => Contestant): Promise<never> {
  const [url, verb, count] = Deno.args;
  const contestant = make(url);
  try {
    await act(contestant, verb, Number(count));
    Deno.exit(0);
  } catch (error) {
    console.error(error);
    Deno.exit(1);
  }
}

async function act(contestant: Contestant, verb: string, count: number): Promise<void> {
  if (verb === "install") return await contestant.install();
  const input = Deno.stdin.readable.getReader();
  if (verb === "work") {
    tell({ ready: true });
    await input.read();
    let handled = 0;
    await contestant.work(() => {
      handled++;
    });
    for (let told = -1;; await sleep(5)) {
      if (handled !== told) tell({ handled: told = handled });
    }
  }
  await contestant.connect();
  if (verb !== "latency") { for (let warm = 0; warm < 50; warm++) await contestant.spawn(); }
  tell({ ready: true });
  await input.read();
  if (verb === "latency") return tell({ latencyMs: await latencies(contestant, count) });
  const startMs = performance.now();
  if (verb === "bulk") await contestant.spawnMany(count);
  else if (verb === "one") await inTurn(count, contestant);
  else {
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => inTurn(count / IN_FLIGHT, contestant)));
  }
  tell({ seconds: (performance.now() - startMs) / 1000 });
}

async function inTurn(count: number, contestant: Contestant): Promise<void> {
  for (let done = 0; done < count; done++) await contestant.spawn();
}

/** How long each of `count` tasks waits from the call that spawns it until it runs. */
async function latencies(contestant: Contestant, count: number): Promise<number[]> {
  let ran = Promise.withResolvers<void>();
  await contestant.work(() => ran.resolve());
  const found: number[] = [];
  for (let nth = -20; nth < count; nth++) { // the first ones warm up
    ran = Promise.withResolvers();
    const startMs = performance.now();
    const spawned = contestant.spawn();
    await ran.promise;
    if (nth >= 0) found.push(performance.now() - startMs);
    await spawned;
    await sleep(PAUSE_MS);
  }
  return found;
}

function tell(message: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
