/**
 * What a service manager wants to know (sd_notify(3)): that the program is ready, alive, and about to stop.
 *
 * Nothing happens where nobody asks: systemd sets NOTIFY_SOCKET for units of `Type=notify`, and WATCHDOG_USEC for
 * those with `WatchdogSec=`.
 *
 * @module
 */

import { join } from "node:path";
import type { CliContext } from "./context.ts";
import { tellLog } from "./errors.ts";

/** Variables of the service manager. */
export type ServiceEnv = Readonly<Record<string, string | undefined>>;

/** The notifier of a command; that the service manager cannot be told is told to people, and stops nothing. */
export function serviceNotifier(context: CliContext): ServiceNotifier {
  return new ServiceNotifier(
    context.env,
    ({ message }) => tellLog(context, `The service manager cannot be told: ${message}`),
  );
}

/** Tells the service manager how the program is; disposing ends that, once all is told. */
export class ServiceNotifier implements AsyncDisposable {
  readonly #socket?: string;
  readonly #watchdogMs?: number;
  readonly #onError: (error: Error) => void;
  #timer?: ReturnType<typeof setInterval>;
  #sending: Promise<void> = Promise.resolve();

  /**
   * Tells nothing yet.
   *
   * @param env Environment, as the service manager made it.
   * @param onError Receives why the service manager cannot be told.
   */
  constructor(env: ServiceEnv, onError: (error: Error) => void) {
    this.#socket = env.NOTIFY_SOCKET || undefined;
    this.#watchdogMs = watchdogMs(env);
    this.#onError = onError;
  }

  /** The program does its work now. From here on it says that it is alive, twice as often as it has to. */
  ready(): void {
    this.#tell("READY=1");
    if (!this.#socket || this.#watchdogMs === undefined) return;
    this.#timer ??= setInterval(() => this.#tell("WATCHDOG=1"), this.#watchdogMs / 2);
  }

  /** The program is about to end. It may take its time for that, and stays alive meanwhile. */
  stopping(): void {
    this.#tell("STOPPING=1");
  }

  /** Tells no more; waits for what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
  }

  /** One after the other: their order says something. */
  #tell(state: string): void {
    const socket = this.#socket;
    if (socket) this.#sending = this.#sending.then(() => send(socket, state)).catch(this.#onError);
  }
}

/** How often the service manager wants to hear from this process, if at all. */
function watchdogMs({ WATCHDOG_USEC: usec, WATCHDOG_PID: pid }: ServiceEnv): number | undefined {
  const isOurs = !pid || Number(pid) === Deno.pid;
  return isOurs && Number(usec) > 0 ? Number(usec) / 1000 : undefined;
}

async function send(socket: string, state: string): Promise<void> {
  // Deno knows no abstract sockets.
  if (socket.startsWith("@")) return await sendByProgram(socket, state);
  const folder = await Deno.makeTempDir({ prefix: "absurd-notify-" });
  try {
    // A sender of Deno's must have an address of its own.
    const sender = Deno.listenDatagram({ transport: "unixpacket", path: join(folder, "socket") });
    try {
      await sender.send(new TextEncoder().encode(state), { transport: "unixpacket", path: socket });
    } finally {
      sender.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function sendByProgram(socket: string, state: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("systemd-notify", {
    args: ["--no-block", state],
    env: { NOTIFY_SOCKET: socket },
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
}
