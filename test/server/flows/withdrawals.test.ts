import assert from "node:assert/strict";
import { system } from "../../../server/core/db/context.ts";
import { newId } from "../../../server/core/ids.ts";
import { linkWallet } from "../../../server/modules/accounts/index.ts";
import { withdrawalById, withdrawalsOf } from "../../../server/modules/payments/index.ts";
import type { TypedDataJson } from "../../../server/protocol/typedData.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { plansOf, scans, sorts } from "../catalog/plans.ts";
import { done, NOBODY, once, told, USD } from "./market.ts";
import { PRICE, Sale } from "./sale.ts";

type WithdrawalBody = {
  withdrawal_id: string;
  account: string;
  to: string;
  amount: string;
  state: string;
  nonce: string;
  deadline: number;
  typed_data: TypedDataJson;
  submit_to: string;
  call: { to: string; data: string };
  transaction: unknown;
};
type ListBody = { total: number; next_cursor: string | null; data: WithdrawalBody[] };

const PATH = "/api/v1/withdrawals";

onBothDatabases((db) => {
  let sale: Sale;

  before(async () => {
    sale = await Sale.open(db);
    const id = await sale.shipped();
    await sale.chain.tell(id, { released: PRICE });
    await sale.chain.finalize();
  });
  beforeEach(() => sale.chain.reach(sale.chain.nowS));
  after(() => sale.market.server.stop());

  const ask = (more: Record<string, unknown> = {}, client = sale.seller) =>
    client.post<WithdrawalBody>(PATH, { token: USD, amount: "1000", ...more }, once());
  const sign = ({ typed_data }: WithdrawalBody, account = wallet(1)) => account.signTypedData(typed_data);
  const submit = ({ submit_to }: WithdrawalBody, signature: string, client = sale.seller) =>
    client.post<WithdrawalBody>(submit_to, { signature }, once());
  const relays = async (id: string) =>
    (await sale.payloads("operator.withdraw")).filter((one) => one.withdrawal_id === id);

  it("is kept, with a form to sign beside the call, and relayed once it is signed", async () => {
    const asked = await done(ask({ to: wallet(9).address }));
    assert.deepEqual(
      [asked.state, asked.account, asked.to, asked.amount, asked.transaction],
      ["open", wallet(1).address, wallet(9).address, "1000", null],
    );
    const { primaryType, message } = asked.typed_data;
    assert.deepEqual(
      [primaryType, message],
      [
        "Withdraw",
        {
          ...{ account: asked.account, token: USD, amount: "1000", to: asked.to },
          ...{ nonce: asked.nonce, deadline: `${asked.deadline}` },
        },
      ],
    );
    const signature = await sign(asked);
    const signed = await done(submit(asked, signature));
    assert.equal(signed.state, "signed");
    assert.deepEqual(await done(submit(asked, signature)), signed);
    assert.equal((await relays(asked.withdrawal_id)).length, 1);
    assert.deepEqual(await done(sale.seller.get(`${PATH}/${asked.withdrawal_id}`)), signed);
    const read = await db.database().read(system("test"), (ctx) => withdrawalById(ctx, asked.withdrawal_id));
    assert.deepEqual(
      [read.account, read.token, read.amount, read.to, read.nonce, read.deadlineS, read.signature],
      [wallet(1).address, USD, 1_000n, wallet(9).address, BigInt(asked.nonce), asked.deadline, signature],
    );
  });

  it("has a nonce of its own each time", async () => {
    const nonces = [await done(ask()), await done(ask())].map(({ nonce }) => nonce);
    assert.equal(new Set(nonces).size, 2);
  });

  it("is nobody else's to see or to sign, and signed by the account alone, in time", async () => {
    const asked = await done(ask());
    const path = `${PATH}/${asked.withdrawal_id}`;
    const other = sale.market.sellers[1].client;
    assert.deepEqual(await told(other.get(path)), [404, "withdrawal_not_found"]);
    assert.deepEqual(await told(sale.seller.get(`${PATH}/${NOBODY}`)), [404, "withdrawal_not_found"]);
    const signature = await sign(asked);
    assert.deepEqual(await told(submit(asked, signature, other)), [404, "withdrawal_not_found"]);
    assert.deepEqual(await told(submit(asked, await sign(asked, wallet(2)))), [400, "signature_mismatch"]);
    assert.deepEqual(await told(submit(asked, "0x")), [400, "signature_mismatch"]);
    assert.deepEqual(await told(sale.seller.post(asked.submit_to, { signature })), [400, "idempotency_key_required"]);
    assert.equal((await sale.market.server.client.get(path)).status, 401);
    await sale.chain.reach(asked.deadline);
    assert.deepEqual(await told(submit(asked, signature)), [409, "withdrawal_expired"]);
    assert.equal((await done(sale.seller.get<WithdrawalBody>(path))).state, "expired");
    assert.deepEqual(await relays(asked.withdrawal_id), []);
    await assert.rejects(db.database().read(system("test"), (ctx) => withdrawalById(ctx, asked.withdrawal_id)));
  });

  it("is of any linked wallet, and of no other", async () => {
    const { userId, client } = sale.market.sellers[1];
    assert.deepEqual(await told(ask({ account: wallet(1).address }, client)), [409, "wallet_not_linked"]);
    // Blue Mugs' owner links the wallet that Red Hats is paid at, which is a payee with credit of its own.
    const hat = await sale.market.good(1, "Hat", "1000", 5);
    const { orders } = await done(sale.market.order(sale.ada, { [hat]: 1 }));
    const id = orders[0]?.order_id ?? "";
    await sale.chain.tell(id, "authorized");
    await sale.chain.tell(id, { captured: 15_000_000n });
    await sale.chain.tell(id, { released: 15_000_000n });
    await sale.chain.finalize();
    assert.deepEqual(await told(ask({}, client)), [409, "balance_insufficient"]);
    await db.database().write(system("test"), (ctx) => linkWallet(ctx, userId, wallet(12).address));
    const asked = await done(ask({ account: wallet(12).address }, client));
    assert.deepEqual([asked.account, asked.to], [wallet(12).address, wallet(12).address]);
    const signed = await done(submit(asked, await sign(asked, wallet(12)), client));
    assert.equal(signed.state, "signed");
  });

  it("is listed newest first, a page at a time, by an index", async () => {
    const list = (query = "") => done(sale.seller.get<ListBody>(`${PATH}${query}`));
    const all = await list("?per_page=100");
    assert.equal(all.total, all.data.length);
    const ids = all.data.map(({ withdrawal_id }) => withdrawal_id);
    assert.deepEqual(ids, [...ids].sort().reverse());
    const first = await list("?per_page=2");
    const second = await list(`?per_page=2&cursor=${first.next_cursor}`);
    assert.deepEqual(
      [...first.data, ...second.data].map(({ withdrawal_id }) => withdrawal_id),
      ids.slice(0, 4),
    );
    const cursor = Buffer.from(JSON.stringify([newId()])).toString("base64url");
    const plans = await plansOf(db.database(), async (ctx) => {
      await withdrawalsOf(ctx, sale.ada.userId, { per_page: 20 });
      await withdrawalsOf(ctx, sale.ada.userId, { per_page: 20, cursor });
    });
    assert.deepEqual(scans(plans), []);
    if (db.dialect === "sqlite") assert.deepEqual(sorts(plans), []);
  });

  it("is relayed once by twenty signatures at once", async () => {
    const asked = await done(ask());
    const signature = await sign(asked);
    const answers = await Promise.all(Array.from({ length: 20 }, () => submit(asked, signature)));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]));
    assert.equal((await relays(asked.withdrawal_id)).length, 1);
  });
});
