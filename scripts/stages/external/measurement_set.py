"""Measurement Sets (CASA memo 229), as far as wsclean needs them."""

import numpy as np
from casacore.tables import default_ms, makearrcoldesc, maketabdesc, table

SECONDS_PER_DAY = 86400.0
MJD_EPOCH = 2400000.5
# WGS 84.
EARTH_RADIUS, EARTH_ECCENTRICITY_SQUARED = 6378137.0, 6.69437999014e-3


def write(path, observation):
    """Writes a new Measurement Set."""
    rows, channels, hands = observation.visibility.shape
    cells = dict(ndim=2, shape=[channels, hands], options=4)
    columns = maketabdesc([
        makearrcoldesc("DATA", 0j, valuetype="complex", **cells),
        makearrcoldesc("WEIGHT_SPECTRUM", 0.0, valuetype="float", **cells),
    ])
    ms = default_ms(path, columns)
    ms.addrows(rows)
    seconds = (observation.time - MJD_EPOCH) * SECONDS_PER_DAY
    weights = np.where(observation.flags, 0, observation.samples) * observation.integration[:, None, None]
    put_weights(ms, weights)
    zeros = np.zeros(rows, int)
    for name, values in {
        "DATA": observation.visibility, "FLAG": observation.flags, "UVW": observation.uvw,
        "FLAG_ROW": observation.flags.all((1, 2)),
        "ANTENNA1": observation.antenna1, "ANTENNA2": observation.antenna2, "TIME": seconds, "TIME_CENTROID": seconds,
        "EXPOSURE": observation.integration, "INTERVAL": observation.integration,
        "DATA_DESC_ID": zeros, "FIELD_ID": zeros, "SCAN_NUMBER": zeros + 1, "ARRAY_ID": zeros, "OBSERVATION_ID": zeros,
        "STATE_ID": zeros - 1, "PROCESSOR_ID": zeros - 1, "FEED1": zeros, "FEED2": zeros,
    }.items():
        ms.putcol(name, values)
    ms.close()
    _write_antennas(path, observation)
    _write_spectrum(path, observation)
    direction = np.array([[[observation.ra, observation.dec]]])
    _fill(path, "FIELD", 1, PHASE_DIR=direction, DELAY_DIR=direction, REFERENCE_DIR=direction,
          NAME=[observation.field], TIME=[seconds[0]])
    _fill(path, "OBSERVATION", 1, TELESCOPE_NAME=[observation.telescope], OBSERVER=["absurd"],
          TIME_RANGE=np.array([[seconds[0], seconds[-1]]]))


def put_weights(ms, weights):
    """Writes weights and what follows from them."""
    weights = weights / max(float(weights.max()), 1e-30)
    mean = np.maximum(weights.mean(1), 1e-12)
    ms.putcol("WEIGHT_SPECTRUM", weights.astype(np.float32))
    ms.putcol("WEIGHT", mean)
    ms.putcol("SIGMA", mean ** -0.5)


def _write_antennas(path, observation):
    count = len(observation.names)
    _fill(path, "ANTENNA", count, POSITION=_array_centre(*observation.location) + observation.positions,
          NAME=observation.names, STATION=observation.names, DISH_DIAMETER=observation.diameters,
          MOUNT=["ALT-AZ"] * count, TYPE=["GROUND-BASED"] * count, OFFSET=np.zeros((count, 3)))
    with table(f"{path}::FEED", readonly=False, ack=False) as feed:
        feed.addrows(count)
        feed.putcol("ANTENNA_ID", np.arange(count))
        feed.putcol("NUM_RECEPTORS", np.full(count, 2))
        feed.putcol("SPECTRAL_WINDOW_ID", np.full(count, -1))
        for k in range(count):
            feed.putcell("POLARIZATION_TYPE", k, np.array(["X", "Y"]))
            feed.putcell("RECEPTOR_ANGLE", k, np.zeros(2))
            feed.putcell("BEAM_OFFSET", k, np.zeros((2, 2)))
            feed.putcell("POL_RESPONSE", k, np.eye(2, dtype=complex))


def _write_spectrum(path, observation):
    frequencies = observation.frequencies
    widths = np.full((1, len(frequencies)), observation.channel_width)
    _fill(path, "SPECTRAL_WINDOW", 1, NUM_CHAN=[len(frequencies)], CHAN_FREQ=frequencies[None], CHAN_WIDTH=widths,
          EFFECTIVE_BW=widths, RESOLUTION=widths, TOTAL_BANDWIDTH=[widths.sum()], REF_FREQUENCY=[frequencies.mean()],
          MEAS_FREQ_REF=[5], NAME=["0"])
    products = [(0, 0) if number in (5, 9) else (1, 1) for number in observation.hands]
    _fill(path, "POLARIZATION", 1, NUM_CORR=[len(products)], CORR_TYPE=observation.hands[None].astype(np.int32),
          CORR_PRODUCT=np.array([products], np.int32))
    _fill(path, "DATA_DESCRIPTION", 1, SPECTRAL_WINDOW_ID=[0], POLARIZATION_ID=[0])


def _array_centre(latitude_deg, longitude_deg, altitude):
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    radius = EARTH_RADIUS / np.sqrt(1 - EARTH_ECCENTRICITY_SQUARED * np.sin(latitude) ** 2)
    return np.array([
        (radius + altitude) * np.cos(latitude) * np.cos(longitude),
        (radius + altitude) * np.cos(latitude) * np.sin(longitude),
        (radius * (1 - EARTH_ECCENTRICITY_SQUARED) + altitude) * np.sin(latitude),
    ])


def _fill(path, name, rows, **columns):
    with table(f"{path}::{name}", readonly=False, ack=False) as sub:
        sub.addrows(rows)
        for column, values in columns.items():
            sub.putcol(column, values)
