/**
 * Settings of the server. They are given at each start, not written into the cluster, so that a new version of this
 * package brings its own; what users put into `data/postgresql.conf` holds for everything that is not named here.
 *
 * @module
 */

/** Part of the machine's memory in which the server keeps pages, and its bounds. */
const BUFFERS_SHARE = 1 / 16;
const MIN_BUFFERS_MB = 128;
const MAX_BUFFERS_MB = 512;

/** What decides about the settings. */
export interface ServerSettingsOptions {
  /** TCP port. */
  readonly port: number;
  /**
   * Whether commits survive a power cut; `false` is for databases that are thrown away. Commits survive a killed server
   * either way.
   */
  readonly durable: boolean;
  /** Memory of the machine, in bytes. */
  readonly memoryBytes: number;
}

/** Settings for a server that shares a machine with the work it keeps track of. */
export function serverSettings(
  { port, durable, memoryBytes }: ServerSettingsOptions,
): Readonly<Record<string, string>> {
  return {
    // Loopback only. No socket file: its path may have 107 characters at most, and the URL needs none.
    listen_addresses: "127.0.0.1",
    port: `${port}`,
    unix_socket_directories: "",

    // Without huge pages memory is taken as it is touched. Where a backlog does not fit, each call writes pages of others
    // back first: a drain of 300,000 tasks took the server 25 µs a task with 128 MB, and 22 with enough.
    shared_buffers: `${buffersMb(memoryBytes)}MB`,
    // Each process fetches a page of them once, and new ones all the time until it has been through all: of 16 MB, the
    // default, that was a third of what 64 workers fetched, and they drained a sixth less.
    wal_buffers: "2MB",
    // 100 workers of 5 connections each: 64 of them at work were refused connections where there were 200. A slot that
    // nobody uses costs 80 kB of memory that is not touched.
    max_connections: "500",
    // Statements last milliseconds: compiling them, or sharing them among processes, would cost more than it gives.
    jit: "off",
    max_parallel_workers_per_gather: "0",
    // Finished tasks leave dead rows in small hot tables: look for them more often than once a minute.
    autovacuum_naptime: "15s",

    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] %u@%d %a ",
    // Checkpoints of an idle server would be most of the log.
    log_checkpoints: "off",

    ...(durable ? {} : { fsync: "off", full_page_writes: "off" }),
  };
}

function buffersMb(memoryBytes: number): number {
  const shareMb = Math.floor(memoryBytes * BUFFERS_SHARE / 2 ** 20);
  return Math.min(MAX_BUFFERS_MB, Math.max(MIN_BUFFERS_MB, shareMb));
}
