import { encodeAbiParameters, type Hex, keccak256, stringToHex } from "viem";

/** A field of a struct as EIP-712 names it. */
export type Field = { readonly name: string; readonly type: string };

/** One struct's part of an EIP-712 type: `Name(type field,…)`. */
export const typeText = (name: string, fields: readonly Field[]): string =>
  `${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`;

/** The hash of a text, as types and strings enter a struct's hash. */
export const hashOfText = (text: string): Hex => keccak256(stringToHex(text));

/** What a struct is hashed as: its typehash, then a word for each field; an array or text stands as its hash. */
export const words = (fields: readonly Field[]): { type: string }[] => [
  { type: "bytes32" },
  ...fields.map(({ type }) => ({ type: type === "string" || type.endsWith("[]") ? "bytes32" : type })),
];

/** Hashes the words of a struct. Throws when a value does not fit its type. */
export const hashWords = (types: { type: string }[], values: readonly unknown[]): Hex =>
  keccak256(encodeAbiParameters(types, values));
