import { rewind } from "../../server/chain/listener/rewind.ts";
import { consequencesJson, consequencesText, ending } from "./consequences.ts";
import { height, withChain } from "./house.ts";
import type { Verb } from "./verb.ts";

export const rewindVerb: Verb = {
  help: `Takes back everything above a block and reads it again: for a chain that was reorganised below what was final, and
stopped. Logs above become reverted; orders, agreements and ledger are derived anew; a running server goes on by itself.

  npm run listener -- rewind [--to HEIGHT] [--yes]

  --to HEIGHT       the block to go back to; unless said, the highest that nodes and tables both have
  --yes             do it; otherwise it only says what it would do

  npm run listener -- rewind --to 19123456 --yes
`,
  takes: ["to", "yes"],
  run: (said) =>
    withChain(said, async (house) => {
      const target = said.to === undefined ? undefined : height("to", said.to);
      const done = await rewind(house, target, said.yes ? "do" : "try");
      const { from, to, agreed, stopped } = done;
      return {
        ok: true,
        json: {
          ...{ done: said.yes, chain_id: house.config.chain.id, from, to, highest_common_block: agreed, stopped },
          ...consequencesJson(done),
        },
        text: `${[
          `chain ${house.config.chain.id}: from block ${from} back to ${to} (nodes and tables agree up to ${agreed})`,
          ...(stopped === null ? [] : [`it was stopped: ${stopped}`]),
          ...consequencesText(done),
          ending(said.yes),
        ].join("\n")}\n`,
      };
    }),
};
