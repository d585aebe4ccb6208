import assert from "node:assert/strict";
import { neededBound, readMemoryInfo } from "../../../lib/postgres/huge_pages.ts";
import { startPostgres } from "../../../lib/postgres/mod.ts";
import { query, withServerFolder } from "./support.ts";

const BOUND = "/proc/sys/vm/nr_overcommit_hugepages";
const MEMORY = `MemTotal:       24567890 kB
MemAvailable:   8000000 kB
Active(anon):     123456 kB
HugePages_Surp:       10
Hugepagesize:       2048 kB
`;

Deno.test("neededBound() adds to what others hold, and asks for nothing where memory is short", () => {
  const memory = readMemoryInfo(MEMORY);
  assert.equal(neededBound(memory, 289), 299);
  assert.equal(neededBound(memory, 1_000), 0);
  assert.equal(neededBound(memory, 0), 0);
  assert.equal(neededBound({ ...memory, Hugepagesize: 524_288 }, 2), 0);
});

Deno.test({
  name: "startPostgres() has the kernel give huge pages to a server that root starts",
  ignore: !await mayBeTold(),
  fn: async () => {
    const before = await Deno.readTextFile(BOUND);
    try {
      await Deno.writeTextFile(BOUND, "0");
      // A server that another test starts at the same moment may take them before this one does.
      const seen: unknown[] = [];
      while (seen.at(-1) !== "on" && seen.length < 3) {
        await withServerFolder(async (directory) => {
          const { url } = await startPostgres(directory);
          seen.push(await query(url, "show huge_pages_status"));
        });
      }
      assert.equal(seen.at(-1), "on");
    } finally {
      await Deno.writeTextFile(BOUND, before);
    }
  },
});

/** Whether the kernel can be told, and memory is not short. */
async function mayBeTold(): Promise<boolean> {
  try {
    await Deno.writeTextFile(BOUND, await Deno.readTextFile(BOUND));
    const memory = readMemoryInfo(await Deno.readTextFile("/proc/meminfo"));
    return memory.Hugepagesize === 2048 && memory.MemAvailable > 4 * 2 ** 20;
  } catch {
    return false;
  }
}
