import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { contractsOf } from "../../../scripts/deploy/contracts.ts";
import { deployContracts } from "../../../scripts/deploy/index.ts";
import { type RpcProxy, startRpcProxy } from "../../chain/support/rpcProxy.ts";
import { type Anvil, describeOnAnvil, startAnvil } from "../../support/anvil.ts";
import { bookFolder, deploy, deployed, richKey } from "./deployer.ts";

const NAMES = contractsOf({ testUsd: true }).map(({ name }) => name);

describeOnAnvil("a deployment that is broken off", () => {
  const books = bookFolder();
  let anvil: Anvil;
  let node: RpcProxy;
  let payer: { key: string; address: string };

  before(async () => {
    anvil = await startAnvil("--chain-id", "5151");
    node = await startRpcProxy(anvil.url);
  });
  after(async () => {
    await Promise.all([node?.stop(), anvil?.stop()]);
    books.clean();
  });
  let start: string;
  beforeEach(async () => {
    node.calls.length = 0;
    node.lie(undefined);
    start = await anvil.ask<string>("evm_snapshot");
    payer = await richKey(anvil.ask);
  });
  afterEach(async () => {
    await anvil.ask("evm_setAutomine", [true]);
    await anvil.ask("evm_revert", [start]);
  });

  const options = (file: string, ...more: string[]) => [
    ...["--rpc", node.url, "--chain-id", "5151", "--confirmations", "1", "--test-usd", "--out", file, ...more],
  ];
  const nonce = async () => Number(await anvil.ask<string>("eth_getTransactionCount", [payer.address, "latest"]));

  /**
   * Runs the command in a process of its own, and kills it when it sends its second contract: the node has it, the
   * process never hears so. @returns what it said until then
   */
  async function killedAtTheSecond(args: readonly string[]): Promise<string> {
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/deploy.ts", ...args], {
      env: { ...process.env, DEPLOYER_KEY: payer.key },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (part) => (said += part));
    let sent = 0;
    node.lie(async (call, ask) => {
      if (call.method !== "eth_sendRawTransaction" || ++sent < 2) return await ask(call);
      await anvil.ask("evm_setAutomine", [false]);
      const answer = await ask(call);
      child.kill("SIGKILL");
      return answer;
    });
    await once(child, "close");
    node.lie(undefined);
    assert.equal(sent, 2, said);
    return said;
  }

  for (const method of ["CREATE2", "plain CREATE"]) {
    const how = method === "CREATE2" ? [] : ["--create"];

    it(`goes on where it was killed, by ${method}, and sends nothing twice`, async () => {
      const file = books.next();
      const said = await killedAtTheSecond(options(file, ...how));
      assert.match(said, new RegExp(`${NAMES[0]} +0x\\w+  block`));
      assert.ok(!existsSync(file), "half a deployment has no book");

      // the second one still waits to be mined when the next run looks
      const again = deploy(options(file, ...how, "--json"), payer.key);
      await waitsForPending(node);
      await anvil.ask("evm_mine");
      await anvil.ask("evm_setAutomine", [true]);
      const run = await again;
      assert.equal(run.code, 0, run.said);
      assert.equal(run.said.match(/0x\w+ {2}there already/g)?.length, 2, run.said);
      assert.equal(await nonce(), NAMES.length);

      const third = await deploy(options(file, ...how), payer.key);
      assert.match(third.said, /Everything was there already; nothing was sent/);
      assert.equal(await nonce(), NAMES.length);
    });
  }

  it("gives up waiting with a sentence, and finds the contract in the next run", async () => {
    const file = books.next();
    await anvil.ask("evm_setAutomine", [false]);
    const late = await deploy(options(file, "--timeout-s", "1"), payer.key);
    assert.equal(late.code, 1);
    assert.match(late.said, new RegExp(`${NAMES[0]} is not mined after 1\\.\\d s .*run this again`));
    await anvil.ask("evm_mine");
    await anvil.ask("evm_setAutomine", [true]);
    await deployed(options(file), payer.key);
    assert.equal(await nonce(), NAMES.length);
  });

  it("finds the escrow's first block on the chain when no book tells it", async () => {
    const { startBlock } = await deployContracts({ rpcUrl: anvil.url, privateKey: payer.key, testUsd: true });
    await anvil.ask("anvil_mine", ["0x32"]);
    assert.equal((await deployed(options(books.next()), payer.key)).startBlock, startBlock);
  });

  it("asks for --start-block where the node forgot the old states, and refuses one that is too late", async () => {
    const { startBlock } = await deployContracts({ rpcUrl: anvil.url, privateKey: payer.key, testUsd: true });
    await anvil.ask("anvil_mine", ["0x32"]);
    const file = books.next();
    node.lie(async (call, ask) => {
      const old = call.method === "eth_getCode" && Number(call.params[1]) <= startBlock + 1;
      return old ? { error: { code: -32_000, message: "missing trie node" } } : await ask(call);
    });
    const silent = await deploy(options(file), payer.key);
    assert.equal(silent.code, 1);
    assert.match(silent.said, /missing trie node.*--start-block N/);
    const late = await deploy(options(file, "--start-block", String(startBlock + 10)), payer.key);
    assert.equal(late.code, 1);
    assert.match(late.said, /must not be after its first block/);
    const book = await deployed(options(file, "--start-block", String(startBlock)), payer.key);
    assert.equal(book.startBlock, startBlock);
  });
});

/** Until the command has asked how many transactions of its account wait. */
async function waitsForPending(node: RpcProxy): Promise<void> {
  const asked = () =>
    node.calls.filter(({ method, params }) => method === "eth_getTransactionCount" && params[1] === "pending").length;
  const before = asked();
  for (let tries = 0; asked() < before + 3; tries++) {
    if (tries > 1_000) throw new Error("the command does not wait for what it sent before");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
