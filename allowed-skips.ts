/**
 * Why a test may be skipped. Any other reason, and none, fails the run: a test that is left out in silence is a test
 * that everyone takes for passed.
 */
export const allowedSkips: readonly RegExp[] = [
  // It takes too long here, or what it asks is not for this server.
  /^takes seconds: it runs by pnpm conformance$/,
  /^by its own promises: /,
  // The machine lacks something, or does not allow it.
  /^needs .+ on PATH$/,
  /^needs Chromium$/,
  /^bubblewrap is not installed, or may not run here$/,
  /^this machine (has no ::1|gives neither bubblewrap nor a PID namespace|does not let us limit processes: .*)$/,
  /^no mount namespace here$/,
  /^this machine is too busy to keep a client talking: /,
  /^ptrace is not permitted here$/,
  /^only root (may|can) /,
  /^(io-uring: )?io_uring_setup E\w+: /,
  /liburing\.h/,
  /^other runtimes are taken from npm for x64 only$/,
  /^(no thread or process came with a client|its processes do not come with its clients)$/,
  /^declares no limit that could be reached here, |^does not start with --max-connections /,
  /^no socket could have [\d.]+:\d+: E\w+$/,
  /^the kernel accepts for it: strace sees no system call$/,
  // arm64 is emulated, and an emulator is no kernel.
  /^arm64( is emulated|'s Node and native modules cannot be had| needs) /,
  /^qemu-user has no io_uring: io_uring_setup ENOSYS$/,
  /^to start a Node for each of tens of clients takes minutes under qemu-user$/,
];
