/** CSI as a list of propagation paths: estimation, coding, synthesis. */
export {};
