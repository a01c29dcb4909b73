"""Writes lowbit.txt: rows of weights as INT8 and NF4, computed from the papers' words with numpy. See README.md."""
import numpy as np

F = np.float32
POINTS = np.array([-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
                   -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
                   0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
                   0.7229568362236023, 1.0], dtype=F)


def int8(row):
    """LLM.int8 (arXiv 2208.07339) 2.1: absmax, one scale a row."""
    scale = F(np.abs(row).max() / F(127))
    q = np.floor(row / scale + F(0.5)).astype(np.int8)
    return q.tobytes() + scale.tobytes(), q.astype(F) * scale


def nf4(row):
    """QLoRA (arXiv 2305.14314) 3: absmax of blocks of 64; scales centred on their mean and kept in eight bits, 256 at a time."""
    blocks = [row[i:i + 64] for i in range(0, len(row), 64)]
    absmax = np.array([np.abs(block).max() for block in blocks], dtype=F)
    codes, groups, scales = b"", b"", []
    for start in range(0, len(absmax), 256):
        part = absmax[start:start + 256]
        mean = F(part.astype(np.float64).sum() / len(part))
        step = F(np.abs(part - mean).max() / F(127))
        q = np.floor((part - mean) / step + F(0.5)).astype(np.int8) if step else np.zeros(len(part), np.int8)
        codes += q.tobytes()
        groups += mean.tobytes() + step.tobytes()
        scales += list((np.float64(step) * q + np.float64(mean)).astype(F))
    nearest, decoded = [], []
    for block, scale in zip(blocks, scales):
        code = np.abs((block / scale)[:, None] - POINTS).argmin(axis=1)
        nearest += list(code)
        decoded += list(POINTS[code] * scale)
    nibbles = nearest + [0] * (len(nearest) % 2)
    packed = bytes(nibbles[i] | nibbles[i + 1] << 4 for i in range(0, len(nibbles), 2))
    return packed + codes + groups, np.array(decoded, dtype=F)


def main():
    random = np.random.default_rng(5)
    with open("lowbit.txt", "w") as out:
        for columns in (1, 7, 64, 65, 200, 576):
            row = random.standard_normal(columns).astype(F)
            row *= np.repeat(random.uniform(0.2, 3, columns // 64 + 1), 64)[:columns].astype(F)
            for name, encode in (("INT8", int8), ("NF4", nf4)):
                encoded, decoded = encode(row)
                out.write(f"{name} {row.tobytes().hex()} {encoded.hex()} {decoded.tobytes().hex()}\n")


main()
