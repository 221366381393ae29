var __awaiter =
  (this && this.__awaiter) ||
  ((thisArg, _arguments, P, generator) => {
    function adopt(value) {
      return value instanceof P
        ? value
        : new P((resolve) => {
            resolve(value);
          });
    }
    return new (P || (P = Promise))((resolve, reject) => {
      function fulfilled(value) {
        try {
          step(generator.next(value));
        } catch (e) {
          reject(e);
        }
      }
      function rejected(value) {
        try {
          step(generator["throw"](value));
        } catch (e) {
          reject(e);
        }
      }
      function step(result) {
        result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected);
      }
      step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
  });
var __generator =
  (this && this.__generator) ||
  ((thisArg, body) => {
    var _ = {
        label: 0,
        sent: () => {
          if (t[0] & 1) throw t[1];
          return t[1];
        },
        trys: [],
        ops: [],
      },
      f,
      y,
      t,
      g = Object.create((typeof Iterator === "function" ? Iterator : Object).prototype);
    return (
      (g.next = verb(0)),
      (g["throw"] = verb(1)),
      (g["return"] = verb(2)),
      typeof Symbol === "function" &&
        (g[Symbol.iterator] = function () {
          return this;
        }),
      g
    );
    function verb(n) {
      return (v) => step([n, v]);
    }
    function step(op) {
      if (f) throw new TypeError("Generator is already executing.");
      while ((g && ((g = 0), op[0] && (_ = 0)), _))
        try {
          if (
            ((f = 1),
            y &&
              (t =
                op[0] & 2
                  ? y["return"]
                  : op[0]
                    ? y["throw"] || ((t = y["return"]) && t.call(y), 0)
                    : y.next) &&
              !(t = t.call(y, op[1])).done)
          )
            return t;
          if (((y = 0), t)) op = [op[0] & 2, t.value];
          switch (op[0]) {
            case 0:
            case 1:
              t = op;
              break;
            case 4:
              _.label++;
              return { value: op[1], done: false };
            case 5:
              _.label++;
              y = op[1];
              op = [0];
              continue;
            case 7:
              op = _.ops.pop();
              _.trys.pop();
              continue;
            default:
              if (!((t = _.trys), (t = t.length > 0 && t[t.length - 1])) && (op[0] === 6 || op[0] === 2)) {
                _ = 0;
                continue;
              }
              if (op[0] === 3 && (!t || (op[1] > t[0] && op[1] < t[3]))) {
                _.label = op[1];
                break;
              }
              if (op[0] === 6 && _.label < t[1]) {
                _.label = t[1];
                t = op;
                break;
              }
              if (t && _.label < t[2]) {
                _.label = t[2];
                _.ops.push(op);
                break;
              }
              if (t[2]) _.ops.pop();
              _.trys.pop();
              continue;
          }
          op = body.call(thisArg, _);
        } catch (e) {
          op = [6, e];
          y = 0;
        } finally {
          f = t = 0;
        }
      if (op[0] & 5) throw op[1];
      return { value: op[0] ? op[1] : void 0, done: true };
    }
  });
var __asyncValues =
  (this && this.__asyncValues) ||
  ((o) => {
    if (!Symbol.asyncIterator) throw new TypeError("Symbol.asyncIterator is not defined.");
    var m = o[Symbol.asyncIterator],
      i;
    return m
      ? m.call(o)
      : ((o = typeof __values === "function" ? __values(o) : o[Symbol.iterator]()),
        (i = {}),
        verb("next"),
        verb("throw"),
        verb("return"),
        (i[Symbol.asyncIterator] = function () {
          return this;
        }),
        i);
    function verb(n) {
      i[n] =
        o[n] &&
        ((v) =>
          new Promise((resolve, reject) => {
            (v = o[n](v)), settle(resolve, reject, v.done, v.value);
          }));
    }
    function settle(resolve, reject, d, v) {
      Promise.resolve(v).then((v) => {
        resolve({ value: v, done: d });
      }, reject);
    }
  });
var __spreadArray =
  (this && this.__spreadArray) ||
  function (to, from, pack) {
    if (pack || arguments.length === 2)
      for (var i = 0, l = from.length, ar; i < l; i++) {
        if (ar || !(i in from)) {
          if (!ar) ar = Array.prototype.slice.call(from, 0, i);
          ar[i] = from[i];
        }
      }
    return to.concat(ar || Array.prototype.slice.call(from));
  };
var _a, e_1, _b, _c;
Object.defineProperty(exports, "__esModule", { value: true });
// Our half of the engine benchmarks: reads names of programs on standard input, runs
// one step of each, and prints its wall time and processor time in milliseconds.
var node_readline_1 = require("node:readline");
var gpt2_layers_1 = require("@csi-feedback/gpt2-layers");
var networks_1 = require("@csi-feedback/networks");
var tfjs_backend_onnxruntime_1 = require("@csi-feedback/tfjs-backend-onnxruntime");
var tf = require("@tensorflow/tfjs-core");
var tokens = 65;
/** A training step of one GPT-2 layer on 16 sequences of 65 tokens. */
function trainLayer(width) {
  var layers = (0, gpt2_layers_1.createGpt2Layers)({ width: width, heads: width / 64, layers: 1, seed: 1 });
  var optimizer = new tfjs_backend_onnxruntime_1.AdamOptimizer(
    __spreadArray([], layers.parameters.values(), true),
  );
  var x = tf.randomNormal([16, tokens, width], 0, 1, "float32", 2);
  return () =>
    __awaiter(this, void 0, void 0, function () {
      var loss;
      return __generator(this, (_a) => {
        switch (_a.label) {
          case 0:
            loss = optimizer.minimize(() => tf.mean(tf.square(layers.forward(x, { causal: true }))), 1e-3);
            return [4 /*yield*/, loss.data()];
          case 1:
            _a.sent();
            loss.dispose();
            return [2 /*return*/];
        }
      });
    });
}
/** A training step of CRNet 1/8 on 200 channels. */
function trainCrNet() {
  var network = (0, networks_1.createCrNet)({ codeword: 256 }, 1);
  var trained = Object.values(network.groups).flat();
  var optimizer = new tfjs_backend_onnxruntime_1.AdamOptimizer(
    trained.map((name) => network.parameters.get(name)),
  );
  var x = tf.randomUniform([200, 2, 32, 32], 0, 1, "float32", 2);
  var loss = () => tf.mean(tf.squaredDifference(network.forward(x, { training: true, output: "final" }), x));
  return () =>
    __awaiter(this, void 0, void 0, function () {
      var value;
      return __generator(this, (_a) => {
        switch (_a.label) {
          case 0:
            value = optimizer.minimize(loss, 1e-3);
            return [4 /*yield*/, value.data()];
          case 1:
            _a.sent();
            value.dispose();
            return [2 /*return*/];
        }
      });
    });
}
/** Six GPT-2 Large layers as a frozen program. */
function decode(batch, weights) {
  return __awaiter(this, void 0, void 0, function () {
    var layers, x, program, data;
    return __generator(this, (_a) => {
      switch (_a.label) {
        case 0:
          layers = (0, gpt2_layers_1.createGpt2Layers)({ width: 1280, heads: 20, layers: 6, seed: 1 });
          x = tf.randomNormal([batch, tokens, 1280], 0, 1, "float32", 2);
          return [
            4 /*yield*/,
            (0, tfjs_backend_onnxruntime_1.compileInference)(
              (input) => layers.forward(input, { causal: true }),
              [x],
              {
                weights: weights,
              },
            ),
          ];
        case 1:
          program = _a.sent();
          return [4 /*yield*/, x.data()];
        case 2:
          data = _a.sent();
          return [2 /*return*/, () => program.run(data)];
      }
    });
  });
}
var programs = {
  "train-gpt2-large-layer": () => trainLayer(1280),
  "train-gpt2-layer": () => trainLayer(768),
  "train-crnet": trainCrNet,
  "decode-1": () => decode(1, "float32"),
  "decode-64": () => decode(64, "float32"),
  "decode-1-int8": () => decode(1, "int8"),
  "decode-64-int8": () => decode(64, "int8"),
};
await (0, tfjs_backend_onnxruntime_1.registerOnnxruntimeBackend)();
await tf.setBackend("onnxruntime");
var current;
try {
  for (
    var _d = true, _e = __asyncValues((0, node_readline_1.createInterface)({ input: process.stdin })), _f;
    (_f = await _e.next()), (_a = _f.done), !_a;
    _d = true
  ) {
    _c = _f.value;
    _d = false;
    var name_1 = _c;
    if ((current === null || current === void 0 ? void 0 : current.name) !== name_1)
      current = { name: name_1, step: await programs[name_1]() };
    var _g = [performance.now(), process.cpuUsage()],
      start = _g[0],
      before = _g[1];
    await current.step();
    var _h = process.cpuUsage(before),
      user = _h.user,
      system = _h.system;
    console.log(JSON.stringify({ ms: performance.now() - start, cpuMs: (user + system) / 1e3 }));
  }
} catch (e_1_1) {
  e_1 = { error: e_1_1 };
} finally {
  try {
    if (!_d && !_a && (_b = _e.return)) await _b.call(_e);
  } finally {
    if (e_1) throw e_1.error;
  }
}
