"""Reading UVH5 files: one, or the sub-bands of a scan."""

from dataclasses import dataclass

import h5py
import numpy as np

from stage import BadInput

LIGHT = 299_792_458.0
# Numbers of the parallel hands in AIPS memo 117, and in Measurement Sets.
PARALLEL_HANDS = {-1: 5, -2: 8, -5: 9, -6: 12}


@dataclass
class Observation:
    """Cross-correlations and parallel hands; rows by integration and baseline."""

    visibility: np.ndarray  # rows, channels, hands
    flags: np.ndarray
    samples: np.ndarray
    uvw: np.ndarray  # metres
    time: np.ndarray  # Julian date, UTC
    integration: np.ndarray  # seconds
    antenna1: np.ndarray  # positions in the list of antennas
    antenna2: np.ndarray
    frequencies: np.ndarray  # Hz
    channel_width: float
    hands: np.ndarray  # numbers of Measurement Sets
    names: list
    positions: np.ndarray  # Earth-centred, relative to the array's centre, metres
    diameters: np.ndarray
    location: tuple  # latitude, longitude (degrees), altitude (metres)
    telescope: str
    field: str
    ra: float  # radians
    dec: float


def read_scan(paths):
    """Reads files and joins their channels by frequency; each is turned to the sky by its own clock."""
    bands = [_read_file(paths[0], None)]
    bands += [_read_file(path, bands[0].ra) for path in paths[1:]]
    first = bands[0]
    for band, path in zip(bands, paths):
        if not (np.array_equal(band.antenna1, first.antenna1) and np.array_equal(band.antenna2, first.antenna2)):
            raise BadInput(f"Datasets Header/ant_1_array of {path} and {paths[0]} differ: name sub-bands of one scan")
        if np.abs(band.time - first.time).max() > first.integration[0] / 86400 / 2:
            raise BadInput(f"Datasets Header/time_array of {path} and {paths[0]} differ: name sub-bands of one scan")
    frequencies = np.concatenate([band.frequencies for band in bands])
    order = np.argsort(frequencies)
    for name in ("visibility", "flags", "samples"):
        setattr(first, name, np.concatenate([getattr(band, name) for band in bands], axis=1)[:, order])
    first.frequencies = frequencies[order]
    return first


def _read_file(path, ra):
    try:
        with h5py.File(path, "r") as file:
            return _read(file, path, ra)
    except (OSError, KeyError) as error:
        raise BadInput(f"File {path} cannot be read as UVH5 ({error}): copy it again from its source") from error


def _read(file, path, ra):
    header = file["Header"]
    visibility, flags, samples = (_rank3(file["Data"][name][()]) for name in ("visdata", "flags", "nsamples"))
    if visibility.dtype.names:  # integer complex
        visibility = visibility["r"] + 1j * visibility["i"].astype(np.float32)
    numbers = np.asarray(header["antenna_numbers"])
    position_of = {int(number): k for k, number in enumerate(numbers)}
    antenna1, antenna2 = (np.array([position_of[int(number)] for number in header[name]])
                          for name in ("ant_1_array", "ant_2_array"))
    keep = antenna1 != antenna2
    polarizations = np.asarray(header["polarization_array"])
    parallel = [k for k, number in enumerate(polarizations) if int(number) in PARALLEL_HANDS]
    observation = Observation(
        visibility=visibility[keep][..., parallel].astype(np.complex64),
        flags=flags[keep][..., parallel].astype(bool),
        samples=samples[keep][..., parallel].astype(np.float32),
        uvw=np.asarray(header["uvw_array"], float)[keep],
        time=np.asarray(header["time_array"])[keep],
        integration=np.asarray(header["integration_time"])[keep],
        antenna1=antenna1[keep],
        antenna2=antenna2[keep],
        frequencies=np.ravel(header["freq_array"]),
        channel_width=abs(float(np.ravel(header["channel_width"])[0])),
        hands=np.array([PARALLEL_HANDS[int(polarizations[k])] for k in parallel]),
        names=[_text(name) for name in header["antenna_names"]],
        positions=np.asarray(header["antenna_positions"]),
        diameters=np.asarray(header["antenna_diameters"]) if "antenna_diameters" in header else np.zeros(len(numbers)),
        location=tuple(float(header[name][()]) for name in ("latitude", "longitude", "altitude")),
        telescope=_text(header["telescope_name"][()]),
        field="unknown",
        ra=0.0,
        dec=0.0,
    )
    _find_centre(header, observation, path, ra)
    return observation


