import { randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Names this process among all of a house, in leases and as `application_name` of its PostgreSQL sessions (at most 63
 * bytes): where it runs, its id there, and a random part.
 */
export const PROCESS_NAME = `${place()}:${process.pid}:${randomBytes(6).toString("hex")}`;

/** Whether the process of this name ran where this one does and no longer runs. Of another place nobody knows. */
export function isGone(name: string): boolean {
  const [where, pid] = name.split(":");
  if (where !== place() || Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/** The machine, and on Linux the process ids' namespace: two containers may share a host name. */
function place(): string {
  const host = hostname().slice(0, 24);
  try {
    return `${host}-${readlinkSync("/proc/self/ns/pid").replaceAll(/\D/g, "")}`;
  } catch {
    return host;
  }
}
