import type { Duplex } from "node:stream";
import { newId } from "../ids.ts";
import { problems } from "./problems.ts";

/** Answers a request that never became one, on its bare socket: too slow, too long, or not HTTP. */
export function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const problem = problemOf(error.code);
  const body = JSON.stringify(problem.toBody(newId()));
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function problemOf(code: string | undefined) {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return problems.request_timeout();
  if (code === "HPE_HEADER_OVERFLOW") return problems.headers_too_large();
  return problems.request_malformed();
}
