/**
 * The sub-bands of one scan, each a file of its own, as one set of channels.
 *
 * Their clocks need not agree: each is turned to the sky by its own time stamps, and takes the place and time of the
 * first one's rows. That is good to half an integration.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import type { Uvh5Header } from "./uvh5_header.ts";
import { createBlock, type PhaseCentre, type VisibilityBlock } from "./visset.ts";

/** How far two phase centres may be apart, in degrees: a milliarcsecond. */
const CENTRE_TOLERANCE_DEG = 3e-7;
const SECONDS_PER_DAY = 86_400;

/** A file of the scan, open. */
export interface SubBand {
  /** Path, for messages. */
  path: string;
  /** Its header. */
  header: Uvh5Header;
  /** Where its visibilities are phased to. */
  centre: PhaseCentre;
}

/** Where a channel of the scan comes from. */
export interface ChannelSource {
  /** Number of the sub-band. */
  band: number;
  /** Number of the channel in its file. */
  channel: number;
  /** Its centre, in Hz. */
  frequencyHz: number;
}

/**
 * Checks that files are sub-bands of one scan.
 *
 * @throws {BadInput} naming the file and the dataset that differs.
 */
export function requireOneScan(bands: readonly SubBand[]): void {
  const [first, ...others] = bands;
  for (const band of others) {
    const difference = findDifference(first, band);
    if (difference === null) continue;
    throw new BadInput(
      `${difference} of ${band.path} and ${first.path} differ: name the sub-bands of one scan, or convert them singly`,
    );
  }
}

function findDifference(a: SubBand, b: SubBand): string | null {
  const [one, other] = [a.header, b.header];
  if (one.telescope !== other.telescope) return "Datasets Header/telescope_name";
  if (!isSame(one.parallelHands, other.parallelHands, ({ name }) => name)) {
    return "Datasets Header/polarization_array";
  }
  if (!isSame(one.antennas, other.antennas, ({ name }) => name)) return "Datasets Header/antenna_names";
  if (!isSame(one.antenna1, other.antenna1)) return "Datasets Header/ant_1_array";
  if (!isSame(one.antenna2, other.antenna2)) return "Datasets Header/ant_2_array";
  const limit = one.integrationSec[0] / SECONDS_PER_DAY / 2;
  if (one.timeJd.some((time, row) => Math.abs(time - other.timeJd[row]) > limit)) {
    return "Datasets Header/time_array (by more than half an integration)";
  }
  const isElsewhere = Math.abs(a.centre.decDeg - b.centre.decDeg) > CENTRE_TOLERANCE_DEG ||
    Math.abs(a.centre.raDeg - b.centre.raDeg) > CENTRE_TOLERANCE_DEG || a.centre.frame !== b.centre.frame;
  return isElsewhere ? "The phase centres" : null;
}

function isSame<T>(a: ArrayLike<T>, b: ArrayLike<T>, key: (value: T) => unknown = (value) => value): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (key(a[k]) !== key(b[k])) return false;
  return true;
}

/**
 * Lists the channels of all sub-bands, by frequency.
 *
 * @throws {BadInput} when two of them overlap.
 */
export function listChannels(bands: readonly SubBand[]): ChannelSource[] {
  const channels = bands.flatMap(({ header }, band) => {
    return header.frequenciesHz.map((frequencyHz, channel) => ({ band, channel, frequencyHz }));
  });
  if (bands.length === 1) return channels;
  channels.sort((a, b) => a.frequencyHz - b.frequencyHz);
  const overlap = channels.findIndex((channel, k) => {
    const width = bands[channel.band].header.channelWidthHz;
    return k > 0 && channel.frequencyHz - channels[k - 1].frequencyHz < width / 2;
  });
  if (overlap < 0) return channels;
  const [one, other] = [bands[channels[overlap - 1].band].path, bands[channels[overlap].band].path];
  throw new BadInput(
    `Datasets Header/freq_array of ${one} and ${other} overlap at ${
      (channels[overlap].frequencyHz / 1e6).toFixed(3)
    } MHz: name each sub-band once`,
  );
}

/**
 * Puts the rows of several sub-bands side by side.
 *
 * @param streams Rows of each sub-band, in blocks of the same length.
 * @param channels Where each channel comes from.
 * @param hands Names of the polarizations.
 * @yields Blocks that share their memory: use each before taking the next.
 */
export function* joinSubBands(
  streams: readonly Iterator<VisibilityBlock>[],
  channels: readonly ChannelSource[],
  hands: readonly string[],
): Generator<VisibilityBlock> {
  const meta = { frequenciesHz: channels.map(({ frequencyHz }) => frequencyHz), polarizations: [...hands] };
  let joined: VisibilityBlock | undefined;
  for (;;) {
    const blocks = streams.map((stream) => stream.next().value as VisibilityBlock | undefined);
    const [first] = blocks;
    if (first === undefined) return;
    joined ??= createBlock(meta, first.timeJd.length);
    joined.rowCount = first.rowCount;
    for (const column of ["uvwM", "timeJd", "antenna1", "antenna2"] as const) {
      joined[column].set(first[column]);
    }
    channels.forEach(({ band, channel }, k) => {
      copyChannel(blocks[band]!, channel, joined!, {
        to: k,
        channelCount: channels.length,
        hands: hands.length,
      });
    });
    yield joined;
  }
}

/** Copies one channel of all rows. */
function copyChannel(
  from: VisibilityBlock,
  channel: number,
  target: VisibilityBlock,
  { to, channelCount, hands }: { to: number; channelCount: number; hands: number },
): void {
  const fromCount = from.weight.length / from.timeJd.length / hands;
  for (let row = 0; row < from.rowCount; row++) {
    const source = (row * fromCount + channel) * hands;
    const place = (row * channelCount + to) * hands;
    for (let hand = 0; hand < hands; hand++) {
      target.weight[place + hand] = from.weight[source + hand];
      target.visibility[2 * (place + hand)] = from.visibility[2 * (source + hand)];
      target.visibility[2 * (place + hand) + 1] = from.visibility[2 * (source + hand) + 1];
    }
  }
}
