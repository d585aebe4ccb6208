"""Stage apply_calibration: applies the gains of an earlier calibrate (`table`) to another Measurement Set (`ms`)."""

import shutil

import numpy as np

import gains
import stage


def apply_calibration(task):
    params = task["params"]
    source = params.get("ms") or stage.require_input(task, [("convert_uvh5", "ms")])
    [path] = stage.require_paths(task, "table")
    with np.load(path) as stored:
        solved, frequencies = stored["gains"], stored["frequencies"]
    present, _ = gains.read_spectrum(source)
    if len(present) != len(frequencies) or not np.allclose(present, frequencies):
        raise stage.BadInput(f"Calibration table {path} is of other channels than {source}: solve on the same sub-bands")
    calibrated = f"{task['work_dir']}/calibrated.ms"
    shutil.copytree(source, calibrated)
    return {"ms": calibrated, "flagged_fraction": gains.apply(calibrated, solved)}


stage.run(apply_calibration)
