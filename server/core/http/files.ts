import { z } from "zod";

interface FileHeaders {
  /** Names the content, for whoever asks whether it has changed; without quotes. */
  readonly etag?: string;
  /** Cache-Control; nobody keeps it unless said. */
  readonly cache?: string;
  /** What it is to be called when it is saved. Without a name it is shown in place. ASCII. */
  readonly name?: string;
  /** The address of what comes after it, where it is one of several. */
  readonly next?: string | undefined;
  /** Whether pages of other origins may show it. */
  readonly embeddable?: boolean;
}

/** An answer that is no JSON. */
export class FileAnswer {
  /** The media type, with its parameters. */
  readonly type: string;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;

  constructor(type: string, bytes: Buffer, { etag, cache, name, next, embeddable = false }: FileHeaders = {}) {
    this.type = type;
    this.bytes = bytes;
    this.headers = {
      ...(etag === undefined ? {} : { ETag: `"${etag}"` }),
      ...(cache === undefined ? {} : { "Cache-Control": cache }),
      ...(next === undefined ? {} : { Link: `<${next}>; rel="next"` }),
      ...(embeddable ? { "Cross-Origin-Resource-Policy": "cross-origin" } : {}),
      "Content-Disposition": name === undefined ? "inline" : `attachment; filename="${name}"`,
    };
  }
}

/** What a door `answers` with when it gives a file. @param type the media type */
export const download = (type: string) =>
  z.instanceof(FileAnswer).meta({ override: { type: "string", format: "binary", contentMediaType: type } });

/** The media type of a schema made by `download`; undefined for any other. */
export function fileTypeOf(schema: z.ZodType): string | undefined {
  const override = schema instanceof z.ZodCustom ? schema.meta()?.override : undefined;
  return typeof override === "object" ? override.contentMediaType : undefined;
}
