# The PyTorch half of the engine benchmarks: the programs of ours.ts, under the same
# names, over the same protocol. Run by scripts/bench.mjs; needs torch.
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional

TOKENS = 65


class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.heads = width // 64
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.register_buffer("mask", torch.triu(torch.full((TOKENS, TOKENS), float("-inf")), 1))

    def forward(self, x):
        batch, tokens, width = x.shape
        q, k, v = (
            part.view(batch, tokens, self.heads, 64).transpose(1, 2)
            for part in self.qkv(self.norm1(x)).split(width, -1)
        )
        weights = torch.softmax(q @ k.transpose(-1, -2) / 8 + self.mask, -1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, tokens, width))
        return x + self.down(functional.gelu(self.up(self.norm2(x)), approximate="tanh"))


def block(*sizes):
    """Convolutions in a row, each but the last with batch norm and leaky ReLU; sizes are (in, out, kernel)."""
    parts = []
    for index, (inputs, outputs, kernel) in enumerate(sizes):
        padding = tuple(length // 2 for length in kernel)
        parts += [nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=False), nn.BatchNorm2d(outputs)]
        if index < len(sizes) - 1:
            parts.append(nn.LeakyReLU(0.3))
    return nn.Sequential(*parts)


class Refinement(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = block((2, 7, (3, 3)), (7, 7, (1, 9)), (7, 7, (9, 1)))
        self.narrow = block((2, 7, (1, 5)), (7, 7, (5, 1)))
        self.merge = block((14, 2, (1, 1)))
        self.relu = nn.LeakyReLU(0.3)

    def forward(self, x):
        both = self.relu(torch.cat([self.wide(x), self.narrow(x)], 1))
        return self.relu(x + self.merge(both))


class CrNet(nn.Module):
    def __init__(self, codeword):
        super().__init__()
        self.wide = block((2, 2, (3, 3)), (2, 2, (1, 9)), (2, 2, (9, 1)))
        self.narrow = block((2, 2, (3, 3)))
        self.merge = nn.Sequential(nn.LeakyReLU(0.3), *block((4, 2, (1, 1))), nn.LeakyReLU(0.3))
        self.encode, self.decode = nn.Linear(2048, codeword), nn.Linear(codeword, 2048)
        self.refine = nn.Sequential(block((2, 2, (5, 5))), nn.LeakyReLU(0.3), Refinement(), Refinement())

    def forward(self, x):
        feature = self.merge(torch.cat([self.wide(x), self.narrow(x)], 1))
        code = self.encode(feature.flatten(1))
        return torch.sigmoid(self.refine(self.decode(code).view_as(x)))


def training(model, x, loss):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad()
        value = loss(model(x), x)
        value.backward()
        optimizer.step()
        value.item()

    return step


def train_layer(width):
    return training(Layer(width), torch.randn(16, TOKENS, width), lambda y, x: (y**2).mean())


def decode(batch):
    model = nn.Sequential(*(Layer(1280) for _ in range(6))).eval()
    x = torch.randn(batch, TOKENS, 1280)

    def step():
        with torch.inference_mode():
            model(x)

    return step


PROGRAMS = {
    "train-gpt2-large-layer": lambda: train_layer(1280),
    "train-gpt2-layer": lambda: train_layer(768),
    "train-crnet": lambda: training(CrNet(256), torch.rand(200, 2, 32, 32), functional.mse_loss),
    "decode-1": lambda: decode(1),
    "decode-64": lambda: decode(64),
    # The peer of int8 is float32: what a user would run otherwise.
    "decode-1-int8": lambda: decode(1),
    "decode-64-int8": lambda: decode(64),
}

torch.manual_seed(1)
current, step = None, None
for line in sys.stdin:
    if line.strip() != current:
        current = line.strip()
        step = PROGRAMS[current]()
    start, before = time.perf_counter(), time.process_time()
    step()
    times = {"ms": 1e3 * (time.perf_counter() - start), "cpuMs": 1e3 * (time.process_time() - before)}
    print(json.dumps(times), flush=True)
