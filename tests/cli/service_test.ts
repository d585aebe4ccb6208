import assert from "node:assert/strict";
import { join } from "node:path";
import { ServiceNotifier } from "../../cli/service.ts";
import { withDatabase } from "../support/database.ts";
import { startCli } from "../support/process.ts";

/** Listens as a service manager does. */
async function withManager(
  test: (env: Record<string, string>, next: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "absurd-service-" });
  const path = join(folder, "notify");
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  const next = async () => {
    // Closing ends the wait of a test whose program says nothing.
    const timer = setTimeout(() => socket.close(), 20_000);
    try {
      return new TextDecoder().decode((await socket.receive())[0]);
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    await test({ NOTIFY_SOCKET: path, WATCHDOG_USEC: "200000" }, next);
  } finally {
    try {
      socket.close();
    } catch {
      // closed by the timer
    }
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test.each([
  ["worker", ["worker"]],
  ["scheduler", ["scheduler", "run"]],
])("absurd %s tells the service manager that it is ready, alive and stopping", async (_name, args) => {
  await withManager((env, next) =>
    withDatabase(async (_database, url) => {
      const settings = { ABSURD_ENABLED: "true", ABSURD_DATABASE_URL: url };
      await using service = startCli([...args], { env: { ...env, ...settings } });
      assert.equal(await next(), "READY=1");
      assert.equal(await next(), "WATCHDOG=1");
      assert.equal(await next(), "WATCHDOG=1");
      service.kill("SIGTERM");
      let state = await next();
      while (state === "WATCHDOG=1") state = await next();
      assert.equal(state, "STOPPING=1");
      assert.equal((await service.result).code, 143, service.stderr);
    })
  );
});

Deno.test("ServiceNotifier keeps no watchdog that is another process's", async () => {
  await withManager(async (env, next) => {
    await using service = new ServiceNotifier({ ...env, WATCHDOG_PID: "1" }, (error) => assert.fail(error));
    service.ready();
    await new Promise((resolve) => setTimeout(resolve, 300));
    service.stopping();
    assert.deepEqual([await next(), await next()], ["READY=1", "STOPPING=1"]);
  });
});

Deno.test("ServiceNotifier tells nobody where nobody asks, and says why it cannot", async () => {
  const errors: string[] = [];
  const onError = ({ message }: Error) => void errors.push(message);
  {
    await using nobody = new ServiceNotifier({ WATCHDOG_USEC: "1000" }, onError);
    nobody.ready();
  }
  assert.deepEqual(errors, []);
  {
    await using gone = new ServiceNotifier({ NOTIFY_SOCKET: "/nowhere/notify" }, onError);
    gone.ready();
  }
  assert.equal(errors.length, 1);
});
