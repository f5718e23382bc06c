/**
 * Why a test may be skipped. Any other reason, and none, fails the run: a test that is left out in silence is a test
 * that everyone takes for passed.
 */
export const allowedSkips: readonly RegExp[] = [
  // It takes too long here, or what it asks is not for this server.
  /^runs by pnpm conformance$/,
  /^takes seconds: it runs by pnpm conformance$/,
  /^by its own promises: /,
  // The machine lacks something.
  /^needs .+ on PATH$/,
  /^needs Chromium$/,
  /^this machine has no ::1$/,
  /^no mount namespace here$/,
  /^ptrace is not permitted here$/,
  /^only root may make a control group$/,
  /^this machine does not let us limit processes: /,
  // arm64 is emulated, and an emulator is no kernel.
  /^arm64 (is emulated|needs|'s Node and native modules cannot be had) /,
  /^qemu-user has no io_uring: io_uring_setup ENOSYS$/,
  /^to start a Node for each of tens of clients takes minutes under qemu-user$/,
];
