import assert from "node:assert/strict";
import { TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { hashTypedData, keccak256, recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type Terms, termsHash } from "../../../server/protocol/terms.ts";
import {
  acceptAgreementTypedData,
  basketNonce,
  cancelTermsTypedData,
  receiveBasketTypedData,
  reclaimTypedData,
  revokeAgreementTypedData,
  type TypedDataJson,
  withdrawTypedData,
} from "../../../server/protocol/typedData.ts";
import { account, amount, bytes, domain, NOW_S, terms, uint, wideAgreement } from "./arbitraries.ts";

const ethersHash = ({ domain, types: { EIP712Domain: _, ...types }, message }: TypedDataJson): string =>
  TypedDataEncoder.hash(domain, types, message);
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Wallets hash it alike after it travelled as JSON, and it has the type we name. */
function alike(typed: TypedDataJson, type: string): void {
  const travelled = throughJson(typed);
  assert.equal(hashTypedData(travelled), ethersHash(travelled));
  const { EIP712Domain: _, ...types } = typed.types;
  assert.equal(TypedDataEncoder.from(types).encodeType(typed.primaryType), type);
}

const PARTY = "Party(address account,uint8 kind,uint24 leastPpm,uint24 mostPpm,uint88 mostFixed)";
const AGREEMENT =
  "Agreement(bytes32 channel,uint32 version,address token,address operator,address arbiter,uint40 validFrom," +
  "uint40 validUntil,address merchant,Party[] parties,string text)";

describe("typed data of the signed forms", () => {
  it("shows the whole agreement to who accepts it", () =>
    fc.assert(
      fc.property(domain(), wideAgreement(), uint(256n), (domain, agreement, nonce) => {
        const accept = "AcceptAgreement(Agreement agreement,uint256 nonce,uint256 deadline)";
        alike(acceptAgreementTypedData(domain, agreement, { nonce, deadline: NOW_S }), accept + AGREEMENT + PARTY);
      }),
    ));

  it("names what is revoked, cancelled, reclaimed and withdrawn as the contract does", () =>
    fc.assert(
      fc.property(domain(), bytes(32), uint(256n), account(), amount(), (domain, id, nonce, of, units) => {
        const until = { nonce, deadline: NOW_S };
        alike(
          revokeAgreementTypedData(domain, { id, ...until }),
          "RevokeAgreement(bytes32 id,uint256 nonce,uint256 deadline)",
        );
        alike(cancelTermsTypedData(domain, { id, deadline: NOW_S }), "CancelTerms(bytes32 id,uint256 deadline)");
        alike(reclaimTypedData(domain, { id, deadline: NOW_S }), "Reclaim(bytes32 id,uint256 deadline)");
        alike(
          withdrawTypedData(domain, { account: of, token: of, amount: units, to: of, ...until }),
          "Withdraw(address account,address token,uint256 amount,address to,uint256 nonce,uint256 deadline)",
        );
      }),
    ));

  it("is what a wallet signs, as it stands", async () => {
    const wallet = privateKeyToAccount(`0x${"11".repeat(32)}`);
    const [[place], [agreement]] = [fc.sample(domain(), 1), fc.sample(wideAgreement(), 1)];
    assert.ok(place && agreement);
    const typed = acceptAgreementTypedData(place, agreement, { nonce: 1n, deadline: NOW_S });
    const signature = await wallet.signTypedData(typed);
    assert.equal(await recoverTypedDataAddress({ ...typed, signature }), wallet.address);
  });
});

describe("the payment of a basket", () => {
  const basket = () =>
    fc
      .tuple(fc.array(terms(), { minLength: 1, maxLength: 20 }), account(), account())
      .map(([orders, payer, token]) => orders.map((order): Terms => ({ ...order, payer, token })));
  const token = (chainId: number, [first]: readonly Terms[]) => {
    assert.ok(first);
    return { name: "Test USD", version: "1", chainId, address: first.token };
  };

  it("is the sum, until the first order closes, under the hash of all ids in their order", () =>
    fc.assert(
      fc.property(domain(), basket(), (domain, orders) => {
        const typed = receiveBasketTypedData(token(domain.chainId, orders), domain, orders);
        assert.equal(hashTypedData(throughJson(typed)), ethersHash(throughJson(typed)));
        const { value, validBefore, nonce, to, from } = typed.message;
        assert.equal(value, String(orders.reduce((sum, order) => sum + order.amount, 0n)));
        assert.ok(orders.every(({ authorizeBy }) => authorizeBy >= Number(validBefore)));
        assert.ok(orders.some(({ authorizeBy }) => authorizeBy === Number(validBefore)));
        const ids = orders.map((order) => termsHash(domain, order));
        assert.equal(nonce, keccak256(`0x${ids.map((id) => id.slice(2)).join("")}`));
        assert.equal(nonce, basketNonce(ids));
        assert.deepEqual([from, to], [orders[0]?.payer, domain.escrow]);
      }),
    ));

  it("is refused without orders, and where payer or token differ", () => {
    const [some] = fc.sample(terms(), { numRuns: 1, seed: 3 });
    const [place] = fc.sample(domain(), { numRuns: 1, seed: 3 });
    assert.ok(some && place);
    const other = place.escrow;
    const usd = token(1, [some]);
    assert.throws(() => receiveBasketTypedData(usd, place, []), RangeError);
    assert.throws(() => receiveBasketTypedData(usd, place, [some, { ...some, payer: other }]), RangeError);
    assert.throws(() => receiveBasketTypedData(usd, place, [some, { ...some, token: other }]), RangeError);
  });
});
