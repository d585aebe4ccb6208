import assert from "node:assert/strict";
import { serverSettings } from "../../../lib/postgres/settings.ts";

Deno.test("serverSettings() gives the server a part of the machine's memory, within bounds", () => {
  const buffers = (gigabytes: number) =>
    serverSettings({ port: 5432, durable: true, memoryBytes: gigabytes * 2 ** 30 }).shared_buffers;
  assert.deepEqual([1, 2, 8, 64].map(buffers), ["128MB", "128MB", "512MB", "512MB"]);
});
