# SPDX-License-Identifier: Apache-2.0
"""Writes lateness-baseline.json as a pipeline of Flink ML, the directory lateness-baseline.

python pipeline.py [--out DIR]: DIR has the file, and gets the directory. The layout is that of
functions/docs/adr/0003-flink-ml-servables-are-our-own.md.
"""

import argparse
import json
import pathlib
import struct

SERVABLES = "io.headway.functions.inference.servable."


def vector(values):
    return struct.pack(f">i{len(values)}d", len(values), *values)


def write_stage(folder, class_name, params, data):
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "part-0").write_bytes(data)
    write_metadata(folder, class_name, paramMap=params)


def write_metadata(folder, class_name, **more):
    metadata = {"className": class_name, "timestamp": 0, **more}
    (folder / "metadata").write_text(json.dumps(metadata, indent=2) + "\n", encoding="ascii")


def write_pipeline(folder, baseline):
    """Flink ML's regression has no intercept: it is the weight of a feature that is always 1."""
    mean, std = baseline["mean"] + [0.0], baseline["std"] + [1.0]
    write_stage(folder / "stages" / "0", SERVABLES + "StandardScalerModelServable",
                {"inputCol": "stop", "outputCol": "scaled", "withMean": True, "withStd": True},
                vector(mean) + vector(std) + struct.pack(">qq", 0, 0))
    write_stage(folder / "stages" / "1", SERVABLES + "LogisticRegressionModelServable",
                {"featuresCol": "scaled", "predictionCol": "prediction", "rawPredictionCol": "rawPrediction"},
                vector(baseline["weights"] + [baseline["intercept"]]) + struct.pack(">q", 0))
    write_metadata(folder, "org.apache.flink.ml.servable.builder.PipelineModelServable", paramMap={}, numStages=2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    out = parser.parse_args().out
    write_pipeline(out / "lateness-baseline", json.loads((out / "lateness-baseline.json").read_text()))


if __name__ == "__main__":
    main()
