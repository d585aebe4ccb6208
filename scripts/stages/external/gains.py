"""Gains of antennas: solving for them, and applying them to a Measurement Set."""

import numpy as np
from casacore.tables import table

import measurement_set
from stage import BadInput

LIGHT = 299_792_458.0
DEAD_FRACTION = 0.15
TOLERANCE, MAX_ITERATIONS = 1e-8, 500
JONES_AXIS = {5: 0, 9: 0, 8: 1, 12: 1}


def open_set(path, readonly=True):
    """A Measurement Set; refuses a folder that is none."""
    try:
        return table(path, readonly=readonly, ack=False)
    except RuntimeError as error:
        raise BadInput(f"{path} is not a Measurement Set: name one that convert_uvh5 has made") from error


def read_spectrum(path):
    """Frequencies and numbers of the hands."""
    with table(f"{path}::SPECTRAL_WINDOW", ack=False) as window, table(f"{path}::POLARIZATION", ack=False) as hands:
        return window.getcol("CHAN_FREQ")[0], hands.getcol("CORR_TYPE")[0]


def solve(path, model, channels):
    """Solves for the gains of each hand and channel by StEFCal (Salvini and Wijnholds, A&A 571, A97, 2014).

    `model` lists sources {ra_deg, dec_deg, flux_jy}; `channels` says which channels to use, the others take the gains
    of their neighbour. Returns gains by hand, channel and antenna; 0 where there is none.
    """
    frequencies, _ = read_spectrum(path)
    with table(f"{path}::ANTENNA", ack=False) as antennas, table(f"{path}::FIELD", ack=False) as field:
        count, centre = antennas.nrows(), field.getcol("PHASE_DIR")[0, 0]
    with open_set(path) as ms:
        data, weights = ms.getcol("DATA"), ms.getcol("WEIGHT_SPECTRUM") * ~ms.getcol("FLAG")
        cell = ms.getcol("ANTENNA1") * count + ms.getcol("ANTENNA2")
        expected = _predict(model, centre, ms.getcol("UVW"), frequencies)
    gains = np.zeros((data.shape[2], len(frequencies), count), complex)
    for hand in range(data.shape[2]):
        for channel in channels:
            weight = weights[:, channel, hand]
            products = weight * data[:, channel, hand] * expected[:, channel].conj()
            gains[hand, channel] = _stefcal(_matrix(cell, products, count),
                                            _matrix(cell, weight * np.abs(expected[:, channel]) ** 2, count).real)
        for channel in set(range(len(frequencies))) - set(channels):
            gains[hand, channel] = gains[hand, min(channels, key=lambda other: abs(other - channel))]
    amplitude = np.abs(gains)
    if not amplitude.any():
        raise BadInput(f"No gains were found for {path}: name a calibrator that is strong, and looks as the model says")
    gains[amplitude < DEAD_FRACTION * np.median(amplitude[amplitude > 0])] = 0
    return gains


def apply(path, gains):
    """Divides a Measurement Set by gains, in place; what has none is flagged. Weights grow by |g_i g_j|^2."""
    with open_set(path, readonly=False) as ms:
        antenna1, antenna2 = ms.getcol("ANTENNA1"), ms.getcol("ANTENNA2")
        pair = (gains[:, :, antenna1] * gains[:, :, antenna2].conj()).transpose(2, 1, 0)
        good = pair != 0
        ms.putcol("DATA", np.divide(ms.getcol("DATA"), pair, out=np.zeros_like(pair), where=good).astype(np.complex64))
        flags = ms.getcol("FLAG") | ~good
        ms.putcol("FLAG", flags)
        measurement_set.put_weights(ms, np.where(flags, 0, ms.getcol("WEIGHT_SPECTRUM") * np.abs(pair) ** 2))
        return float(flags.mean())


def flag_channels(path, channels):
    """Flags channels, in place."""
    with open_set(path, readonly=False) as ms:
        flags = ms.getcol("FLAG")
        flags[:, channels] = True
        ms.putcol("FLAG", flags)


def _predict(model, centre, uvw, frequencies):
    expected = np.zeros((len(uvw), len(frequencies)), complex)
    for source in model:
        dec, difference = np.radians(source["dec_deg"]), np.radians(source["ra_deg"]) - centre[0]
        l = np.cos(dec) * np.sin(difference)
        m = np.sin(dec) * np.cos(centre[1]) - np.cos(dec) * np.sin(centre[1]) * np.cos(difference)
        path = uvw @ np.array([l, m, np.sqrt(1 - l * l - m * m) - 1])
        expected += source["flux_jy"] * np.exp(2j * np.pi * np.outer(path, frequencies) / LIGHT)
    return expected


def _matrix(cell, values, count):
    """Sums by pair of antennas; Hermitian."""
    values = np.asarray(values, complex)
    sums = np.bincount(cell, values.real, count ** 2) + 1j * np.bincount(cell, values.imag, count ** 2)
    upper = sums.reshape(count, count)
    return upper + upper.conj().T


def _stefcal(products, weights):
    used = (weights > 0).sum(1) >= 3
    if not used.any():
        return np.zeros(len(used), complex)
    some = weights > 0
    gains = np.sqrt(np.median(np.abs(products[some]) / weights[some])) * used.astype(complex)
    for iteration in range(MAX_ITERATIONS):
        norm = weights @ np.abs(gains) ** 2
        new = np.divide(products @ gains, norm, out=np.zeros_like(gains), where=used & (norm > 0))
        if iteration % 2:
            new = (new + gains) / 2
        change = np.linalg.norm(new - gains)
        gains = new
        if change < TOLERANCE * np.linalg.norm(new):
            return gains
    return np.zeros(len(used), complex)
