import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import type { Config } from "../../config.ts";
import type { Mail } from "./mail.ts";
import { envelopeFile } from "./outbox.ts";

/** Where mails leave the house. */
export interface Post {
  /** Throws unless the other side has taken the mail. */
  send(mail: Mail): Promise<void>;
}

/** No step of the talk with a mail server may be longer, in milliseconds. */
const STEP_MS = 10_000;

/** The way out that the configuration names: a mail server, or a folder where development reads its mail. */
export const openPost = (config: Config["mail"]): Post =>
  config.kind === "outbox" ? outbox(config.folder) : mailServer(config);

/** One readable file per mail, named by its id, so that a second attempt writes the same file again. */
function outbox(folder: string): Post {
  return {
    send: async (mail) => {
      await mkdir(folder, { recursive: true });
      const file = join(folder, `${mail.id}.eml`);
      await writeFile(`${file}.part`, envelopeFile(mail));
      await rename(`${file}.part`, file);
    },
  };
}

type ServerConfig = Extract<Config["mail"], { kind: "smtp" }>;

function mailServer({ host, port, secure, auth }: ServerConfig): Post {
  const transport = createTransport({
    host,
    port,
    secure,
    ...(auth === undefined ? {} : { auth }),
    // A password is never said on an open line, but to this very machine.
    requireTLS: auth !== undefined && !/^(localhost|127\.0\.0\.1|\[::1\])$/.test(host),
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async ({ id, from, to, subject, text, html, at }) => {
      const domain = from.match(/@([^>]+)>?$/)?.[1] ?? "localhost";
      await transport.sendMail({
        from,
        // As an object it is one address, whatever it looks like.
        to: { name: "", address: to },
        subject,
        text,
        html,
        date: new Date(at),
        messageId: `<${id}@${domain}>`,
        headers: { "Auto-Submitted": "auto-generated" },
      });
    },
  };
}
