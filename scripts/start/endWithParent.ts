import { Socket } from "node:net";

// Preloaded into a child of ours: its stdin ends with the process that started it, whatever killed that one.
if (process.stdin instanceof Socket) process.stdin.unref();
process.stdin.on("end", () => process.kill(process.pid, "SIGTERM")).resume();
