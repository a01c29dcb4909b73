"""Writes NAME.bin (quantised groups) and NAME.f32 (what they decode to) for each type. Needs the PyPI package gguf 0.19.0."""

import pathlib

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize, quantize

HERE = pathlib.Path(__file__).parent
GROUPS = 12
SCALES = np.array([0, 1, -1, 0.5, 6.1e-5, 5.96e-8, -5.96e-8, 65504], np.float16)  # subnormals and the largest among them


def half(random, groups):
    """An f16 scale a group: first edge values, then ordinary ones."""
    some = random.normal(0, 0.01, groups).astype(np.float16)
    some[: len(SCALES)] = SCALES
    return some.view(np.uint8).reshape(groups, 2)


def main():
    random = np.random.default_rng(5)
    for kind, scales_at in [
        (Type.Q8_0, [0]), (Type.Q4_0, [0]), (Type.Q4_1, [0, 2]),
        (Type.Q4_K, [0, 2]), (Type.Q5_K, [0, 2]), (Type.Q6_K, [208]), (Type.MXFP4, []),
    ]:
        size = GGML_QUANT_SIZES[kind][1]
        data = random.integers(0, 256, (GROUPS, size), dtype=np.uint8)
        data[0, :] = 0
        data[1, :] = 255
        for at in scales_at:
            data[:, at : at + 2] = half(random, GROUPS)
        if kind == Type.MXFP4:
            data[:, 0] = [0, 1, 2, 100, 126, 127, 128, 129, 130, 140, 250, 254]  # the exponent
        decoded = dequantize(data.reshape(-1), kind).astype("<f4")
        name = kind.name.lower()
        (HERE / f"{name}.bin").write_bytes(data.tobytes())
        (HERE / f"{name}.f32").write_bytes(decoded.tobytes())
    numbers = random.normal(0, 1, (GROUPS, 32)).astype("<f4")
    (HERE / "mxfp4-numbers.f32").write_bytes(numbers.tobytes())
    (HERE / "mxfp4-numbers.bin").write_bytes(quantize(numbers, Type.MXFP4).tobytes())


main()
