import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

type Sent = Pick<IncomingMessage, "headers"> & { readonly socket: { readonly remoteAddress?: string | undefined } };

/**
 * Finds the address a request came from: the socket's, unless that is a proxy we trust; then the nearest address in
 * X-Forwarded-For that is none of ours. The header of a stranger is never believed.
 * @param trusted addresses and `address/prefix` ranges of our own proxies
 */
export function clientAddressOf(trusted: readonly string[]): (request: Sent) => string {
  const ours = blockList(trusted);
  const isOurs = (address: string) => isIP(address) !== 0 && ours.check(address, familyOf(address));
  return (request) => {
    let address = plain(request.socket.remoteAddress ?? "");
    const forwarded = String(request.headers["x-forwarded-for"] ?? "").split(",");
    while (isOurs(address) && forwarded.length > 0) {
      const before = plain(forwarded.pop()?.trim() ?? "");
      if (isIP(before) === 0) break;
      address = before;
    }
    return address;
  };
}

/** What a budget of requests belongs to: an IPv4 address, or the /64 net a household has of IPv6. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("::");
  const left = head.split(":").filter(Boolean);
  const right = (tail ?? "").split(":").filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return `${[...left, ...Array<string>(Math.max(zeros, 0)).fill("0"), ...right].slice(0, 4).join(":")}::/64`;
}

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** An IPv4 address that came over an IPv6 socket, without its wrapping. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

/** @throws when an entry is neither an address nor a range */
export function blockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", prefix] = entry.split("/");
    if (isIP(address) === 0) throw new Error(`"${entry}" is no address`);
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
}
