#!/usr/bin/env node
// Says in one line what is missing, before anything that needs it is loaded.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`echolab needs Node 20.19 or newer; this is ${process.version}`);
  process.exit(1);
}
if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
  console.error(`echolab speaks to the Linux kernel, on x64 and arm64; this is ${process.platform} on ${process.arch}`);
  process.exit(1);
}
await import("../dist/main.js");
