# The PyTorch half of latency.ts: the same encoder over the same weights, one sample at a
# time on one thread. Reads lines of JSON: the first names files, each further one asks for
# a number of samples; answers with milliseconds of each, and first with the elements kept.
import json
import struct
import sys
import time

import torch
from torch.nn import functional

torch.set_num_threads(1)
torch.set_grad_enabled(False)


def tensors(path):
    raw = open(path, "rb").read()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + length])
    metadata = header.pop("__metadata__")
    found = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(bytearray(raw[8 + length + begin : 8 + length + end]), dtype=torch.float32)
        found[name] = flat.reshape(entry["shape"])
    return found, json.loads(metadata["csi-feedback.configuration"])


class Encoder:
    def __init__(self, path):
        w, configuration = tensors(path)
        self.mask = configuration["encoder"]["mask"]
        self.circular = configuration["encoder"]["circular"]
        self.residual = configuration["form"] == "residual"
        self.layers = []
        for i in (1, 2):
            scale = w[f"encoder.norm{i}.weight"] / torch.sqrt(w[f"encoder.norm{i}.running_var"] + 1e-5)
            weight = w[f"encoder.conv{i}.weight"] * scale[:, None, None, None]
            bias = (w[f"encoder.conv{i}.bias"] - w[f"encoder.norm{i}.running_mean"]) * scale
            self.layers.append((weight, bias + w[f"encoder.norm{i}.bias"]))

    def information(self, x):
        reach = 1 + max(abs(step) for offset in self.mask["offsets"] for step in offset)
        padded = functional.pad(x, (reach,) * 4, value=self.mask["padding"])
        rows, columns = x.shape[2] + 2, x.shape[3] + 2

        def crop(delay, antenna):
            top, left = reach - 1 + delay, reach - 1 + antenna
            return padded[:, :, top : top + rows, left : left + columns]

        centre = crop(0, 0)
        maps = torch.cat([((centre - crop(*o)) ** 2).sum(1, keepdim=True) for o in self.mask["offsets"]], 1)
        distances = 9 * functional.avg_pool2d(maps, 3, 1)
        exponents = distances * (-0.5 / self.mask["bandwidth"] ** 2) / distances.mean()
        return -torch.logsumexp(exponents, 1, keepdim=True)

    def convolve(self, x, layer):
        weight, bias = self.layers[layer]
        if self.circular:
            x = functional.pad(functional.pad(x, (1, 1, 0, 0), mode="circular"), (0, 0, 1, 1))
            return functional.leaky_relu(functional.conv2d(x, weight, bias), 0.3)
        return functional.leaky_relu(functional.conv2d(x, weight, bias, padding=1), 0.3)

    def encode(self, x, elements):
        information = self.information(x)
        kept = -(-information.numel() // 4)
        cut = information.flatten().topk(kept).values[-1]
        maps = self.convolve(x, 0) * (information >= cut)
        image = self.convolve(maps, 1) + (x if self.residual else 0)
        mean = x.mean()
        positions = (image - mean).abs().flatten().topk(elements).indices.sort().values
        return image.flatten()[positions], positions, mean


names = json.loads(sys.stdin.readline())
encoder = Encoder(names["checkpoint"])
data = torch.frombuffer(bytearray(open(names["samples"], "rb").read()), dtype=torch.float32)
samples = data.reshape(-1, 1, 2, 32, 32)
elements = names["elements"]
print(json.dumps([encoder.encode(x, elements)[1].tolist() for x in samples]), flush=True)
for line in sys.stdin:
    times = []
    for i in range(int(line)):
        start = time.perf_counter()
        encoder.encode(samples[i % len(samples)], elements)
        times.append(1e3 * (time.perf_counter() - start))
    print(json.dumps(times), flush=True)
