import { rescan } from "../../server/chain/listener/rescan.ts";
import { consequencesJson, consequencesText, ending } from "./consequences.ts";
import { height, withChain } from "./house.ts";
import type { Verb } from "./verb.ts";

export const rescanVerb: Verb = {
  help: `Reads blocks from the nodes again and makes the tables follow: logs that are missing come, stored ones that are not on
the chain leave, what they are of is derived anew and booked. With several nodes two have to agree. In parts of 256
blocks, each for itself; one that is broken off is simply started again.

  npm run listener -- rescan --from HEIGHT --to HEIGHT [--yes]

  --from, --to      the first and the last block, both read already
  --yes             do it; otherwise it only says what it would do

  npm run listener -- rescan --from 19123000 --to 19123456
`,
  takes: ["from", "to", "yes"],
  run: (said) =>
    withChain(said, async (house) => {
      const blocks = { from: height("from", said.from), to: height("to", said.to) };
      const done = await rescan(house, blocks, said.yes ? "do" : "try", (part) =>
        process.stderr.write(`blocks ${part.from} to ${part.to} of ${blocks.to}\n`),
      );
      const { seen } = done;
      return {
        ok: true,
        json: {
          ...{ done: said.yes, chain_id: house.config.chain.id, ...blocks, logs_seen: seen },
          ...consequencesJson(done),
        },
        text: `${[
          `chain ${house.config.chain.id}: blocks ${blocks.from} to ${blocks.to}, ${seen} logs at the nodes`,
          ...consequencesText(done),
          ending(said.yes),
        ].join("\n")}\n`,
      };
    }),
};
