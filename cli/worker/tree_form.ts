/**
 * How well the processes of stages are held together on this machine.
 *
 * @module
 */

/** What is wrong where stages have no process namespaces, and what helps; null where they have. */
export async function weakness(): Promise<{ message: string; hint: string } | null> {
  const { detectLauncher } = await import("@dsa110/absurd/worker");
  const { form, adoptsOrphans } = await detectLauncher();
  if (form === "namespace") return null;
  return {
    message: `Stages run in process groups only: ${
      adoptsOrphans
        ? "their processes are looked for, and those that fork while they are ended can escape"
        : "a process that leaves its group and empties its environment can escape"
    }`,
    hint:
      "On Linux install util-linux, and run workers as root or allow user namespaces (kernel.unprivileged_userns_clone)",
  };
}
