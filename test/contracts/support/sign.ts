import assert from "node:assert/strict";
import { type Signer, TypedDataEncoder } from "ethers";
import { hashTypedData } from "viem";
import type { TypedDataJson } from "../../../server/protocol/typedData.ts";

/** What a wallet would sign, as ethers sees it and as viem sees it, which must be the same. */
export function digestOf(typed: TypedDataJson): string {
  const { EIP712Domain: _, ...types } = typed.types;
  const digest = TypedDataEncoder.hash(typed.domain, types, typed.message);
  assert.equal(digest, hashTypedData(typed as Parameters<typeof hashTypedData>[0]));
  return digest;
}

/** A signature as a wallet on ethers makes it. */
export function sign(signer: Signer, typed: TypedDataJson): Promise<string> {
  digestOf(typed);
  const { EIP712Domain: _, ...types } = typed.types;
  return signer.signTypedData(typed.domain, types, typed.message);
}
