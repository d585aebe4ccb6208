/**
 * Settings of the server. They are given at each start, not written into the cluster, so that a new version of this
 * package brings its own; what users put into `data/postgresql.conf` holds for everything that is not named here.
 *
 * @module
 */

/**
 * Settings for a server that shares a small machine with the work it keeps track of.
 *
 * @param port TCP port.
 * @param durable Whether commits survive a power cut; `false` is for databases that are thrown away. Commits survive
 *   a killed server either way.
 */
export function serverSettings(port: number, durable: boolean): Readonly<Record<string, string>> {
  return {
    // Loopback only. No socket file: its path may have 107 characters at most, and the URL needs none.
    listen_addresses: "127.0.0.1",
    port: `${port}`,
    unix_socket_directories: "",

    // A queue's working set is small: what is not in here is in the page cache of the system.
    shared_buffers: "128MB",
    // Some 40 workers with the client's default pool of 4 connections; an idle slot costs little.
    max_connections: "200",
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
