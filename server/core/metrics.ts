import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What the process tells Prometheus. One per process, handed to whoever has something to tell. */
export interface Metrics {
  readonly registry: Registry;
  /** Seconds from the first byte of a request to the last of its answer, by route template. */
  readonly httpSeconds: Histogram<"method" | "route" | "status">;
  /**
   * Adds a gauge that is read when somebody asks; undefined, or an error, is told as no value. The same name may be
   * added again with other values of the same labels, as each chain does.
   */
  gauge(name: string, help: string, read: () => Reading | Promise<Reading>, labels?: Labels): void;
  /** Adds a counter; who asks for a name again gets the same one. */
  counter<Label extends string>(name: string, help: string, labels?: readonly Label[]): Counter<Label>;
  /** Adds a histogram; who asks for a name again gets the same one. */
  histogram<Label extends string>(
    name: string,
    help: string,
    options: { readonly labels: readonly Label[]; readonly buckets: readonly number[] },
  ): Histogram<Label>;
}

type Reading = number | undefined;
type Labels = Readonly<Record<string, string>>;

/** Where one value of a gauge comes from. */
interface Source {
  readonly labels: Labels;
  readonly read: () => Reading | Promise<Reading>;
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
  const sources = new Map<string, Source[]>();
  const once = <Metric>(name: string, make: () => Metric): Metric =>
    (registry.getSingleMetric(name) as Metric | undefined) ?? make();
  return {
    registry,
    httpSeconds,
    gauge: (name, help, read, labels = {}) => {
      const known = sources.get(name);
      if (known) known.push({ labels, read });
      else sources.set(name, addGauge(registry, { name, help, first: { labels, read } }));
    },
    counter: <Label extends string>(name: string, help: string, labels: readonly Label[] = []) =>
      once(name, () => new Counter<Label>({ name, help, labelNames: [...labels], registers })),
    histogram: (name, help, { labels, buckets }) =>
      once(name, () => new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers })),
  };
}

/** @returns the sources of its values, to which others may be added */
function addGauge(registry: Registry, { name, help, first }: { name: string; help: string; first: Source }): Source[] {
  const sources = [first];
  new Gauge<string>({
    name,
    help,
    labelNames: Object.keys(first.labels),
    registers: [registry],
    async collect() {
      const readings = await Promise.all(
        sources.map(async ({ read }) => read()).map((one) => one.catch(() => undefined)),
      );
      for (const [at, { labels }] of sources.entries()) {
        const value = readings[at];
        if (value === undefined) this.remove(labels);
        else this.set(labels, value);
      }
    },
  });
  return sources;
}
