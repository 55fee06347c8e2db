import { readFile } from "node:fs/promises";

/** What the server's process uses of the machine; zeros where the system does not tell (only Linux does). */
export interface ServerUse {
  /** Memory now, in MB (10^6 bytes). */
  readonly memoryMb: number;
  /** The most so far, of every process that was the server. */
  readonly peakMb: number;
  /** Of all of them together. */
  readonly cpuSeconds: number;
}

/** How often a process is looked at, in milliseconds. */
const EVERY_MS = 500;
const KB = 1_024;
const MB = 1_000_000;
/** Linux counts the time of processes in hundredths of a second, whatever its own clock. */
const TICKS_PER_SECOND = 100;
/** Fields of /proc/PID/stat behind the name of the program: time in the program, time in the kernel. */
const [USER_TICKS, SYSTEM_TICKS] = [11, 12];

export interface ServerWatch {
  use(): Promise<ServerUse>;
  stop(): void;
}

/** Watches the server, which may be killed and started again. @param pid of the one that runs now */
export function watchServer(pid: () => number): ServerWatch {
  const seen = new Map<number, ServerUse>();
  const look = async () => {
    const now = pid();
    const found = await useOf(now);
    if (found) seen.set(now, found);
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  return {
    use: async () => {
      await look();
      const all = [...seen.values()];
      return {
        memoryMb: seen.get(pid())?.memoryMb ?? 0,
        peakMb: Math.max(0, ...all.map(({ peakMb }) => peakMb)),
        cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      };
    },
    stop: () => clearInterval(timer),
  };
}

/** Of one process; undefined when it is gone. */
async function useOf(pid: number): Promise<ServerUse | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const megabytes = (name: string): number => {
      const [, kilobytes = "0"] = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status) ?? [];
      return Math.round((Number(kilobytes) * KB) / MB);
    };
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
    return { memoryMb: megabytes("VmRSS"), peakMb: megabytes("VmHWM"), cpuSeconds: ticks / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}
