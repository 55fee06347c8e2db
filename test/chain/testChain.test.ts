import { deepEqual, equal, notEqual } from "node:assert/strict";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { wallet } from "../support/wallets.ts";

describe("the chain of a test", () => {
  let chain: TestChain;
  before(async () => {
    chain = await startTestChain();
  });
  after(() => chain.stop());

  it("has the escrow and a token to mint on it", async () => {
    notEqual(await chain.client.getCode({ address: chain.escrow }), undefined);
    await chain.mint(wallet(1).address, 25n);
    const logs = await chain.client.getLogs({ address: chain.token });
    equal(logs.length, 1);
    equal((await chain.client.getBlock({ blockNumber: 0n })).hash, chain.book.genesisHash);
  });

  it("may have another id, with the contracts at the same addresses", async () => {
    const second = await startTestChain({ chainId: 31_338 });
    try {
      equal(await second.client.getChainId(), 31_338);
      deepEqual([second.chainId, second.escrow, second.token], [31_338, chain.escrow, chain.token]);
      await second.mint(wallet(1).address, 25n);
      equal((await second.client.getLogs({ address: second.token })).length, 1);
    } finally {
      await second.stop();
    }
  });

  it("reorganises: the same transaction ends in another block, and what is not sent again is gone", async () => {
    const [from, to] = [wallet(2), wallet(30)];
    const pay = () => chain.send(from, { to: to.address, value: 7n });
    const fork = await chain.mark();
    const first = await pay();
    await chain.mine(3);
    await chain.revertTo(fork);
    equal(await chain.client.getBlockNumber(), fork.number);
    equal(await chain.client.getBalance({ address: to.address }), 0n);
    const second = await pay();
    equal(second.transactionHash, first.transactionHash);
    equal(second.blockNumber, first.blockNumber);
    notEqual(second.blockHash, first.blockHash);
    await chain.revertTo(fork);
    equal(await chain.client.getBalance({ address: to.address }), 0n);
  });

  it("puts several transactions into one block", async () => {
    await chain.automine(false);
    const hashes = await Promise.all(
      [wallet(3), wallet(4)].map((from) => chain.submit(from, { to: wallet(31).address, value: 1n, gas: 21_000n })),
    );
    await chain.mine();
    await chain.automine(true);
    const { transactions } = await chain.client.getBlock();
    deepEqual([...transactions].sort(), [...hashes].sort());
  });

  it("moves block time", async () => {
    const before = await chain.nowS();
    await chain.increaseTime(3_600);
    equal((await chain.nowS()) - before >= 3_600, true);
  });
});
