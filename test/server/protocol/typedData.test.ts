import assert from "node:assert/strict";
import { TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { hashTypedData, keccak256, recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type Terms, termsHash } from "../../../server/protocol/terms.ts";
import {
  acceptAgreementTypedData,
  authorizeWithCreditTypedData,
  basketNonce,
  cancelTermsTypedData,
  concedeTypedData,
  depositNonce,
  depositTypedData,
  disputeTypedData,
  distributeTypedData,
  permitTypedData,
  receiveAuthorizationTypedData,
  receiveBasketTypedData,
  receiveDepositTypedData,
  reclaimTypedData,
  refundReleasedTypedData,
  refundTypedData,
  revokeAgreementTypedData,
  setMandateTypedData,
  type TypedDataJson,
  termsTypedData,
  withdrawManyTypedData,
  withdrawTypedData,
} from "../../../server/protocol/typedData.ts";
import {
  account,
  amount,
  bytes,
  domain,
  NOW_S,
  terms,
  uint,
  wideAgreement,
  wideMandate,
  wideSale,
  wideTerms,
} from "./arbitraries.ts";

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

const LEG = "Leg(address account,uint88 share,uint8 kind)";
const SALE =
  "Sale(address account,address operator,address token,uint256 gross,bytes32 agreement,bytes32 ref,Leg[] legs)";
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

  it("names what is disputed, conceded and given back as the contract does", () =>
    fc.assert(
      fc.property(domain(), bytes(32), uint(256n), amount(), fc.nat(65_535), (domain, id, nonce, units, round) => {
        const deadline = NOW_S;
        alike(authorizeWithCreditTypedData(domain, id), "AuthorizeWithCredit(bytes32 id)");
        alike(
          disputeTypedData(domain, { id, amount: units, round, evidence: id, deadline }),
          "Dispute(bytes32 id,uint256 amount,uint256 round,bytes32 evidence,uint256 deadline)",
        );
        alike(concedeTypedData(domain, { id, round, deadline }), "Concede(bytes32 id,uint256 round,uint256 deadline)");
        alike(
          refundTypedData(domain, { id, amount: units, captured: units, nonce, deadline }),
          "Refund(bytes32 id,uint256 amount,uint256 captured,uint256 nonce,uint256 deadline)",
        );
        alike(
          refundReleasedTypedData(domain, { id, amount: units, refunded: units, deadline }),
          "RefundReleased(bytes32 id,uint256 amount,uint256 refunded,uint256 deadline)",
        );
      }),
    ));

  it("names deposits, sales, mandates and withdrawals of several tokens as the contract does", () =>
    fc.assert(
      fc.property(domain(), wideSale(), wideMandate(), account(), uint(256n), (domain, sale, mandate, of, nonce) => {
        const until = { nonce, deadline: NOW_S };
        const deposit = { from: of, account: of, token: of, amount: nonce, validBefore: NOW_S, salt: nonce };
        alike(
          depositTypedData(domain, deposit),
          "Deposit(address from,address account,address token,uint256 amount,uint256 validBefore,uint256 salt)",
        );
        alike(distributeTypedData(domain, sale, NOW_S), `Distribute(Sale sale,uint256 deadline)${LEG}${SALE}`);
        alike(
          setMandateTypedData(domain, { account: of, spender: of, token: of, mandate, ...until }),
          "SetMandate(address account,address spender,address token,uint88 perCall,uint88 perPeriod,uint32 period," +
            "uint40 until,uint256 nonce,uint256 deadline)",
        );
        const withdrawals = sale.legs.map(({ account, share }) => ({ token: account, amount: share, to: of }));
        alike(
          withdrawManyTypedData(domain, { account: of, withdrawals, ...until }),
          "WithdrawMany(address account,Withdrawal[] withdrawals,uint256 nonce,uint256 deadline)" +
            "Withdrawal(address token,uint256 amount,address to)",
        );
      }),
    ));

  it("of a token are those of ERC-3009 and ERC-2612", () =>
    fc.assert(
      fc.property(domain(), account(), uint(256n), terms(), (domain, of, nonce, order) => {
        const usd = { name: "Test USD", version: "1", chainId: domain.chainId, address: of };
        const receive =
          "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";
        alike(receiveAuthorizationTypedData(usd, domain, order), receive);
        const deposit = { from: of, account: of, token: of, amount: nonce, validBefore: NOW_S, salt: nonce };
        const typed = receiveDepositTypedData(usd, domain, deposit);
        alike(typed, receive);
        const { validAfter, validBefore, ...rest } = typed.message;
        assert.deepEqual([validAfter, validBefore], ["0", String(NOW_S)]);
        const expected = { from: of, to: domain.escrow, value: String(nonce), nonce: depositNonce(domain, deposit) };
        assert.deepEqual(rest, expected);
        assert.equal(rest.nonce, ethersHash(depositTypedData(domain, deposit)));
        alike(
          permitTypedData(usd, { owner: of, spender: domain.escrow, value: nonce, nonce, deadline: NOW_S }),
          "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)",
        );
      }),
    ));

  it("of an order's terms hashes to the order's id", () =>
    fc.assert(
      fc.property(domain(), wideTerms(), (domain, terms) => {
        const typed = termsTypedData(domain, terms);
        assert.equal(ethersHash(throughJson(typed)), termsHash(domain, terms));
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
