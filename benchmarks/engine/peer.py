# The PyTorch half of the engine benchmarks: the programs of programs.ts, under the same
# names and over the same protocol (see ours.ts). "check" loads the other side's weights
# and input and answers with the number of parameters and the largest difference of the
# outputs. Run by scripts/bench.mjs with "cpu" or "cuda"; needs torch.
import json
import math
import sys
import time
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional

TOKENS = 65
KEPT = 205
DEVICE = sys.argv[1]


class Layer(nn.Module):
    """One GPT-2 layer."""

    def __init__(self, width):
        super().__init__()
        self.heads = width // 64
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        mask = torch.triu(torch.full((TOKENS, TOKENS), float("-inf")), 1)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x):
        batch, tokens, width = x.shape
        q, k, v = (
            part.view(batch, tokens, self.heads, 64).transpose(1, 2)
            for part in self.qkv(self.norm1(x)).split(width, -1)
        )
        weights = torch.softmax(q @ k.transpose(-1, -2) / 8 + self.mask, -1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, tokens, width))
        return x + self.down(functional.gelu(self.up(self.norm2(x)), approximate="tanh"))

    # GPT-2's own names; its matrices are [in, out].
    NAMES = {"ln_1": "norm1", "ln_2": "norm2", "attn.c_attn": "qkv", "attn.c_proj": "out",
             "mlp.c_fc": "up", "mlp.c_proj": "down"}

    def load(self, tensors):
        state = {}
        for name, value in tensors.items():
            module, field = name.removeprefix("h.0.").rsplit(".", 1)
            state[f"{self.NAMES[module]}.{field}"] = value.t() if value.dim() == 2 else value
        self.load_state_dict(state)


def conv_bn(inputs, outputs, kernel):
    padding = tuple(length // 2 for length in kernel)
    return nn.Sequential(OrderedDict(
        conv=nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=False), bn=nn.BatchNorm2d(outputs)))


def leaky():
    return nn.LeakyReLU(0.3)


def chain(**layers):
    """Named layers with leaky ReLU between them."""
    parts = OrderedDict()
    for index, (name, layer) in enumerate(layers.items()):
        if index:
            parts[f"relu{index}"] = leaky()
        parts[name] = layer
    return nn.Sequential(parts)


class NamedNetwork(nn.Module):
    """A network whose parameters carry the other side's names."""

    def load(self, tensors):
        counters = {key: value for key, value in self.state_dict().items() if key.endswith("num_batches_tracked")}
        self.load_state_dict({**tensors, **counters})


class CrBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.path1 = chain(conv3x3=conv_bn(2, 7, (3, 3)), conv1x9=conv_bn(7, 7, (1, 9)), conv9x1=conv_bn(7, 7, (9, 1)))
        self.path2 = chain(conv1x5=conv_bn(2, 7, (1, 5)), conv5x1=conv_bn(7, 7, (5, 1)))
        self.conv1x1 = conv_bn(14, 2, (1, 1))
        self.relu = leaky()

    def forward(self, x):
        both = self.relu(torch.cat([self.path1(x), self.path2(x)], 1))
        return self.relu(x + self.conv1x1(both))


class CrNet(NamedNetwork):
    """CRNet with the names of its public state dictionaries."""

    def __init__(self, codeword):
        super().__init__()
        self.encoder1 = chain(conv3x3_bn=conv_bn(2, 2, (3, 3)), conv1x9_bn=conv_bn(2, 2, (1, 9)),
                              conv9x1_bn=conv_bn(2, 2, (9, 1)))
        self.encoder2 = conv_bn(2, 2, (3, 3))
        self.encoder_conv = nn.Sequential(OrderedDict(relu1=leaky(), conv1x1_bn=conv_bn(4, 2, (1, 1)), relu2=leaky()))
        self.encoder_fc, self.decoder_fc = nn.Linear(2048, codeword), nn.Linear(codeword, 2048)
        self.decoder_feature = nn.Sequential(OrderedDict(
            conv5x5_bn=conv_bn(2, 2, (5, 5)), relu=leaky(), CRBlock1=CrBlock(), CRBlock2=CrBlock()))

    def forward(self, x):
        feature = self.encoder_conv(torch.cat([self.encoder1(x), self.encoder2(x)], 1))
        code = self.encoder_fc(feature.flatten(1))
        return torch.sigmoid(self.decoder_feature(self.decoder_fc(code).view_as(x)))


# The default neighbours of packages/self-information.
OFFSETS = [(-2, 3), (-3, 2), (-1, 0), (-1, 3), (3, -3), (-1, 1), (3, 0), (2, 0), (-3, -1)]


def self_information(x):
    """Equation 9 between 3 x 3 patches, distances divided by their mean over the sample: [batch, 32, 32]."""
    padded = functional.pad(x, (4, 4, 4, 4), value=0.5)
    crop = lambda row, column: padded[:, :, 3 + row : 37 + row, 3 + column : 37 + column]
    maps = torch.stack([((crop(0, 0) - crop(*offset)) ** 2).sum(1) for offset in OFFSETS], 1)
    distances = functional.avg_pool2d(maps, 3, 1) * 9
    exponents = -0.5 * distances / distances.mean((1, 2, 3), keepdim=True)
    constant = math.log2(len(OFFSETS) * math.sqrt(2 * math.pi))
    return constant - torch.logsumexp(exponents, 1) * math.log2(math.e)


