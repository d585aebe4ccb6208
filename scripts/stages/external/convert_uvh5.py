"""Stage convert_uvh5: makes a Measurement Set from a UVH5 file, or from the sub-bands of one scan (`input`)."""

import stage
import measurement_set
from uvh5 import read_scan


def convert(task):
    paths = stage.require_paths(task, "input")
    stage.progress(0.1, "reading visibilities")
    observation = read_scan(paths)
    path = f"{task['work_dir']}/visibilities.ms"
    stage.progress(0.5, "writing the Measurement Set")
    measurement_set.write(path, observation)
    rows, channels, _ = observation.visibility.shape
    return {"ms": path, "rows": rows, "channels": channels, "field": observation.field}


stage.run(convert)