def _rank3(data):
    return data[:, 0] if data.ndim == 4 else data


def _text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def _find_centre(header, observation, path, ra):
    catalogue = header.get("phase_center_catalog")
    if catalogue is not None:
        entry = catalogue[sorted(catalogue)[0]]
        if _text(entry["cat_type"][()]) == "sidereal":
            observation.field = _text(entry["cat_name"][()])
            observation.ra, observation.dec = float(entry["cat_lon"][()]), float(entry["cat_lat"][()])
            return
    elif "phase_type" in header and _text(header["phase_type"][()]) == "phased":
        observation.field = _text(header["object_name"][()])
        observation.ra, observation.dec = (float(header[f"phase_center_{axis}"][()]) for axis in ("ra", "dec"))
        return
    elif _text(header.get("extra_keywords/phase_center_epoch", {(): b""})[()]) == "HADEC":
        _turn_to_sky(header, observation, ra)
        return
    raise BadInput(f"File {path} is not phased to a position on the sky: phase it first, for instance with pyuvdata")


def _turn_to_sky(header, observation, ra):
    """From the meridian of each integration to the right ascension (by default that of the meridian at mid time)."""
    dec = float(header["extra_keywords/phase_center_dec"][()])
    hour_angle = float(header["extra_keywords/ha_phase_center"][()])
    longitude = np.radians(observation.location[1])
    turn = np.array([[np.cos(longitude), np.sin(longitude), 0], [-np.sin(longitude), np.cos(longitude), 0], [0, 0, 1]])
    local = observation.positions @ turn.T
    baselines = local[observation.antenna2] - local[observation.antenna1]
    if ra is None:
        ra = _sidereal_time((observation.time.min() + observation.time.max()) / 2, longitude)
    before = _project(baselines, np.full(len(baselines), hour_angle), dec)
    after = _project(baselines, _sidereal_time(observation.time, longitude) - ra, dec)
    delay = (after - before)[:, 2] / LIGHT
    observation.visibility *= np.exp(-2j * np.pi * np.outer(delay, observation.frequencies))[:, :, None]
    observation.uvw, observation.ra, observation.dec, observation.field = after, float(ra), dec, "meridian"


def _project(baselines, hour_angle, dec):
    """u, v, w towards a direction (Thompson, Moran, Swenson, equation 4.1)."""
    x, y, z = baselines.T
    sin_h, cos_h, sin_d, cos_d = np.sin(hour_angle), np.cos(hour_angle), np.sin(dec), np.cos(dec)
    towards = cos_h * x - sin_h * y
    return np.stack([sin_h * x + cos_h * y, cos_d * z - sin_d * towards, cos_d * towards + sin_d * z], axis=1)


def _sidereal_time(julian_date, longitude):
    """Apparent sidereal time in radians, by the approximate formula of the US Naval Observatory."""
    days = julian_date - 2451545.0
    node, sun = np.radians(125.04 - 0.052954 * days), np.radians(280.47 + 0.98565 * days)
    nutation = (-0.000319 * np.sin(node) - 0.000024 * np.sin(2 * sun)) * 15 * np.cos(np.radians(23.4393 - 4e-7 * days))
    return np.radians((280.46061837 + 360.98564736629 * days + nutation) % 360) + longitude
