import { readBuild } from "./artifacts.ts";
import { writeJson } from "./book.ts";
import type { Planned } from "./plan.ts";

/**
 * Writes, into a folder beside the book, what block explorers ask for to show a contract with its source: the compiler's
 * input, and for each contract its name in there, its address and its constructor's arguments.
 * @returns the folder
 */
export async function writeSources(book: string, plan: readonly Planned[]): Promise<string> {
  const folder = `${book.replace(/\.json$/, "")}.sources`;
  const compilers = new Map<string, string>();
  for (const build of new Set(plan.map(({ artifact }) => artifact.build))) {
    const { input, solcLongVersion } = await readBuild(build);
    compilers.set(build, `v${solcLongVersion}`);
    await writeJson(`${folder}/${build}.json`, input);
  }
  const contracts = plan.map(({ name, address, artifact, encodedArgs }) => ({
    ...{ name, address, contract: artifact.source, input: `${artifact.build}.json` },
    ...{ compiler: compilers.get(artifact.build), constructor_arguments: encodedArgs },
  }));
  await writeJson(`${folder}/contracts.json`, contracts);
  return folder;
}
