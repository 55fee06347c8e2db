import assert from "node:assert/strict";
import { AbiCoder, getCreateAddress, Interface } from "ethers";
import { differenceOf, readArtifact } from "../../../scripts/deploy/artifacts.ts";
import { contractsOf } from "../../../scripts/deploy/contracts.ts";
import { PROXY, PROXY_CODE, PROXY_FEE, PROXY_GAS_PRICE, PROXY_MAKER } from "../../../scripts/deploy/proxy.ts";
import { type RpcProxy, startRpcProxy } from "../../chain/support/rpcProxy.ts";
import { type Anvil, describeOnAnvil, startAnvil } from "../../support/anvil.ts";
import { bookFolder, deploy, deployed, richKey } from "./deployer.ts";

describeOnAnvil("what a deployment refuses", () => {
  const books = bookFolder();
  let anvil: Anvil;
  let node: RpcProxy;
  let payer: { key: string; address: string };

  before(async () => {
    anvil = await startAnvil("--chain-id", "5151", "--no-create2");
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
    await anvil.ask("evm_revert", [start]);
    await anvil.ask("anvil_setNextBlockBaseFeePerGas", ["0x3b9aca00"]); // it forgets no fee by going back
  });

  const options = (...more: string[]) => [
    ...["--rpc", node.url, "--chain-id", "5151", "--confirmations", "1", "--out", books.next(), ...more],
  ];
  const balanceOf = async (account: string) => BigInt(await anvil.ask<string>("eth_getBalance", [account, "latest"]));

  it("knows the deployment proxy: its maker, its price, its address", () => {
    assert.equal(getCreateAddress({ from: PROXY_MAKER, nonce: 0 }), PROXY);
    assert.equal(PROXY_FEE, 10n ** 16n);
    assert.equal(PROXY_GAS_PRICE, 10n ** 11n);
  });

  it("brings the proxy to a chain without it, and does not let its dear price set ours", async () => {
    const before = await balanceOf(payer.address);
    await deployed(options("--test-usd"), payer.key);
    assert.equal(await anvil.ask("eth_getCode", [PROXY, "latest"]), PROXY_CODE);
    assert.ok(before - (await balanceOf(payer.address)) < 10n ** 17n, "less than a tenth of an ETH at 2 gwei");
  });

  it("says so where a node takes no transaction without a chain id, before it has paid; --create does without", async () => {
    node.lie(async (call, ask) => {
      const unprotected = call.method === "eth_sendRawTransaction" && !String(call.params[0]).startsWith("0x02");
      const message = "only replay-protected (EIP-155) transactions allowed over RPC";
      return unprotected ? { error: { code: -32_000, message } } : await ask(call);
    });
    const run = await deploy(options(), payer.key);
    assert.equal(run.code, 1);
    assert.match(run.said, /refuses the transaction that makes it.*only replay-protected.*--create/);
    assert.equal(await balanceOf(PROXY_MAKER), 0n);
    const book = await deployed(options("--create"), payer.key);
    assert.notEqual(await anvil.ask("eth_getCode", [book.escrow, "latest"]), "0x");
    assert.equal(await anvil.ask("eth_getCode", [PROXY, "latest"]), "0x");
  });

  it("sends nothing while gas costs more than may be paid, or more than the proxy's transaction pays", async () => {
    await anvil.ask("anvil_setNextBlockBaseFeePerGas", ["0x2540be400"]); // 10 gwei
    await anvil.ask("evm_mine");
    const cheap = await deploy(options("--create", "--max-fee-gwei", "2", "--timeout-s", "1"), payer.key);
    assert.equal(cheap.code, 1);
    assert.match(cheap.said, /Gas costs .* gwei, more than the 2 gwei that may be paid.*--max-fee-gwei/);
    await anvil.ask("anvil_setNextBlockBaseFeePerGas", ["0x22ecb25c00"]); // 150 gwei
    await anvil.ask("evm_mine");
    const dear = await deploy(options("--max-fee-gwei", "500"), payer.key);
    assert.equal(dear.code, 1);
    assert.match(dear.said, /pays 100 gwei\. Run this again when gas is cheaper, or deploy with --create/);
    assert.equal(node.calls.filter(({ method }) => method === "eth_sendRawTransaction").length, 0);
  });

  it("names what is missing to somebody too poor, and asks for a key where there is none", async () => {
    await anvil.ask("anvil_setBalance", [payer.address, "0x1"]);
    const poor = await deploy(options(), payer.key);
    assert.equal(poor.code, 1);
    assert.match(poor.said, new RegExp(`${payer.address} has .* ETH, but about .* are needed\\. Send it`));
    const wrong = await deploy(options(), "0x1234");
    assert.match(wrong.said, /DEPLOYER_KEY is no private key/);
    assert.doesNotMatch(wrong.said, /1234/);
  });

  it("never tells the key nor what a node's URL hides", async () => {
    const said: string[] = [];
    for (const more of [["--dry-run"], []]) {
      const run = await deploy(
        [
          "--rpc",
          `${node.url}/secret-path`,
          "--chain-id",
          "5151",
          "--confirmations",
          "1",
          ...more,
          "--out",
          books.next(),
          "--json",
        ],
        payer.key,
      );
      said.push(run.said, run.printed);
    }
    assert.doesNotMatch(said.join(""), new RegExp(payer.key.slice(2), "i"));
    assert.doesNotMatch(said.join(""), /secret-path/);
  });

  it("asks again where a gateway is busy or an answer is lost, and sends nothing twice", async () => {
    let round = 0;
    node.http((_, response) => {
      round += 1;
      if (round % 7 !== 0) return false;
      response.writeHead(503).end("busy");
      return true;
    });
    let lost = 0;
    node.lie(async (call, ask) => {
      const answer = await ask(call);
      if (call.method !== "eth_sendRawTransaction" || lost++ > 0) return answer;
      throw new Error("the answer is lost");
    });
    const before = Number(await anvil.ask<string>("eth_getTransactionCount", [payer.address, "latest"]));
    await deployed(options("--create"), payer.key);
    const after = Number(await anvil.ask<string>("eth_getTransactionCount", [payer.address, "latest"]));
    assert.equal(after - before, contractsOf({ testUsd: false }).length);
    node.http(undefined);
  });

  it("tells which option is wrong", async () => {
    for (const [args, sentence] of [
      [["--max-fee-gwei", "much"], /--max-fee-gwei must be a number/],
      [["--chain-id", "1e3"], /--chain-id must be a whole number/],
      [["--wat"], /wat/],
      [["--rpc", "mainnet"], /--rpc must be an http/],
      [["--rpc", "http://127.0.0.1:9", "--timeout-s", "1"], /node at http:\/\/127\.0\.0\.1:9 does not answer/],
      [["--arbiters", "0x12"], /--arbiters: "0x12" is no address/],
      [["--quorum", "2"], /need --arbiters/],
    ] as const) {
      const run = await deploy(args);
      assert.equal(run.code, 1);
      assert.match(run.said, sentence);
    }
    assert.match((await deploy(["--help"])).printed, /npm run deploy -- --rpc URL --chain-id N --dry-run/);
  });

  it("knows its own code from another's, whatever the constructor filled in", async () => {
    const { escrow, desks } = await deployed(options(), payer.key);
    const code = await anvil.ask<string>("eth_getCode", [escrow, "latest"]);
    const artifact = await readArtifact("SettlementEscrow.sol/SettlementEscrow");
    assert.equal(differenceOf(artifact, code, [desks?.order ?? ""]), undefined);
    assert.match(differenceOf(artifact, code, [payer.address]) ?? "", /does not know/);
    assert.match(differenceOf(artifact, `${code}00`, []) ?? "", /bytes/);
    assert.match(differenceOf(artifact, code.replace(/^0x../, "0xfe"), []) ?? "", /differs/);
  });

  it("has no hash of the compilation in its code, which would move it beside other files", async () => {
    for (const { artifact: path } of contractsOf({ testUsd: true, panel: { members: [], quorum: 0, executionS: 0 } })) {
      const { bytecode } = await readArtifact(path);
      assert.doesNotMatch(bytecode, new RegExp(Buffer.from("ipfs").toString("hex")), path);
    }
  });

  it("gives an escrow that answers by all of its desks", async () => {
    const { escrow } = await deployed(options(), payer.key);
    const face = new Interface(["function isNonceUsed(address,uint256) view returns (bool)"]);
    const data = face.encodeFunctionData("isNonceUsed", [payer.address, 7]);
    const answer = await anvil.ask<string>("eth_call", [{ to: escrow, data }, "latest"]);
    assert.deepEqual([...AbiCoder.defaultAbiCoder().decode(["bool"], answer)], [false]);
  });
});
