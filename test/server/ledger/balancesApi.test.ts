import assert from "node:assert/strict";
import { decodeFunctionData } from "viem";
import { escrowAbi } from "../../../server/protocol/abi.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { FakeChain } from "../flows/fakeChain.ts";
import { done, ETHER, type Market, once, openMarket, told, USD } from "../flows/market.ts";

type BalanceBody = {
  account: string;
  token: string;
  symbol: string;
  credit: string;
  payable: string;
  withdrawn: string;
};
type WithdrawalBody = {
  account: string;
  to: string;
  amount: string;
  call: { to: string; data: `0x${string}`; value: string };
};

const PATH = "/api/v1/withdrawals";
const EARNED = "11352800";

onBothDatabases((db) => {
  let market: Market;
  let chain: FakeChain;

  before(async () => {
    market = await openMarket(db);
    chain = await FakeChain.start(market.house);
    const ada = await market.shopper(wallet(5));
    for (const seller of [0, 1] as const) {
      const mug = await market.good(seller, "Mug", "1234", 1_000);
      const { orders } = await done(market.order(ada, { [mug]: 1 }));
      const id = orders[0]?.order_id ?? "";
      await chain.tell(id, "authorized");
      await chain.tell(id, { captured: 17_340_000n });
      await chain.tell(id, { released: 17_340_000n });
    }
  });
  after(() => market.server.stop());

  const balances = async (seller: 0 | 1) =>
    (await done(market.sellers[seller].client.get<{ data: BalanceBody[] }>("/api/v1/balances"))).data;
  const withdraw = (body: Record<string, unknown>, headers = once()) =>
    market.sellers[0].client.post<WithdrawalBody>(PATH, body, headers);

  it("show what is owed at once, and what can be paid when it is final", async () => {
    assert.deepEqual(await balances(0), [
      {
        ...{ account: wallet(1).address, chain_id: 31_337, token: USD, symbol: "TUSD", decimals: 6 },
        ...{ credit: EARNED, payable: "0", withdrawn: "0" },
      },
    ]);
    assert.deepEqual(await told(withdraw({ token: USD, amount: "1" })), [409, "balance_insufficient"]);
    await chain.finalize();
    assert.equal((await balances(0))[0]?.payable, EARNED);
  });

  it("are of the own wallet and the payees of the own merchants, and of nobody else", async () => {
    assert.deepEqual(
      (await balances(1)).map(({ account }) => account),
      [wallet(12).address],
    );
    const platform = await market.server.signIn(wallet(19));
    const { data } = await done(platform.client.get<{ data: BalanceBody[] }>("/api/v1/balances"));
    assert.deepEqual(
      data.map(({ account, credit }) => [account, credit]),
      [[wallet(19).address, `${2n * 370_200n}`]],
    );
    assert.equal((await market.server.client.get("/api/v1/balances")).status, 401);
  });

  it("are of the payees of the own partners, once staff have approved them", async () => {
    const { client } = await market.server.signIn(wallet(30));
    const carrier = { kind: "carrier", name: "River Parcels", payee: wallet(17).address };
    const { id } = await done(client.post<{ id: string }>("/api/v1/partners", carrier));
    const accounts = async () =>
      (await done(client.get<{ data: BalanceBody[] }>("/api/v1/balances"))).data.map(({ account }) => account);
    assert.deepEqual(await accounts(), []);
    await done(market.staff.client.post(`/api/v1/partners/${id}/approve`, {}));
    assert.deepEqual(await accounts(), [wallet(17).address]);
  });

  it("are withdrawn by a call of the own wallet, to itself or elsewhere", async () => {
    const own = await done(withdraw({ token: USD, amount: EARNED }));
    assert.deepEqual([own.account, own.to, own.call.value], [wallet(1).address, wallet(1).address, "0"]);
    assert.equal(own.call.to, market.house.config.chain.escrow);
    const decoded = decodeFunctionData({ abi: escrowAbi, data: own.call.data });
    assert.deepEqual([decoded.functionName, decoded.args], ["withdraw", [USD, BigInt(EARNED)]]);

    const away = await done(withdraw({ token: USD.toLowerCase(), amount: "5", to: wallet(9).address }));
    const sent = decodeFunctionData({ abi: escrowAbi, data: away.call.data });
    assert.deepEqual([sent.functionName, sent.args], ["withdrawTo", [USD, wallet(9).address, 5n]]);
  });

  it("are not withdrawn beyond what there is, nor to where money is lost", async () => {
    const { escrow } = market.house.config.chain;
    const refusals: [Record<string, unknown>, number, string][] = [
      [{ token: USD, amount: `${BigInt(EARNED) + 1n}` }, 409, "balance_insufficient"],
      [{ token: ETHER, amount: "1" }, 409, "balance_insufficient"],
      [{ token: wallet(3).address, amount: "1" }, 400, "token_unknown"],
      [{ token: USD, amount: "1", to: escrow }, 400, "destination_refused"],
      [{ token: USD, amount: "1", to: USD }, 400, "destination_refused"],
      [{ token: USD, amount: "1", to: ETHER }, 400, "validation_failed"],
      [{ token: USD, amount: "1", to: swapCase(wallet(3).address) }, 400, "validation_failed"],
      [{ token: "USD", amount: "1" }, 400, "validation_failed"],
      [{ token: USD }, 400, "validation_failed"],
      [{ token: USD, amount: "1", account: wallet(2).address }, 409, "wallet_not_linked"],
      [{ token: USD, amount: "1", nonce: "1" }, 400, "unknown_field"],
    ];
    for (const [body, status, code] of refusals) assert.deepEqual(await told(withdraw(body)), [status, code]);
    for (const amount of ["-1", "0", "1.5", "1e3", "0x10", " 1 ", "", "NaN", `${2n ** 256n}`, 1, 1e21, null, ["1"]])
      assert.deepEqual(await told(withdraw({ token: USD, amount })), [400, "validation_failed"]);
    assert.deepEqual(await told(withdraw({ token: USD, amount: "1" }, {})), [400, "idempotency_key_required"]);
    assert.equal((await market.server.client.post(PATH, { token: USD, amount: "1" }, once())).status, 401);
  });
});

/** The same address with a checksum that is wrong. */
const swapCase = (address: string): string =>
  `0x${[...address.slice(2)].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join("")}`;
