"""Stage calibrate: solves for gains on a calibrator (`calibrator`, by default the scan itself) and applies them.

The calibrator is a point source at the phase centre of `model_flux_jy`, or looks as `model` says. A scan that calibrates
itself is solved on even channels, and only odd ones are left.
"""

import shutil

import numpy as np
from casacore.tables import table

import gains
import stage


def calibrate(task):
    target = stage.require_input(task, [("convert_uvh5", "ms")])
    calibrator = task["params"].get("calibrator") or target
    frequencies, _ = gains.read_spectrum(calibrator)
    is_self = calibrator == target
    channels = list(range(0, len(frequencies), 2 if is_self else 1))
    stage.progress(0.1, "solving for gains")
    solved = gains.solve(calibrator, read_model(task["params"], calibrator), channels)
    table_path = f"{task['work_dir']}/gains.npz"
    np.savez(table_path, gains=solved, frequencies=frequencies)
    stage.progress(0.5, "applying gains")
    calibrated = f"{task['work_dir']}/calibrated.ms"
    shutil.copytree(target, calibrated)
    flagged = gains.apply(calibrated, solved)
    if is_self:
        gains.flag_channels(calibrated, channels)
    return {"ms": calibrated, "table": table_path, "held_out": is_self, "flagged_fraction": flagged}


def read_model(params, calibrator):
    if params.get("model"):
        return params["model"]
    with table(f"{calibrator}::FIELD", ack=False) as field:
        ra, dec = np.degrees(field.getcol("PHASE_DIR")[0, 0])
    return [{"ra_deg": ra, "dec_deg": dec, "flux_jy": params.get("model_flux_jy", 1)}]


stage.run(calibrate)
