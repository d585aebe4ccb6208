import assert from "node:assert/strict";
import { join } from "node:path";
import { openDatabase } from "../../lib/database.ts";
import { eventually } from "../support/process.ts";
import { type DebianPostgres, startDebianPostgres } from "./debian_postgres.ts";
import { withFolder } from "./support.ts";

/** A URL with several hosts. */
function urlOf(...ports: number[]): string {
  return `postgres://postgres@${ports.map((port) => `127.0.0.1:${port}`).join(",")}/postgres`;
}

async function promote(server: DebianPostgres): Promise<void> {
  await using database = openDatabase({ url: server.url("postgres"), maxConnections: 1 });
  await database.query("select pg_promote()");
}

Deno.test("with several hosts in the URL calls and listeners find the primary, before and after a failover", async () => {
  await withFolder(async (folder) => {
    const first = await startDebianPostgres(join(folder, "first"));
    await using second = await startDebianPostgres(join(folder, "second"), first);
    try {
      // nobody is at port 1, and the standby is looked at before the primary
      await using database = openDatabase({ url: urlOf(1, second.port, first.port), reconnectSec: 10 });
      const heard: string[] = [];
      await using _listener = await database.listen(["news"], {
        notify: (_, payload) => void heard.push(payload),
      });
      const portOf = async () => {
        const rows = await database.query<{ port: number }>("select current_setting('port')::int as port");
        return rows[0].port;
      };
      assert.equal(await portOf(), first.port);
      await database.query("select pg_notify('news', 'before')");
      await eventually(() => heard.includes("before"));

      await using standby = openDatabase({ url: urlOf(second.port, second.port), reconnectSec: 0 });
      await assert.rejects(standby.query("select 1"), { message: /^A standby answers at / });

      await first[Symbol.asyncDispose]();
      await promote(second);
      assert.equal(await eventually(() => portOf().catch(() => 0)), second.port);
      await eventually(async () => {
        await database.query("select pg_notify('news', 'after')");
        return heard.includes("after");
      });

      await using lonely = openDatabase({ url: urlOf(1, 1), reconnectSec: 0 });
      await assert.rejects(lonely.query("select 1"), {
        message: /^No PostgreSQL answers at 127\.0\.0\.1:1 /,
      });
    } finally {
      await first[Symbol.asyncDispose]();
    }
  });
});
