import { readFile } from "node:fs/promises";

/** Memory of the server's process in use, in MB (10^6 bytes). */
export interface Memory {
  readonly endMb: number;
  readonly peakMb: number;
}

const KB = 1_024;
const MB = 1_000_000;

/** What Linux says of a process; nothing where there is no such system. */
export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const megabytes = (name: string): number => {
    const [, kilobytes = "0"] = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
    return Math.round((Number(kilobytes) * KB) / MB);
  };
  return { endMb: megabytes("VmRSS"), peakMb: megabytes("VmHWM") };
}
