/**
 * What the database tells a doctor.
 *
 * @module
 */

/** The state of the server, as far as the queue depends on it. */
export interface Diagnosis {
  /** The server's time. */
  readonly at: Date;
  /** False when the queue's clock was replaced, as in tests. */
  readonly queueTimeIsReal: boolean;
  /** Version of the server, as people write it. */
  readonly serverVersion: string;
  /** Version of the server as a number: 150004 for 15.4. */
  readonly serverVersionNum: number;
  /** True for a standby, which takes no changes. */
  readonly inRecovery: boolean;
  /** Isolation of transactions that ask for none. */
  readonly isolation: string;
  /** User that is logged in. */
  readonly user: string;
  /** What that user may do. */
  readonly rights: {
    readonly spawn: boolean;
    readonly work: boolean;
    readonly look: boolean;
    readonly operate: boolean;
  };
  /** Whether the server looks after its tables by itself. */
  readonly autovacuum: boolean;
  /** Connections of clients now. */
  readonly connections: number;
  /** Connections that there may be. */
  readonly maxConnections: number;
  /** Age of the oldest transaction that keeps old rows, in seconds; null without the right to see others'. */
  readonly oldestTransactionSec: number | null;
  /** Size of the database. */
  readonly databaseBytes: number;
  /** Tables of the schema, the largest first. */
  readonly tables: {
    readonly name: string;
    readonly bytes: number;
    readonly rows: number;
    readonly deadRows: number;
    readonly vacuumedAt: Date | null;
  }[];
}
