import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What the process tells Prometheus. One per process, handed to whoever has something to tell. */
export interface Metrics {
  readonly registry: Registry;
  /** Seconds from the first byte of a request to the last of its answer, by route template. */
  readonly httpSeconds: Histogram<"method" | "route" | "status">;
  /** Adds a gauge that is read when somebody asks. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  /** Adds a counter. */
  counter<Label extends string>(name: string, help: string, labels?: readonly Label[]): Counter<Label>;
}

/**
 * Makes an empty set of metrics.
 * @param options.ofProcess also memory, CPU and event loop; for the real process, as they cost a timer
 */
export function createMetrics({ ofProcess = false } = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (ofProcess) collectDefaultMetrics({ register: registry });
  const httpSeconds = new Histogram({
    name: "tributary_http_seconds",
    help: "Seconds a request took, by route template and status",
    labelNames: ["method", "route", "status"],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  return {
    registry,
    httpSeconds,
    gauge: (name, help, read) => {
      const gauge = new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set(await read());
        },
      });
      gauge.set(0);
    },
    counter: <Label extends string>(name: string, help: string, labels: readonly Label[] = []) =>
      new Counter<Label>({ name, help, labelNames: [...labels], registers }),
  };
}
