/** Doubles a number: next to nothing, so that all that is measured is the way to it and back. */
import { runStage } from "@dsa110/absurd/stage";

if (import.meta.main) await runStage(({ params }) => ({ doubled: Number(params.value) * 2 }));
