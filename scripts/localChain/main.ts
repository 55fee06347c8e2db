import { parseArgs } from "node:util";
import { LOCAL_CHAIN_ID } from "./chainId.ts";
import { startLocalChain } from "./index.ts";

const HELP = `A local chain in a process of its own. Prints one JSON line once it listens.

  --port N               0 takes a free one (default 8545)
  --chain-id N           a second chain beside the first (default 31337)
  --record FILE          keep every block in FILE and restore the chain from it at the start
  --fresh                throw an existing record away
  --initial-date ISO     time of block 0 (default now)
  --empty-block-ms N     mine an empty block when none came for N milliseconds (default 0: never)
  --block-ms N           mine every N milliseconds what came meanwhile (default 0: a block per transaction, at once)
  --with-parent          stop when the process that started this one is gone
`;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8545" },
    "chain-id": { type: "string", default: `${LOCAL_CHAIN_ID}` },
    record: { type: "string" },
    fresh: { type: "boolean", default: false },
    "initial-date": { type: "string" },
    "empty-block-ms": { type: "string", default: "0" },
    "block-ms": { type: "string", default: "0" },
    "with-parent": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await run();

async function run(): Promise<void> {
  const chain = await startLocalChain({
    port: Number(values.port),
    chainId: Number(values["chain-id"]),
    fresh: values.fresh,
    emptyBlockEveryMs: Number(values["empty-block-ms"]),
    blockEveryMs: Number(values["block-ms"]),
    onProgress: everySecond((done, blocks) => console.error(`restoring the local chain: block ${done} of ${blocks}`)),
    ...(values.record ? { record: values.record } : {}),
    ...(values["initial-date"] ? { initialDate: new Date(values["initial-date"]) } : {}),
  });
  const stop = () => void chain.stop().then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (values["with-parent"]) process.stdin.on("end", stop).resume();
  const { url, genesisHash, restored } = chain;
  console.log(JSON.stringify({ ready: true, url, pid: process.pid, genesisHash, restored }));
}

function everySecond(tell: (done: number, blocks: number) => void): (done: number, blocks: number) => void {
  let next = Date.now() + 1_000;
  return (done, blocks) => {
    if (Date.now() < next) return;
    next = Date.now() + 1_000;
    tell(done, blocks);
  };
}
