// Compression ratios, as the commands take them.
export { elementsAt, paperRatios, parseRatio, type Ratio } from "@csi-feedback/experiments";
