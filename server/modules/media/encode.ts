import sharp, { type Sharp } from "sharp";
import { Problem } from "../../core/http/problems.ts";
import { mediaProblems } from "./problems.ts";

/** A picture as it is shown, in WebP: the pixels of what was sent, and nothing else of it. */
export interface Encoded {
  readonly large: Buffer;
  readonly small: Buffer;
  /** Pixels of the large one. */
  readonly width: number;
  readonly height: number;
}

/** The longer side of each size, in pixels. */
const LARGE = 1_600;
const SMALL = 400;
/** More pixels than this are not decoded: they would take hundreds of megabytes. */
const MOST_PIXELS = 40_000_000;

/** How each kind begins; what a file is called, or says of itself elsewhere, does not count. */
const KINDS: readonly { readonly format: string; readonly begins: (head: string) => boolean }[] = [
  { format: "jpeg", begins: (head) => head.startsWith("\xff\xd8\xff") },
  { format: "png", begins: (head) => head.startsWith("\x89PNG\r\n\x1a\n") },
  { format: "webp", begins: (head) => head.startsWith("RIFF") && head.startsWith("WEBP", 8) },
  { format: "heif", begins: (head) => head.startsWith("ftypavif", 4) || head.startsWith("ftypavis", 4) },
];

/** What a door may take. */
export const PICTURE_TYPES = ["image/jpeg", "image/png", "image/webp", "image/avif"] as const;

let last: Promise<unknown> = Promise.resolve();

/** Runs one after the other: a picture takes much memory while it is decoded. */
function inTurn<T>(fn: () => Promise<T>): Promise<T> {
  const turn = last.then(fn);
  last = turn.catch(() => undefined);
  return turn;
}

/**
 * Decodes a picture and encodes it again in two sizes, upright, without place, time, device or any other note.
 * @throws picture_refused when it is of another kind, broken, too large or has no pixels
 */
export async function encode(file: Uint8Array): Promise<Encoded> {
  const head = Buffer.from(file.subarray(0, 16)).toString("latin1");
  const kind = KINDS.find(({ begins }) => begins(head));
  if (kind === undefined) throw mediaProblems.picture_refused("Send a picture in JPEG, PNG, WebP or AVIF.");
  return inTurn(() => encodeKind(file, kind.format));
}

async function encodeKind(file: Uint8Array, format: string): Promise<Encoded> {
  try {
    const source = sharp(file, { limitInputPixels: MOST_PIXELS, failOn: "error", pages: 1 });
    const metadata = await source.metadata();
    if (metadata.format !== format)
      throw mediaProblems.picture_refused("It begins as one kind and goes on as another.");
    // Decoded once; both sizes are made of the same pixels, so none is compressed twice.
    const { data, info } = await sized(source.rotate().toColourspace("srgb"), LARGE)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels = () => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } });
    const large = await pixels().webp({ quality: 82 }).toBuffer();
    const small = await sized(pixels(), SMALL).webp({ quality: 78 }).toBuffer();
    return { large, small, width: info.width, height: info.height };
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw mediaProblems.picture_refused("It is broken, or has too many pixels.");
  }
}

const sized = (picture: Sharp, side: number): Sharp =>
  picture.resize({ width: side, height: side, fit: "inside", withoutEnlargement: true });
