"""Stage extract: finds sources by source-extractor, and fits the restoring beam to each (`threshold_sigma`, default 7)."""

import json
import subprocess

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

import stage

SOURCE_EXTRACTOR = "/usr/bin/source-extractor"
COLUMNS = ["X_IMAGE", "Y_IMAGE"]
# Pixels above this fraction of the peak take part in the fit.
FIT_FRACTION = 0.4
# What noise does not explain: of the flux density, and of the beam's width.
FLUX_SCALE_ERROR, POSITION_SCALE_ERROR = 0.005, 0.002


def extract(task):
    path = stage.require_input(task, [("image", "fits")])
    work_dir = task["work_dir"]
    threshold = task["params"].get("threshold_sigma", 7)
    stage.progress(0.1, "looking for sources")
    peaks = find_peaks(path, work_dir, threshold)
    with fits.open(path) as file:
        header, pixels = file[0].header, np.squeeze(file[0].data).astype(float)
    noise = 1.4826 * np.median(np.abs(pixels - np.median(pixels)))
    shape = beam_shape(header)
    fitted = [fit_beam(pixels, shape, *peak) for peak in peaks]
    sky = WCS(header).celestial
    rows = [describe(source, sky, noise, header) for source in fitted if source is not None]
    rows = sorted((row for row in rows if row["snr"] >= threshold), key=lambda row: -row["flux_jy"])
    sources = f"{work_dir}/sources.json"
    observation = " ".join(str(header.get(key, "unknown")) for key in ("TELESCOP", "DATE-OBS", "OBJECT", "CRVAL3"))
    with open(sources, "w", encoding="utf-8") as file:
        json.dump({"observation": observation, "image": path, "observed_at": f"{header['DATE-OBS']}Z",
                   "frame": header.get("RADESYS"), "sources": rows}, file, indent=1)
    return {"sources": sources, "count": len(rows), "rms": float(noise), "threshold_sigma": threshold}


def find_peaks(path, work_dir, threshold):
    """Columns and rows of the sources, counted from 0."""
    wanted, found = f"{work_dir}/columns.param", f"{work_dir}/peaks.txt"
    with open(wanted, "w", encoding="utf-8") as file:
        file.write("\n".join(COLUMNS) + "\n")
    subprocess.run([
        SOURCE_EXTRACTOR, path, "-c", "/dev/null", "-PARAMETERS_NAME", wanted, "-CATALOG_NAME", found,
        "-CATALOG_TYPE", "ASCII", "-FILTER", "N", "-DETECT_MINAREA", "4", "-DETECT_THRESH", str(threshold * 0.8),
        "-ANALYSIS_THRESH", str(threshold * 0.8), "-BACK_SIZE", "128", "-VERBOSE_TYPE", "QUIET",
    ], check=True, cwd=work_dir)
    return np.loadtxt(found, ndmin=2).reshape(-1, len(COLUMNS)) - 1


def beam_shape(header):
    """Factors of dx^2, dx dy and dy^2 in the exponent of the beam."""
    cell, angle = abs(header["CDELT2"]), np.radians(header["BPA"])
    along, across = (4 * np.log(2) * (cell / header[key]) ** 2 for key in ("BMAJ", "BMIN"))
    sin, cos = np.sin(angle), np.cos(angle)
    return (along * sin * sin + across * cos * cos, 2 * sin * cos * (across - along),
            along * cos * cos + across * sin * sin)


def fit_beam(pixels, shape, x, y):
    """Amplitude and place of a beam by the method of Gauss and Newton; None when it does not settle."""
    column, row = int(round(x)), int(round(y))
    radius = int(np.ceil(1.5 / np.sqrt(min(shape[0], shape[2])))) + 1
    rows, columns = np.mgrid[max(0, row - radius):row + radius + 1, max(0, column - radius):column + radius + 1]
    inside = (rows < pixels.shape[0]) & (columns < pixels.shape[1])
    rows, columns = rows[inside], columns[inside]
    values = pixels[rows, columns]
    used = values >= FIT_FRACTION * values.max()
    rows, columns, values = rows[used], columns[used], values[used]
    flux = values.max()
    for _ in range(30):
        dx, dy = columns - x, rows - y
        beam = np.exp(-(shape[0] * dx * dx + shape[1] * dx * dy + shape[2] * dy * dy))
        slopes = np.stack([beam, flux * beam * (2 * shape[0] * dx + shape[1] * dy),
                           flux * beam * (2 * shape[2] * dy + shape[1] * dx)], axis=1)
        step = np.linalg.lstsq(slopes, values - flux * beam, rcond=None)[0]
        flux, x, y = flux + step[0], x + step[1], y + step[2]
        if np.abs(step[1:]).sum() < 1e-6:
            return flux, x, y
    return None


def describe(source, sky, noise, header):
    flux, x, y = source
    ra, dec = sky.pixel_to_world_values(x, y)
    snr = flux / noise
    position_error = header["BMAJ"] * 3600 * np.hypot(1 / (2 * snr), POSITION_SCALE_ERROR)
    return {"ra_deg": float(ra), "dec_deg": float(dec), "flux_jy": float(flux),
            "flux_error_jy": float(np.hypot(noise, FLUX_SCALE_ERROR * flux)),
            "snr": float(snr), "position_error_arcsec": float(position_error)}


stage.run(extract)
