import { LOCAL_CHAIN_ID } from "../localChain/chainId.ts";

/** Its name in the environment and in Hardhat's keystore. */
export const KEY_NAME = "DEPLOYER_KEY";

/** Hardhat's first development account; public, for the local chain only. */
const DEVELOPMENT_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/** Where keys are kept by name. */
export type Keystore = (name: string) => Promise<string | undefined>;

/**
 * The key that pays: from the environment; on the local chain else the development key; elsewhere else from the keystore.
 * @returns nothing when there is none
 * @throws when it is no key; the sentence does not repeat it
 */
export async function findKey(
  chainId: number,
  { env, keystore }: { env: NodeJS.ProcessEnv; keystore: Keystore },
): Promise<string | undefined> {
  const given = env[KEY_NAME] || (chainId === LOCAL_CHAIN_ID ? DEVELOPMENT_KEY : await keystore(KEY_NAME));
  if (given === undefined) return undefined;
  const key = given.trim().replace(/^(?!0x)/i, "0x");
  if (!/^0x[0-9a-f]{64}$/i.test(key)) throw new Error(`${KEY_NAME} is no private key: it must be 32 bytes in hex`);
  return key;
}

/** Hardhat's encrypted keystore, which asks for its password. Hardhat takes a second to load. */
export const hardhatKeystore: Keystore = async (name) => {
  const { default: hre } = await import("hardhat");
  const variable = { _type: "ConfigurationVariable", name } as const;
  const value = await hre.hooks.runHandlerChain("configurationVariables", "fetchValue", [variable], async () => "");
  return value || undefined;
};
