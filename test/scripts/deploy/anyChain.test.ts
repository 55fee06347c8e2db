import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { Interface, Wallet } from "ethers";
import { type AddressBook, deployContracts } from "../../../scripts/deploy/index.ts";
import { rpc } from "../../../scripts/deploy/rpc.ts";
import { type LocalChain, startLocalChain } from "../../../scripts/localChain/index.ts";
import { readConfig } from "../../../server/config.ts";
import { type RpcProxy, startRpcProxy } from "../../chain/support/rpcProxy.ts";
import { type Anvil, describeOnAnvil, startAnvil } from "../../support/anvil.ts";
import { bookFolder, deploy, deployed, richKey } from "./deployer.ts";

describeOnAnvil("deploying onto any chain", () => {
  const books = bookFolder();
  let hardhat: LocalChain;
  let anvil: Anvil;
  let node: RpcProxy;
  let payer: { key: string; address: string };
  const onAnvil = (...more: string[]) => ["--rpc", node.url, "--chain-id", "5151", "--confirmations", "1", ...more];
  const sent = () => node.calls.filter(({ method }) => method === "eth_sendRawTransaction").length;

  before(async () => {
    [hardhat, anvil] = await Promise.all([startLocalChain(), startAnvil("--chain-id", "5151", "--no-create2")]);
    node = await startRpcProxy(anvil.url);
    payer = await richKey(anvil.ask);
  });
  after(async () => {
    await Promise.all([node?.stop(), anvil?.stop(), hardhat?.stop()]);
    books.clean();
  });
  // each test begins on a chain without anything of ours
  let start: string;
  beforeEach(async () => {
    node.calls.length = 0;
    node.lie(undefined);
    start = await anvil.ask<string>("evm_snapshot");
  });
  afterEach(async () => await anvil.ask("evm_revert", [start]));

  it("gives the same addresses on Hardhat and on anvil, whoever pays", async () => {
    const one = await deployed(["--rpc", hardhat.url, "--out", books.next()]);
    const other = await deployed(onAnvil("--test-usd", "--out", books.next()), payer.key);
    assert.notEqual(one.genesisHash, other.genesisHash);
    assert.deepEqual(addresses(one), addresses(other));
    for (const [url, { escrow, startBlock }] of [[hardhat.url, one] as const, [anvil.url, other] as const]) {
      assert.notEqual(await rpc(url)("eth_getCode", [escrow, `0x${startBlock.toString(16)}`]), "0x");
      assert.equal(await rpc(url)("eth_getCode", [escrow, `0x${(startBlock - 1).toString(16)}`]), "0x");
    }
  });

  it("gives scripts the same addresses as the command", async () => {
    const byScript = await deployContracts({ rpcUrl: anvil.url, privateKey: payer.key, testUsd: true });
    const byCommand = await deployed(onAnvil("--test-usd", "--out", books.next()), payer.key);
    assert.deepEqual(byCommand, byScript);
    assert.equal(sent(), 0, "everything was there already");
  });

  it("says in a dry run what would be, and sends nothing", async () => {
    const dry = await deploy(["--rpc", node.url, "--dry-run", "--json", "--out", books.next()], payer.key);
    assert.equal(dry.code, 0, dry.said);
    assert.equal(sent(), 0);
    const { escrow, gas, total_wei } = JSON.parse(dry.printed);
    assert.match(dry.said, /nothing was sent/);
    assert.match(dry.said, new RegExp(`${payer.address} pays, and has 1,000 ETH`));
    const before = BigInt(await anvil.ask<string>("eth_getBalance", [payer.address, "latest"]));
    const file = books.next();
    const book = await deployed(onAnvil("--out", file), payer.key);
    assert.equal(book.escrow, escrow);
    const paid = before - BigInt(await anvil.ask<string>("eth_getBalance", [payer.address, "latest"]));
    assert.ok(Number(paid) / Number(total_wei) < 1.2 && Number(paid) / Number(total_wei) > 0.5, `${paid} ${total_wei}`);
    assert.ok(gas.SettlementEscrow > 1_000_000);
  });

  it("needs no key for a dry run, and never asks for what is too large", async () => {
    const dry = await deploy(["--rpc", node.url, "--dry-run"], undefined);
    assert.equal(dry.code, 0, dry.said);
    assert.match(dry.said, /of 24,576/);
    assert.match(dry.said, /no key yet/);
  });

  it("refuses a chain that was not meant, by name", async () => {
    const other = await deploy(["--rpc", node.url, "--chain-id", "1", "--out", books.next()], payer.key);
    assert.equal(other.code, 1);
    assert.match(other.said, /on chain 5151, but --chain-id says 1\. Nothing was sent/);
    const silent = await deploy(["--rpc", node.url, "--out", books.next()], payer.key);
    assert.equal(silent.code, 1);
    assert.match(silent.said, /say --chain-id 5151/);
    assert.equal(sent(), 0);
  });

  it("does not write over a book of another chain or of other addresses, unless forced", async () => {
    const file = books.next();
    const book = await deployed(onAnvil("--out", file), payer.key);
    const foreign = [
      { ...book, genesisHash: `0x${"11".repeat(32)}` },
      { ...book, chainId: 1 },
      { ...book, escrow: payer.address },
    ];
    for (const strange of foreign) {
      const text = JSON.stringify(strange);
      writeFileSync(file, text);
      const run = await deploy(onAnvil("--out", file), payer.key);
      assert.equal(run.code, 1);
      assert.match(run.said, /--force/);
      assert.equal(readFileSync(file, "utf8"), text);
    }
    assert.equal((await deployed(onAnvil("--out", file, "--force"), payer.key)).escrow, book.escrow);
  });

  it("deploys a panel of arbiters where its members are named", async () => {
    const members = [payer.address, Wallet.createRandom().address, Wallet.createRandom().address];
    const panel = ["--arbiters", members.join(","), "--ruling-s", "7200"];
    const file = books.next();
    const { arbiterPanel } = await deployed(onAnvil("--out", file, ...panel), payer.key);
    const face = new Interface([
      "function members() view returns (address[])",
      "function quorum() view returns (uint256)",
      "function executionTime() view returns (uint256)",
    ]);
    const answers = ["members", "quorum", "executionTime"].map(async (name) => {
      const call = { to: arbiterPanel, data: face.encodeFunctionData(name) };
      return face.decodeFunctionResult(name, await anvil.ask<string>("eth_call", [call, "latest"]))[0];
    });
    const [seats, quorum, rulingS] = await Promise.all(answers);
    assert.deepEqual([[...seats], quorum, rulingS], [members, 2n, 7_200n]);
    const again = await deployed(onAnvil("--out", file), payer.key);
    assert.equal(again.arbiterPanel, arbiterPanel, "the book keeps it when nobody names the members again");
  });

  it("looks at the tokens that are named before it pays, and keeps them in the book", async () => {
    const {
      tokens: [usd],
    } = await deployContracts({ rpcUrl: anvil.url, privateKey: payer.key, testUsd: true });
    const [file, named] = [books.next(), books.next()];
    for (const [change, sentence] of [
      [{ decimals: 18 }, /TUSD at 0x\w+ has 6 decimals, not 18/],
      [{ address: payer.address }, /is no token of this chain/],
      [{ rate_den: "0" }, /--tokens: 0\.rate_den: must be above zero/],
      [{ price: "1" }, /price/],
    ] as const) {
      writeFileSync(named, JSON.stringify([{ ...usd, ...change }]));
      const run = await deploy(onAnvil("--out", file, "--tokens", named, "--arbiters", payer.address), payer.key);
      assert.equal(run.code, 1);
      assert.match(run.said, sentence);
    }
    assert.equal(sent(), 0);
    const euro = { ...usd, currency: "EUR" };
    writeFileSync(named, JSON.stringify([euro]));
    await deployed(onAnvil("--out", file, "--tokens", named), payer.key);
    assert.deepEqual((await deployed(onAnvil("--out", file), payer.key)).tokens, [euro]);
  });

  it("writes down what a block explorer asks for", async () => {
    const file = books.next();
    const { escrow, desks } = await deployed(onAnvil("--out", file), payer.key);
    const folder = file.replace(".json", ".sources");
    const contracts: Record<string, string>[] = JSON.parse(readFileSync(`${folder}/contracts.json`, "utf8"));
    const { contract, input, constructor_arguments } = contracts.find(({ address }) => address === escrow) ?? {};
    assert.equal(contract, "project/contracts/SettlementEscrow.sol:SettlementEscrow");
    assert.equal(constructor_arguments, `0x${desks?.order.slice(2).toLowerCase().padStart(64, "0")}`);
    const { language, sources } = JSON.parse(readFileSync(`${folder}/${input}`, "utf8"));
    assert.equal(language, "Solidity");
    assert.ok(sources["project/contracts/SettlementEscrow.sol"].content.includes("contract SettlementEscrow"));
  });

  it("writes a book that the server reads", async () => {
    const file = books.next();
    const { escrow, genesisHash, startBlock } = await deployed(onAnvil("--test-usd", "--out", file), payer.key);
    const { chain } = readConfig({
      ...{ RPC_URLS: anvil.url, ADDRESS_BOOK: file, OPERATOR_KEY: payer.key, JWT_SECRET: "x".repeat(32) },
      ...{ PLATFORM_PAYEE: payer.address, MAIL_URL: "outbox:unused" },
      EXPRESS_TYPES: JSON.stringify([
        { code: "post", name: "Post", currency: "USD", freight_minor: 500, carrier: payer.address },
      ]),
    });
    assert.equal(chain.id, 5151);
    assert.deepEqual(
      { escrow: chain.escrow, genesisHash: chain.genesisHash, startBlock: chain.startBlock },
      { escrow, genesisHash, startBlock },
    );
    assert.deepEqual(
      chain.tokens.map(({ symbol }) => symbol),
      ["TUSD"],
    );
  });
});

function addresses({ escrow, desks, statementRegistry, tokens }: AddressBook) {
  return { escrow, desks, statementRegistry, testUsd: tokens.find(({ symbol }) => symbol === "TUSD")?.address };
}
