import { once } from "node:events";
import { connect } from "node:net";

/** A session of PostgreSQL whose client says half a statement and then nothing. */
export interface HalfSaid {
  /** What the database says when it ends the session. */
  readonly ended: Promise<string>;
}

/**
 * Speaks PostgreSQL's own protocol, since no driver stops in the middle of a message: runs `statements`, and then sends
 * the parse of another and the first bytes of its bind. Inside a transaction that keeps its locks, and no time-out for
 * idle transactions runs, as the database is waiting for the rest.
 * @param name the session's application_name
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export async function halfSaid(url: string, name: string, statements: readonly string[]): Promise<HalfSaid> {
  const { hostname, port, username, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  let heard = "";
  socket.on("data", (bytes) => {
    heard += bytes.toString("latin1");
  });
  socket.on("error", () => undefined);
  const ended = once(socket, "close").then(() => heard);
  await once(socket, "connect");

  const settings = { user: username, database: pathname.slice(1), application_name: name };
  const startup = Buffer.from(`${Object.entries(settings).flat().join("\0")}\0\0`);
  socket.write(Buffer.concat([int32(startup.length + 8), int32(196_608), startup]));
  await answered(() => heard);
  for (const statement of statements) {
    heard = "";
    socket.write(message("Q", Buffer.from(`${statement}\0`)));
    await answered(() => heard);
  }
  heard = "";
  const parse = message("P", Buffer.from("\0SELECT 1\0\0\0"));
  socket.write(Buffer.concat([parse, Buffer.from("B"), int32(100)]));
  return { ended };

  /** Waits for "ready for query": Z, four bytes of length, and the state of the transaction. */
  async function answered(said: () => string): Promise<void> {
    while (said().at(-6) !== "Z") await once(socket, "data");
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const message = (type: string, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
