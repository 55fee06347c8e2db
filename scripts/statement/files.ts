import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { getAddress, type Hex, isAddress } from "viem";
import { z } from "zod";
import type { ProvenLine, Publication, Statement } from "../../server/protocol/statement.ts";

const address = z
  .string()
  .refine((text) => isAddress(text), "is no address")
  .transform((text) => getAddress(text));
const word = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/, "is not 0x and 64 hex digits")
  .transform((text) => text as Hex);
const units = z
  .string()
  .regex(/^(0|[1-9]\d{0,77})$/, "is no whole number of base units, as text")
  .transform(BigInt);
const seconds = z
  .int()
  .min(0)
  .max(2 ** 40 - 1);

const HEAD = { issuer: address, from: seconds, until: seconds, chain_id: z.int().positive(), escrow: address };
const LINE = {
  ...{ account: address, token: address, opening: units, closing: units },
  ...{ released: units, returned: units, distributed: units, deposited: units },
  ...{ withdrawn: units, refunded: units, shared: units, spent: units },
  ...{
    movements: z
      .int()
      .min(0)
      .max(2 ** 32 - 1),
    details: word,
  },
};
const StatementFile = z
  .strictObject({ ...HEAD, lines: z.array(z.strictObject(LINE)).min(1) })
  .transform(({ lines, chain_id, ...head }): Statement => ({ head: { ...head, chainId: chain_id }, lines }));
const LineFile = z
  .strictObject({
    ...HEAD,
    line: z.strictObject(LINE),
    root: word,
    line_count: z.int().positive(),
    proof: z.array(word),
  })
  .transform(
    ({ line, root, line_count, proof, chain_id, ...head }): ProvenLine => ({
      ...{ head: { ...head, chainId: chain_id }, line, root, lineCount: line_count, proof },
    }),
  );
const SignedFile = z
  .strictObject({
    ...{
      issuer: address,
      root: word,
      file_hash: word,
      from: seconds,
      until: seconds,
      line_count: z.int(),
      uri: z.string(),
    },
    ...{
      revision: z.int().positive(),
      deadline: z.int().positive(),
      signature: z.string().regex(/^0x([0-9a-fA-F]{2})*$/),
    },
  })
  .transform(
    ({ file_hash, line_count, issuer, revision, deadline, signature, ...rest }): SignedPublication => ({
      ...{ publication: { ...rest, fileHash: file_hash, lineCount: line_count } },
      ...{ issuer, revision, deadline, signature: signature as Hex },
    }),
  );

/** A publication that its issuer signed and anyone may send. */
export type SignedPublication = {
  readonly issuer: Hex;
  readonly publication: Publication;
  readonly revision: number;
  readonly deadline: number;
  readonly signature: Hex;
};

/** The statement in a file, and the SHA-256 of the file as it is. */
export async function readStatement(file: string): Promise<{ statement: Statement; fileHash: Hex }> {
  const bytes = await readFile(file);
  const fileHash = `0x${createHash("sha256").update(bytes).digest("hex")}` as const;
  return { statement: parse(StatementFile, file, bytes.toString("utf8")), fileHash };
}

/** One line with its proof, as `lineJson` writes it. */
export const readLine = async (file: string): Promise<ProvenLine> =>
  parse(LineFile, file, await readFile(file, "utf8"));

/** A signed publication, as `signedJson` writes it. */
export const readSigned = async (file: string): Promise<SignedPublication> =>
  parse(SignedFile, file, await readFile(file, "utf8"));

/** One line with its proof, as JSON: snake_case, amounts as text. */
export const lineJson = ({ head, line, root, lineCount, proof }: ProvenLine) => {
  const { chainId, ...rest } = head;
  const texts = Object.entries(line).map(([name, value]) => [name, typeof value === "bigint" ? `${value}` : value]);
  return { ...rest, chain_id: chainId, line: Object.fromEntries(texts), root, line_count: lineCount, proof };
};

export const signedJson = ({ publication, ...rest }: SignedPublication) => {
  const { fileHash, lineCount, ...published } = publication;
  return { ...rest, ...published, file_hash: fileHash, line_count: lineCount };
};

function parse<T>(schema: z.ZodType<T>, file: string, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${file} is no JSON`);
  }
  const { data, error } = schema.safeParse(json);
  if (error)
    throw new Error(`${file}: ${error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ")}`);
  return data;
}
