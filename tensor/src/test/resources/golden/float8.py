"""Writes float8.txt: rows of floats as torch's eight-bit floats. See README.md."""
import torch

with open("float8.txt", "w") as out:
    for name, dtype in (("F8_E4M3", torch.float8_e4m3fn), ("F8_E5M2", torch.float8_e5m2)):
        values = torch.arange(256, dtype=torch.uint8).view(dtype).float()
        torch.manual_seed(3)
        sizes = torch.randn(400) * torch.pow(2.0, torch.randint(-20, 17, (400,)))
        for row in (values[values.isfinite()], torch.cat([sizes, torch.tensor([464.0, 465.0, 61440.0, 61439.0, 0.0, -0.0])])):
            codes = row.to(dtype)
            parts = (row, codes.view(torch.uint8), codes.float())
            out.write(" ".join([name, *[part.numpy().tobytes().hex() for part in parts]]) + "\n")