class Encoder(nn.Module):
    """f_EN in the paper's form."""

    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(2, 64, 3, padding=1), nn.BatchNorm2d(64)
        self.conv2, self.norm2 = nn.Conv2d(64, 2, 3, padding=1), nn.BatchNorm2d(2)
        self.relu = leaky()

    def forward(self, x):
        with torch.no_grad():
            information = self_information(x).flatten(1)
            cut = information.topk(256, 1).values[:, -1:]
            gate = (information >= cut).float().view(-1, 1, 32, 32)
        maps = self.relu(self.norm1(self.conv1(x))) * gate
        image = self.relu(self.norm2(self.conv2(maps)))
        mean = x.mean((1, 2, 3), keepdim=True)
        positions = (image.detach() - mean).abs().flatten(1).topk(KEPT, 1).indices
        return image, positions, mean


class Refine(nn.Module):
    def __init__(self):
        super().__init__()
        for step, (inputs, outputs) in enumerate([(2, 8), (8, 16), (16, 2)]):
            setattr(self, f"conv{step}", nn.Conv2d(inputs, outputs, 3, padding=1))
            setattr(self, f"norm{step}", nn.BatchNorm2d(outputs))
        self.relu = leaky()

    def forward(self, x):
        y = self.relu(self.norm0(self.conv0(x)))
        y = self.relu(self.norm1(self.conv1(y)))
        return self.relu(self.norm2(self.conv2(y)) + x)


class PreliminaryDecoder(nn.Module):
    """f_PD in the paper's form."""

    def __init__(self):
        super().__init__()
        self.refine = nn.Sequential(Refine(), Refine())
        self.conv = nn.Conv2d(2, 2, 3, padding=1)

    def forward(self, x):
        return torch.sigmoid(self.conv(self.refine(x)))


class IdasNet(NamedNetwork):
    """f_EN and f_PD."""

    def __init__(self):
        super().__init__()
        self.encoder, self.preliminaryDecoder = Encoder(), PreliminaryDecoder()

    def forward(self, x):
        image, positions, mean = self.encoder(x)
        visible = torch.zeros_like(image).flatten(1).scatter_(1, positions, 1).view_as(image)
        return self.preliminaryDecoder(visible * image + (1 - visible) * mean)

    def codeword(self, x):
        """What the user sends: values and positions, ascending, and the mean."""
        image, positions, mean = self.encoder(x)
        positions = positions.sort(1).values
        return image.flatten(1).gather(1, positions), positions, mean


class Program:
    """A step, how many steps are timed together, and the function whose output is checked."""

    def __init__(self, model, step, forward=None, repeats=1):
        self.model, self.step, self.forward, self.repeats = model, step, forward or model, repeats


def training(model, x, loss):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad()
        value = loss(model(x), x)
        value.backward()
        optimizer.step()
        value.item()

    return Program(model, step)


def train_layer(width):
    return training(Layer(width), torch.randn(16, TOKENS, width), lambda y, x: (y**2).mean())


def inference(model, x, forward=None, repeats=1):
    forward = forward or model

    def step():
        with torch.inference_mode():
            forward(x)

    return Program(model.eval(), step, forward, repeats)


def decode(batch):
    return inference(nn.Sequential(*(Layer(1280) for _ in range(6))), torch.randn(batch, TOKENS, 1280))


def encode():
    model = IdasNet()
    return inference(model, torch.rand(1, 2, 32, 32), lambda x: model.codeword(x)[0][0], 50)


PROGRAMS = {
    "train-gpt2-large-layer": lambda: train_layer(1280),
    "train-gpt2-layer": lambda: train_layer(768),
    "train-crnet": lambda: training(CrNet(256), torch.rand(200, 2, 32, 32), functional.mse_loss),
    "train-encoder": lambda: training(IdasNet(), torch.rand(64, 2, 32, 32), functional.mse_loss),
    "decode-1": lambda: decode(1),
    "decode-64": lambda: decode(64),
    # The peer of int8 is float32: what a user would run otherwise.
    "decode-1-int8": lambda: decode(1),
    "decode-64-int8": lambda: decode(64),
    "encode-1": encode,
}


def run(program):
    start, before = time.perf_counter(), time.process_time()
    for _ in range(program.repeats):
        program.step()
    if DEVICE == "cuda":
        torch.cuda.synchronize()
    wall, processor = time.perf_counter() - start, time.process_time() - before
    return {"ms": 1e3 * wall / program.repeats, "cpuMs": 1e3 * processor / program.repeats}


def check(program, file, entries):
    with open(file, "rb") as stream:
        floats = torch.frombuffer(bytearray(stream.read()), dtype=torch.float32)
    tensors = {
        entry["name"]: floats[entry["offset"] : entry["offset"] + math.prod(entry["shape"])].view(entry["shape"]).to(DEVICE, copy=True)
        for entry in entries
    }
    x, expected = tensors.pop("input"), tensors.pop("output")
    program.model.load(tensors)
    with torch.no_grad():
        output = program.forward(x)
    parameters = sum(parameter.numel() for parameter in program.model.parameters())
    difference = ((output - expected).abs().max() / expected.abs().max()).item()
    return {"parameters": parameters, "difference": difference}


if DEVICE == "cuda":
    torch.set_default_tensor_type("torch.cuda.FloatTensor")
    # The engines compute in float32 as well.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
torch.manual_seed(1)
current, program = None, None
for line in sys.stdin:
    command, name, *rest = line.rstrip("\n").split(" ", 3)
    if name != current:
        current, program = name, PROGRAMS[name]()
    answer = run(program) if command == "run" else check(program, rest[0], json.loads(rest[1]))
    print(json.dumps(answer), flush=True)
