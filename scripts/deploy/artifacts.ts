import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

const ARTIFACTS = resolve(import.meta.dirname, "../../artifacts");

/** Most bytes of a contract's code (EIP-170) and of the code that makes it (EIP-3860). */
export const MOST_CODE = 24_576;
export const MOST_INIT_CODE = 49_152;

type Place = { start: number; length: number };

/**
 * What the compiler made of a contract. `immutables` are the places of the code that its constructor fills in, `inputs`
 * the types of what it is given, `source` its full name for the compiler, `build` the compilation that it came from.
 */
export type Artifact = {
  bytecode: string;
  deployedBytecode: string;
  immutables: readonly Place[];
  inputs: readonly string[];
  source: string;
  build: string;
};

/**
 * Reads what `hardhat build` made.
 * @param path file and contract below contracts/, e.g. `mocks/TestUSD.sol/TestUSD`
 * @throws when the contract is not compiled, or wants a library linked
 */
export async function readArtifact(path: string): Promise<Artifact> {
  const text = await readFile(resolve(ARTIFACTS, "contracts", `${path}.json`), "utf8").catch(() => {
    throw new Error(`${path} is not compiled: run \`npx hardhat build\` first`);
  });
  const { abi, bytecode, deployedBytecode, immutableReferences, ...names } = JSON.parse(text) as {
    abi: { type: string; inputs?: { type: string }[] }[];
    bytecode: string;
    deployedBytecode: string;
    immutableReferences?: Record<string, Place[]>;
    contractName: string;
    inputSourceName: string;
    buildInfoId: string;
  };
  if (!/^0x([0-9a-f]{2})+$/i.test(bytecode)) throw new Error(`${path} has no bytecode that can be deployed as it is`);
  const inputs = abi.find(({ type }) => type === "constructor")?.inputs ?? [];
  return {
    bytecode,
    deployedBytecode,
    immutables: Object.values(immutableReferences ?? {}).flat(),
    inputs: inputs.map(({ type }) => type),
    source: `${names.inputSourceName}:${names.contractName}`,
    build: names.buildInfoId,
  };
}

/** What the compiler was given, in its own format ("standard JSON"), and its full version. */
export async function readBuild(id: string): Promise<{ input: unknown; solcLongVersion: string }> {
  return JSON.parse(await readFile(resolve(ARTIFACTS, "build-info", `${id}.json`), "utf8"));
}

/** Bytes of some code in hex. */
export const sizeOf = (hex: string): number => (hex.length - 2) / 2;

/**
 * Why `code`, as a chain has it, is not that of the artifact; nothing when it is. Immutables may hold anything, but each
 * of `addresses` must be among them.
 */
export function differenceOf(artifact: Artifact, code: string, addresses: readonly string[]): string | undefined {
  const { deployedBytecode, immutables } = artifact;
  if (sizeOf(code) !== sizeOf(deployedBytecode))
    return `its code has ${sizeOf(code)} bytes, ours ${sizeOf(deployedBytecode)}`;
  if (blanked(code, immutables) !== blanked(deployedBytecode, immutables)) return "its code differs from ours";
  const held = immutables.map(({ start, length }) => code.slice(2 + 2 * start, 2 + 2 * (start + length)).toLowerCase());
  const strange = addresses.find((address) => !held.some((word) => word.endsWith(address.slice(2).toLowerCase())));
  return strange && `it does not know ${strange}`;
}

function blanked(code: string, places: readonly Place[]): string {
  const bytes = Buffer.from(code.slice(2), "hex");
  for (const { start, length } of places) bytes.fill(0, start, start + length);
  return bytes.toString("hex");
}
