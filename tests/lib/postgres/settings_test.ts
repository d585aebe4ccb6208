import assert from "node:assert/strict";
import { serverSettings } from "../../../lib/postgres/settings.ts";

Deno.test("serverSettings() gives the server a part of the machine's memory, within bounds", () => {
  const buffers = (gigabytes: number) =>
    serverSettings({ port: 5432, durable: true, memoryBytes: gigabytes * 2 ** 30 }).shared_buffers;
  assert.deepEqual([1, 2, 8, 64].map(buffers), ["128MB", "128MB", "512MB", "512MB"]);
});

Deno.test("serverSettings() has a connection for all that 64 workers and a scheduler may open", () => {
  const { max_connections: connections } = serverSettings({
    port: 5432,
    durable: true,
    memoryBytes: 2 ** 30,
  });
  const [aWorker, aScheduler, commands] = [5, 7, 10]; // docs/postgresql.md
  assert.ok(Number(connections) >= 64 * aWorker + aScheduler + commands, `only ${connections}`);
});
