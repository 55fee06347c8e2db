import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWalletClient, http, parseEther, publicActions, testActions } from "viem";
import { hardhat } from "viem/chains";
import { type LocalChain, startLocalChain } from "../../scripts/localChain/index.ts";
import { spawnLocalChain } from "../../scripts/localChain/spawn.ts";
import { eventually } from "../support/eventually.ts";
import { wallet } from "../support/wallets.ts";

const [sender, receiver] = [wallet(0), wallet(1)];

const client = (url: string) =>
  createWalletClient({ account: sender, chain: hardhat, transport: http(url), cacheTime: 0, pollingInterval: 20 })
    .extend(publicActions)
    .extend(testActions({ mode: "hardhat" }));

/** Init code of a contract that keeps 42 in slot 0 and reverts whoever calls it. */
const DEPLOY = "0x602a600055600580600f5f395ff35f5ffd0000";

/** Blocks of every sort: each transaction type, a deployment, a revert, two in one block, none, leaps of time. */
async function makeHistory(url: string): Promise<void> {
  const chain = client(url);
  const to = receiver.address;
  const gasPrice = 3_000_000_000n;
  await chain.sendTransaction({ to, value: parseEther("1") });
  await chain.sendTransaction({ to, value: 1n, type: "legacy", gasPrice });
  await chain.sendTransaction({
    to,
    value: 2n,
    type: "eip2930",
    gasPrice,
    accessList: [{ address: to, storageKeys: [] }],
  });
  const deployed = await chain.waitForTransactionReceipt({ hash: await chain.sendTransaction({ data: DEPLOY }) });
  const reverted = await chain.sendTransaction({ to: deployed.contractAddress, gas: 100_000n });
  equal((await chain.getTransactionReceipt({ hash: reverted })).status, "reverted");
  for (let i = 0; i < 20; i++) await chain.mine({ blocks: 1 });
  await chain.increaseTime({ seconds: 5_000 });
  await chain.setAutomine(false);
  const nonce = await chain.getTransactionCount({ address: sender.address });
  await chain.sendTransaction({ to, value: 3n, nonce, gas: 21_000n, maxPriorityFeePerGas: 1n });
  await chain.sendTransaction({ to, value: 4n, nonce: nonce + 1, gas: 21_000n, maxPriorityFeePerGas: 99n });
  await chain.mine({ blocks: 1 });
  await chain.setAutomine(true);
}

const seen = async (url: string) => {
  const chain = client(url);
  const { hash, number, stateRoot, timestamp } = await chain.getBlock();
  return { hash, number, stateRoot, timestamp, received: await chain.getBalance({ address: receiver.address }) };
};

