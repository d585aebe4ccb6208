"""Stage image: makes a cleaned image by wsclean (`size` in pixels, `cell_arcsec`, `robust`)."""

import subprocess

import numpy as np

import gains
import stage

WSCLEAN = "/usr/bin/wsclean"
LIGHT = 299_792_458.0


def image(task):
    ms = stage.require_input(task, [(step, "ms") for step in ("calibrate", "apply_calibration", "convert_uvh5")])
    params, work_dir = task["params"], task["work_dir"]
    size = params.get("size") or 1024
    cell = params.get("cell_arcsec") or choose_cell(ms)
    stage.progress(0.1, f"wsclean, {size} x {size} pixels of {cell} arcsec")
    subprocess.run([
        WSCLEAN, "-name", f"{work_dir}/wsclean", "-temp-dir", work_dir, "-no-update-model-required",
        "-data-column", "DATA", "-pol", "I", "-size", str(size), str(size), "-scale", f"{cell}asec",
        "-weight", "briggs", str(params.get("robust", 0.5)),
        "-niter", "100000", "-mgain", "0.8", "-auto-mask", "5", "-auto-threshold", "1", ms,
    ], check=True)
    return {"fits": f"{work_dir}/wsclean-image.fits", "size": size, "cell_arcsec": cell}


def choose_cell(ms):
    """A quarter of the finest beam that the longest baseline can make, as the reference stage chooses it."""
    frequencies, _ = gains.read_spectrum(ms)
    with gains.open_set(ms) as columns:
        length = np.hypot(*columns.getcol("UVW")[~columns.getcol("FLAG").all((1, 2)), :2].T).max()
    cell = np.degrees(0.705 / (length * frequencies.max() / LIGHT) / 4) * 3600
    unit = 10 ** (np.floor(np.log10(cell)) - 1)
    return float(np.floor(cell / unit) * unit)


stage.run(image)
