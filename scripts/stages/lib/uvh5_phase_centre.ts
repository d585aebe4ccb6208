/**
 * Where on the sky a UVH5 file is phased to; files that are not phased to a fixed position are refused.
 *
 * @module
 */

import { BadInput } from "@dsa110/absurd/stage";
import type { Hdf5File } from "./hdf5.ts";
import type { PhaseCentre } from "./visset.ts";

const FRAMES: Record<string, PhaseCentre["frame"]> = { icrs: "ICRS", fk5: "FK5", fk4: "FK4", gappt: "GAPPT" };
const DEG_PER_RAD = 180 / Math.PI;
const CATALOGUE = "Header/phase_center_catalog";

/**
 * Finds the phase centre.
 *
 * @param file An open UVH5 file.
 * @returns The position; null when the file is fringe-stopped on the meridian (see meridian.ts).
 * @throws {BadInput} when the file is unphased, or holds several fields.
 */
export function readPhaseCentre(file: Hdf5File): PhaseCentre | null {
  if (file.has(CATALOGUE)) return fromCatalogue(file);
  if (file.text("Header/phase_type") === "phased") {
    return centre(file, {
      name: file.text("Header/object_name"),
      lon: file.number("Header/phase_center_ra"),
      lat: file.number("Header/phase_center_dec"),
      frame: file.text("Header/phase_center_frame"),
      epoch: file.number("Header/phase_center_epoch"),
    });
  }
  if (isMeridianFile(file)) return null;
  throw unphased(file, file.text("Header/object_name"), file.text("Header/phase_type"));
}

/** DSA-110 writes files that are fringe-stopped at a fixed hour angle and declination. */
function isMeridianFile(file: Hdf5File): boolean {
  const name = "Header/extra_keywords/phase_center_epoch";
  return file.has(name) && file.text(name) === "HADEC";
}

/** Version 1.0 and later: a catalogue of phase centres, of which the rows may use one. */
function fromCatalogue(file: Hdf5File): PhaseCentre {
  const used = new Set(
    file.has("Header/phase_center_id_array") ? file.numbers("Header/phase_center_id_array") : [],
  );
  const entries = file.list(CATALOGUE);
  if (used.size > 1 || used.size === 0 && entries.length > 1) {
    throw new BadInput(
      `File ${file.path} holds several fields: write one file per field (UVData.split_by_field)`,
    );
  }
  const [id] = used;
  const entry = entries.length === 1 ? entries[0] : entries.find((key) => {
    return Number(key) === id || file.number(`${CATALOGUE}/${key}/cat_id`) === id;
  });
  if (entry === undefined) {
    throw new BadInput(`Group ${CATALOGUE} of ${file.path} has no entry ${id}: write the file again`);
  }
  const field = `${CATALOGUE}/${entry}`;
  const name = file.text(`${field}/cat_name`) ?? entry;
  const type = file.text(`${field}/cat_type`);
  if (type !== "sidereal") throw unphased(file, name, type);
  return centre(file, {
    name,
    lon: file.number(`${field}/cat_lon`),
    lat: file.number(`${field}/cat_lat`),
    frame: file.text(`${field}/cat_frame`),
    epoch: file.number(`${field}/cat_epoch`),
  });
}

function centre(
  file: Hdf5File,
  field: { name?: string; lon?: number; lat?: number; frame?: string; epoch?: number },
): PhaseCentre {
  const { name = "unknown", lon, lat, epoch = 2000 } = field;
  if (lon === undefined || lat === undefined) {
    throw new BadInput(
      `The position of phase centre "${name}" is missing in ${file.path}: write the file again`,
    );
  }
  const frame = FRAMES[(field.frame ?? "icrs").toLowerCase()];
  if (frame === undefined) {
    throw new BadInput(
      `Phase centre "${name}" of ${file.path} is given in the frame "${field.frame}": phase the file to ICRS first`,
    );
  }
  const raDeg = (lon * DEG_PER_RAD % 360 + 360) % 360;
  return { name, raDeg, decDeg: lat * DEG_PER_RAD, frame, equinox: frame.startsWith("FK") ? epoch : null };
}

function unphased(file: Hdf5File, name = "unknown", type = "unknown"): BadInput {
  return new BadInput(
    `File ${file.path} is not phased to a position on the sky (field "${name}" is of type "${type}"): ` +
      "phase it first, for instance with UVData.phase of pyuvdata",
  );
}