describe("the local chain's record", () => {
  const folder = mkdtempSync(join(tmpdir(), "tributary-chain-"));
  const record = join(folder, "chain.jsonl");
  const initialDate = new Date(Date.now() - 86_400_000);
  let running: LocalChain | undefined;
  const start = async (options: Parameters<typeof startLocalChain>[0] = {}) => {
    running = await startLocalChain({ record, initialDate, ...options });
    return running;
  };
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  after(() => rmSync(folder, { recursive: true }));

  it("brings a chain back that was killed: same blocks, same state, and on it goes", async () => {
    const killed = await spawnLocalChain([
      "--port",
      "0",
      "--record",
      record,
      "--initial-date",
      initialDate.toISOString(),
    ]);
    await makeHistory(killed.url);
    const before = await seen(killed.url);
    process.kill(killed.pid, "SIGKILL");

    const restored = await start();
    equal(restored.genesisHash, killed.genesisHash);
    deepEqual(await seen(restored.url), before);
    const chain = client(restored.url);
    await chain.sendTransaction({ to: receiver.address, value: 5n });
    const after = await seen(restored.url);
    equal(after.number, before.number + 1n);
    equal(after.received, before.received + 5n);
    await restored.stop();
    deepEqual(await seen((await start()).url), after);
  });

  it("keeps block time with the clock after a restart, also where it had run ahead", async () => {
    const first = client((await start({ fresh: true })).url);
    await first.mine({ blocks: 1 });
    await running?.stop();
    const second = client((await start()).url);
    await second.mine({ blocks: 1 });
    ok(Math.abs(Number((await second.getBlock()).timestamp) - Date.now() / 1000) < 60);
    await second.increaseTime({ seconds: 7_200 });
    await second.mine({ blocks: 1 });
    const ahead = (await second.getBlock()).timestamp;
    await running?.stop();
    const third = client((await start()).url);
    await third.mine({ blocks: 1 });
    const goesOn = (await third.getBlock()).timestamp;
    ok(goesOn >= ahead && goesOn < ahead + 60n);
  });

  it("writes runs of empty blocks as one line, and drops a last line that kill -9 cut short", async () => {
    await makeHistory((await start({ fresh: true })).url);
    const before = await seen((running as LocalChain).url);
    await running?.stop();
    const long = readFileSync(record, "utf8");
    appendFileSync(record, '{"n":27,"t":[17');
    deepEqual(await seen((await start()).url), before);
    const short = readFileSync(record, "utf8");
    equal(long.trim().split("\n").length, 27);
    equal(short.trim().split("\n").length, 8);
  });

  it("refuses a record that comes out differently, in a sentence that names --fresh", async () => {
    await makeHistory((await start({ fresh: true })).url);
    await running?.stop();
    const good = readFileSync(record, "utf8");
    const spoil = (change: (lines: string[]) => string[]) => {
      writeFileSync(record, `${change(good.trim().split("\n")).join("\n")}\n`);
      return startLocalChain({ record });
    };
    await rejects(
      spoil((l) => l.map((line) => line.replace(/"t":\[\d/, '"t":[3'))),
      /block 1 came out as .*--fresh/,
    );
    await rejects(
      spoil((l) => l.toSpliced(3, 1)),
      /block 3 is missing.*--fresh/,
    );
    await rejects(
      spoil((l) => l.with(2, "nonsense")),
      /line 3 is damaged.*--fresh/,
    );
    await rejects(
      spoil((l) => l.with(0, '{"format":1,"chainId":31337,"genesisS":7,"genesisHash":"0x1"}')),
      /genesis.*--fresh/,
    );
    await start({ fresh: true });
  });

  it("refuses what a record cannot hold", async () => {
    const chain = client((await start({ fresh: true })).url);
    const refused = /refused: this chain is recorded/;
    await rejects(chain.setBalance({ address: sender.address, value: 1n }), refused);
    await rejects(chain.impersonateAccount({ address: receiver.address }), refused);
    await rejects(chain.revert({ id: await chain.snapshot() }), refused);
    await rejects(chain.mine({ blocks: 2 }), refused);
    equal(await chain.getBlockNumber(), 0n);
  });
});

describe("the local chain", () => {
  let chain: LocalChain | undefined;
  afterEach(async () => {
    await chain?.stop();
    chain = undefined;
  });

  it("mines an empty block now and then, when told to", async () => {
    chain = await startLocalChain({ emptyBlockEveryMs: 10 });
    const { url } = chain;
    await eventually(async () => (await client(url).getBlockNumber()) >= 3n);
  });

  it("takes another chain id, and no record of a chain with another one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tributary-chain-"));
    const record = join(folder, "second.jsonl");
    chain = await startLocalChain({ chainId: 31_338, record });
    equal(await client(chain.url).getChainId(), 31_338);
    await client(chain.url).mine({ blocks: 1 });
    await chain.stop();
    await rejects(startLocalChain({ record }), /chain id 31338.*--fresh/);
    chain = await startLocalChain({ chainId: 31_338, record });
    equal(await client(chain.url).getBlockNumber(), 1n);
    rmSync(folder, { recursive: true });
  });

  it("says which port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    const port = await eventually(() => (other.address() as { port: number } | null)?.port);
    await rejects(
      startLocalChain({ port }),
      (error: Error) => match(error.message, new RegExp(`port ${port}`)) === undefined,
    );
    other.close();
  });

  it("lets a burst of transactions share a second", async () => {
    chain = await startLocalChain();
    const rpc = client(chain.url);
    for (let i = 0; i < 30; i++) await rpc.sendTransaction({ to: receiver.address, value: 1n, gas: 21_000n, nonce: i });
    ok(Number((await rpc.getBlock()).timestamp) - Date.now() / 1000 < 5);
  });
});
