/**
 * Why a test may be skipped. Any other reason, and none, fails the run: a test that is left out in silence is a test
 * that everyone takes for passed.
 */
export const allowedSkips: readonly RegExp[] = [
  /^runs by pnpm conformance$/,
  /^by its own promises: /,
  // What a machine may lack.
  /^needs .+ on PATH$/,
  /^this machine has no ::1$/,
];
