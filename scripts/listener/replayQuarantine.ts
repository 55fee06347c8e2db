import { replayQuarantine } from "../../server/chain/listener/replayQuarantine.ts";
import { consequencesJson, consequencesText, ending } from "./consequences.ts";
import { withChain } from "./house.ts";
import type { Verb } from "./verb.ts";

export const replayQuarantineVerb: Verb = {
  help: `Reads quarantined logs once more: those that this version can decode count from now on, and their orders, agreements and
accounts are derived anew. For after an upgrade. The others stay where they are, and the command then exits 1.

  npm run listener -- replay-quarantine [--yes]

  --yes             do it; otherwise it only says what it would do

  npm run listener -- replay-quarantine --yes
`,
  takes: ["yes"],
  run: (said) =>
    withChain(said, async (house) => {
      const done = await replayQuarantine(house, said.yes ? "do" : "try");
      const { quarantined, unreadable } = done;
      return {
        ok: unreadable === 0,
        json: {
          ...{ done: said.yes, chain_id: house.config.chain.id, quarantined, unreadable },
          ...consequencesJson(done),
        },
        text: `${[
          `chain ${house.config.chain.id}: ${quarantined} quarantined logs, ${unreadable} still cannot be read`,
          ...consequencesText(done),
          ending(said.yes),
        ].join("\n")}\n`,
      };
    }),
};
