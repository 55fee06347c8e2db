import { z } from "zod";
import { sealedToken } from "../../core/crypto.ts";
import type { House } from "../../core/house.ts";
import { Uuid } from "../../core/http/schemas.ts";
import type { Metrics } from "../../core/metrics.ts";
import { startWorkers, type TaskHandler } from "../../core/tasks.ts";
import { htmlOf, subjectOf, textOf } from "./letter.ts";
import { openPost, type Post } from "./post.ts";
import { MAIL } from "./send.ts";
import { write } from "./templates.ts";
import { type LetterName, letterValues, MAIL_LANGUAGES } from "./values.ts";

/** How long a mail may take to be sent, in milliseconds; its claim lasts longer. */
const SEND_MS = 30_000;
const CLAIM_MS = 60_000;

const Told = z.strictObject({
  to: z.string(),
  language: z.enum(MAIL_LANGUAGES),
  letter: z.enum(Object.keys(letterValues) as [LetterName, ...LetterName[]]),
  values: z.unknown(),
  token_id: Uuid.nullable(),
  until: z.int(),
});

/** The workers that send mail. */
export interface Mailer {
  /** Takes no more mails, and leaves those under way to the next start. */
  stop(): Promise<void>;
}

/**
 * Starts sending mail. It has workers of its own, so that a slow mail server holds up mail and nothing else.
 * @param post    where to; what the configuration says, unless said
 * @param metrics where mails that are given up are counted
 */
export function startMail(house: House, post: Post = openPost(house.config.mail), metrics?: Metrics): Mailer {
  const stopping = new AbortController();
  const { db, log, clock } = house;
  const givenUp = metrics?.counter("tributary_mails_given_up_total", "Mails that will never go", ["why"]);
  for (const why of ["late", "refused"]) givenUp?.inc({ why }, 0);
  const workers = startWorkers({
    ...{ db, log, now: () => clock.now(), lockMs: CLAIM_MS },
    handlers: { [MAIL]: sender(house, post, stopping.signal, (why) => givenUp?.inc({ why })) },
  });
  return {
    stop: () => {
      stopping.abort(new Error("the house is closing"));
      return workers.stop();
    },
  };
}

function sender(
  { config, clock, log }: House,
  post: Post,
  stopping: AbortSignal,
  giveUp: (why: "late" | "refused") => void,
): TaskHandler {
  return async ({ id, payload, attempts }) => {
    const told = Told.parse(payload);
    const about = { task: id, letter: told.letter, attempts };
    if (clock.now() > told.until) {
      log.error(about, "a mail could not be sent in time and is given up");
      giveUp("late");
      return;
    }
    const letter = write(told.letter, told.language, told.values, {
      token: told.token_id === null ? "" : sealedToken(config.jwtSecret, told.token_id),
      page: (path) => new URL(path, config.publicUrl).href,
    });
    const mail = {
      ...{ id, from: config.mail.from, to: told.to, at: clock.now() },
      ...{ subject: subjectOf(letter), text: textOf(letter), html: htmlOf(letter, told.language) },
    };
    try {
      await within(post.send(mail), stopping);
    } catch (error) {
      if (!isRefusedForGood(error)) throw error;
      log.error({ ...about, err: error }, "a mail was refused for good and is given up");
      giveUp("refused");
    }
  };
}

/** The server will never take this mail: the mailbox or the content is refused, and not us or the moment. */
function isRefusedForGood(error: unknown): boolean {
  const { responseCode, command } = error as { responseCode?: unknown; command?: unknown };
  return typeof responseCode === "number" && responseCode >= 500 && (command === "RCPT TO" || command === "DATA");
}

/** Waits for a mail to go, but neither for ever nor beyond the end of the house. */
async function within(sending: Promise<void>, stopping: AbortSignal): Promise<void> {
  const end = AbortSignal.any([stopping, AbortSignal.timeout(SEND_MS)]);
  end.throwIfAborted();
  let leave: () => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    leave = () => reject(end.reason);
    end.addEventListener("abort", leave, { once: true });
  });
  try {
    await Promise.race([sending, ended]);
  } finally {
    end.removeEventListener("abort", leave);
  }
}
